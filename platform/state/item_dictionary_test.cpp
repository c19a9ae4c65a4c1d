// Handles of items.
#include "state/item_dictionary.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "state/byte_buffers.hpp"

namespace signalbox::state {
namespace {

TEST(ItemDictionaryTest, Intern_NewItems_NumbersThemFromZero) {
  ItemDictionary items;

  EXPECT_EQ(items.Intern("item", "a", 10), 0u);
  EXPECT_EQ(items.Intern("item", "b", 20), 1u);
  EXPECT_EQ(items.Intern("article", "a", 30), 2u);

  EXPECT_EQ(items.size(), 3u);
  EXPECT_EQ(items.Name(2).type, "article");
  EXPECT_EQ(items.Name(2).id, "a");
  EXPECT_EQ(items.first_seen_ms(1), 20);
}

TEST(ItemDictionaryTest, Intern_KnownItem_KeepsHandleAndFirstSeen) {
  ItemDictionary items;
  const Handle first = items.Intern("item", "a", 10);

  EXPECT_EQ(items.Intern("item", "a", 99), first);
  EXPECT_EQ(items.first_seen_ms(first), 10);
  EXPECT_EQ(items.size(), 1u);
}

TEST(ItemDictionaryTest, Find_UnknownItem_GivesNoHandle) {
  ItemDictionary items;
  items.Intern("item", "a", 0);

  EXPECT_EQ(items.Find("item", "b"), kNoHandle);
  EXPECT_EQ(items.Find("ite", "ma"), kNoHandle);
  EXPECT_EQ(items.Find("item", "a"), 0u);
  EXPECT_EQ(items.Name(1).id.data(), nullptr);
  EXPECT_EQ(items.Name(kNoHandle).id.data(), nullptr);
}

TEST(ItemDictionaryTest, Intern_ManyItems_FindsEachAgain) {
  ItemDictionary items;
  for (int i = 0; i < 100'000; ++i)
    ASSERT_EQ(items.Intern("item", std::to_string(i), i), static_cast<Handle>(i));

  for (int i = 0; i < 100'000; ++i) {
    const auto handle = static_cast<Handle>(i);
    ASSERT_EQ(items.Find("item", std::to_string(i)), handle);
    ASSERT_EQ(items.Name(handle).id, std::to_string(i));
    ASSERT_EQ(items.first_seen_ms(handle), i);
  }
}

TEST(ItemDictionaryTest, Restore_WrittenPrefix_GivesTheSameHandles) {
  ItemDictionary items;
  for (int i = 0; i < 5000; ++i)
    items.Intern(i % 2 == 0 ? "item" : "article", std::string(i % 200, 'x') + std::to_string(i), -i);
  items.Intern("late type", "not written", 1);
  TextSink sink;
  ASSERT_TRUE(items.Write(5000, sink));

  ItemDictionary restored;
  TextSource source(sink.bytes);
  ASSERT_TRUE(restored.Restore(source));

  ASSERT_EQ(restored.size(), 5000u);
  for (Handle i = 0; i < 5000; ++i) {
    ASSERT_EQ(restored.Name(i).type, items.Name(i).type);
    ASSERT_EQ(restored.Name(i).id, items.Name(i).id);
    ASSERT_EQ(restored.first_seen_ms(i), items.first_seen_ms(i));
    ASSERT_EQ(restored.Find(items.Name(i).type, items.Name(i).id), i);
  }
  EXPECT_EQ(restored.Intern("item", "next", 7), 5000u);
}

TEST(ItemDictionaryTest, Restore_TruncatedBytes_IsDataLoss) {
  ItemDictionary items;
  for (int i = 0; i < 100; ++i) items.Intern("item", std::to_string(i), i);
  TextSink sink;
  ASSERT_TRUE(items.Write(100, sink));

  for (size_t size = 0; size < sink.bytes.size(); ++size) {
    ItemDictionary restored;
    TextSource source(std::string_view(sink.bytes).substr(0, size));
    const auto result = restored.Restore(source);
    ASSERT_FALSE(result) << size;
    ASSERT_EQ(result.error().code(), Code::kDataLoss);
  }
}

TEST(ItemDictionaryTest, Intern_FromManyThreadsWithReaders_AgreesOnHandles) {
  ItemDictionary items;
  constexpr int kItems = 3000;
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      while (!stop.load()) {
        const Handle size = items.size();
        if (size == 0) continue;
        const auto name = items.Name(size - 1);
        // It may be numbered already and not be findable yet; it is never found under another number.
        const Handle found = items.Find(name.type, name.id);
        EXPECT_TRUE(found == size - 1 || found == kNoHandle);
      }
    });
  }
  std::vector<std::thread> writers;
  for (int w = 0; w < 3; ++w) {
    writers.emplace_back([&] {
      for (int i = 0; i < kItems; ++i) items.Intern("item", std::to_string(i), i);
    });
  }
  for (auto& writer : writers) writer.join();
  stop = true;
  for (auto& reader : readers) reader.join();

  EXPECT_EQ(items.size(), static_cast<uint32_t>(kItems));
}

}  // namespace
}  // namespace signalbox::state
