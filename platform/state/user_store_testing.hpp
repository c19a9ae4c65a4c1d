// What tests of a user store share: visitors, times, and the store as text.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "state/user_store.hpp"

namespace signalbox::state {

inline constexpr UserKey kAnna = 0xa11a'0000'0000'0001;
inline constexpr UserKey kBob = 0xb0b0'0000'0000'0002;
inline constexpr UserKey kPhone = 0x5e55'0000'0000'0003;  // an anonymous session
inline constexpr SessionKey kVisit = 77;
inline constexpr int64_t kMinute = 60'000;
inline constexpr int64_t kDay = 24 * 60 * kMinute;

// Names handles by their numbers.
class NumberedItems final : public ports::ItemIndex {
 public:
  NumberedItems() {
    for (int i = 0; i < 100'000; ++i) names_.push_back(std::to_string(i));
  }
  ports::ItemName Name(Handle item) const override { return {"item", names_[item]}; }
  Handle Find(std::string_view, std::string_view) const override { return ports::kNoHandle; }
  uint32_t size() const override { return static_cast<uint32_t>(names_.size()); }
  void ReadNumbers(std::string_view, std::span<const Handle>, double*) const override {}
  void ReadTexts(std::string_view, std::span<const Handle>, std::string_view*) const override {}

 private:
  std::vector<std::string> names_;
};

inline std::vector<std::string> Exported(const UserStore& users) {
  static const NumberedItems items;
  std::vector<std::string> lines;
  users.Export(items, &lines);
  std::sort(lines.begin(), lines.end());
  return lines;
}

inline std::vector<Handle> ItemsOf(const UserView& view) {
  std::vector<Handle> items;
  for (size_t i = 0; i < view.history_size(); ++i) items.push_back(view.history(i).item);
  return items;
}

// Random events, merges and forgets of a few visitors.
inline void Wander(UserStore* users, uint64_t seed, int steps) {
  std::mt19937_64 random(seed);
  int64_t time = 0;
  for (int i = 0; i < steps; ++i) {
    const UserKey user = (random() % 40 + 1) * 0x9e37'79b9'7f4a'7c15;
    const UserKey other = (random() % 40 + 1) * 0x9e37'79b9'7f4a'7c15;
    const auto dice = random() % 1000;
    time += static_cast<int64_t>(random() % (10 * kMinute));
    if (dice == 0) {
      users->Forget(user);
    } else if (dice < 5) {
      users->Merge(user, other);
    } else {
      const auto type = static_cast<uint16_t>(random() % 4);
      // Few users, many items: sets of all sizes, to the limit and beyond.
      users->ApplyEvent(user, random() % 3, static_cast<Handle>(random() % 5000), type, type * 3.0f + 1,
                        time - static_cast<int64_t>(random() % kMinute));
    }
  }
}

class UserStoreTest : public ::testing::Test {
 protected:
  Applied View(UserKey user, Handle item, int64_t time_ms, SessionKey session = 0) {
    return users.ApplyEvent(user, session, item, 0, 1, time_ms);
  }

  EpochDomain epochs;
  UserStore users{epochs, UserRules{}};
  EpochDomain::Pin pin{epochs};
};

}  // namespace signalbox::state
