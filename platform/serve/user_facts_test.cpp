// Stored attributes of users in scripts, caches and kept answers.
#include "serve/user_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/serve_testing.hpp"

namespace signalbox::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UserFactsTest : public ::testing::Test {
 protected:
  uint64_t Key(const std::string& user) { return world_.state.users().Resolve(world_.state.KeyOfUser(user)); }
  UserFacts Of(const std::string& user, UserFacts told = {}) {
    model::RecommendRequest request;
    request.user_attributes = std::move(told);
    return UserFactsOf(world_.state, Key(user), request);
  }

  ServeWorld world_;
};

TEST_F(UserFactsTest, Stored_EveryKind_AsScriptsSeeIt) {
  world_.Tell("anna", {{"tier", std::string("gold")},
                       {"orders", 3.0},
                       {"newsletter", false},
                       {"interests", std::vector<std::string>{"tents"}},
                       {"member_at", model::TimeMs{1'700'000'000'500}}});

  EXPECT_EQ(Of("anna"), (UserFacts{{"tier", std::string("gold")},
                                   {"orders", 3.0},
                                   {"newsletter", false},
                                   {"interests", std::vector<std::string>{"tents"}},
                                   {"member_at", 1'700'000'000.5}}));
  EXPECT_THAT(Of("ben"), IsEmpty());
}

TEST_F(UserFactsTest, RequestTells_WinsOverTheStored) {
  world_.Tell("anna", {{"tier", std::string("gold")}, {"country", std::string("no")}});

  EXPECT_EQ(Of("anna", {{"tier", 2.0}}), (UserFacts{{"tier", 2.0}, {"country", std::string("no")}}));
}

TEST_F(UserFactsTest, ErasedOrReplaced_IsGone) {
  world_.Tell("anna", {{"tier", std::string("gold")}, {"country", std::string("no")}});
  world_.Tell("anna", {{"country", std::string("se")}});
  EXPECT_EQ(Of("anna"), (UserFacts{{"country", std::string("se")}}));

  world_.Tell("anna", {});

  EXPECT_THAT(Of("anna"), IsEmpty());
}

TEST_F(UserFactsTest, MergedVisitor_HasTheUsers) {
  world_.Tell("anna", {{"tier", std::string("gold")}});
  auto& users = world_.state.users();
  users.Merge(world_.state.KeyOfUser("guest"), world_.state.KeyOfUser("anna"));

  EXPECT_EQ(Of("guest"), (UserFacts{{"tier", std::string("gold")}}));
}

TEST_F(UserFactsTest, Script_SeesStoredOnes_NativelyAndInLua) {
  for (const char* id : {"a", "b"}) world_.Post(id);
  world_.signals.Add("co", "collaborative").proposes = {{"a", 4}, {"b", 2}};
  world_.Script("home", R"(
    candidates { co = 10 }
    filter("native", function(item, ctx) return ctx.user_attributes.tier == "gold" or item.id ~= "a" end)
    filter("lua", function(item, ctx)
      for _, name in ipairs(ctx.user_attributes.hates or {}) do if name == item.id then return false end end
      return true
    end))");
  world_.Tell("anna", {{"tier", std::string("gold")}, {"hates", std::vector<std::string>{"b"}}});
  auto& service = world_.Start();
  const auto ask = [&](const std::string& user) {
    model::RecommendRequest request;
    request.scenario = "home";
    request.user = user;
    request.count = 2;
    return ServeWorld::Ids(service.Recommend(request));
  };

  EXPECT_THAT(ask("anna"), ElementsAre("a"));
  EXPECT_THAT(ask("ben"), ElementsAre("b"));
}

}  // namespace
}  // namespace signalbox::serve
