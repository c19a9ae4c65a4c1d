// Checkpoints on disk: committed whole or not at all, damage found, old formats brought up.
#include "state/checkpoint.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "state/section_file.hpp"

namespace signalbox::state {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir = ::testing::TempDir() + "checkpoints-" +
          ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir);
  }
  void TearDown() override { fs::remove_all(dir); }

  std::unique_ptr<CheckpointWriter> Begin(CheckpointManifest manifest = {}) {
    auto writer = CheckpointWriter::Begin(dir, std::move(manifest));
    EXPECT_TRUE(writer) << (writer ? "" : writer.error().message());
    return std::move(*writer);
  }
  // A committed checkpoint with one section, whose text also tells its offset.
  void Commit(const std::string& text, uint64_t offset = 0) {
    CheckpointManifest manifest;
    manifest.offsets = {offset};
    auto writer = Begin(manifest);
    Put(*writer, "users", text);
    ASSERT_TRUE(writer->Commit());
  }
  static void Put(CheckpointWriter& writer, const std::string& section, const std::string& text) {
    auto sink = writer.Section(section);
    ASSERT_TRUE(sink);
    ASSERT_TRUE((*sink)->Write(text.data(), text.size()));
  }
  static Result<std::string> Text(const CheckpointReader& reader, const std::string& section) {
    std::string text;
    auto read = reader.Read(section, [&](ByteSource& source) -> Result<void> {
      char buffer[1000];
      while (const size_t got = source.Read(buffer, sizeof buffer)) text.append(buffer, got);
      return {};
    });
    if (!read) return Fail(read.error());
    return text;
  }
  std::string File(uint64_t sequence, const std::string& name) const {
    const std::string digits = std::to_string(sequence);
    return dir + "/" + std::string(20 - digits.size(), '0') + digits + "/" + name;
  }
  size_t Folders() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(dir), fs::directory_iterator()));
  }

  std::string dir;
};

std::string Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Spill(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

TEST_F(CheckpointTest, OpenNewest_NoFolder_IsNone) {
  const auto reader = CheckpointReader::OpenNewest(dir);

  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->has_value());
  EXPECT_FALSE(CheckpointReader::OldestOffsets(dir));
}

TEST_F(CheckpointTest, Commit_ManifestAndSections_ComeBack) {
  CheckpointManifest manifest;
  manifest.created_ms = 1'700'000'000'000;
  manifest.offsets = {18'446'744'073'709'551'615u, 0, 7};
  manifest.last_checksums = {4'294'967'295u, 0, 3};
  manifest.hash_key = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};
  manifest.properties = {{"tenants", R"(["default"])"}, {"odd", "\"\\\n\x7f"}};
  auto writer = Begin(manifest);
  const std::string large(3'000'000, 'u');
  Put(*writer, "default/users", large);
  Put(*writer, "default/signals/co_view", "state");
  Put(*writer, "empty", "");
  ASSERT_TRUE(writer->Commit());

  const auto reader = CheckpointReader::OpenNewest(dir);
  ASSERT_TRUE(reader && *reader);
  const CheckpointManifest& read = (*reader)->manifest();
  EXPECT_EQ(read.format, kCheckpointFormat);
  EXPECT_EQ(read.sequence, 1u);
  EXPECT_EQ(read.created_ms, manifest.created_ms);
  EXPECT_EQ(read.offsets, manifest.offsets);
  EXPECT_EQ(read.last_checksums, manifest.last_checksums);
  EXPECT_EQ(read.hash_key, manifest.hash_key);
  EXPECT_EQ(read.properties, manifest.properties);
  EXPECT_EQ((*reader)->sections(),
            (std::vector<std::string>{"default/signals/co_view", "default/users", "empty"}));
  EXPECT_EQ(*Text(**reader, "default/users"), large);
  EXPECT_EQ(*Text(**reader, "default/signals/co_view"), "state");
  EXPECT_EQ(*Text(**reader, "empty"), "");
  EXPECT_FALSE((*reader)->Has("users"));
  EXPECT_EQ(Text(**reader, "users").error().code(), Code::kNotFound);
}

TEST_F(CheckpointTest, Commit_Third_KeepsTheLastTwo) {
  Commit("one", 10);
  Commit("two", 20);
  Commit("three", 30);

  EXPECT_EQ(Folders(), 2u);
  EXPECT_EQ(CheckpointReader::OldestOffsets(dir), model::Offsets{20});
  const auto newest = CheckpointReader::OpenNewest(dir);
  EXPECT_EQ(*Text(**newest, "users"), "three");
  EXPECT_EQ((*newest)->manifest().sequence, 3u);
  const auto before = CheckpointReader::OpenNewest(dir, 3);
  EXPECT_EQ(*Text(**before, "users"), "two");
}

TEST_F(CheckpointTest, Destroy_WithoutCommit_LeavesNothing) {
  Commit("one");
  {
    auto writer = Begin();
    Put(*writer, "users", "unfinished");
  }

  EXPECT_EQ(Folders(), 1u);
  EXPECT_EQ(*Text(**CheckpointReader::OpenNewest(dir), "users"), "one");
}

TEST_F(CheckpointTest, Begin_AfterAnInterruptedWrite_SweepsIt) {
  Commit("one");
  // What a kill leaves: sections and a manifest that was not renamed.
  fs::create_directory(fs::path(File(2, "")).parent_path());
  Spill(File(2, "users.bin"), "half");
  Spill(File(2, "MANIFEST.json.tmp"), "{}");

  EXPECT_EQ(*Text(**CheckpointReader::OpenNewest(dir), "users"), "one");
  auto writer = Begin();
  EXPECT_FALSE(fs::exists(File(2, "users.bin")));
  Put(*writer, "users", "three");
  ASSERT_TRUE(writer->Commit());
  EXPECT_EQ(*Text(**CheckpointReader::OpenNewest(dir), "users"), "three");
}

TEST_F(CheckpointTest, OpenNewest_FileOfWrongSize_TakesTheOneBefore) {
  Commit("one", 10);
  Commit("two", 20);
  Spill(File(2, "users.bin"), "tw");

  EXPECT_EQ(*Text(**CheckpointReader::OpenNewest(dir), "users"), "one");
  EXPECT_EQ(CheckpointReader::OldestOffsets(dir), model::Offsets{10});
  fs::remove(File(2, "users.bin"));
  EXPECT_EQ(*Text(**CheckpointReader::OpenNewest(dir), "users"), "one");
}

TEST_F(CheckpointTest, OpenNewest_DamagedManifest_TakesTheOneBefore) {
  Commit("one", 10);
  Commit("two", 20);
  const std::string manifest = Slurp(File(2, "MANIFEST.json"));

  for (const std::string& damaged :
       {std::string(), manifest.substr(0, manifest.size() / 2), std::string("[1]"), std::string(100'000, '['),
        std::string(manifest).replace(manifest.find("20"), 2, "21")}) {
    Spill(File(2, "MANIFEST.json"), damaged);
    const auto reader = CheckpointReader::OpenNewest(dir);
    ASSERT_TRUE(reader && *reader);
    EXPECT_EQ((*reader)->manifest().sequence, 1u);
  }
}

TEST_F(CheckpointTest, Commit_AfterDamage_KeepsTwoGoodOnes) {
  Commit("one");
  Commit("two");
  Spill(File(2, "users.bin"), "");
  Commit("three");

  // Were the damaged one counted, "one" would be gone and a damage to "three" would cost all.
  EXPECT_EQ(*Text(**CheckpointReader::OpenNewest(dir, 3), "users"), "one");
}

TEST_F(CheckpointTest, Read_FlippedByte_IsDataLossThatNamesTheFile) {
  Commit("a text of some length");
  std::string text = Slurp(File(1, "users.bin"));
  text[5] ^= 1;
  Spill(File(1, "users.bin"), text);

  const auto reader = CheckpointReader::OpenNewest(dir);
  const auto result = Text(**reader, "users");

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Code::kDataLoss);
  EXPECT_NE(result.error().message().find(File(1, "users.bin")), std::string::npos);
  // Also when the reader of the section stops early, or fails over the damage itself.
  const auto stopped = (*reader)->Read("users", [](ByteSource&) -> Result<void> { return {}; });
  EXPECT_EQ(stopped.error().code(), Code::kDataLoss);
  const auto failed =
      (*reader)->Read("users", [](ByteSource&) -> Result<void> { return Fail(Code::kInternal, "confused"); });
  EXPECT_EQ(failed.error().code(), Code::kDataLoss);
}

TEST_F(CheckpointTest, Read_CallbackFails_GivesItsError) {
  Commit("sound");
  const auto reader = CheckpointReader::OpenNewest(dir);

  const auto result =
      (*reader)->Read("users", [](ByteSource&) -> Result<void> { return Fail(Code::kInternal, "not mine"); });

  EXPECT_EQ(result.error().message(), "not mine");
}

TEST_F(CheckpointTest, Section_BadOrRepeatedName_IsRefused) {
  auto writer = Begin();
  Put(*writer, "users", "x");

  for (const char* name :
       {"", "users", "../users", "a/../b", "/etc/passwd", "a//b", "a/", ".", "a b", "a\nb"}) {
    const auto section = writer->Section(name);
    ASSERT_FALSE(section) << name;
    EXPECT_EQ(section.error().code(), Code::kInvalidArgument);
  }
}

TEST_F(CheckpointTest, OpenNewest_NewerFormat_IsRefused) {
  Commit("one");
  Commit("two");
  Spill(File(2, "MANIFEST.json"), R"({"format": 2})");

  const auto reader = CheckpointReader::OpenNewest(dir);

  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code(), Code::kInvalidArgument);
}

// A made-up format 0: one partition under "offset", no checksum of its own, the section "people" in
// people.dat with its text upside down in case.
void WriteFormatZero(const std::string& manifest_path, const std::string& data_path) {
  fs::create_directories(fs::path(manifest_path).parent_path());
  Spill(data_path, "OLD state");
  const uint64_t checksum = Checksum64("OLD state", 9);
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(checksum));
  Spill(manifest_path, std::string(R"({"format": 0, "offset": 42, "people": ")") + hex + R"("})");
}

CheckpointMigration FromZero() {
  CheckpointMigration migration;
  migration.from = 0;
  migration.manifest = [](const std::string& manifest) -> Result<std::string> {
    const std::string key = R"("people": ")";
    const std::string checksum = manifest.substr(manifest.find(key) + key.size(), 16);
    return std::string(
               R"({"format": 1, "sequence": 5, "created_ms": 0, "offsets": [42], "last_checksums": [0],
      "hash_key": "00000000000000000000000000000000", "properties": {},
      "sections": {"users": {"size": 9, "file": "people.dat", "checksum": ")") +
           checksum + R"("}}})";
  };
  migration.section = [](const std::string& section, std::string bytes) -> Result<std::string> {
    EXPECT_EQ(section, "users");
    for (char& c : bytes) c = static_cast<char>(std::isupper(c) != 0 ? std::tolower(c) : std::toupper(c));
    return bytes;
  };
  return migration;
}

TEST_F(CheckpointTest, OpenNewest_FormatZero_IsBroughtUpByItsMigration) {
  WriteFormatZero(File(5, "MANIFEST.json"), File(5, "people.dat"));

  const auto reader = CheckpointReader::OpenNewest(dir, std::numeric_limits<uint64_t>::max(), {FromZero()});

  ASSERT_TRUE(reader && *reader);
  EXPECT_EQ((*reader)->manifest().format, 1);
  EXPECT_EQ((*reader)->manifest().offsets, model::Offsets{42});
  EXPECT_EQ(*Text(**reader, "users"), "old STATE");
}

TEST_F(CheckpointTest, OpenNewest_FormatZeroWithoutMigration_IsRefused) {
  WriteFormatZero(File(5, "MANIFEST.json"), File(5, "people.dat"));

  const auto reader = CheckpointReader::OpenNewest(dir);

  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code(), Code::kInvalidArgument);
}

TEST_F(CheckpointTest, Read_DamagedFormatZero_IsDataLossBeforeMigrating) {
  WriteFormatZero(File(5, "MANIFEST.json"), File(5, "people.dat"));
  Spill(File(5, "people.dat"), "OLD stale");

  const auto reader = CheckpointReader::OpenNewest(dir, std::numeric_limits<uint64_t>::max(), {FromZero()});

  EXPECT_EQ(Text(**reader, "users").error().code(), Code::kDataLoss);
}

TEST_F(CheckpointTest, Write_DiskFull_IsUnavailableAndLeavesTheOneBefore) {
  Commit("one");
  // Files end at 64 KiB here: what a full disk does, to this process only.
  rlimit former{};
  getrlimit(RLIMIT_FSIZE, &former);
  const rlimit small{64 << 10, former.rlim_max};
  const auto former_handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  Result<void> result;
  {
    auto writer = CheckpointWriter::Begin(dir, {});
    ASSERT_TRUE(writer);
    auto sink = (*writer)->Section("users");
    ASSERT_TRUE(sink);
    const std::string large(4 << 20, 'x');
    result = (*sink)->Write(large.data(), large.size());
    EXPECT_FALSE((*writer)->Commit());
  }
  setrlimit(RLIMIT_FSIZE, &former);
  std::signal(SIGXFSZ, former_handler);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Code::kUnavailable);
  EXPECT_NE(result.error().message().find(File(2, "users.bin")), std::string::npos);
  EXPECT_EQ(Folders(), 1u);
  EXPECT_EQ(*Text(**CheckpointReader::OpenNewest(dir), "users"), "one");
}

TEST(SectionFileTest, Close_FullDevice_IsUnavailableWithThePath) {
  auto sink = SectionFileSink::Open("/dev/full");
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->Write("buffered", 8));

  const auto closed = (*sink)->Close();

  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code(), Code::kUnavailable);
  EXPECT_NE(closed.error().message().find("/dev/full"), std::string::npos);
}

TEST_F(CheckpointTest, Begin_FolderThatCannotBe_IsUnavailable) {
  const auto writer = CheckpointWriter::Begin("/proc/no such folder", {});

  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace signalbox::state
