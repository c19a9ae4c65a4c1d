// A tenant's parts together.
#include "state/tenant_state.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace signalbox::state {
namespace {

class TenantStateTest : public ::testing::Test {
 protected:
  static TenantOptions Options(uint8_t key) {
    TenantOptions options;
    options.name = "default";
    options.hash_key = {key};
    return options;
  }

  EpochDomain epochs;
  EventTypes types{{{"view", 1}, {"purchase", 10}}};
  TenantState tenant{Options(1), types, epochs};
};

TEST_F(TenantStateTest, Find_EventType_ByItsName) {
  EXPECT_EQ(types.Find("purchase"), 1);
  EXPECT_EQ(types.Find("click"), -1);
  EXPECT_EQ(types.at(1).weight, 10);
}

TEST_F(TenantStateTest, KeyOf_UserAndSessionOfOneName_Differ) {
  EXPECT_NE(tenant.KeyOfUser("x"), tenant.KeyOfSession("x"));
  EXPECT_EQ(tenant.KeyOfUser("x"), tenant.KeyOfUser("x"));
  EXPECT_EQ(tenant.KeyOfUser(""), 0u);
  EXPECT_NE(TenantState(Options(2), types, epochs).KeyOfUser("x"), tenant.KeyOfUser("x"));
}

TEST_F(TenantStateTest, ReadNumbers_CreatedAt_FallsBackToFirstSeen) {
  std::vector<model::ItemChange> changes(1);
  changes[0].epoch = 1;
  changes[0].item.id = "posted";
  changes[0].item.attributes["created_at"] = model::TimeMs{5};
  changes[0].item.attributes["price"] = 2.5;
  changes[0].item.attributes["brand"] = std::string("b");
  tenant.catalogue().Apply(changes);
  const Handle posted = tenant.Find("item", "posted");
  const Handle seen = tenant.items().Intern("item", "seen", 77);
  const std::vector<Handle> items{seen, posted, 12345};
  double values[3];
  std::string_view texts[3];

  tenant.ReadNumbers("created_at", items, values);
  EXPECT_EQ(values[0], 77);
  EXPECT_EQ(values[1], 5);
  EXPECT_TRUE(std::isnan(values[2]));

  tenant.ReadNumbers("price", items, values);
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], 2.5);

  tenant.ReadTexts("brand", items, texts);
  EXPECT_EQ(texts[0].data(), nullptr);
  EXPECT_EQ(texts[1], "b");
  tenant.ReadTexts("no such", items, texts);
  EXPECT_EQ(texts[1].data(), nullptr);
}

}  // namespace
}  // namespace signalbox::state
