// The contract of writing: replace, patch, delete, kinds, dimensions; a refusal writes nothing.
#include <cmath>
#include <limits>

#include "ports/catalogue_rules.hpp"
#include "subject.hpp"

namespace signalbox::contract {
namespace {

using model::AttributeKind;
using model::Item;
using model::ItemKey;
using model::TimeMs;

INSTANTIATE_TEST_SUITE_P(Stores, CatalogueContract, testing::ValuesIn(AllCatalogueKinds()),
                         [](const auto& kind) { return kind.param.name; });

Item ItemOf(const Result<std::optional<Item>>& got) {
  if (!got || !*got) throw std::runtime_error("no such item");
  return **got;
}

TEST_P(CatalogueContract, Put_EveryKindOfAttribute_ComesBackUnchanged) {
  Item item = MakeItem("shirt", {{"title", std::string("Hemd \xC3\xA4\xF0\x9F\x91\x95 \"quoted\"\n")},
                                 {"price", 19.99},
                                 {"large", 1e300},
                                 {"whole", 9007199254740993.0},
                                 {"hidden", true},
                                 {"tags", std::vector<std::string>{"red", "", "cotton"}},
                                 {"no_tags", std::vector<std::string>{}},
                                 {"created_at", TimeMs{1'700'000'000'123}},
                                 {"nul", std::string("a\0b", 3)}});
  item.vectors["image"] = {0.1f, -2.5f, std::numeric_limits<float>::min()};
  item.vectors["text"] = {1.0f};

  ASSERT_TRUE(store->Put("default", {item}));

  const Item back = ItemOf(store->Get("default", {"item", "shirt"}));
  EXPECT_EQ(back.type, "item");
  EXPECT_EQ(back.id, "shirt");
  EXPECT_EQ(back.attributes, item.attributes);
  EXPECT_EQ(back.vectors, item.vectors);
}

TEST_P(CatalogueContract, Put_Again_ReplacesTheWholeItem) {
  Item first = MakeItem("a", {{"price", 1.0}, {"color", std::string("red")}});
  first.vectors["image"] = {1, 2};
  ASSERT_TRUE(store->Put("default", {first}));

  ASSERT_TRUE(store->Put("default", {MakeItem("a", {{"price", 2.0}})}));

  const Item back = ItemOf(store->Get("default", {"item", "a"}));
  EXPECT_EQ(back.attributes, MakeItem("a", {{"price", 2.0}}).attributes);
  EXPECT_TRUE(back.vectors.empty());
}

TEST_P(CatalogueContract, Put_SameIdOfTwoTypes_AreTwoItems) {
  Item article = MakeItem("1", {{"title", std::string("news")}});
  article.type = "article";
  ASSERT_TRUE(store->Put("default", {article, MakeItem("1", {{"title", std::string("shirt")}})}));

  EXPECT_EQ(ItemOf(store->Get("default", {"article", "1"})).attributes.at("title"),
            model::AttributeValue(std::string("news")));
  EXPECT_EQ(ItemOf(store->Get("default", {"item", "1"})).attributes.at("title"),
            model::AttributeValue(std::string("shirt")));
}

TEST_P(CatalogueContract, Put_UnicodeAndOddIds_AreKeptApart) {
  const std::vector<std::string> ids{"\xC3\xA4",
                                     "a\xCC\x88",
                                     "A",
                                     "a",
                                     "'; DROP TABLE items; --",
                                     "%",
                                     "_",
                                     "a b",
                                     std::string(256, 'x'),
                                     "\xF0\x9F\x91\x95"};
  std::vector<Item> items;
  for (const auto& id : ids) items.push_back(MakeItem(id, {{"title", id}}));

  ASSERT_EQ(store->Put("default", items), ids.size());

  for (const auto& id : ids) {
    EXPECT_EQ(ItemOf(store->Get("default", {"item", id})).attributes.at("title"), model::AttributeValue(id));
  }
}

TEST_P(CatalogueContract, Put_Nothing_KeepsTheEpoch) {
  EXPECT_EQ(store->Put("default", {}), 0u);
  EXPECT_EQ(store->Epoch("default"), 0u);
}

TEST_P(CatalogueContract, Get_Unknown_IsNullopt) {
  const auto got = store->Get("default", {"item", "nothing"});

  ASSERT_TRUE(got);
  EXPECT_FALSE(*got);
}

TEST_P(CatalogueContract, Patch_SetsAndErases_KeepsTheRest) {
  Item item = MakeItem("a", {{"price", 1.0}, {"color", std::string("red")}, {"stock", 5.0}});
  item.vectors["image"] = {1, 2};
  item.vectors["text"] = {3};
  ASSERT_TRUE(store->Put("default", {item}));
  Item changes = MakeItem("a", {{"price", 2.0}, {"size", std::string("L")}});
  changes.vectors["image"] = {5, 6};

  EXPECT_EQ(store->Patch("default", changes, {{"color", "never_there"}, {"text"}}), 2u);

  const Item back = ItemOf(store->Get("default", {"item", "a"}));
  EXPECT_EQ(back.attributes,
            MakeItem("", {{"price", 2.0}, {"stock", 5.0}, {"size", std::string("L")}}).attributes);
  ASSERT_EQ(back.vectors.size(), 1u);
  EXPECT_EQ(back.vectors.at("image"), (std::vector<float>{5, 6}));
}

TEST_P(CatalogueContract, Patch_UnknownOrDeleted_IsNotFound) {
  EXPECT_EQ(store->Patch("default", MakeItem("a"), {}).error().code(), Code::kNotFound);
  ASSERT_TRUE(store->Put("default", {MakeItem("a")}));
  ASSERT_TRUE(store->Delete("default", {"item", "a"}));

  EXPECT_EQ(store->Patch("default", MakeItem("a"), {}).error().code(), Code::kNotFound);
  EXPECT_EQ(store->Epoch("default"), 2u);
}

TEST_P(CatalogueContract, Delete_ThenPostAgain_IsBackWithoutItsPast) {
  ASSERT_TRUE(store->Put("default", {MakeItem("a", {{"color", std::string("red")}})}));

  EXPECT_EQ(store->Delete("default", {"item", "a"}), 2u);
  EXPECT_FALSE(*store->Get("default", {"item", "a"}));
  EXPECT_EQ(store->Delete("default", {"item", "a"}).error().code(), Code::kNotFound);
  EXPECT_EQ(store->Put("default", {MakeItem("a", {{"price", 1.0}})}), 3u);

  EXPECT_EQ(ItemOf(store->Get("default", {"item", "a"})).attributes,
            MakeItem("a", {{"price", 1.0}}).attributes);
}

TEST_P(CatalogueContract, Delete_NeverWritten_IsRecordedAsDeleted) {
  EXPECT_EQ(store->Delete("default", {"item", "a"}), 1u);

  const auto changes = store->Changes("default", 0, 10);
  ASSERT_EQ(changes->size(), 1u);
  EXPECT_TRUE(changes->front().deleted);
  EXPECT_EQ(changes->front().item.id, "a");
  EXPECT_FALSE(*store->Get("default", {"item", "a"}));
  EXPECT_EQ(store->Delete("default", {"item", "a"}).error().code(), Code::kNotFound);
}

TEST_P(CatalogueContract, Patch_ErasingOneOfAnAttributeAndAVectorOfOneName_KeepsTheOther) {
  Item item = MakeItem("a", {{"image", std::string("a.png")}, {"text", std::string("b")}});
  item.vectors["image"] = {1, 2};
  item.vectors["text"] = {3};
  ASSERT_TRUE(store->Put("default", {item}));

  ASSERT_TRUE(store->Patch("default", MakeItem("a"), {{"text"}, {"image"}}));

  const Item back = ItemOf(store->Get("default", {"item", "a"}));
  EXPECT_EQ(back.attributes, MakeItem("", {{"image", std::string("a.png")}}).attributes);
  ASSERT_EQ(back.vectors.size(), 1u);
  EXPECT_EQ(back.vectors.at("text"), std::vector<float>{3});
}

TEST_P(CatalogueContract, Put_NamesOverTheTenantsLimit_NamesTheFieldAndWritesNothing) {
  Item full = MakeItem("a");
  for (size_t i = 0; i < ports::kMaxAttributeNames; ++i) full.attributes["n" + std::to_string(i)] = 1.0;
  for (size_t i = 0; i < ports::kMaxVectorNames; ++i) full.vectors["v" + std::to_string(i)] = {1};
  ASSERT_TRUE(store->Put("default", {full}));
  Item vector = MakeItem("c");
  vector.vectors["more"] = {1};

  const auto refused = store->Put("default", {MakeItem("b"), MakeItem("c", {{"more", 1.0}})});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.error().field(), "items[1].more");
  EXPECT_EQ(store->Put("default", {vector}).error().field(), "items[0].vectors.more");
  EXPECT_EQ(store->Patch("default", MakeItem("a", {{"more", 1.0}}), {}).error().field(), "more");
  EXPECT_EQ(store->Epoch("default"), 1u);
  EXPECT_TRUE(store->Put("default", {MakeItem("b", {{"n0", 2.0}, {"price", 1.0}})}));
  EXPECT_TRUE(store->Put("other", {MakeItem("b", {{"more", 1.0}})}));
}

TEST_P(CatalogueContract, Put_NamesOverTheLimitWithinTheBatch_IsRefused) {
  Item first = MakeItem("a"), second = MakeItem("b");
  for (size_t i = 0; i < ports::kMaxAttributeNames; ++i) first.attributes["n" + std::to_string(i)] = 1.0;
  second.attributes["more"] = 1.0;

  EXPECT_EQ(store->Put("default", {first, second}).error().field(), "items[1].more");
}

TEST_P(CatalogueContract, Put_KindDiffersFromTheFirstSeen_NamesTheFieldAndWritesNothing) {
  ASSERT_TRUE(store->Put("default", {MakeItem("a", {{"size", std::string("L")}})}));

  const auto refused =
      store->Put("default", {MakeItem("b", {{"new", 1.0}}), MakeItem("c", {{"size", 42.0}})});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.error().field(), "items[1].size");
  EXPECT_FALSE(refused.error().hint().empty());
  EXPECT_FALSE(*store->Get("default", {"item", "b"}));
  EXPECT_EQ(store->Epoch("default"), 1u);
  EXPECT_EQ(store->Kinds("default")->count("new"), 0u);
}

TEST_P(CatalogueContract, Put_KindsDifferWithinTheBatch_IsRefused) {
  const auto refused =
      store->Put("default", {MakeItem("a", {{"size", std::string("L")}}), MakeItem("b", {{"size", true}})});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field(), "items[1].size");
}

TEST_P(CatalogueContract, Put_KnownAttributeOfAnotherKind_IsRefused) {
  EXPECT_EQ(store->Put("default", {MakeItem("a", {{"price", std::string("9.99")}})}).error().field(),
            "items[0].price");
  EXPECT_EQ(store->Put("default", {MakeItem("a", {{"title", 1.0}})}).error().field(), "items[0].title");
  EXPECT_EQ(store->Put("default", {MakeItem("a", {{"created_at", 1.0}})}).error().field(),
            "items[0].created_at");
}

TEST_P(CatalogueContract, Put_NumberNotFinite_IsRefused) {
  EXPECT_EQ(store->Put("default", {MakeItem("a", {{"price", NAN}})}).error().field(), "items[0].price");
  EXPECT_EQ(store->Put("default", {MakeItem("a", {{"price", INFINITY}})}).error().field(), "items[0].price");
}

TEST_P(CatalogueContract, Put_NoId_IsRefused) {
  EXPECT_EQ(store->Put("default", {MakeItem("")}).error().field(), "items[0].item_id");
  EXPECT_EQ(store->Put("default", {MakeItem(std::string("a\0b", 3))}).error().field(), "items[0].item_id");
}

TEST_P(CatalogueContract, Put_VectorOfAnotherDimension_IsRefused) {
  Item first = MakeItem("a"), second = MakeItem("b");
  first.vectors["image"] = {1, 2, 3};
  second.vectors["image"] = {1, 2};
  ASSERT_TRUE(store->Put("default", {first}));

  const auto refused = store->Put("default", {second});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.error().field(), "items[0].vectors.image");
  second.vectors["image"] = {};
  EXPECT_EQ(store->Put("default", {second}).error().field(), "items[0].vectors.image");
}

TEST_P(CatalogueContract, Patch_KindDiffers_NamesTheFieldAndKeepsTheItem) {
  ASSERT_TRUE(store->Put("default", {MakeItem("a", {{"size", std::string("L")}})}));

  const auto refused = store->Patch("default", MakeItem("a", {{"size", 42.0}}), {});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field(), "size");
  EXPECT_EQ(ItemOf(store->Get("default", {"item", "a"})).attributes.at("size"),
            model::AttributeValue(std::string("L")));
}

TEST_P(CatalogueContract, Kinds_AfterWrites_AreTheFirstSeen) {
  ASSERT_TRUE(store->Put("default", {MakeItem("a", {{"price", 1.0},
                                                    {"size", std::string("L")},
                                                    {"tags", std::vector<std::string>{"x"}},
                                                    {"sold_at", TimeMs{1}}})}));
  ASSERT_TRUE(store->Patch("default", MakeItem("a", {{"eco", true}}), {{"size"}, {}}));

  EXPECT_EQ(*store->Kinds("default"), (std::map<std::string, AttributeKind>{{"price", AttributeKind::kNumber},
                                                                            {"size", AttributeKind::kText},
                                                                            {"tags", AttributeKind::kList},
                                                                            {"sold_at", AttributeKind::kTime},
                                                                            {"eco", AttributeKind::kBool}}));
}

TEST_P(CatalogueContract, Tenants_AreApart) {
  ASSERT_TRUE(store->Put("one", {MakeItem("a", {{"size", std::string("L")}})}));
  ASSERT_TRUE(store->Put("two", {MakeItem("a", {{"size", 42.0}}), MakeItem("b")}));

  EXPECT_EQ(store->Epoch("one"), 1u);
  EXPECT_EQ(store->Epoch("two"), 2u);
  EXPECT_FALSE(*store->Get("one", {"item", "b"}));
  EXPECT_EQ(store->List("one", "", 10)->items.size(), 1u);
  EXPECT_EQ(store->Changes("one", 0, 10)->size(), 1u);
  EXPECT_EQ(store->Kinds("one")->at("size"), AttributeKind::kText);
  EXPECT_EQ(store->Kinds("two")->at("size"), AttributeKind::kNumber);
  EXPECT_TRUE(store->Delete("two", {"item", "a"}));
  EXPECT_TRUE(*store->Get("one", {"item", "a"}));
}

}  // namespace
}  // namespace signalbox::contract
