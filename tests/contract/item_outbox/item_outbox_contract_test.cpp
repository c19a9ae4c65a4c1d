// The contract of the outbox, on the fake and on PostgreSQL, where the catalogue's writes fill it.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/postgres/postgres_catalogue_store.hpp"
#include "adapters/postgres/postgres_item_outbox.hpp"
#include "harness/shared_servers.hpp"
#include "ports/fakes/memory_catalogue_store.hpp"
#include "ports/fakes/memory_item_outbox.hpp"
#include "ports/user_attributes.hpp"

namespace signalbox::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const SystemClock kClock;

// One catalogue and its outbox.
struct Subject {
  std::shared_ptr<ports::CatalogueStore> catalogue;
  std::shared_ptr<ports::ItemOutbox> outbox;
  std::function<void()> written;  // after each write of the catalogue: only the fake needs to be told
};

Subject Memory() {
  auto catalogue = std::make_shared<ports::fakes::MemoryCatalogueStore>();
  auto outbox = std::make_shared<ports::fakes::MemoryItemOutbox>();
  auto epochs = std::make_shared<std::map<std::string, uint64_t>>();
  return {catalogue, outbox, [=] {
            for (const char* tenant : {"default", "shop"}) {
              const auto changes = catalogue->Changes(tenant, (*epochs)[tenant], 1000);
              for (const auto& change : *changes) {
                (*epochs)[tenant] = change.epoch;
                outbox->Put({tenant, change});
              }
            }
          }};
}

Subject Postgres() {
  auto database = postgres::Database::Make(harness::SharedPostgres().CreateDatabase());
  if (!database) throw std::runtime_error(database.error().message());
  return {std::make_shared<postgres::PostgresCatalogueStore>(*database, kClock),
          std::make_shared<postgres::PostgresItemOutbox>(*database), [] {}};
}

struct Kind {
  std::string name;
  std::function<Subject()> make;
};

model::Item MakeItem(const std::string& id, const std::string& title = "Tent") {
  model::Item item;
  item.id = id;
  item.attributes["title"] = title;
  return item;
}

class ItemOutboxContract : public testing::TestWithParam<Kind> {
 protected:
  void Put(const std::vector<model::Item>& items, const std::string& tenant = "default") {
    const auto put = subject.catalogue->Put(tenant, items);
    ASSERT_TRUE(put) << put.error().message();
    subject.written();
  }
  void Delete(const std::string& id) {
    ASSERT_TRUE(subject.catalogue->Delete("default", {"item", id}));
    subject.written();
  }
  std::vector<ports::OutboxEntry> Oldest(size_t limit = 100) {
    const auto entries = outbox.Oldest(limit);
    EXPECT_TRUE(entries) << entries.error().message();
    return entries ? *entries : std::vector<ports::OutboxEntry>();
  }
  static std::vector<std::string> Ids(const std::vector<ports::OutboxEntry>& entries) {
    std::vector<std::string> ids;
    for (const auto& entry : entries) ids.push_back(entry.change.item.id);
    return ids;
  }

  Subject subject = GetParam().make();
  ports::ItemOutbox& outbox = *subject.outbox;
};

INSTANTIATE_TEST_SUITE_P(Stores, ItemOutboxContract,
                         testing::Values(Kind{"Memory", Memory}, Kind{"Postgres", Postgres}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(ItemOutboxContract, Empty_HasNoEntriesAndNoAge) {
  EXPECT_THAT(Oldest(), IsEmpty());
  EXPECT_TRUE(outbox.Remove({}));
  EXPECT_EQ(outbox.Size()->entries, 0u);
  EXPECT_EQ(outbox.Size()->oldest_ms, 0);
}

TEST_P(ItemOutboxContract, Writes_AreThereInTheirOrderWithTheItemsAsTheyAre) {
  Put({MakeItem("c"), MakeItem("a")});
  Put({MakeItem("b", "Stove")}, "shop");

  const auto entries = Oldest();

  EXPECT_THAT(Ids(entries), ElementsAre("c", "a", "b"));
  EXPECT_EQ(entries[1].tenant, "default");
  EXPECT_EQ(entries[1].change.epoch, 2u);
  EXPECT_FALSE(entries[1].change.deleted);
  EXPECT_GT(entries[1].change.added_ms, 0);
  EXPECT_EQ(entries[2].tenant, "shop");
  EXPECT_EQ(std::get<std::string>(entries[2].change.item.attributes.at("title")), "Stove");
  EXPECT_THAT(Oldest(2), SizeIs(2));
  EXPECT_EQ(outbox.Size()->entries, 3u);
  EXPECT_GE(outbox.Size()->oldest_ms, 0);
}

TEST_P(ItemOutboxContract, AttributesOfUsers_AreNoItems) {
  ports::UserAttributes users(*subject.catalogue);
  model::Item user = ports::UserAttributes::Of("ann");
  user.attributes["tier"] = "gold";
  ASSERT_TRUE(users.Put("default", user));
  ASSERT_TRUE(users.Erase("default", "ann"));
  Put({MakeItem("a")});

  EXPECT_THAT(Ids(Oldest()), ElementsAre("a"));
}

TEST_P(ItemOutboxContract, ItemWrittenAgain_HasOneEntryAtTheEnd) {
  Put({MakeItem("a"), MakeItem("b")});
  Put({MakeItem("a", "Other")});

  const auto entries = Oldest();

  EXPECT_THAT(Ids(entries), ElementsAre("b", "a"));
  EXPECT_EQ(entries[1].change.epoch, 3u);
}

TEST_P(ItemOutboxContract, ItemDeleted_IsAnEntryThatSaysSo) {
  Put({MakeItem("a")});
  Delete("a");

  const auto entries = Oldest();

  ASSERT_THAT(Ids(entries), ElementsAre("a"));
  EXPECT_TRUE(entries[0].change.deleted);
  EXPECT_EQ(entries[0].change.epoch, 2u);
}

TEST_P(ItemOutboxContract, Remove_Entries_AreGone) {
  Put({MakeItem("a"), MakeItem("b"), MakeItem("c")});

  ASSERT_TRUE(outbox.Remove(Oldest(2)));

  EXPECT_THAT(Ids(Oldest()), ElementsAre("c"));
  EXPECT_EQ(outbox.Size()->entries, 1u);
}

TEST_P(ItemOutboxContract, Remove_ItemChangedSince_Stays) {
  Put({MakeItem("a"), MakeItem("b")});
  const auto published = Oldest();
  Put({MakeItem("a", "Other")});

  ASSERT_TRUE(outbox.Remove(published));

  const auto left = Oldest();
  ASSERT_THAT(Ids(left), ElementsAre("a"));
  EXPECT_EQ(left[0].change.epoch, 3u);
}

// Writers and a publisher at once: no write fails for it, and every item's last version is published.
TEST(PostgresItemOutboxTest, UnderLoad_EveryItemsLastVersionIsPublishedAndNoWriteFails) {
  const Subject subject = Postgres();
  constexpr int kWriters = 3, kRounds = 60, kItems = 10;
  std::atomic<int> writing{kWriters};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int round = 0; round < kRounds; ++round) {
        std::vector<model::Item> items;
        for (int i = 0; i < kItems; ++i)
          items.push_back(MakeItem(std::to_string((i * (w + 1) + round) % kItems)));
        const auto put = subject.catalogue->Put(w == 0 ? "shop" : "default", items);
        EXPECT_TRUE(put) << put.error().message();
      }
      --writing;
    });
  }
  std::map<std::string, uint64_t> published;
  const auto publish = [&] {
    const auto entries = subject.outbox->Oldest(7);
    EXPECT_TRUE(entries) << entries.error().message();
    for (const auto& [tenant, change] : *entries) {
      auto& version = published[tenant + "/" + change.item.id];
      EXPECT_GE(change.epoch, version);
      version = change.epoch;
    }
    EXPECT_TRUE(subject.outbox->Remove(*entries));
    return !entries->empty();
  };

  while (writing > 0) publish();
  for (auto& writer : writers) writer.join();
  while (publish()) {
  }

  for (const char* tenant : {"default", "shop"}) {
    const auto changes = subject.catalogue->Changes(tenant, 0, 1000);
    EXPECT_THAT(*changes, SizeIs(kItems));
    for (const auto& change : *changes) {
      EXPECT_EQ(published[std::string(tenant) + "/" + change.item.id], change.epoch);
    }
  }
  EXPECT_EQ(subject.outbox->Size()->entries, 0u);
}

// A database of the version before: what it holds goes out once it is migrated.
TEST(PostgresItemOutboxTest, DatabaseOfVersionOne_AllItsItemsAreInTheOutbox) {
  auto& server = harness::SharedPostgres();
  const std::string url = server.CreateDatabase(), name = url.substr(url.rfind('/') + 1);
  {
    const auto database = postgres::Database::Make(url);
    postgres::PostgresCatalogueStore store(*database, kClock);
    ASSERT_TRUE(store.Put("default", {MakeItem("a"), MakeItem("b")}));
    ASSERT_TRUE(store.Delete("default", {"item", "a"}));
  }
  const auto back = server.Run(
      "DROP TABLE item_outbox; DELETE FROM schema_migrations WHERE part = 'catalogue' AND version = 2", name);
  ASSERT_TRUE(back) << back.error().message();

  const auto database = postgres::Database::Make(url);
  const postgres::PostgresItemOutbox outbox(*database);
  const auto entries = outbox.Oldest(10);

  ASSERT_TRUE(entries) << entries.error().message();
  ASSERT_THAT(*entries, SizeIs(2));
  EXPECT_EQ((*entries)[0].change.item.id, "b");
  EXPECT_TRUE((*entries)[1].change.deleted);
}

}  // namespace
}  // namespace signalbox::contract
