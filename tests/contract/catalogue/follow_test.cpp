// The contract of listing and following: cursors, epochs, restarts, concurrent writers.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "subject.hpp"

namespace signalbox::contract {
namespace {

using model::Item;

std::vector<std::string> Ids(const std::vector<Item>& items) {
  std::vector<std::string> ids;
  for (const auto& item : items) ids.push_back(item.type + "/" + item.id);
  return ids;
}

TEST_P(CatalogueContract, List_Pages_GiveEveryItemOnceInOrder) {
  std::vector<Item> items;
  std::vector<std::string> expected;
  for (const auto* id : {"c", "a", "\xC3\xA4", "B", "b", "10", "9"}) {
    items.push_back(MakeItem(id));
    expected.push_back(std::string("item/") + id);
  }
  items.push_back(MakeItem("z"));
  items.back().type = "article";
  expected.push_back("article/z");
  ASSERT_TRUE(store->Put("default", items));
  std::sort(expected.begin(), expected.end());

  std::vector<std::string> listed;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = store->List("default", cursor, 3);
    ASSERT_TRUE(page);
    for (const auto& id : Ids(page->items)) listed.push_back(id);
    cursor = page->next_cursor;
    ++pages;
  } while (!cursor.empty());

  EXPECT_EQ(listed, expected);
  EXPECT_EQ(pages, 3);  // 3 + 3 + 2
}

TEST_P(CatalogueContract, List_ExactlyOnePage_HasNoCursor) {
  ASSERT_TRUE(store->Put("default", {MakeItem("a"), MakeItem("b")}));

  EXPECT_TRUE(store->List("default", "", 2)->next_cursor.empty());
  EXPECT_TRUE(store->List("nobody", "", 2)->items.empty());
}

TEST_P(CatalogueContract, List_DeletedMeanwhile_GoesOnBehindTheCursor) {
  ASSERT_TRUE(store->Put("default", {MakeItem("a"), MakeItem("b"), MakeItem("c"), MakeItem("d")}));
  const auto first = store->List("default", "", 2);
  ASSERT_TRUE(store->Delete("default", {"item", "b"}));
  ASSERT_TRUE(store->Delete("default", {"item", "c"}));

  const auto second = store->List("default", first->next_cursor, 2);

  ASSERT_TRUE(second);
  EXPECT_EQ(Ids(second->items), std::vector<std::string>{"item/d"});
}

TEST_P(CatalogueContract, List_ForeignCursor_IsRefused) {
  for (const auto* cursor : {"x", "00", "not hex!", "0161016200000000", "' OR 1=1"}) {
    const auto page = store->List("default", cursor, 10);
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().code(), Code::kInvalidArgument);
    EXPECT_EQ(page.error().field(), "cursor");
  }
}

TEST_P(CatalogueContract, Epochs_OfEveryWrite_AscendWithoutGaps) {
  EXPECT_EQ(store->Put("default", {MakeItem("a"), MakeItem("b")}), 2u);
  EXPECT_EQ(store->Patch("default", MakeItem("a", {{"price", 1.0}}), {}), 3u);
  EXPECT_FALSE(store->Put("default", {MakeItem("c", {{"price", true}})}));
  EXPECT_EQ(store->Delete("default", {"item", "b"}), 4u);
  EXPECT_EQ(store->Put("default", {MakeItem("b")}), 5u);
  EXPECT_EQ(store->Epoch("default"), 5u);
  EXPECT_EQ(store->Epoch("other"), 0u);
}

TEST_P(CatalogueContract, Changes_FromTheStart_GiveTheNewestOfEachItem) {
  ASSERT_TRUE(store->Put("default", {MakeItem("a", {{"price", 1.0}}), MakeItem("b"), MakeItem("c")}));
  ASSERT_TRUE(store->Patch("default", MakeItem("a", {{"price", 2.0}}), {}));
  ASSERT_TRUE(store->Delete("default", {"item", "b"}));

  const auto changes = store->Changes("default", 0, 100);

  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 3u);
  EXPECT_EQ((*changes)[0].epoch, 3u);
  EXPECT_EQ((*changes)[0].item.id, "c");
  EXPECT_EQ((*changes)[1].epoch, 4u);
  EXPECT_EQ((*changes)[1].item.attributes.at("price"), model::AttributeValue(2.0));
  EXPECT_EQ((*changes)[2].epoch, 5u);
  EXPECT_TRUE((*changes)[2].deleted);
  EXPECT_EQ((*changes)[2].item.id, "b");
  EXPECT_TRUE((*changes)[2].item.attributes.empty());
}

TEST_P(CatalogueContract, Changes_InSteps_MissNothing) {
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(store->Put("default", {MakeItem(std::to_string(i % 10))}));

  std::vector<uint64_t> epochs;
  uint64_t after = 0;
  for (;;) {
    const auto changes = store->Changes("default", after, 3);
    ASSERT_TRUE(changes);
    if (changes->empty()) break;
    for (const auto& change : *changes) epochs.push_back(change.epoch);
    after = epochs.back();
  }

  // The last write of each of the ten items.
  EXPECT_EQ(epochs, (std::vector<uint64_t>{16, 17, 18, 19, 20, 21, 22, 23, 24, 25}));
}

TEST_P(CatalogueContract, Changes_ItemTwiceInOneBatch_TheLastWins) {
  ASSERT_EQ(store->Put("default", {MakeItem("a", {{"price", 1.0}}), MakeItem("a", {{"price", 2.0}})}), 2u);

  const auto changes = store->Changes("default", 0, 10);

  ASSERT_EQ(changes->size(), 1u);
  EXPECT_EQ((*changes)[0].epoch, 2u);
  EXPECT_EQ((*changes)[0].item.attributes.at("price"), model::AttributeValue(2.0));
}

TEST_P(CatalogueContract, Reopen_KeepsItemsEpochsAndKinds) {
  Item item = MakeItem("a", {{"size", std::string("L")}});
  item.vectors["image"] = {1, 2};
  ASSERT_TRUE(store->Put("default", {item, MakeItem("b")}));
  ASSERT_TRUE(store->Delete("default", {"item", "b"}));
  store.reset();

  store = subject->Open();

  EXPECT_EQ(store->Epoch("default"), 3u);
  EXPECT_EQ((*store->Get("default", {"item", "a"}))->attributes, item.attributes);
  EXPECT_FALSE(*store->Get("default", {"item", "b"}));
  EXPECT_FALSE(store->Put("default", {MakeItem("c", {{"size", 1.0}})}));
  item.vectors["image"] = {1, 2, 3};
  EXPECT_FALSE(store->Put("default", {item}));
  EXPECT_EQ(store->Put("default", {MakeItem("d")}), 4u);
}

// Hour by hour: a is put, replaced, patched, deleted, put again.
TEST_P(CatalogueContract, Changes_OfAnItem_TellWhenItWasAdded) {
  constexpr int64_t kStart = 1'700'000'000'000, kHour = 3'600'000;
  const auto added = [&] { return store->Changes("default", 0, 10)->back().added_ms - kStart; };
  const auto pass = [&] { subject->clock.Advance(kHour); };

  ASSERT_TRUE(store->Put("default", {MakeItem("a")}));
  EXPECT_EQ(added(), 0);
  pass();
  ASSERT_TRUE(store->Put("default", {MakeItem("a", {{"price", 1.0}})}));
  EXPECT_EQ(added(), 0);
  pass();
  ASSERT_TRUE(store->Patch("default", MakeItem("a", {{"price", 2.0}}), {}));
  EXPECT_EQ(added(), 0);
  ASSERT_TRUE(store->Delete("default", {"item", "a"}));
  pass();
  ASSERT_TRUE(store->Put("default", {MakeItem("a")}));
  EXPECT_EQ(added(), 3 * kHour);
  store.reset();
  store = subject->Open();
  EXPECT_EQ(added(), 3 * kHour);
}

// Four writers with 50 batches of two items, a follower beside them: the follower ends with every
// item, and no epoch is given twice.
TEST_P(CatalogueContract, Put_ConcurrentlyWithAFollower_LosesNothing) {
  constexpr int kWriters = 4, kBatches = 50;
  std::atomic<int> ended{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int b = 0; b < kBatches; ++b) {
        const std::string id = std::to_string(w) + "-" + std::to_string(b);
        EXPECT_TRUE(store->Put("default", {MakeItem(id + "x"), MakeItem(id + "y")}));
      }
      ++ended;
    });
  }

  std::set<std::string> seen;
  uint64_t after = 0;
  for (;;) {
    const bool last_look = ended == kWriters;
    const auto changes = store->Changes("default", after, 64);
    EXPECT_TRUE(changes);
    if (!changes || (changes->empty() && last_look)) break;
    for (const auto& change : *changes) {
      EXPECT_EQ(change.epoch, after + 1);
      after = change.epoch;
      seen.insert(change.item.id);
    }
  }
  for (auto& writer : writers) writer.join();

  EXPECT_EQ(seen.size(), static_cast<size_t>(kWriters * kBatches * 2));
}

}  // namespace
}  // namespace signalbox::contract
