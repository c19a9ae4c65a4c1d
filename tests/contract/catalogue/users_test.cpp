// The contract of users' attributes, over every catalogue's store.
#include <thread>

#include <gmock/gmock.h>

#include "ports/user_attributes.hpp"
#include "subject.hpp"

namespace signalbox::contract {
namespace {

using ports::UserAttributes;
using Attributes = std::map<std::string, model::AttributeValue, std::less<>>;

model::Item User(const std::string& id, Attributes attributes) {
  model::Item user = UserAttributes::Of(id);
  user.attributes = std::move(attributes);
  return user;
}

TEST_P(CatalogueContract, Users_PutEveryKind_IsReadAgainAlsoAfterAReopen) {
  const Attributes everything{{"tier", std::string("gold")},
                              {"orders", 12.0},
                              {"newsletter", true},
                              {"interests", std::vector<std::string>{"tents", "stoves"}},
                              {"member_at", model::TimeMs{1'700'000'000'000}}};
  ASSERT_TRUE(UserAttributes(*store).Put("default", User("anna", everything)));

  store.reset();
  store = subject->Open();
  const auto known = UserAttributes(*store).Get("default", "anna");

  ASSERT_TRUE(known && *known);
  EXPECT_EQ((*known)->attributes, everything);
  EXPECT_EQ(*UserAttributes(*store).Get("default", "ben"), std::nullopt);
  EXPECT_EQ(*UserAttributes(*store).Get("other", "anna"), std::nullopt);
}

TEST_P(CatalogueContract, Users_AreNoItems) {
  ASSERT_TRUE(store->Put("default", {MakeItem("anna", {{"tier", 1.0}})}));
  ASSERT_TRUE(UserAttributes(*store).Put("default", User("anna", {{"tier", std::string("gold")}})));

  EXPECT_EQ(*store->Epoch("default"), 1u);
  EXPECT_EQ(store->List("default", "", 10)->items.size(), 1u);
  EXPECT_EQ(store->Kinds("default")->size(), 1u);
}

TEST_P(CatalogueContract, Users_Patch_SetsErasesAndBegins) {
  UserAttributes users(*store);
  ASSERT_TRUE(users.Patch("default", User("anna", {{"tier", std::string("gold")}, {"orders", 1.0}}), {}));
  ASSERT_TRUE(users.Patch("default", User("anna", {{"orders", 2.0}}), {"tier", "never"}));

  EXPECT_EQ((*users.Get("default", "anna"))->attributes, (Attributes{{"orders", 2.0}}));
}

TEST_P(CatalogueContract, Users_AnotherKindOrTooMuch_NamesTheAttribute) {
  UserAttributes users(*store);
  ASSERT_TRUE(users.Put("default", User("anna", {{"tier", std::string("gold")}})));

  const auto other = users.Put("default", User("ben", {{"tier", 3.0}}));
  EXPECT_EQ(other.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(other.error().field(), "tier");
  EXPECT_EQ(users.Patch("default", User("anna", {{"tier", 3.0}}), {}).error().field(), "tier");
  Attributes many;
  for (int i = 0; i < 65; ++i) many["a" + std::to_string(i)] = 1.0;
  EXPECT_EQ(users.Put("default", User("ben", many)).error().code(), Code::kTooLarge);
  EXPECT_EQ(users.Put("default", User("ben", {{"note", std::string(17 << 10, 'x')}})).error().code(),
            Code::kTooLarge);
  EXPECT_EQ(*users.Get("default", "ben"), std::nullopt);
}

TEST_P(CatalogueContract, Users_Erase_IsSeenByWhoFollows) {
  UserAttributes users(*store);
  ASSERT_TRUE(users.Put("default", User("anna", {{"tier", std::string("gold")}})));

  EXPECT_EQ(**users.Erase("default", "anna"), 2u);
  EXPECT_EQ(*users.Erase("default", "anna"), std::nullopt);
  EXPECT_EQ(*users.Erase("default", "never"), std::nullopt);

  EXPECT_EQ(*users.Get("default", "anna"), std::nullopt);
  const auto changes = *users.Changes("default", 1, 10);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].deleted);
  EXPECT_EQ(changes[0].item.id, "anna");
  EXPECT_TRUE(changes[0].item.attributes.empty());
}

TEST_P(CatalogueContract, Users_Merge_GivesWhatIsLacking) {
  UserAttributes users(*store);
  ASSERT_TRUE(
      users.Put("default", User("guest", {{"tier", std::string("none")}, {"country", std::string("no")}})));
  ASSERT_TRUE(users.Put("default", User("anna", {{"tier", std::string("gold")}})));

  ASSERT_TRUE(*users.Merge("default", "guest", "anna"));
  EXPECT_EQ(*users.Merge("default", "guest", "anna"), std::nullopt);

  EXPECT_EQ((*users.Get("default", "anna"))->attributes,
            (Attributes{{"tier", std::string("gold")}, {"country", std::string("no")}}));
  EXPECT_EQ(*users.Get("default", "guest"), std::nullopt);
}

TEST_P(CatalogueContract, Users_PatchesAtTheSameTime_AllStay) {
  UserAttributes users(*store);
  constexpr int kUsers = 20;
  std::vector<std::thread> writers;
  for (const std::string name : {"tier", "newsletter", "country"}) {
    writers.emplace_back([&users, name] {
      for (int i = 0; i < kUsers; ++i) {
        EXPECT_TRUE(
            users.Patch("default", User("new" + std::to_string(i), {{name, std::string("yes")}}), {}));
      }
    });
  }
  for (auto& writer : writers) writer.join();

  for (int i = 0; i < kUsers; ++i) {
    EXPECT_EQ((*users.Get("default", "new" + std::to_string(i)))->attributes.size(), 3u) << i;
  }
}

TEST_P(CatalogueContract, Users_MergeOfMoreThanOneMayHave_LeavesOutWhatHasNoRoom) {
  UserAttributes users(*store);
  const std::string half(9 << 10, 'x');
  ASSERT_TRUE(users.Put("default", User("guest", {{"long", half}, {"tier", std::string("none")}})));
  ASSERT_TRUE(users.Put("default", User("anna", {{"note", half}})));

  ASSERT_TRUE(*users.Merge("default", "guest", "anna"));

  EXPECT_EQ((*users.Get("default", "anna"))->attributes,
            (Attributes{{"note", half}, {"tier", std::string("none")}}));
  EXPECT_EQ(*users.Get("default", "guest"), std::nullopt);
}

}  // namespace
}  // namespace signalbox::contract
