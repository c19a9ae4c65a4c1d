// The contract of the event archive, on the fake and on PostgreSQL.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/postgres/postgres_event_archive.hpp"
#include "harness/shared_servers.hpp"
#include "model/record_codec.hpp"
#include "ports/fakes/memory_event_archive.hpp"

namespace signalbox::contract {
namespace {

constexpr int64_t kStart = 1'700'000'000'000, kDay = 86'400'000;

std::string g_database;  // of the running subject, for reading it behind the archive's back

std::shared_ptr<ports::EventArchive> Postgres() {
  const std::string url = harness::SharedPostgres().CreateDatabase();
  g_database = url.substr(url.rfind('/') + 1);
  auto opened = postgres::Database::Make(url);
  if (!opened) throw std::runtime_error(opened.error().message());
  return std::make_shared<postgres::PostgresEventArchive>(*opened);
}

struct Kind {
  std::string name;
  std::function<std::shared_ptr<ports::EventArchive>()> make;
};

class EventArchiveContract : public testing::TestWithParam<Kind> {
 protected:
  std::shared_ptr<ports::EventArchive> archive = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(
    Stores, EventArchiveContract,
    testing::Values(Kind{"Memory", [] { return std::make_shared<ports::fakes::MemoryEventArchive>(); }},
                    Kind{"Postgres", Postgres}),
    [](const auto& kind) { return kind.param.name; });

ports::LogEntry Entry(uint32_t partition, uint64_t offset, const std::string& user,
                      int64_t append_ms = kStart, model::RecordKind kind = model::RecordKind::kEvent) {
  model::LogRecord record;
  record.kind = kind;
  record.event_id = "e" + std::to_string(offset);
  record.user = user;
  record.item = "tent\t\"\\n\xC3\xA4";
  record.type = "view";
  record.event_time_ms = append_ms - 5;
  ports::LogEntry entry{{partition, offset}, append_ms, {}};
  model::EncodeRecord(record, &entry.payload);
  return entry;
}

std::vector<uint64_t> Offsets(const Result<std::vector<ports::LogEntry>>& read) {
  std::vector<uint64_t> offsets;
  if (read) {
    for (const auto& entry : *read) offsets.push_back(entry.position.offset);
  }
  return offsets;
}

TEST_P(EventArchiveContract, Append_Entries_ComeBackAsTheyWere) {
  const std::vector<ports::LogEntry> entries = {Entry(2, 7, "anna"), Entry(2, 8, "\xF0\x9F\x91\x95")};
  EXPECT_EQ(archive->Next(2), 0u);

  ASSERT_TRUE(archive->Append(2, entries));

  EXPECT_EQ(archive->Next(2), 9u);
  EXPECT_EQ(archive->Next(0), 0u);
  const auto read = archive->Read(2, 0, 10);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].position, entries[0].position);
  EXPECT_EQ((*read)[0].append_ms, kStart);
  EXPECT_EQ((*read)[0].payload, entries[0].payload);
  EXPECT_EQ((*read)[1].payload, entries[1].payload);
  EXPECT_EQ(Offsets(archive->Read(2, 8, 10)), std::vector<uint64_t>{8});
  EXPECT_EQ(Offsets(archive->Read(2, 0, 1)), std::vector<uint64_t>{7});
  EXPECT_TRUE(archive->Read(0, 0, 10)->empty());
}

TEST_P(EventArchiveContract, Append_Again_AddsOnlyWhatIsNew) {
  ASSERT_TRUE(archive->Append(0, {Entry(0, 0, "a"), Entry(0, 1, "a")}));

  ASSERT_TRUE(archive->Append(0, {Entry(0, 0, "a"), Entry(0, 1, "a"), Entry(0, 2, "a")}));
  ASSERT_TRUE(archive->Append(0, {}));

  EXPECT_EQ(Offsets(archive->Read(0, 0, 10)), (std::vector<uint64_t>{0, 1, 2}));
}

TEST_P(EventArchiveContract, Append_OverDays_KeepsAll) {
  ASSERT_TRUE(archive->Append(
      0, {Entry(0, 0, "a"), Entry(0, 1, "a", kStart + kDay), Entry(0, 2, "a", kStart + 9 * kDay)}));
  ASSERT_TRUE(archive->Append(1, {Entry(1, 0, "a", kStart + kDay)}));

  EXPECT_EQ(Offsets(archive->Read(0, 0, 10)), (std::vector<uint64_t>{0, 1, 2}));
  EXPECT_EQ(Offsets(archive->Read(1, 0, 10)), (std::vector<uint64_t>{0}));
}

TEST_P(EventArchiveContract, Append_BytesThatAreNoRecord_AreKept) {
  const ports::LogEntry garbage{{0, 0}, kStart, std::string("\x01\x00\xff\\\n", 5)};

  ASSERT_TRUE(archive->Append(0, {garbage}));

  EXPECT_EQ(archive->Read(0, 0, 1)->front().payload, garbage.payload);
}

TEST_P(EventArchiveContract, Append_RecordWhoseTextIsNoUtf8_IsKeptAsBytes) {
  const auto odd = Entry(0, 0,
                         std::string("a\0\xff"
                                     "b",
                                     4));

  ASSERT_TRUE(archive->Append(0, {odd}));

  EXPECT_EQ(archive->Read(0, 0, 1)->front().payload, odd.payload);
}

TEST_P(EventArchiveContract, Append_Forget_ErasesWhatCameBefore) {
  ASSERT_TRUE(archive->Append(0, {Entry(0, 0, "anna"), Entry(0, 1, "otto")}));

  ASSERT_TRUE(archive->Append(
      0,
      {Entry(0, 2, "anna"), Entry(0, 3, "anna", kStart, model::RecordKind::kForget), Entry(0, 4, "anna")}));

  EXPECT_EQ(Offsets(archive->Read(0, 0, 10)), (std::vector<uint64_t>{1, 3, 4}));
  EXPECT_EQ(archive->Next(0), 5u);
}

TEST(PostgresEventArchiveTest, Append_ARecord_IsReadableInSql) {
  const auto archive = Postgres();
  ASSERT_TRUE(archive->Append(0, {Entry(0, 5, "anna")}));

  const auto row = harness::SharedPostgres().Run(
      "SELECT user_id, event_type, event_id, append_day, kind FROM event_archive_20231114", g_database);

  ASSERT_TRUE(row) << row.error().message();
  EXPECT_EQ(*row, "anna|view|e5|2023-11-14|1");
}

}  // namespace
}  // namespace signalbox::contract
