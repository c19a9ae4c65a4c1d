// Managed tables for tests: std::map where the platform has arrays, the same meaning.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "signalbox/plugin_abi.h"

namespace signalbox::testing {

// Weights are log2(amount) + time / half life: what time does to all of them alike is left out.
struct FakeTable {
  int32_t kind = 0;
  int32_t key_kind = 0;
  uint32_t capacity = 0;
  double half_life_ms = 0;

  std::map<std::pair<uint32_t, uint64_t>, double> counters;  // (group, key)
  std::map<uint64_t, std::vector<std::pair<sb_item, double>>> rankings;
  std::map<uint64_t, std::deque<std::pair<uint64_t, int64_t>>> recents;
  std::map<uint64_t, std::vector<float>> vectors;

  double Age(int64_t time_ms) const {
    return half_life_ms > 0 ? static_cast<double>(time_ms) / half_life_ms : 0;
  }
  double AtNow(double log_weight, int64_t now_ms) const { return std::exp2(log_weight - Age(now_ms)); }

  static double Sum(double a, double b) {
    const double high = std::max(a, b), low = std::min(a, b);
    return high + std::log2(1 + std::exp2(low - high));
  }

  void AddCounter(uint32_t group, uint64_t key, float weight, int64_t time_ms) {
    if (!(weight > 0) || std::isinf(weight)) return;
    const double log_weight = std::log2(static_cast<double>(weight)) + Age(time_ms);
    const auto [at, fresh] = counters.emplace(std::pair(group, key), log_weight);
    if (!fresh) at->second = Sum(at->second, log_weight);
  }

  // compare: order of items by id, for ties.
  template <typename Compare>
  void AddRanking(uint64_t key, sb_item member, float weight, int64_t time_ms, Compare compare) {
    if (!(weight > 0) || std::isinf(weight)) return;
    const double log_weight = std::log2(static_cast<double>(weight)) + Age(time_ms);
    auto& row = rankings[key];
    for (auto& [known, sum] : row) {
      if (known == member) {
        sum = Sum(sum, log_weight);
        return;
      }
    }
    if (row.size() == capacity) {
      row.erase(std::min_element(row.begin(), row.end(), [&](const auto& a, const auto& b) {
        return a.second != b.second ? a.second < b.second : compare(a.first, b.first) > 0;
      }));
    }
    row.emplace_back(member, log_weight);
  }

  void AddRecent(uint64_t key, uint64_t member, int64_t time_ms) {
    auto& row = recents[key];
    row.emplace_back(member, time_ms);
    if (row.size() > capacity) row.pop_front();
  }

  // NaN where no group has the key.
  double ReadCounter(const uint32_t* groups, size_t group_count, uint64_t key, int64_t now_ms) const {
    double sum = 0;
    bool found = false;
    for (size_t g = 0; g < group_count; ++g) {
      const auto at = counters.find({groups[g], key});
      if (at == counters.end()) continue;
      found = true;
      sum += AtNow(at->second, now_ms);
    }
    return found ? sum : std::numeric_limits<double>::quiet_NaN();
  }
};

}  // namespace signalbox::testing

// The opaque type of the ABI, as the fake host has it.
struct sb_table {
  signalbox::testing::FakeTable data;
};
