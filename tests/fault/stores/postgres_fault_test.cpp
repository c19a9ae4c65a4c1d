// A PostgreSQL that is restarted, killed, stuck or shared: what the adapters make of it.
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/postgres/connection_url.hpp"
#include "adapters/postgres/postgres_catalogue_store.hpp"
#include "adapters/postgres/postgres_dead_letters.hpp"
#include "adapters/postgres/postgres_event_archive.hpp"
#include "adapters/postgres/postgres_leases.hpp"
#include "harness/shared_servers.hpp"

namespace signalbox::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

model::Item MakeItem(const std::string& id) {
  model::Item item;
  item.id = id;
  item.attributes["title"] = std::string("Tent");
  return item;
}

class PostgresFaultTest : public ::testing::Test {
 protected:
  std::shared_ptr<Database> Open(const DatabaseOptions& options = {}) {
    auto database = Database::Make(url_, options);
    EXPECT_TRUE(database) << database.error().message();
    return *database;
  }
  std::unique_ptr<PostgresCatalogueStore> OpenStore(const DatabaseOptions& options = {}) {
    return std::make_unique<PostgresCatalogueStore>(Open(options), clock_);
  }

  harness::PostgresServer& server_ = harness::SharedPostgres();
  std::string url_ = server_.CreateDatabase();
  const SystemClock clock_;
};

TEST_F(PostgresFaultTest, BackendsTerminated_BetweenCalls_NoCallFails) {
  const auto store = OpenStore();
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(store->Put("default", {MakeItem(std::to_string(round))}));
    ASSERT_GT(server_.TerminateBackends(), 0);

    const auto read = store->Epoch("default");
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read, static_cast<uint64_t>(round + 1));
    ASSERT_GT(server_.TerminateBackends(), 0);
    // The next round's write meets a dead connection too.
  }
}

// Two writers and a follower, backends terminated among them: what was promised is there, each
// epoch was seen in order, and both go on by themselves.
TEST_F(PostgresFaultTest, BackendsTerminated_UnderLoad_NothingPromisedIsLost) {
  const auto store = OpenStore();
  ASSERT_TRUE(store->Put("default", {MakeItem("first")}));
  std::atomic<bool> ended{false};
  std::vector<std::set<std::string>> promised(2);
  std::vector<std::thread> writers;
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; !ended; ++i) {
        const std::string id = std::to_string(w) + "-" + std::to_string(i);
        const auto put = store->Put("default", {MakeItem(id)});
        if (put) {
          promised[w].insert(id);
        } else {
          EXPECT_EQ(put.error().code(), Code::kUnavailable) << put.error().message();
        }
      }
    });
  }
  std::set<std::string> followed;
  uint64_t after = 0;
  const auto follow = [&] {
    const auto changes = store->Changes("default", after, 500);
    if (!changes) {
      EXPECT_EQ(changes.error().code(), Code::kUnavailable) << changes.error().message();
      return true;
    }
    for (const auto& change : *changes) {
      EXPECT_EQ(change.epoch, after + 1);
      after = change.epoch;
      followed.insert(change.item.id);
    }
    return !changes->empty();
  };

  for (int kill = 0; kill < 10; ++kill) {
    for (int i = 0; i < 20; ++i) follow();
    server_.TerminateBackends();
  }
  ended = true;
  for (auto& writer : writers) writer.join();
  ASSERT_TRUE(harness::WaitUntil(5000, [&] { return store->Epoch("default").has_value(); }));
  while (follow()) {
  }

  for (const auto& ids : promised) {
    EXPECT_GT(ids.size(), 10u);
    for (const auto& id : ids) EXPECT_EQ(followed.count(id), 1u) << id;
  }
}

TEST_F(PostgresFaultTest, Away_CallsFailAtOnceWithAHint_AndRecoverByThemselves) {
  const auto database = Open();
  PostgresCatalogueStore store(database, clock_);
  ASSERT_TRUE(store.Put("default", {MakeItem("a")}));
  EXPECT_EQ(database->failure(), "");

  server_.Kill();
  for (int i = 0; i < 50; ++i) {
    const auto put = store.Put("default", {MakeItem("b")});
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code(), Code::kUnavailable);
    EXPECT_THAT(put.error().hint(), HasSubstr("DATABASE_URL"));
  }
  EXPECT_NE(database->failure(), "");
  ASSERT_TRUE(server_.Restart());

  EXPECT_TRUE(harness::WaitUntil(10'000, [&] { return store.Put("default", {MakeItem("b")}).has_value(); }));
  EXPECT_EQ(database->failure(), "");
  EXPECT_TRUE(*store.Get("default", {"item", "a"}));
}

TEST_F(PostgresFaultTest, AwayAtStart_TheFirstCallLaterMakesTheTables) {
  server_.Stop();
  const auto store = OpenStore();
  EXPECT_EQ(store->Epoch("default").error().code(), Code::kUnavailable);
  ASSERT_TRUE(server_.Restart());

  EXPECT_TRUE(harness::WaitUntil(10'000, [&] { return store->Epoch("default").has_value(); }));
}

// A server that accepts and says nothing: the watchdog cuts, callers come back, sessions are replaced.
TEST_F(PostgresFaultTest, Stuck_CallsEndByThemselves) {
  DatabaseOptions options;
  options.call_ms = 300;
  options.connect_ms = 1000;
  const auto store = OpenStore(options);
  ASSERT_TRUE(store->Put("default", {MakeItem("a")}));

  server_.Pause();
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] { EXPECT_EQ(store->Epoch("default").error().code(), Code::kUnavailable); });
  }
  for (auto& caller : callers) caller.join();
  server_.Continue();

  EXPECT_TRUE(harness::WaitUntil(10'000, [&] { return store->Epoch("default").has_value(); }));
}

TEST_F(PostgresFaultTest, RowLockedByAnother_WriteGivesUpWithAHint) {
  DatabaseOptions options;
  options.statement_ms = 200;
  const auto store = OpenStore(options);
  ASSERT_TRUE(store->Put("default", {MakeItem("a")}));
  std::thread other([&] {
    (void)server_.Run("BEGIN; SELECT * FROM catalogue_epochs FOR UPDATE; SELECT pg_sleep(1.5); COMMIT",
                      url_.substr(url_.rfind('/') + 1));
  });
  ASSERT_TRUE(harness::WaitUntil(5000, [&] {
    const auto sleeping = server_.Run("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    return sleeping && *sleeping == "1";
  }));

  const auto put = store->Put("default", {MakeItem("b")});

  EXPECT_EQ(put.error().code(), Code::kUnavailable) << put.error().message();
  EXPECT_THAT(put.error().hint(), HasSubstr("locked"));
  EXPECT_EQ(store->Epoch("default"), 1u);
  other.join();
  EXPECT_EQ(store->Put("default", {MakeItem("b")}), 2u);
}

TEST_F(PostgresFaultTest, MoreCallersThanSessions_AllAreServed) {
  DatabaseOptions options;
  options.max_sessions = 2;
  options.wait_ms = 30'000;
  const auto store = OpenStore(options);
  std::vector<std::thread> callers;
  for (int i = 0; i < 12; ++i) {
    callers.emplace_back([&, i] {
      for (int n = 0; n < 5; ++n) {
        EXPECT_TRUE(store->Put("default", {MakeItem(std::to_string(i) + "-" + std::to_string(n))}));
      }
    });
  }
  for (auto& caller : callers) caller.join();

  EXPECT_EQ(store->Epoch("default"), 60u);
}

TEST_F(PostgresFaultTest, Migrations_OfProcessesThatStartAtOnce_RunOnce) {
  std::vector<std::thread> starts;
  for (int i = 0; i < 6; ++i) {
    starts.emplace_back([this] {
      const auto database = Open();
      const PostgresCatalogueStore store(database, clock_);
      const PostgresDeadLetters letters(database);
      const PostgresLeases leases(database);
      const PostgresEventArchive archive(database);
      EXPECT_TRUE(store.Epoch("default"));
      EXPECT_TRUE(letters.List(1));
      EXPECT_TRUE(leases.Find("process"));
      EXPECT_TRUE(archive.Next(0));
    });
  }
  for (auto& start : starts) start.join();

  const auto versions =
      server_.Run("SELECT part, count(*), max(version) FROM schema_migrations GROUP BY part ORDER BY 1",
                  url_.substr(url_.rfind('/') + 1));
  ASSERT_TRUE(versions) << versions.error().message();
  EXPECT_EQ(*versions, "catalogue|2|2\ndead letters|2|2\nevent archive|2|2\nleases|1|1");
}

TEST_F(PostgresFaultTest, Migrations_DatabaseIsNewer_IsAConflict) {
  ASSERT_TRUE(OpenStore()->Epoch("default"));
  ASSERT_TRUE(server_.Run("INSERT INTO schema_migrations VALUES ('catalogue', 99, 0)",
                          url_.substr(url_.rfind('/') + 1)));

  const auto refused = OpenStore()->Epoch("default");

  EXPECT_EQ(refused.error().code(), Code::kConflict);
  EXPECT_THAT(refused.error().message(), HasSubstr("99"));
}

// The scripts of infra/postgres, as an operator runs them.
TEST_F(PostgresFaultTest, BackupAndRestore_GiveTheSameCatalogue) {
  ASSERT_TRUE(OpenStore()->Put("default", {MakeItem("a"), MakeItem("b")}));
  const harness::TemporaryFolder folder;
  const std::string backup = folder.path() + "/backup";
  const auto run = [&](const std::string& script, const std::string& url) {
    return std::system(("DATABASE_URL='" + url + "' " SIGNALBOX_SOURCE_DIR "/infra/postgres/" + script + " " +
                        backup + " >" + folder.path() + "/output 2>&1")
                           .c_str());
  };

  ASSERT_EQ(run("backup.sh", url_), 0) << harness::EndOfFile(folder.path() + "/output");
  EXPECT_NE(run("restore.sh", url_), 0);  // it has tables
  url_ = server_.CreateDatabase();
  ASSERT_EQ(run("restore.sh", url_), 0) << harness::EndOfFile(folder.path() + "/output");

  const auto store = OpenStore();
  EXPECT_EQ(store->Epoch("default"), 2u);
  EXPECT_EQ(store->Changes("default", 0, 10)->size(), 2u);
  EXPECT_EQ(store->Put("default", {MakeItem("c")}), 3u);
  std::ofstream(backup + "/database.dump", std::ios::app) << "x";
  url_ = server_.CreateDatabase();
  EXPECT_NE(run("restore.sh", url_), 0);
}

TEST_F(PostgresFaultTest, OtherEncoding_IsNamed) {
  ASSERT_TRUE(server_.Run("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'"));
  url_ = server_.url("latin");

  const auto refused = OpenStore()->Epoch("default");

  EXPECT_THAT(refused.error().message(), HasSubstr("LATIN1"));
  ASSERT_TRUE(server_.Run("DROP DATABASE latin WITH (FORCE)"));
}

TEST_F(PostgresFaultTest, WrongPassword_IsNeverInTheError) {
  const auto database =
      Database::Make("postgres://nobody:s3cret@127.0.0.1:" + std::to_string(server_.port()) + "/nothing");
  const PostgresCatalogueStore store(*database, clock_);

  const auto refused = store.Epoch("default");

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("s3cret")));
  EXPECT_THAT((*database)->name(), Not(HasSubstr("s3cret")));
  EXPECT_THAT((*database)->failure(), Not(HasSubstr("s3cret")));
}

TEST(ConnectionUrlTest, Parse_Uri_KeepsEveryPartAndShowsNoSecret) {
  const auto parsed = ParseConnectionUrl("postgres://me:p%27a%5Cb%3D@db.example:6432/shop?sslmode=require");

  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_THAT(parsed->poco, HasSubstr("password=p\\'a\\\\b="));
  EXPECT_THAT(parsed->poco, HasSubstr("sslmode=require"));
  EXPECT_THAT(parsed->poco, HasSubstr("tcp_user_timeout=5000"));
  EXPECT_EQ(parsed->name, "postgres://db.example:6432/shop");
}

TEST(ConnectionUrlTest, Parse_NotAUri_IsRefusedWithoutRepeatingIt) {
  for (const auto* url : {"", "postgres://me:s3cret word@host/db", "s3cret",
                          "postgres://h/db?nonsense=s3cret", "postgres://me:s3cret%20word@host/db"}) {
    const auto refused = ParseConnectionUrl(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().field(), "DATABASE_URL");
    EXPECT_THAT(refused.error().message() + refused.error().hint(), Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace signalbox::postgres
