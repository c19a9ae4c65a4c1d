// Planned publishes: at their time, with automatic revert, once however many nodes run them.
#include <thread>

#include <gmock/gmock.h>

#include "subject.hpp"

namespace signalbox::contract {
namespace {

using ports::PlannedPublish;
using State = ports::PlannedPublish::State;
using ::testing::HasSubstr;

constexpr int64_t kHourMs = 3'600'000;

class PlanContract : public ControlContract {
 protected:
  // Plans `number` from in_ms after now, to be reverted until_ms after now (0 = never).
  Result<PlannedPublish> Plan(uint64_t number, int64_t in_ms, int64_t until_ms = 0) {
    PlannedPublish plan;
    plan.object = home;
    plan.number = number;
    plan.publish_at_ms = subject->clock.now_ms() + in_ms;
    plan.revert_at_ms = until_ms == 0 ? 0 : subject->clock.now_ms() + until_ms;
    plan.author = anna;
    return store->Plan(plan);
  }
  size_t RunAfter(int64_t by_ms) {
    subject->clock.Advance(by_ms);
    const auto done = store->RunDue(subject->clock.now_ms());
    EXPECT_TRUE(done);
    return done ? *done : 0;
  }
  // The newest plan.
  PlannedPublish Newest() { return store->Plans("default", 1)->front(); }
};

INSTANTIATE_TEST_SUITE_P(Stores, PlanContract, testing::ValuesIn(AllControlKinds()),
                         [](const auto& info) { return info.param.name; });

TEST_P(PlanContract, RunDue_AtItsTime_PublishesAndLaterReverts) {
  Published(0);
  const auto plan = Plan(Validated(1), kHourMs, 2 * kHourMs);
  ASSERT_TRUE(plan) << plan.error().message();

  EXPECT_EQ(RunAfter(kHourMs - 1), 0u);
  EXPECT_EQ(NumberInForce(), 1u);
  EXPECT_EQ(RunAfter(1), 1u);
  EXPECT_EQ(NumberInForce(), 2u);
  EXPECT_EQ(Newest().state, State::kPublished);
  EXPECT_EQ(Newest().reverts_to, 1u);
  EXPECT_EQ(RunAfter(kHourMs), 1u);

  EXPECT_EQ(NumberInForce(), 1u);
  EXPECT_EQ(Newest().state, State::kReverted);
  EXPECT_EQ(RunAfter(kHourMs), 0u);
  EXPECT_EQ(Actions().back(), "revert");
}

TEST_P(PlanContract, RunDue_WithoutRevert_Stays) {
  Plan(Validated(0), kHourMs);

  EXPECT_EQ(RunAfter(kHourMs), 1u);
  EXPECT_EQ(RunAfter(100 * kHourMs), 0u);

  EXPECT_EQ(NumberInForce(), 1u);
  EXPECT_EQ(Newest().state, State::kPublished);
}

TEST_P(PlanContract, RunDue_NothingWasInForce_RevertRetires) {
  Plan(Validated(0), kHourMs, 2 * kHourMs);

  RunAfter(kHourMs);
  RunAfter(kHourMs);

  EXPECT_EQ(NumberInForce(), 0u);
  EXPECT_EQ(Newest().state, State::kReverted);
}

TEST_P(PlanContract, RunDue_SomethingElseInForceByThen_FailsAndSaysSo) {
  Published(0);
  Plan(Validated(1), kHourMs, 2 * kHourMs);
  const uint64_t other = Published(1);

  EXPECT_EQ(RunAfter(kHourMs), 1u);

  EXPECT_EQ(NumberInForce(), other);
  EXPECT_EQ(Newest().state, State::kFailed);
  EXPECT_THAT(Newest().outcome, HasSubstr("home@3 is in force by now"));
  EXPECT_EQ(Actions().back(), "plan_failed");
  EXPECT_EQ(RunAfter(kHourMs), 0u);
}

TEST_P(PlanContract, RunDue_SomethingElsePublishedMeanwhile_IsNotReverted) {
  Published(0);
  const uint64_t planned = Validated(1);
  Plan(planned, kHourMs, 2 * kHourMs);
  RunAfter(kHourMs);
  const uint64_t other = Published(planned);

  RunAfter(kHourMs);

  EXPECT_EQ(NumberInForce(), other);
  EXPECT_EQ(Newest().state, State::kSuperseded);
  EXPECT_THAT(Newest().outcome, HasSubstr("home@3 is in force"));
}

TEST_P(PlanContract, RunDue_NobodyRanItInTime_IsMissed) {
  Published(0);
  Plan(Validated(1), kHourMs, 2 * kHourMs);

  RunAfter(3 * kHourMs);

  EXPECT_EQ(NumberInForce(), 1u);
  EXPECT_EQ(Newest().state, State::kFailed);
  EXPECT_THAT(Newest().outcome, HasSubstr("missed"));
}

TEST_P(PlanContract, RunDue_OneAfterTheOther_InTheOrderOfTheirTimes) {
  Published(0);
  const uint64_t second = Validated(1), first = Validated(1);
  Plan(second, 3 * kHourMs, 4 * kHourMs);
  Plan(first, kHourMs, 2 * kHourMs);

  RunAfter(kHourMs);
  EXPECT_EQ(NumberInForce(), first);
  RunAfter(2 * kHourMs);  // the first one's revert and the second one's publish are both due
  EXPECT_EQ(NumberInForce(), second);
  RunAfter(kHourMs);
  EXPECT_EQ(NumberInForce(), 1u);
}

TEST_P(PlanContract, RunDue_TwoNodesAtOnce_DoEachOnce) {
  Published(0);
  Plan(Validated(1), kHourMs);
  const auto other = subject->Open();
  subject->clock.Advance(kHourMs);
  const int64_t now_ms = subject->clock.now_ms();

  size_t theirs = 0;
  std::thread thread([&] { theirs = *other->RunDue(now_ms); });
  const size_t mine = *store->RunDue(now_ms);
  thread.join();

  EXPECT_EQ(mine + theirs, 1u);
  EXPECT_EQ(NumberInForce(), 2u);
}

TEST_P(PlanContract, Plan_WhatIsWrong_IsNamed) {
  Published(0);
  const uint64_t number = Validated(1);
  store->AddDraft(home, 1, {}, anna);

  EXPECT_EQ(Plan(number, 0).error().field(), "publish_at");
  EXPECT_EQ(Plan(number, kHourMs, kHourMs).error().field(), "revert_at");
  EXPECT_EQ(Plan(99, kHourMs).error().code(), Code::kNotFound);
  EXPECT_EQ(Plan(3, kHourMs).error().code(), Code::kConflict);
  EXPECT_EQ(Plan(1, kHourMs).error().code(), Code::kConflict);
  EXPECT_TRUE(store->Plans("default", 10)->empty());
}

TEST_P(PlanContract, CancelPlan_Planned_DoesNotHappen) {
  Published(0);
  const auto plan = Plan(Validated(1), kHourMs);

  ASSERT_TRUE(store->CancelPlan("default", plan->id, anna));

  EXPECT_EQ(RunAfter(kHourMs), 0u);
  EXPECT_EQ(NumberInForce(), 1u);
  EXPECT_EQ(Newest().state, State::kCancelled);
  EXPECT_EQ(store->CancelPlan("default", plan->id, anna).error().code(), Code::kConflict);
  EXPECT_EQ(Actions().back(), "cancel");
}

TEST_P(PlanContract, CancelPlan_Published_IsNotReverted) {
  Published(0);
  const auto plan = Plan(Validated(1), kHourMs, 2 * kHourMs);
  RunAfter(kHourMs);

  ASSERT_TRUE(store->CancelPlan("default", plan->id, anna));

  EXPECT_EQ(RunAfter(kHourMs), 0u);
  EXPECT_EQ(NumberInForce(), 2u);
}

TEST_P(PlanContract, CancelPlan_OfAnotherTenantOrUnknown_IsNotFound) {
  const auto plan = Plan(Validated(0), kHourMs);

  EXPECT_EQ(store->CancelPlan("other", plan->id, anna).error().code(), Code::kNotFound);
  EXPECT_EQ(store->CancelPlan("default", 77, anna).error().code(), Code::kNotFound);
  EXPECT_TRUE(store->Plans("other", 10)->empty());
}

}  // namespace
}  // namespace signalbox::contract
