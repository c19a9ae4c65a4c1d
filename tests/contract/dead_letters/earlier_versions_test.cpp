// Files and tables of the version before go on being used.
#include <sqlite3.h>

#include <gtest/gtest.h>

#include "adapters/postgres/postgres_dead_letters.hpp"
#include "adapters/sqlite/sqlite_dead_letters.hpp"
#include "harness/shared_servers.hpp"
#include "harness/temporary_folder.hpp"

namespace signalbox::contract {
namespace {

void ExpectOldAndNew(ports::DeadLetters& letters) {
  ASSERT_TRUE(letters.Add({{0, 2}, 1000, "default", "", "reason", "payload", "trace"}));

  const auto kept = letters.List(10);

  ASSERT_TRUE(kept) << kept.error().message();
  ASSERT_EQ(kept->size(), 2u);
  EXPECT_EQ((*kept)[0].trace_parent, "trace");
  EXPECT_EQ((*kept)[1].reason, "old");
  EXPECT_EQ((*kept)[1].trace_parent, "");
}

TEST(EarlierDeadLettersTest, SqliteFileWithoutTraces_GetsThem) {
  const harness::TemporaryFolder folder;
  const std::string path = folder.path() + "/dead.db";
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database,
                         "CREATE TABLE dead_letters (id INTEGER PRIMARY KEY, partition INTEGER NOT NULL,"
                         " position INTEGER NOT NULL, signal BLOB NOT NULL, append_ms INTEGER NOT NULL,"
                         " tenant BLOB NOT NULL, reason BLOB NOT NULL, payload BLOB NOT NULL,"
                         " UNIQUE (partition, position, signal));"
                         "INSERT INTO dead_letters VALUES (1, 0, 1, x'', 5, x'', CAST('old' AS BLOB), x'')",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);

  auto opened = sqlite::SqliteDeadLetters::Open(path);

  ASSERT_TRUE(opened) << opened.error().message();
  ExpectOldAndNew(**opened);
}

TEST(EarlierDeadLettersTest, PostgresTableOfVersionOne_GetsTraces) {
  auto& server = harness::SharedPostgres();
  const std::string url = server.CreateDatabase(), name = url.substr(url.rfind('/') + 1);
  postgres::PostgresDeadLetters before(*postgres::Database::Make(url));
  ASSERT_TRUE(before.Add({{0, 1}, 5, "", "", "old", "", ""}));
  ASSERT_TRUE(
      server.Run("ALTER TABLE dead_letters DROP COLUMN trace_parent;"
                 "DELETE FROM schema_migrations WHERE part = 'dead letters' AND version = 2",
                 name));

  postgres::PostgresDeadLetters letters(*postgres::Database::Make(url));

  ExpectOldAndNew(letters);
}

}  // namespace
}  // namespace signalbox::contract
