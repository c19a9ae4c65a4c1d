// One of two keepers works; the other takes over in time.
#include "process/lease_keeper.hpp"

#include <future>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "ports/fakes/memory_leases.hpp"

namespace signalbox::process {
namespace {

// Leases that can be away.
class Flaky final : public ports::Leases {
 public:
  explicit Flaky(const Clock& clock) : leases_(clock) {}
  Result<ports::LeaseState> Hold(std::string_view name, std::string_view holder, int64_t ttl_ms) override {
    if (away) return Fail(Code::kUnavailable, "away");
    return leases_.Hold(name, holder, ttl_ms);
  }
  Result<void> Release(std::string_view name, std::string_view holder) override {
    return leases_.Release(name, holder);
  }
  Result<std::optional<ports::LeaseState>> Find(std::string_view name) const override {
    return leases_.Find(name);
  }
  bool away = false;

 private:
  ports::fakes::MemoryLeases leases_;
};

class LeaseKeeperTest : public ::testing::Test {
 protected:
  LeaseKeeper Keeper(const std::string& holder, std::vector<bool>* told) {
    return LeaseKeeper(
        leases_, "process", holder, [told](bool held) { told->push_back(held); }, LeaseTimes{},
        [this] { return clock_.now_ms(); });
  }

  ManualClock clock_{1000};
  Flaky leases_{clock_};
  std::vector<bool> first_told_, second_told_;
};

TEST_F(LeaseKeeperTest, Step_TwoKeepers_OneWorksAndTheOtherSaysForWhom) {
  auto first = Keeper("first", &first_told_), second = Keeper("second", &second_told_);

  first.Step();
  second.Step();

  EXPECT_TRUE(first.held());
  EXPECT_FALSE(second.held());
  EXPECT_EQ(second.standing_by(), "standing by for first");
  EXPECT_EQ(first_told_, std::vector<bool>{true});
  EXPECT_TRUE(second_told_.empty());
}

TEST_F(LeaseKeeperTest, HolderDies_StandbyTakesOverWithinTenSeconds) {
  auto first = Keeper("first", &first_told_), second = Keeper("second", &second_told_);
  first.Step();

  int64_t took_ms = 0;
  for (; took_ms <= 10'000 && !second.held(); took_ms += 1000) {
    clock_.Advance(1000);
    second.Step();
  }

  EXPECT_LE(took_ms, 10'000);
  EXPECT_TRUE(second.held());
}

TEST_F(LeaseKeeperTest, StoreAway_HolderStopsBeforeAnotherCouldBegin) {
  auto first = Keeper("first", &first_told_);
  first.Step();
  leases_.away = true;
  clock_.Advance(5000);
  first.Step();
  EXPECT_TRUE(first.held());

  clock_.Advance(1000);
  first.Step();

  EXPECT_FALSE(first.held());
  EXPECT_EQ(first.standing_by(), "away");
  EXPECT_EQ(first_told_, (std::vector<bool>{true, false}));
  EXPECT_TRUE(*leases_.Find("process"));
}

// Answers the first question; the later ones only when the test lets it.
class Stuck final : public ports::Leases {
 public:
  Result<ports::LeaseState> Hold(std::string_view, std::string_view holder, int64_t ttl_ms) override {
    if (asked++ > 0) answer.get_future().wait();
    return ports::LeaseState{std::string(holder), 5, ttl_ms};
  }
  Result<void> Release(std::string_view, std::string_view) override { return {}; }
  Result<std::optional<ports::LeaseState>> Find(std::string_view) const override { return std::nullopt; }

  int asked = 0;
  std::promise<void> answer;
};

TEST_F(LeaseKeeperTest, StoreDoesNotAnswer_HolderStopsAllTheSame) {
  Stuck stuck;
  std::promise<void> stopped;
  std::vector<bool> told;
  LeaseKeeper keeper(
      stuck, "process", "first",
      [&](bool held) {
        told.push_back(held);
        if (told.size() == 2) stopped.set_value();
      },
      LeaseTimes{.ttl_ms = 150, .renew_ms = 10, .margin_ms = 100});

  keeper.Start();
  stopped.get_future().wait();

  EXPECT_FALSE(keeper.held());
  EXPECT_EQ(keeper.term(), 5u);
  EXPECT_EQ(told, (std::vector<bool>{true, false}));
  std::thread stopping([&] { keeper.Stop(); });
  stuck.answer.set_value();
  stopping.join();
}

TEST_F(LeaseKeeperTest, Stop_GivesTheLeaseUp) {
  auto first = Keeper("first", &first_told_), second = Keeper("second", &second_told_);
  first.Step();

  first.Stop();
  second.Step();

  EXPECT_EQ(first_told_, (std::vector<bool>{true, false}));
  EXPECT_TRUE(second.held());
}

}  // namespace
}  // namespace signalbox::process
