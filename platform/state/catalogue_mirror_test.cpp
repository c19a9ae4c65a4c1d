// The catalogue in memory: changes, views, snapshots.
#include <atomic>
#include <cmath>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "state/byte_buffers.hpp"
#include "state/catalogue_view.hpp"

namespace signalbox::state {
namespace {

using model::AttributeKind;
using model::AttributeValue;
using model::Item;
using model::ItemChange;
using model::TimeMs;

using Attributes = std::map<std::string, AttributeValue, std::less<>>;

Item Lamp() {
  return {"item",
          "lamp",
          Attributes{{"title", std::string("A lamp")},
                     {"category", std::string("light")},
                     {"price", 19.99},
                     {"hidden", false},
                     {"tags", std::vector<std::string>{"warm", "desk"}},
                     {"created_at", TimeMs{1'700'000'000'123}}},
          {}};
}

std::string FolderFor(const std::string& name) {
  return ::testing::TempDir() + name + "-" + std::to_string(getpid());
}

ItemChange Put(uint64_t epoch, Item item) { return {epoch, false, std::move(item)}; }
ItemChange Delete(uint64_t epoch, std::string id) { return {epoch, true, {"item", std::move(id), {}, {}}}; }

class CatalogueMirrorTest : public ::testing::Test {
 protected:
  void Apply(std::vector<ItemChange> changes) { mirror.Apply(changes); }
  Handle Of(const std::string& id) { return items.Find("item", id); }

  ManualClock clock{5000};
  ItemDictionary items;
  CatalogueMirror mirror{items, "", &clock};
};

TEST_F(CatalogueMirrorTest, View_NothingApplied_IsEmpty) {
  const auto view = mirror.view();

  EXPECT_EQ(view->epoch(), 0u);
  EXPECT_EQ(view->size(), 0u);
  EXPECT_FALSE(view->Present(0));
  EXPECT_EQ(view->Find("price").column, -1);
  EXPECT_TRUE(std::isnan(view->Number(view->Find("price"), 0)));
  EXPECT_EQ(view->Text(view->Find("title"), 0).data(), nullptr);
}

TEST_F(CatalogueMirrorTest, Apply_Item_ReadsEveryKind) {
  Apply({Put(1, Lamp())});

  const auto view = mirror.view();
  const Handle lamp = Of("lamp");
  EXPECT_EQ(view->epoch(), 1u);
  EXPECT_TRUE(view->Present(lamp));
  EXPECT_FALSE(view->Hidden(lamp));
  EXPECT_EQ(view->Find("price").kind, AttributeKind::kNumber);
  EXPECT_DOUBLE_EQ(view->Number(view->Find("price"), lamp), 19.99);
  EXPECT_DOUBLE_EQ(view->Number(view->Find("hidden"), lamp), 0);
  EXPECT_DOUBLE_EQ(view->Number(view->Find("created_at"), lamp), 1'700'000'000'123);
  EXPECT_EQ(view->Text(view->Find("title"), lamp), "A lamp");
  EXPECT_EQ(view->Text(view->Find("category"), lamp), "light");
  const AttributeRef tags = view->Find("tags");
  ASSERT_EQ(view->ListCodes(tags, lamp).size(), 2u);
  EXPECT_EQ(view->TextOfCode(tags, view->ListCodes(tags, lamp)[1]), "desk");
  // Kinds that do not fit are absent, not wrong.
  EXPECT_TRUE(std::isnan(view->Number(view->Find("title"), lamp)));
  EXPECT_EQ(view->Text(view->Find("price"), lamp).data(), nullptr);
  EXPECT_TRUE(view->ListCodes(view->Find("category"), lamp).empty());
}

TEST_F(CatalogueMirrorTest, TextCode_InternedColumn_ComparesByCode) {
  Item other = Lamp();
  other.id = "other";
  Apply({Put(1, Lamp()), Put(2, other)});

  const auto view = mirror.view();
  const AttributeRef category = view->Find("category");
  const AttributeRef title = view->Find("title");
  ASSERT_TRUE(category.interned);
  EXPECT_EQ(view->TextCode(category, Of("lamp")), view->CodeOf(category, "light"));
  EXPECT_EQ(view->TextCode(category, Of("other")), view->CodeOf(category, "light"));
  EXPECT_EQ(view->CodeOf(category, "dark"), -1);
  EXPECT_FALSE(title.interned);
  EXPECT_EQ(view->TextCode(title, Of("lamp")), -1);
  EXPECT_EQ(view->CodeOf(title, "A lamp"), -1);
}

TEST_F(CatalogueMirrorTest, Document_AppliedItem_ComesBackEqual) {
  Item lamp = Lamp();
  lamp.attributes["empty"] = std::string();
  lamp.attributes["no_tags"] = std::vector<std::string>();
  lamp.attributes["story"] = std::string(5000, 's');
  Apply({Put(1, lamp)});

  const auto document = mirror.view()->Document(Of("lamp"), items);

  ASSERT_TRUE(document);
  EXPECT_EQ(document->type, "item");
  EXPECT_EQ(document->id, "lamp");
  EXPECT_EQ(document->attributes, lamp.attributes);
}

TEST_F(CatalogueMirrorTest, Apply_Replacement_ForgetsWhatItDoesNotName) {
  Apply({Put(1, Lamp())});
  const auto before = mirror.view();
  Apply({Put(2, {"item", "lamp", Attributes{{"price", 5.0}, {"hidden", true}}, {}})});

  const auto after = mirror.view();
  const Handle lamp = Of("lamp");
  EXPECT_DOUBLE_EQ(after->Number(after->Find("price"), lamp), 5);
  EXPECT_TRUE(after->Hidden(lamp));
  EXPECT_EQ(after->Text(after->Find("title"), lamp).data(), nullptr);
  EXPECT_EQ(after->Text(after->Find("category"), lamp).data(), nullptr);
  EXPECT_FALSE(after->HasList(after->Find("tags"), lamp));
  EXPECT_TRUE(std::isnan(after->Number(after->Find("created_at"), lamp)));
  // The former view is what it was.
  EXPECT_DOUBLE_EQ(before->Number(before->Find("price"), lamp), 19.99);
  EXPECT_EQ(before->Text(before->Find("title"), lamp), "A lamp");
  EXPECT_FALSE(before->Hidden(lamp));
}

TEST_F(CatalogueMirrorTest, Apply_Delete_IsGoneUntilPostedAgain) {
  Apply({Put(1, Lamp()), Delete(2, "lamp"), Delete(3, "never seen")});

  const auto gone = mirror.view();
  EXPECT_FALSE(gone->Present(Of("lamp")));
  EXPECT_TRUE(gone->Deleted(Of("lamp")));
  EXPECT_TRUE(gone->Deleted(Of("never seen")));
  EXPECT_FALSE(gone->Document(Of("lamp"), items));
  EXPECT_EQ(gone->Text(gone->Find("category"), Of("lamp")).data(), nullptr);

  Apply({Put(4, Lamp())});
  EXPECT_TRUE(mirror.view()->Present(Of("lamp")));
  EXPECT_FALSE(mirror.view()->Deleted(Of("lamp")));
}

TEST_F(CatalogueMirrorTest, Apply_OldEpochs_AreIgnored) {
  Apply({Put(5, Lamp())});
  const auto view = mirror.view();

  Apply({Delete(4, "lamp"), Delete(5, "lamp")});

  EXPECT_EQ(mirror.view(), view);
  EXPECT_TRUE(view->Present(Of("lamp")));
}

TEST_F(CatalogueMirrorTest, Apply_OtherKindThanTheColumns_LeavesTheValueOut) {
  Apply({Put(1, Lamp())});

  Apply({Put(2,
             {"item", "odd", Attributes{{"price", std::string("cheap")}, {"brand", std::string("b")}}, {}})});

  const auto view = mirror.view();
  EXPECT_TRUE(view->Present(Of("odd")));
  EXPECT_TRUE(std::isnan(view->Number(view->Find("price"), Of("odd"))));
  EXPECT_EQ(view->Text(view->Find("brand"), Of("odd")), "b");
}

TEST_F(CatalogueMirrorTest, Apply_NewItem_IsFirstSeenWhenCreatedElseNow) {
  Apply({Put(1, Lamp()), Put(2, {"item", "plain", {}, {}})});

  EXPECT_EQ(items.first_seen_ms(Of("lamp")), 1'700'000'000'123);
  EXPECT_EQ(items.first_seen_ms(Of("plain")), 5000);
}

// A clean replay sees the catalogue later, and before the events: its age must not depend on that.
TEST_F(CatalogueMirrorTest, Apply_ItemWithoutCreatedAt_IsAsOldAsTheStoreSaysWhoeverSawItFirst) {
  items.Intern("item", "clicked", 17);
  Apply({{1, false, {"item", "clicked", {}, {}}, 3000}, {2, false, {"item", "plain", {}, {}}, 4000}});

  const auto view = mirror.view();
  EXPECT_EQ(view->Number(view->Find("created_at"), Of("clicked")), 3000);
  EXPECT_EQ(view->Number(view->Find("created_at"), Of("plain")), 4000);
  EXPECT_EQ(items.first_seen_ms(Of("plain")), 4000);
}

TEST_F(CatalogueMirrorTest, Apply_ItemsInManyChunks_SharesWhatDoesNotChange) {
  std::vector<ItemChange> changes;
  for (uint64_t i = 0; i < 20'000; ++i) {
    changes.push_back(
        Put(i + 1, {"item", std::to_string(i), Attributes{{"price", static_cast<double>(i)}}, {}}));
  }
  mirror.Apply(changes);
  const auto before = mirror.view();

  Apply({Put(30'000, {"item", "4097", Attributes{{"price", -1.0}}, {}})});

  const auto after = mirror.view();
  const AttributeRef price = after->Find("price");
  for (Handle i = 0; i < 20'000; ++i) {
    ASSERT_DOUBLE_EQ(after->Number(price, i), i == 4097 ? -1.0 : i);
    ASSERT_DOUBLE_EQ(before->Number(price, i), i);
  }
  EXPECT_EQ(after->size(), 20'000u);
  EXPECT_TRUE(std::isnan(after->Number(price, 20'000)));
}

class CatalogueSnapshotTest : public CatalogueMirrorTest,
                              public ::testing::WithParamInterface<const char*> {};

TEST_P(CatalogueSnapshotTest, Restore_WrittenView_GivesTheSameDocuments) {
  const std::string dir = std::string(GetParam()).empty() ? "" : FolderFor(GetParam());
  CatalogueMirror source_mirror(items, dir, &clock);
  std::vector<ItemChange> changes;
  for (uint64_t i = 0; i < 9000; ++i) {
    Item item = Lamp();
    item.id = std::to_string(i);
    item.attributes["title"] = "Title of " + std::string(i % 100, 't') + item.id;
    item.attributes["sku"] = "sku-" + item.id;
    item.attributes["tags"] = std::vector<std::string>{std::to_string(i % 7), std::to_string(i % 11)};
    if (i % 2 == 0) item.attributes["story"] = std::string(100, 'x') + item.id;
    if (i % 3 == 0) item.attributes.erase("price");
    if (i % 5 == 0) {
      // A text that nobody uses any more must not be in the snapshot.
      Item former = item;
      former.attributes["sku"] = "former-" + item.id;
      changes.push_back(Put(2 * i + 1, former));
    }
    changes.push_back(Put(2 * i + 2, item));
  }
  source_mirror.Apply(changes);
  std::vector<ItemChange> later{Delete(20'000, "17"), Put(20'001, {"item", "18", {}, {}})};
  source_mirror.Apply(later);
  const auto view = source_mirror.view();
  TextSink sink;
  ASSERT_TRUE(source_mirror.Write(*view, sink));

  CatalogueMirror restored(items, dir, &clock);
  TextSource source(sink.bytes);
  ASSERT_TRUE(restored.Restore(source));

  const auto again = restored.view();
  EXPECT_EQ(again->epoch(), 20'001u);
  EXPECT_EQ(again->attributes(), view->attributes());
  EXPECT_TRUE(again->Deleted(Of("17")));
  for (Handle i = 0; i < 9000; ++i) {
    const auto expected = view->Document(i, items);
    const auto document = again->Document(i, items);
    ASSERT_EQ(document.has_value(), expected.has_value());
    if (!expected) continue;
    ASSERT_EQ(document->attributes, expected->attributes);
  }
  EXPECT_NE(view->CodeOf(view->Find("sku"), "former-25"), -1);
  EXPECT_EQ(again->CodeOf(again->Find("sku"), "former-25"), -1);
  EXPECT_NE(again->CodeOf(again->Find("sku"), "sku-19"), -1);
}

INSTANTIATE_TEST_SUITE_P(LongTexts, CatalogueSnapshotTest, ::testing::Values("", "catalogue_snapshot_test"));

TEST_F(CatalogueMirrorTest, Restore_DamagedBytes_FailsOrGivesAReadableView) {
  Apply({Put(1, Lamp()), Put(2, {"item", "b", Attributes{{"tags", std::vector<std::string>{"warm"}}}, {}})});
  TextSink sink;
  ASSERT_TRUE(mirror.Write(*mirror.view(), sink));

  for (size_t size = 0; size < sink.bytes.size(); ++size) {
    CatalogueMirror restored(items, "");
    TextSource source(std::string_view(sink.bytes).substr(0, size));
    const auto result = restored.Restore(source);
    ASSERT_FALSE(result) << size;
    ASSERT_EQ(result.error().code(), Code::kDataLoss);
    ASSERT_EQ(restored.view()->epoch(), 0u);
  }
  for (size_t at = 0; at < sink.bytes.size(); ++at) {
    std::string damaged = sink.bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x15);
    CatalogueMirror restored(items, "");
    TextSource source(damaged);
    if (!restored.Restore(source)) continue;
    for (Handle item = 0; item < restored.view()->size(); ++item) restored.view()->Document(item, items);
  }
}

TEST_F(CatalogueMirrorTest, LongTexts_InAFolder_LeaveNothingBehind) {
  const std::string dir = FolderFor("long_texts_test");
  {
    CatalogueMirror on_disk(items, dir);
    Item lamp = Lamp();
    lamp.attributes["story"] = std::string(20 << 20, 'l');  // larger than a segment
    std::vector<ItemChange> changes{Put(1, lamp)};
    on_disk.Apply(changes);
    const auto view = on_disk.view();
    EXPECT_EQ(view->Text(view->Find("title"), Of("lamp")), "A lamp");
    EXPECT_EQ(view->Text(view->Find("story"), Of("lamp")).size(), size_t{20} << 20);
    EXPECT_TRUE(std::filesystem::is_empty(dir));
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir));
}

TEST_F(CatalogueMirrorTest, LongTexts_FolderThatCannotBe_FallBackToMemory) {
  CatalogueMirror fallen_back(items, "/proc/no such folder");
  std::vector<ItemChange> changes{Put(1, Lamp())};
  fallen_back.Apply(changes);

  const auto view = fallen_back.view();
  EXPECT_EQ(view->Text(view->Find("title"), Of("lamp")), "A lamp");
}

TEST_F(CatalogueMirrorTest, View_WhileChangesAreApplied_IsConsistent) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      while (!stop.load()) {
        const auto view = mirror.view();
        const AttributeRef price = view->Find("price");
        const AttributeRef title = view->Find("title");
        const AttributeRef brand = view->Find("brand");
        for (Handle item = 0; item < view->size(); ++item) {
          if (!view->Present(item)) continue;
          // Written together: price n, title "n", brand n % 10.
          const auto n = std::to_string(static_cast<int>(view->Number(price, item)));
          ASSERT_EQ(view->Text(title, item), n);
          ASSERT_EQ(view->Text(brand, item), n.substr(n.size() - 1));
          ASSERT_EQ(view->CodeOf(brand, n.substr(n.size() - 1)), view->TextCode(brand, item));
        }
      }
    });
  }
  for (uint64_t epoch = 1; epoch <= 400; ++epoch) {
    const auto n = std::to_string(epoch);
    Item item{"item", std::to_string(epoch % 50), {}, {}};
    item.attributes = {
        {"price", static_cast<double>(epoch)}, {"title", n}, {"brand", n.substr(n.size() - 1)}};
    Apply({epoch % 7 == 0 ? Delete(epoch, item.id) : Put(epoch, item)});
  }
  stop = true;
  for (auto& reader : readers) reader.join();
}

Item WithVector(std::string id, std::vector<float> vector) {
  Item item{"item", std::move(id), {}, {}};
  if (!vector.empty()) item.vectors["content"] = std::move(vector);
  return item;
}

TEST_F(CatalogueMirrorTest, Vectors_NotKept_CostNothing) {
  Apply({Put(1, WithVector("lamp", {1, 2}))});

  EXPECT_EQ(mirror.view()->Vectors("content"), nullptr);
  EXPECT_EQ(mirror.VectorsAfter(), std::nullopt);
}

TEST_F(CatalogueMirrorTest, Vectors_KeptLater_AreLoadedAndThenFollowed) {
  const std::vector<ItemChange> before{Put(1, WithVector("lamp", {1, 2})), Put(2, WithVector("mug", {4, 0})),
                                       Put(3, WithVector("bare", {}))};
  Apply(before);

  mirror.KeepVectors({"content"});
  ASSERT_EQ(mirror.VectorsAfter(), 0u);
  mirror.LoadVectors(std::span(before).first(1));
  ASSERT_EQ(mirror.VectorsAfter(), 1u);
  Apply({Put(4, WithVector("lamp", {2, 1})), Delete(5, "mug")});
  mirror.LoadVectors(std::vector{before[2], Put(4, WithVector("lamp", {2, 1})), Delete(5, "mug")});
  EXPECT_EQ(mirror.VectorsAfter(), std::nullopt);

  const VectorColumn* column = mirror.view()->Vectors("content");
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(column->Values(Of("lamp")), (std::vector<float>{127, 64}));
  EXPECT_TRUE(column->Values(Of("mug")).empty());
  EXPECT_TRUE(column->Values(Of("bare")).empty());
}

TEST_F(CatalogueMirrorTest, Vectors_NotKeptAnyMore_AreLetGo) {
  mirror.KeepVectors({"content"});
  mirror.LoadVectors({});
  Apply({Put(1, WithVector("lamp", {1, 2}))});
  const auto held = mirror.view();

  mirror.KeepVectors({});
  ASSERT_EQ(mirror.VectorsAfter(), 1u);
  mirror.LoadVectors({});

  EXPECT_EQ(mirror.VectorsAfter(), std::nullopt);
  EXPECT_EQ(mirror.view()->Vectors("content"), nullptr);
  EXPECT_FALSE(held->Vectors("content")->Values(Of("lamp")).empty());
}

TEST_F(CatalogueMirrorTest, Vectors_AnotherNameWhileLoading_BeginsAgain) {
  Apply({Put(1, WithVector("lamp", {1, 2})), Put(2, WithVector("mug", {4, 0}))});
  mirror.KeepVectors({"content"});
  mirror.LoadVectors(std::vector{Put(1, WithVector("lamp", {1, 2}))});

  mirror.KeepVectors({"content", "image"});

  EXPECT_EQ(mirror.VectorsAfter(), 0u);
}

}  // namespace
}  // namespace signalbox::state
