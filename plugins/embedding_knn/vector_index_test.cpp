// The index: recall, change while searching, and snapshots.
#include "vector_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "neighbour_cache.hpp"
#include "synthetic.hpp"

namespace signalbox::embedding_knn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kDimension = 32;

IndexOptions SmallOptions(uint32_t tail_limit) {
  IndexOptions options;
  options.graph.dimension = kDimension;
  options.tail_limit = tail_limit;
  return options;
}

// An index over rows of `vectors`; row i is item i.
struct Filled {
  explicit Filled(size_t count, uint32_t tail_limit = 256)
      : vectors(ClusteredVectors(count, kDimension, 40, 0.6f, 1)), index(SmallOptions(tail_limit)) {
    for (Item item = 0; item < count; ++item) index.Put(item, Row(item));
    index.Publish();
  }
  const float* Row(Item item) const { return &vectors[item * kDimension]; }
  void Build() {
    while (index.Maintain(1'000'000)) {
    }
  }
  size_t count() const { return vectors.size() / kDimension; }

  std::vector<float> vectors;
  VectorIndex index;
};

std::set<Item> ItemsOf(const std::vector<Hit>& hits) {
  std::set<Item> items;
  for (const Hit& hit : hits) items.insert(hit.item);
  return items;
}

// The true nearest, by a scan of everything.
std::set<Item> Exact(const Filled& filled, const float* query, size_t k, const std::set<Item>& gone = {}) {
  std::vector<Hit> hits;
  for (Item item = 0; item < filled.count(); ++item) {
    if (gone.count(item) == 0) hits.push_back({Dot(query, filled.Row(item), kDimension), item});
  }
  KeepBest(&hits, k);
  return ItemsOf(hits);
}

double Recall(const Filled& filled, size_t k, size_t ef) {
  const auto view = filled.index.view();
  size_t found = 0, wanted = 0;
  for (Item item = 0; item < filled.count(); item += 97) {
    const auto hits = ItemsOf(view->Search({filled.Row(item), k, ef, kNoItem, {}}));
    for (const Item truth : Exact(filled, filled.Row(item), k)) found += hits.count(truth);
    wanted += k;
  }
  return static_cast<double>(found) / static_cast<double>(wanted);
}

TEST(VectorIndexTest, Search_TailOnly_IsExact) {
  Filled filled(500, 2'000);

  EXPECT_EQ(filled.index.view()->graph(), nullptr);
  EXPECT_DOUBLE_EQ(Recall(filled, 100, 100), 1.0);
}

TEST(VectorIndexTest, Search_Graph_FindsNineTenthsOfTheNearestHundred) {
  Filled filled(4'000);

  filled.Build();

  ASSERT_NE(filled.index.view()->graph(), nullptr);
  EXPECT_EQ(filled.index.view()->graph()->size(), 4'000u);
  EXPECT_GE(Recall(filled, 100, 100), 0.9);
}

TEST(VectorIndexTest, Search_HandMadeVectors_OrdersByInnerProduct) {
  VectorIndex index(SmallOptions(256));
  const auto put = [&index](Item item, float x, float y) {
    std::vector<float> vector(kDimension);
    vector[0] = x, vector[1] = y;
    index.Put(item, vector.data());
  };
  put(0, 1, 0), put(1, 0.8f, 0.6f), put(2, 0, 1), put(3, -1, 0);
  index.Publish();
  const auto view = index.view();

  const auto hits = view->Search({view->Find(0), 3, 100, 0, {}});

  // Inner products with (1, 0): 0.8, 0, -1; item 0 itself is left out.
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_EQ(hits[0].item, 1u);
  EXPECT_FLOAT_EQ(hits[0].similarity, 0.8f);
  EXPECT_EQ(hits[1].item, 2u);
  EXPECT_FLOAT_EQ(hits[2].similarity, -1.0f);
}

TEST(VectorIndexTest, Maintain_SmallBudgets_BuildsInSlicesAndServesMeanwhile) {
  Filled filled(1'500);
  int slices = 0;

  while (filled.index.Maintain(1)) {
    ++slices;
    if (slices != 3) continue;
    EXPECT_EQ(filled.index.view()->Search({filled.Row(7), 5, 100, kNoItem, {}})[0].item, 7u);
  }

  EXPECT_GT(slices, 10);
  EXPECT_EQ(filled.index.view()->graph()->size(), 1'500u);
  EXPECT_EQ(filled.index.size(), 1'500u);
}

TEST(VectorIndexTest, Maintain_SecondTail_IsMergedIntoACopy) {
  Filled filled(1'200);
  filled.Build();
  const auto former = filled.index.view();
  const auto more = ClusteredVectors(300, kDimension, 40, 0.6f, 2);

  for (Item i = 0; i < 300; ++i) filled.index.Put(1'200 + i, &more[i * kDimension]);
  filled.index.Publish();
  filled.Build();

  EXPECT_EQ(former->graph()->size(), 1'200u);  // who still reads it is not disturbed
  EXPECT_EQ(filled.index.view()->graph()->size(), 1'500u);
  EXPECT_EQ(filled.index.view()->tail().end - filled.index.view()->tail().begin, 0u);
  EXPECT_EQ(filled.index.view()->Search({&more[0], 1, 100, kNoItem, {}})[0].item, 1'200u);
}

TEST(VectorIndexTest, Remove_SealedItems_AreNeverFoundAndLastlyDropped) {
  Filled filled(3'000);
  filled.Build();
  std::set<Item> gone;
  for (Item item = 0; item < 3'000; item += 2) gone.insert(item), filled.index.Remove(item);
  filled.index.Publish();

  const auto hits = ItemsOf(filled.index.view()->Search({filled.Row(4), 100, 100, kNoItem, {}}));
  size_t right = 0;
  for (const Item item : Exact(filled, filled.Row(4), 100, gone)) right += hits.count(item);
  EXPECT_GE(right, 85u);
  for (const Item item : hits) EXPECT_EQ(gone.count(item), 0u) << item;
  EXPECT_EQ(filled.index.view()->Find(4), nullptr);

  filled.Build();  // half of the nodes are masked: rebuilt without them
  EXPECT_EQ(filled.index.view()->graph()->size(), 1'500u);
  EXPECT_EQ(filled.index.size(), 1'500u);
}

TEST(VectorIndexTest, Put_ReplacedWhileBuilding_OnlyTheNewVectorCounts) {
  Filled filled(1'000);
  ASSERT_TRUE(filled.index.Maintain(1));  // begun, hardly anything inserted
  std::vector<float> moved(filled.Row(900), filled.Row(900) + kDimension);
  for (float& value : moved) value = -value;

  filled.index.Put(0, moved.data());  // was the first row, already in the new graph
  filled.index.Remove(999);
  filled.index.Publish();
  filled.Build();

  const auto view = filled.index.view();
  EXPECT_EQ(view->Search({moved.data(), 1, 100, kNoItem, {}})[0].item, 0u);
  EXPECT_EQ(view->Find(999), nullptr);
  EXPECT_EQ(filled.index.size(), 999u);
}

TEST(VectorIndexTest, Put_SameVectorAgain_ChangesNothing) {
  Filled filled(600);
  filled.Build();

  for (Item item = 0; item < 600; ++item) filled.index.Put(item, filled.Row(item));
  filled.index.Publish();

  EXPECT_EQ(filled.index.view()->tail().end, filled.index.view()->tail().begin);
}

TEST(VectorIndexTest, Maintain_FewItemsReplacedOften_KeepsTheTailShort) {
  Filled filled(100, 256);

  for (int round = 0; round < 20; ++round) {
    std::vector<float> vector = ClusteredVectors(1, kDimension, 1, 1.0f, static_cast<uint32_t>(round) + 10);
    for (Item item = 0; item < 100; ++item) filled.index.Put(item, vector.data());
    filled.index.Publish();
    EXPECT_FALSE(filled.index.Maintain(1'000));
  }

  const auto view = filled.index.view();
  EXPECT_LE(view->tail().end - view->tail().begin, 228u);
  EXPECT_EQ(view->graph(), nullptr);
  EXPECT_EQ(filled.index.size(), 100u);
}

TEST(VectorIndexTest, Search_FewEligible_ScansThemExactly) {
  Filled filled(3'000);
  filled.Build();
  std::vector<uint64_t> bits(3'000 / 64 + 1);
  std::set<Item> gone;
  for (Item item = 0; item < 3'000; ++item) {
    if (item % 50 == 0) {
      bits[item / 64] |= uint64_t{1} << (item % 64);
    } else {
      gone.insert(item);
    }
  }

  const auto hits =
      filled.index.view()->Search({filled.Row(1), 20, 100, kNoItem, Eligible(bits.data(), 3'000)});

  EXPECT_EQ(ItemsOf(hits), Exact(filled, filled.Row(1), 20, gone));
}

TEST(NeighbourCacheTest, FindNeighbours_NewItemInTail_JoinsWithoutASearch) {
  Filled filled(1'000);
  filled.Build();
  NeighbourCache cache(100);
  bool searched = false;
  FindNeighbours(*filled.index.view(), cache, 5, 10, 100, &searched);
  ASSERT_TRUE(searched);
  std::vector<float> twin(filled.Row(5), filled.Row(5) + kDimension);
  twin[0] += 1e-3f;
  Normalise(twin.data(), kDimension);
  filled.index.Put(1'000, twin.data());
  filled.index.Publish();
  searched = false;

  const auto neighbours = FindNeighbours(*filled.index.view(), cache, 5, 10, 100, &searched);

  EXPECT_FALSE(searched);
  EXPECT_EQ(neighbours->hits.size(), 10u);
  EXPECT_EQ(neighbours->hits[0].item, 1'000u);
}

TEST(NeighbourCacheTest, FindNeighbours_GraphSwappedOrVectorMoved_SearchesAgain) {
  Filled filled(1'000);
  NeighbourCache cache(100);
  bool searched = false;
  FindNeighbours(*filled.index.view(), cache, 5, 10, 100, &searched);
  filled.Build();
  searched = false;
  FindNeighbours(*filled.index.view(), cache, 5, 10, 100, &searched);
  EXPECT_TRUE(searched);

  filled.index.Put(5, filled.Row(700));
  filled.index.Publish();
  searched = false;
  const auto neighbours = FindNeighbours(*filled.index.view(), cache, 5, 10, 100, &searched);

  EXPECT_TRUE(searched);
  EXPECT_EQ(neighbours->hits[0].item, 700u);
}

TEST(NeighbourCacheTest, Put_BeyondCapacity_DropsWhatWasNotUsedLately) {
  NeighbourCache cache(32);  // two a shard; items 0, 16, 32 share one
  const auto some = std::make_shared<const Neighbours>();
  cache.Put(0, some), cache.Put(16, some);
  ASSERT_NE(cache.Get(0), nullptr);

  cache.Put(32, some);

  EXPECT_NE(cache.Get(0), nullptr);
  EXPECT_EQ(cache.Get(16), nullptr);
  EXPECT_NE(cache.Get(32), nullptr);
}

// --- snapshots ---

std::string Bytes(VectorIndex& index) {
  std::string bytes;
  sb_writer raw{sizeof raw, 0, &bytes, [](void* context, const void* data, size_t size) -> int32_t {
                  static_cast<std::string*>(context)->append(static_cast<const char*>(data), size);
                  return SB_OK;
                }};
  Writer writer(raw);
  const auto frozen = index.Freeze();
  VectorIndex::Write(frozen, writer);
  writer.Flush();
  return bytes;
}

void ReadBytes(VectorIndex& index, std::string_view bytes, uint32_t items) {
  sb_reader raw{sizeof raw, 0, &bytes, [](void* context, void* data, size_t size) {
                  auto* left = static_cast<std::string_view*>(context);
                  const size_t part = std::min(size, left->size());
                  std::copy_n(left->data(), part, static_cast<char*>(data));
                  left->remove_prefix(part);
                  return part;
                }};
  Reader reader(raw);
  index.Read(items, reader);
}

TEST(VectorIndexTest, Snapshot_GraphMaskAndTail_SearchTheSameAfterRestoring) {
  Filled filled(1'500);
  filled.Build();
  for (Item item = 0; item < 200; ++item) filled.index.Remove(item);
  filled.index.Put(3, filled.Row(1'000));
  filled.index.Publish();
  VectorIndex restored(SmallOptions(256));

  ReadBytes(restored, Bytes(filled.index), 1'500);

  const auto before = filled.index.view(), after = restored.view();
  EXPECT_EQ(restored.size(), 1'301u);
  for (Item item = 0; item < 1'500; item += 11) {
    ASSERT_EQ(before->Find(item) == nullptr, after->Find(item) == nullptr) << item;
    const auto a = before->Search({filled.Row(item), 20, 50, kNoItem, {}});
    const auto b = after->Search({filled.Row(item), 20, 50, kNoItem, {}});
    ASSERT_EQ(ItemsOf(a), ItemsOf(b)) << item;
  }
  // And it grows on.
  const auto more = ClusteredVectors(300, kDimension, 40, 0.6f, 2);
  for (Item i = 0; i < 300; ++i) restored.Put(1'500 + i, &more[i * kDimension]);
  restored.Publish();
  while (restored.Maintain(1'000'000)) {
  }
  EXPECT_EQ(restored.size(), 1'601u);
}

TEST(VectorIndexTest, Read_DamagedSnapshots_AreRefused) {
  Filled filled(400);
  filled.Build();
  const std::string bytes = Bytes(filled.index);
  for (const size_t size : {size_t{0}, size_t{3}, bytes.size() / 2, bytes.size() - 1}) {
    VectorIndex index(SmallOptions(256));
    EXPECT_THROW(ReadBytes(index, std::string_view(bytes).substr(0, size), 400), InvalidState) << size;
  }
  // Every link overwritten with a node that does not exist.
  std::string wild = bytes;
  std::fill(wild.begin() + 200, wild.begin() + 2'000, '\x7f');
  VectorIndex index(SmallOptions(256));
  EXPECT_THROW(ReadBytes(index, wild, 400), InvalidState);
  EXPECT_EQ(index.size(), 0u);
  // Fewer items than the graph knows.
  EXPECT_THROW(ReadBytes(index, bytes, 100), InvalidState);
}

TEST(VectorIndexTest, Freeze_ThenChanges_WritesWhatWasFrozen) {
  Filled filled(300, 2'000);
  const auto frozen = filled.index.Freeze();

  for (Item item = 0; item < 300; ++item) filled.index.Remove(item);
  filled.index.Put(5, filled.Row(9));
  filled.index.Publish();

  std::string bytes;
  sb_writer raw{sizeof raw, 0, &bytes, [](void* context, const void* data, size_t size) -> int32_t {
                  static_cast<std::string*>(context)->append(static_cast<const char*>(data), size);
                  return SB_OK;
                }};
  Writer writer(raw);
  VectorIndex::Write(frozen, writer);
  writer.Flush();
  VectorIndex restored(SmallOptions(256));
  ReadBytes(restored, bytes, 300);
  EXPECT_EQ(restored.size(), 300u);
  EXPECT_EQ(restored.view()->Search({filled.Row(5), 1, 100, kNoItem, {}})[0].item, 5u);
}

// --- threads ---

TEST(VectorIndexTest, Search_DuringPutsRemovalsAndBuilds_AlwaysSeesAWholeIndex) {
  Filled filled(600);
  const auto more = ClusteredVectors(600, kDimension, 40, 0.6f, 3);
  NeighbourCache cache(64);
  std::atomic<bool> done{false};
  std::atomic<size_t> wrong{0}, searches{0};
  const auto read = [&](uint32_t seed) {
    std::mt19937 random(seed);
    while (!done || searches < 50) {
      const auto view = filled.index.view();
      const auto item = static_cast<Item>(random() % 400);  // these never change
      const auto hits = view->Search({filled.Row(item), 10, 50, kNoItem, {}});
      wrong += hits.empty() || hits[0].similarity < 0.999f;
      const Item neighbours[] = {item, static_cast<Item>(400 + random() % 800)};
      float scores[] = {kNoOpinion, kNoOpinion};
      view->Score(filled.Row(item), neighbours, scores);
      wrong += !(scores[0] > 0.999f);
      wrong += FindNeighbours(*view, cache, item, 10, 50, nullptr)->hits.size() != 10;
      ++searches;
    }
  };
  std::jthread first(read, 1), second(read, 2);

  for (Item i = 0; i < 600; ++i) {
    filled.index.Put(600 + i, &more[i * kDimension]);
    if (i % 5 == 0) filled.index.Remove(400 + i % 200);
    if (i % 7 == 0) filled.index.Put(400 + i % 200, &more[i * kDimension]);
    filled.index.Publish();
    filled.index.Maintain(500);
  }
  filled.Build();
  done = true;
  first.join(), second.join();

  EXPECT_EQ(wrong, 0u);
  EXPECT_GE(searches, 50u);
  EXPECT_GE(filled.index.view()->generation(), 2u);
}

TEST(VectorIndexTest, Maintain_TwoThreads_BuildsAsGoodAGraph) {
  const auto vectors = ClusteredVectors(3'000, kDimension, 40, 0.6f, 1);
  IndexOptions options = SmallOptions(256);
  options.build_threads = 2;
  VectorIndex index(options);
  for (Item item = 0; item < 3'000; ++item) index.Put(item, &vectors[item * kDimension]);
  index.Publish();

  while (index.Maintain(100'000)) {
  }

  EXPECT_EQ(index.size(), 3'000u);
  size_t itself = 0;
  for (Item item = 0; item < 3'000; item += 10) {
    itself += index.view()->Search({&vectors[item * kDimension], 1, 100, kNoItem, {}})[0].item == item;
  }
  EXPECT_GE(itself, 295u);
}

}  // namespace
}  // namespace signalbox::embedding_knn
