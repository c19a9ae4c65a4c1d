// The simulated shop: affinities by hand, the same visits from the same seed, tastes that show.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "app/simulate/taste_recall.hpp"
#include "app/simulate/visitors.hpp"
#include "base/time_text.hpp"
#include "train/testing/temporary_folder.hpp"

namespace signalbox::app {
namespace {

using train::TemporaryFolder;

const int64_t kFrom = *ParseRfc3339("2026-10-01T00:00:00Z");
const int64_t kTo = *ParseRfc3339("2026-10-31T00:00:00Z");

Shop SampleShop() {
  auto shop = Shop::Load(SIGNALBOX_SOURCE_DIR "/infra/sample-shop");
  EXPECT_TRUE(shop) << shop.error().message();
  return std::move(*shop);
}

TEST(Shop, Affinity_SmallShop_IsTheProductOfItsFactors) {
  const TemporaryFolder folder;
  folder.Write(
      "items.jsonl",
      R"({"item_id":"a","category":"mugs","brand":"B","style":"urban","season":"winter","price":5,"stock":0,"created_at":"2026-10-31T00:00:00Z"}
{"item_id":"b","category":"mugs","brand":"C","style":"urban","season":"all","price":9}
{"item_id":"c","category":"tents","brand":"B","style":"odd","season":"winter","price":9}
)");
  folder.Write("tastes.json", R"({"format":1,"base_date":"2026-11-01T00:00:00Z",
    "defaults":{"category":0.1,"brand":1.0,"style":0.5,"outside_price_band":0.2},
    "tastes":[{"name":"t","share":1,"categories":{"mugs":0.8},"brands":{"B":2.0},"styles":{"urban":1.0},
               "price_band":{"from":0.0,"to":0.5}}],
    "complements":[],"bestsellers":{"b":3.0},
    "months":[{"month":1,"seasons":{"winter":1.5,"all":1.0}}]})");

  const auto shop = Shop::Load(folder.path().string());

  ASSERT_TRUE(shop) << shop.error().message();
  const auto january = shop->Affinities(0, 1);
  EXPECT_DOUBLE_EQ(january[0], 0.8 * 2 * 1.5);        // cheapest of two: rank 0, inside
  EXPECT_DOUBLE_EQ(january[1], 0.8 * 0.2 * 3);        // rank 1, outside; a bestseller
  EXPECT_DOUBLE_EQ(january[2], 0.1 * 2 * 0.5 * 1.5);  // alone: rank 0
  EXPECT_DOUBLE_EQ(shop->Affinities(0, 2)[0], 0.8 * 2);
  EXPECT_FALSE(shop->products()[0].in_stock);
  // A day before the shop's present stays a day before now.
  EXPECT_THAT(shop->DocumentAt(shop->products()[0], 1800000000000),
              testing::HasSubstr(FormatRfc3339(1800000000000 - 24 * 3600 * 1000)));
}

TEST(Shop, Load_BrokenOrMissingFiles_NamesThem) {
  const TemporaryFolder folder;
  EXPECT_EQ(Shop::Load(folder.path().string()).error().code(), Code::kNotFound);
  folder.Write("items.jsonl", "{\"item_id\":\"a\"}\n");
  const auto broken = Shop::Load(folder.path().string());
  EXPECT_EQ(broken.error().code(), Code::kInvalidArgument);
  EXPECT_THAT(broken.error().message(), testing::HasSubstr("items.jsonl: line 1"));
}

TEST(Visitors, History_SameSeed_SameEvents) {
  const Shop shop = SampleShop();
  Visitors first(shop, 200, 7, "history-7"), second(shop, 200, 7, "history-7"),
      other(shop, 200, 8, "history-8");

  const auto events = first.History(2000, kFrom, kTo);
  const auto again = second.History(2000, kFrom, kTo);
  const auto different = other.History(2000, kFrom, kTo);

  ASSERT_EQ(events.size(), again.size());
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].event_id, again[i].event_id);
    EXPECT_EQ(events[i].item, again[i].item);
    EXPECT_EQ(events[i].event_time_ms, again[i].event_time_ms);
  }
  EXPECT_NE(events[0].item + events[1].item + events[2].item,
            different[0].item + different[1].item + different[2].item);
}

TEST(Visitors, History_ManyEvents_AreOrderedInRangeAndOfAllTypes) {
  const Shop shop = SampleShop();
  Visitors visitors(shop, 200, 7, "history");

  const auto events = visitors.History(20000, kFrom, kTo);

  std::map<std::string, int> types;
  std::set<std::string> ids;
  int64_t last_ms = kFrom - 3600 * 1000;
  for (const auto& event : events) {
    EXPECT_GE(event.event_time_ms, last_ms);
    EXPECT_LE(event.event_time_ms, kTo);
    last_ms = event.event_time_ms;
    ++types[event.type];
    EXPECT_TRUE(ids.insert(event.event_id).second);
    EXPECT_LT(shop.Find(event.item), shop.products().size());
  }
  EXPECT_GT(types["view"], types["click"]);
  EXPECT_GT(types["click"], types["cart"]);
  EXPECT_GT(types["cart"], types["purchase"]);
  EXPECT_GT(types["purchase"], 100);
}

TEST(Visitors, Next_CartOfTents_LeadsToSleepingBags) {
  const Shop shop = SampleShop();
  Visitors visitors(shop, 500, 7, "run");
  int carts = 0, followed = 0;
  for (int i = 0; i < 5000; ++i) {
    const Visit visit = visitors.Next(kFrom);
    bool carted = false;
    for (const VisitEvent& event : visit.events) {
      const std::string& category = shop.products()[event.product].category;
      if (carted && event.type == "view" && category == "sleeping-bags") {
        ++followed;
        break;
      }
      if (!carted && event.type == "cart" && category == "tents") {
        carted = true;
        ++carts;
      }
    }
  }
  ASSERT_GT(carts, 100);
  EXPECT_GT(static_cast<double>(followed) / carts, 0.5);  // drawn with 0.9, if the visit is long enough
}

TEST(Visitors, ClickOn_LikedItem_IsClickedFarMoreOftenThanAnUnlikedOne) {
  const Shop shop = SampleShop();
  Visitors visitors(shop, 10, 7, "run");
  const auto affinities = shop.Affinities(0, 10);
  const auto best = std::max_element(affinities.begin(), affinities.end()) - affinities.begin();
  const auto worst = std::min_element(affinities.begin(), affinities.end()) - affinities.begin();
  const std::vector<std::string> liked = {shop.products()[static_cast<size_t>(best)].id};
  const std::vector<std::string> unliked = {shop.products()[static_cast<size_t>(worst)].id, "unknown"};
  int liked_clicks = 0, unliked_clicks = 0;
  for (int i = 0; i < 1000; ++i) {
    liked_clicks += visitors.ClickOn(0, liked, kFrom) < shop.products().size();
    unliked_clicks += visitors.ClickOn(0, unliked, kFrom) < shop.products().size();
  }
  EXPECT_NEAR(liked_clicks, 100, 30);
  EXPECT_LT(unliked_clicks, 20);
}

TEST(TasteRecall, Recall_WhatATasteLikes_IsOneAndOfOthersLow) {
  const Shop shop = SampleShop();
  const TasteRecall recall(shop, 10);
  const auto top_of = [&](size_t taste) {
    const auto affinities = shop.Affinities(taste, 10);
    std::vector<std::pair<double, std::string>> order;
    for (size_t i = 0; i < affinities.size(); ++i) order.emplace_back(-affinities[i], shop.products()[i].id);
    std::sort(order.begin(), order.end());
    std::vector<std::string> ids;
    for (size_t i = 0; i < 10; ++i) ids.push_back(order[i].second);
    return ids;
  };

  EXPECT_DOUBLE_EQ(recall.Recall(0, top_of(0)), 1);
  EXPECT_LT(recall.Recall(0, top_of(5)), 0.3);  // a hiker and a coffee lover
  EXPECT_DOUBLE_EQ(recall.Recall(0, {}), 0);
  const auto own = top_of(0);
  EXPECT_DOUBLE_EQ(recall.Recall(0, {own[0], own[0], "unknown"}), 0.1);  // counted once
}

}  // namespace
}  // namespace signalbox::app
