// The contract of dead letters, on SQLite, on PostgreSQL, and kept here and sent on.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/postgres/postgres_dead_letters.hpp"
#include "adapters/sqlite/sqlite_dead_letters.hpp"
#include "harness/shared_servers.hpp"
#include "ports/forwarded_dead_letters.hpp"

namespace signalbox::contract {
namespace {

using ports::DeadLetter;
using ports::DeadLetters;

// One place; Open gives what a former one kept.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual std::unique_ptr<DeadLetters> Open() = 0;
};

class SqliteSubject : public Subject {
 public:
  std::unique_ptr<DeadLetters> Open() override {
    auto opened = sqlite::SqliteDeadLetters::Open(folder_.path() + "/dead.db");
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }

 private:
  harness::TemporaryFolder folder_;
};

class PostgresSubject : public Subject {
 public:
  std::unique_ptr<DeadLetters> Open() override {
    auto opened = postgres::Database::Make(url_);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::make_unique<postgres::PostgresDeadLetters>(*opened);
  }

 private:
  std::string url_ = harness::SharedPostgres().CreateDatabase();
};

// The remote store stays away: what was added must be listed all the same.
class ForwardedSubject : public Subject {
 public:
  std::unique_ptr<DeadLetters> Open() override {
    auto away = postgres::Database::Make("postgres://signalbox@127.0.0.1:1/nothing");
    if (!away) throw std::runtime_error(away.error().message());
    return std::make_unique<ports::ForwardedDeadLetters>(
        local_.Open(), std::make_unique<postgres::PostgresDeadLetters>(*away));
  }

 private:
  SqliteSubject local_;
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Subject>()> make;
};

class DeadLettersContract : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<Subject> subject = GetParam().make();
  std::unique_ptr<DeadLetters> letters = subject->Open();
};

INSTANTIATE_TEST_SUITE_P(Stores, DeadLettersContract,
                         testing::Values(Kind{"Sqlite", [] { return std::make_unique<SqliteSubject>(); }},
                                         Kind{"Postgres", [] { return std::make_unique<PostgresSubject>(); }},
                                         Kind{"Forwarded",
                                              [] { return std::make_unique<ForwardedSubject>(); }}),
                         [](const auto& kind) { return kind.param.name; });

DeadLetter Letter(uint64_t offset, const std::string& signal = "") {
  return {{2, offset}, 1000, "default", signal, "event type \"stare\" is not registered", "payload"};
}

TEST_P(DeadLettersContract, Add_AnyBytes_ComeBackUnchangedAfterReopening) {
  const DeadLetter letter{{7, uint64_t{1} << 60},
                          1'700'000'000'123,
                          std::string("t\0\xff", 3),
                          "co'view",
                          std::string("bad \x80\0text", 11),
                          std::string("\x01\0\xff\\x", 5),
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};

  ASSERT_TRUE(letters->Add(letter));
  letters.reset();
  letters = subject->Open();

  const auto kept = letters->List(10);
  ASSERT_TRUE(kept) << kept.error().message();
  ASSERT_EQ(kept->size(), 1u);
  EXPECT_EQ(kept->front().position, letter.position);
  EXPECT_EQ(kept->front().append_ms, letter.append_ms);
  EXPECT_EQ(kept->front().tenant, letter.tenant);
  EXPECT_EQ(kept->front().signal, letter.signal);
  EXPECT_EQ(kept->front().reason, letter.reason);
  EXPECT_EQ(kept->front().payload, letter.payload);
  EXPECT_EQ(kept->front().trace_parent, letter.trace_parent);
}

TEST_P(DeadLettersContract, Add_SamePositionAndSignal_IsKeptOnce) {
  ASSERT_TRUE(letters->Add(Letter(1)));
  ASSERT_TRUE(letters->Add(Letter(1)));
  ASSERT_TRUE(letters->Add(Letter(1, "co_occurrence")));

  EXPECT_EQ(letters->List(10)->size(), 2u);
}

TEST_P(DeadLettersContract, List_GivesTheNewestFirst) {
  for (uint64_t offset = 1; offset <= 5; ++offset) ASSERT_TRUE(letters->Add(Letter(offset)));

  const auto newest = letters->List(2);

  ASSERT_EQ(newest->size(), 2u);
  EXPECT_EQ((*newest)[0].position.offset, 5u);
  EXPECT_EQ((*newest)[1].position.offset, 4u);
  EXPECT_TRUE(letters->List(0)->empty());
}

TEST(ForwardedDeadLettersTest, Add_RemoteAway_IsSentOnceItIsThere) {
  auto server = harness::PostgresServer::Start();
  ASSERT_TRUE(server) << server.error().message();
  SqliteSubject local;
  const auto remote = [&] {
    return std::make_unique<postgres::PostgresDeadLetters>(*postgres::Database::Make((*server)->url()));
  };
  (*server)->Stop();
  {
    ports::ForwardedDeadLetters before(local.Open(), remote(), 50);
    ASSERT_TRUE(before.Add(Letter(1)));
  }
  ports::ForwardedDeadLetters letters(local.Open(), remote(), 50);
  ASSERT_TRUE(letters.Add(Letter(2)));
  EXPECT_EQ(letters.List(10)->size(), 2u);

  ASSERT_TRUE((*server)->Restart());

  const auto there = remote();
  ASSERT_TRUE(harness::WaitUntil(10'000, [&] {
    const auto listed = there->List(10);
    return listed && listed->size() == 2;
  }));
  EXPECT_EQ(there->List(10)->front().position.offset, 2u);
}

}  // namespace
}  // namespace signalbox::contract
