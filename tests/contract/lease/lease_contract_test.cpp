// The contract of leases, on the fake and on PostgreSQL.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/postgres/postgres_leases.hpp"
#include "harness/shared_servers.hpp"
#include "ports/fakes/memory_leases.hpp"

namespace signalbox::contract {
namespace {

// One store; its time passes when told.
struct Subject {
  std::shared_ptr<ports::Leases> leases;
  std::function<void(int64_t ms)> pass;
};

Subject Memory() {
  auto clock = std::make_shared<ManualClock>(1'700'000'000'000);
  std::shared_ptr<ports::Leases> leases(new ports::fakes::MemoryLeases(*clock),
                                        [clock](ports::fakes::MemoryLeases* fake) { delete fake; });
  return {leases, [clock](int64_t ms) { clock->Advance(ms); }};
}

// The server's clock cannot be set: leases are aged instead.
Subject Postgres() {
  auto& server = harness::SharedPostgres();
  const std::string url = server.CreateDatabase();
  const std::string database = url.substr(url.rfind('/') + 1);
  auto opened = postgres::Database::Make(url);
  if (!opened) throw std::runtime_error(opened.error().message());
  return {std::make_shared<postgres::PostgresLeases>(*opened), [&server, database](int64_t ms) {
            const auto aged = server.Run(
                "UPDATE leases SET until = until - interval '" + std::to_string(ms) + " ms'", database);
            if (!aged) throw std::runtime_error(aged.error().message());
          }};
}

struct Kind {
  std::string name;
  std::function<Subject()> make;
};

class LeaseContract : public testing::TestWithParam<Kind> {
 protected:
  Subject subject = GetParam().make();
  ports::Leases& leases = *subject.leases;
};

INSTANTIATE_TEST_SUITE_P(Stores, LeaseContract,
                         testing::Values(Kind{"Memory", Memory}, Kind{"Postgres", Postgres}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(LeaseContract, Hold_NobodyHasIt_IsGiven) {
  EXPECT_FALSE(*leases.Find("process"));

  const auto held = leases.Hold("process", "a", 60'000);

  ASSERT_TRUE(held) << held.error().message();
  EXPECT_EQ(held->holder, "a");
  EXPECT_EQ(held->term, 1u);
  EXPECT_GT(held->remaining_ms, 50'000);
  EXPECT_LE(held->remaining_ms, 60'000);
  EXPECT_EQ((*leases.Find("process"))->holder, "a");
}

TEST_P(LeaseContract, Hold_AnotherHasIt_TellsWho) {
  ASSERT_TRUE(leases.Hold("process", "a", 60'000));

  const auto refused = leases.Hold("process", "b", 60'000);

  EXPECT_EQ(refused->holder, "a");
  EXPECT_EQ(refused->term, 1u);
}

TEST_P(LeaseContract, Hold_Again_Renews) {
  ASSERT_TRUE(leases.Hold("process", "a", 60'000));
  subject.pass(50'000);

  EXPECT_EQ(leases.Hold("process", "a", 60'000)->term, 1u);
  subject.pass(50'000);

  EXPECT_EQ(leases.Hold("process", "b", 60'000)->holder, "a");
}

TEST_P(LeaseContract, Hold_TheTimeIsOver_GoesToTheNextWithANewTerm) {
  ASSERT_TRUE(leases.Hold("process", "a", 60'000));
  subject.pass(60'001);

  EXPECT_FALSE(*leases.Find("process"));
  const auto taken = leases.Hold("process", "b", 60'000);

  EXPECT_EQ(taken->holder, "b");
  EXPECT_EQ(taken->term, 2u);
  EXPECT_EQ(leases.Hold("process", "a", 60'000)->holder, "b");
}

TEST_P(LeaseContract, Release_ByItsHolder_FreesItAtOnce) {
  ASSERT_TRUE(leases.Hold("process", "a", 60'000));

  ASSERT_TRUE(leases.Release("process", "b"));
  EXPECT_EQ((*leases.Find("process"))->holder, "a");
  ASSERT_TRUE(leases.Release("process", "a"));

  EXPECT_FALSE(*leases.Find("process"));
  EXPECT_EQ(leases.Hold("process", "b", 60'000)->holder, "b");
}

TEST_P(LeaseContract, Names_AreApart) {
  ASSERT_TRUE(leases.Hold("process", "a", 60'000));

  EXPECT_EQ(leases.Hold("train", "b", 60'000)->holder, "b");
}

TEST_P(LeaseContract, Hold_ManyAtOnce_OneGetsIt) {
  constexpr int kHolders = 6;
  std::vector<std::string> holders(kHolders);
  std::vector<std::thread> threads;
  for (int i = 0; i < kHolders; ++i) {
    threads.emplace_back([&, i] {
      const auto held = leases.Hold("process", std::to_string(i), 60'000);
      if (held) holders[i] = held->holder;
    });
  }
  for (auto& thread : threads) thread.join();

  for (const auto& holder : holders) EXPECT_EQ(holder, holders[0]);
  EXPECT_FALSE(holders[0].empty());
}

}  // namespace
}  // namespace signalbox::contract
