// The contract of forgetting: what is past its time goes, what is needed stays.
#include <gmock/gmock.h>

#include "subject.hpp"

namespace signalbox::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kDayMs = 86'400'000;

class RetentionContract : public ControlContract {
 protected:
  size_t Prune(int drafts_days, int retired_days, size_t kept = 1, int audit_days = 0) {
    ports::Retention retention;
    retention.drafts_ms = drafts_days * kDayMs;
    retention.retired_ms = retired_days * kDayMs;
    retention.retired_kept = kept;
    retention.audit_ms = audit_days * kDayMs;
    const auto pruned = store->Prune("default", retention, subject->clock.now_ms());
    EXPECT_TRUE(pruned) << pruned.error().message();
    return pruned.value_or(999);
  }
  // Oldest first.
  std::vector<uint64_t> Numbers(const model::ObjectName& object) {
    std::vector<uint64_t> numbers;
    for (const auto& revision : *store->History(object, 0, 100))
      numbers.insert(numbers.begin(), revision.number);
    return numbers;
  }
  void Days(int days) { subject->clock.Advance(days * kDayMs); }
};

TEST_P(RetentionContract, Prune_Unset_KeepsEverything) {
  Published(0);
  Validated(1);
  Days(10'000);

  EXPECT_EQ(Prune(0, 0), 0u);
  EXPECT_THAT(Numbers(home), ElementsAre(1, 2));
}

TEST_P(RetentionContract, Prune_OldDraftsAndRetired_GoButNeverWhatIsInForceOrTheNewest) {
  Published(0);                                  // 1
  store->AddDraft(home, 1, {"-- draft"}, anna);  // 2
  Published(1);                                  // 3
  Published(3);                                  // 4, in force
  Days(100);
  store->AddDraft(home, 4, {"-- young"}, anna);  // 5
  Validated(4);                                  // 6, the newest
  Days(50);

  EXPECT_EQ(Prune(60, 60), 3u);

  EXPECT_THAT(Numbers(home), ElementsAre(4, 5, 6));
  EXPECT_EQ(NumberInForce(), 4u);
  EXPECT_EQ(store->AddDraft(home, 4, {"-- next"}, anna)->number, 7u);
  EXPECT_EQ(store->Objects("default", model::ObjectKind::kScenario)->size(), 1u);
  Days(1000);
  EXPECT_EQ(Prune(60, 60), 2u);
  EXPECT_THAT(Numbers(home), ElementsAre(4, 7));
  EXPECT_EQ(Prune(60, 60), 0u);
}

TEST_P(RetentionContract, Prune_SomeRetiredAreKept_ByWhenTheyLastCameIntoForce) {
  Published(0);
  Published(1);
  Published(2);
  ASSERT_TRUE(store->Rollback(home, 1, 3, anna));
  Published(1);  // 4
  Days(100);

  // In force last: 4, then 1, then 3, then 2.
  EXPECT_EQ(Prune(0, 1, 3), 1u);

  EXPECT_THAT(Numbers(home), ElementsAre(1, 3, 4));
  ASSERT_TRUE(store->Rollback(home, 1, 4, anna));
}

TEST_P(RetentionContract, Prune_WhatAPlanNeeds_Stays) {
  Published(0);
  const uint64_t sale = Validated(1);
  ports::PlannedPublish plan;
  plan.object = home;
  plan.number = sale;
  plan.publish_at_ms = subject->clock.now_ms() + 200 * kDayMs;
  plan.revert_at_ms = subject->clock.now_ms() + 900 * kDayMs;
  plan.author = anna;
  ASSERT_TRUE(store->Plan(plan));
  Validated(1);  // 3, the newest
  Days(150);
  EXPECT_EQ(Prune(60, 60), 0u);
  Days(100);
  ASSERT_EQ(*store->RunDue(subject->clock.now_ms()), 1u);
  Days(500);

  EXPECT_EQ(Prune(60, 60), 0u);  // 1 is what the plan reverts to
  EXPECT_THAT(Numbers(home), ElementsAre(1, sale, 3));
}

TEST_P(RetentionContract, Prune_AnotherTenant_IsLeftAlone) {
  const model::ObjectName other{"other", model::ObjectKind::kScenario, "home"};
  store->AddDraft(other, 0, {"a"}, anna);
  store->AddDraft(other, 0, {"b"}, anna);
  Days(100);

  EXPECT_EQ(Prune(1, 1), 0u);
  EXPECT_THAT(Numbers(other), ElementsAre(1, 2));
}

TEST_P(RetentionContract, Prune_Audit_StaysUnlessConfigured) {
  store->AddDraft(home, 0, {"a"}, anna);
  Validated(0);
  Days(100);

  EXPECT_EQ(Prune(1, 1), 1u);
  EXPECT_THAT(Actions(), ElementsAre("draft", "draft", "validate", "prune"));
  EXPECT_EQ(Prune(1, 1, 1, 50), 0u);
  EXPECT_THAT(Actions(), ElementsAre("prune"));
  Days(100);
  Prune(1, 1, 1, 50);
  EXPECT_THAT(Actions(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Each, RetentionContract, testing::ValuesIn(AllControlKinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace signalbox::contract
