// Managed tables: typed state that the host keeps, decays, checkpoints and exports.
//
// Writes only from Update; reads from any hook on any thread, also during Update. An amount w
// given at time t is worth w * 2^(-(now - t) / half life) at `now`; half life 0 = no decay.
// Rows that are read stay valid until the hook returns (in a request: until its end).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "signalbox/plugin_abi.h"
#include "signalbox/views.hpp"

namespace signalbox {

enum class Keys : int32_t {
  kItems = SB_KEY_ITEM,   // keys are items: kept in arrays
  kHashes = SB_KEY_HASH,  // keys are any 64 bits: kept in a hash table
};

struct CounterOptions {
  double half_life_hours = 0;  // 0 = no decay
  Keys keys = Keys::kItems;
};
struct RankingOptions {
  uint32_t capacity = 30;      // members of a row
  double half_life_hours = 0;  // 0 = no decay
  Keys keys = Keys::kItems;
};
struct RecentOptions {
  uint32_t capacity = 50;  // entries of a row
  Keys keys = Keys::kItems;
};
struct VectorOptions {
  uint32_t dimension = 32;
  Keys keys = Keys::kItems;
};

namespace internal {

// Calls use(keys as 64 bits, begin, count) in parts: item handles are widened on the stack.
template <typename Use>
void InParts(std::span<const uint64_t> keys, Use use) {
  if (!keys.empty()) use(keys.data(), size_t{0}, keys.size());
}
template <typename Use>
void InParts(std::span<const Item> keys, Use use) {
  std::array<uint64_t, 256> wide;
  for (size_t begin = 0; begin < keys.size(); begin += wide.size()) {
    const size_t count = std::min(wide.size(), keys.size() - begin);
    std::copy_n(keys.begin() + static_cast<std::ptrdiff_t>(begin), count, wide.begin());
    use(wide.data(), begin, count);
  }
}

inline constexpr uint32_t kGroupZero[] = {0};
// No groups named means group 0.
inline std::span<const uint32_t> OrZero(std::span<const uint32_t> groups) {
  return groups.empty() ? std::span<const uint32_t>(kGroupZero) : groups;
}

}  // namespace internal

// (group, key) -> decayed sum. KeySpan is anything a span of Item or of uint64_t is made from.
class Counter {
 public:
  Counter() = default;
  Counter(const sb_host* host, sb_table* table) : host_(host), table_(table) {}

  // Adds weights[i] at times_ms[i] to keys[i] in group 0. Requires: columns of one length.
  void Add(std::span<const Item> keys, std::span<const float> weights, std::span<const int64_t> times_ms) {
    AddColumns({}, keys, weights, times_ms);
  }
  void Add(std::span<const uint64_t> keys, std::span<const float> weights,
           std::span<const int64_t> times_ms) {
    AddColumns({}, keys, weights, times_ms);
  }
  // The same in groups[i], for instance the day.
  void AddGrouped(std::span<const uint32_t> groups, std::span<const Item> keys,
                  std::span<const float> weights, std::span<const int64_t> times_ms) {
    AddColumns(groups, keys, weights, times_ms);
  }
  void AddGrouped(std::span<const uint32_t> groups, std::span<const uint64_t> keys,
                  std::span<const float> weights, std::span<const int64_t> times_ms) {
    AddColumns(groups, keys, weights, times_ms);
  }

  // values[i] = decayed sum of keys[i] over the groups (none named: group 0); NaN where there is none.
  void Read(std::span<const Item> keys, std::span<float> values, int64_t now_ms,
            std::span<const uint32_t> groups = {}) const {
    ReadColumns(keys, values, now_ms, internal::OrZero(groups));
  }
  void Read(std::span<const uint64_t> keys, std::span<float> values, int64_t now_ms,
            std::span<const uint32_t> groups = {}) const {
    ReadColumns(keys, values, now_ms, internal::OrZero(groups));
  }
  // NaN = none.
  float Value(uint64_t key, int64_t now_ms, std::span<const uint32_t> groups = {}) const {
    float value = kNoOpinion;
    ReadColumns(std::span<const uint64_t>(&key, 1), std::span<float>(&value, 1), now_ms,
                internal::OrZero(groups));
    return value;
  }

  // The k heaviest eligible items over the groups, heaviest first, ties by id. Only Keys::kItems.
  Ranked Top(size_t k, Eligible eligible, int64_t now_ms, std::span<const uint32_t> groups = {}) const {
    groups = internal::OrZero(groups);
    Ranked top;
    k = std::min<size_t>(k, host_->items(host_->context));
    top.items.resize(k);
    top.scores.resize(k);
    const size_t found = host_->counter_top(table_, groups.data(), groups.size(), k, eligible.bits(),
                                            eligible.size(), now_ms, top.items.data(), top.scores.data());
    top.items.resize(found);
    top.scores.resize(found);
    return top;
  }

  // Forgets every group below `first`. Only in Update.
  void DropGroups(uint32_t first) { host_->counter_drop_groups(table_, first); }

 private:
  template <typename Key>
  void AddColumns(std::span<const uint32_t> groups, std::span<const Key> keys, std::span<const float> weights,
                  std::span<const int64_t> times_ms) {
    internal::InParts(keys, [&](const uint64_t* wide, size_t begin, size_t count) {
      host_->counter_add(table_, groups.empty() ? nullptr : groups.data() + begin, wide,
                         weights.data() + begin, times_ms.data() + begin, count);
    });
  }
  template <typename Key>
  void ReadColumns(std::span<const Key> keys, std::span<float> values, int64_t now_ms,
                   std::span<const uint32_t> groups) const {
    internal::InParts(keys, [&](const uint64_t* wide, size_t begin, size_t count) {
      host_->counter_read(table_, groups.data(), groups.size(), wide, count, now_ms, values.data() + begin);
    });
  }

  const sb_host* host_ = nullptr;
  sb_table* table_ = nullptr;
};

// One row of a ranking; false where there is none. Members are in no order.
class RankingRow {
 public:
  RankingRow() = default;
  explicit RankingRow(const sb_ranking_row& raw) : raw_(raw) {}
  explicit operator bool() const { return raw_.count > 0; }
  size_t size() const { return raw_.count; }
  std::span<const Item> members() const { return {raw_.members, raw_.count}; }
  // Decayed, at the `now` asked for.
  float weight(size_t i) const { return static_cast<float>(raw_.weights[i] * raw_.scale); }
  // weights()[i] * scale() = weight(i); alone they compare members of this row.
  std::span<const float> weights() const { return {raw_.weights, raw_.count}; }
  double scale() const { return raw_.scale; }

 private:
  sb_ranking_row raw_{};
};

// key -> the `capacity` heaviest members by decayed weight.
class Ranking {
 public:
  Ranking() = default;
  Ranking(const sb_host* host, sb_table* table) : host_(host), table_(table) {}

  // Adds weights[i] to member members[i] of row keys[i]; a full row drops its lightest.
  void Add(std::span<const Item> keys, std::span<const Item> members, std::span<const float> weights,
           std::span<const int64_t> times_ms) {
    AddColumns(keys, members, weights, times_ms);
  }
  void Add(std::span<const uint64_t> keys, std::span<const Item> members, std::span<const float> weights,
           std::span<const int64_t> times_ms) {
    AddColumns(keys, members, weights, times_ms);
  }
  RankingRow Row(uint64_t key, int64_t now_ms) const {
    sb_ranking_row row{};
    row.struct_size = sizeof row;
    return host_->ranking_row(table_, key, now_ms, &row) != 0 ? RankingRow(row) : RankingRow();
  }

 private:
  template <typename Key>
  void AddColumns(std::span<const Key> keys, std::span<const Item> members, std::span<const float> weights,
                  std::span<const int64_t> times_ms) {
    internal::InParts(keys, [&](const uint64_t* wide, size_t begin, size_t count) {
      host_->ranking_add(table_, wide, members.data() + begin, weights.data() + begin,
                         times_ms.data() + begin, count);
    });
  }

  const sb_host* host_ = nullptr;
  sb_table* table_ = nullptr;
};

// One row of a recent table, oldest first; false where there is none.
class RecentRow {
 public:
  RecentRow() = default;
  explicit RecentRow(const sb_recent_row& raw) : raw_(raw) {}
  explicit operator bool() const { return raw_.count > 0; }
  size_t size() const { return raw_.count; }
  std::span<const uint64_t> members() const { return {raw_.members, raw_.count}; }
  std::span<const int64_t> times_ms() const { return {raw_.times_ms, raw_.count}; }

 private:
  sb_recent_row raw_{};
};

// key -> the last `capacity` (member, time), in the order they were added.
class Recent {
 public:
  Recent() = default;
  Recent(const sb_host* host, sb_table* table) : host_(host), table_(table) {}

  void Add(std::span<const Item> keys, std::span<const uint64_t> members, std::span<const int64_t> times_ms) {
    AddColumns(keys, members, times_ms);
  }
  void Add(std::span<const uint64_t> keys, std::span<const uint64_t> members,
           std::span<const int64_t> times_ms) {
    AddColumns(keys, members, times_ms);
  }
  RecentRow Row(uint64_t key) const {
    sb_recent_row row{};
    row.struct_size = sizeof row;
    return host_->recent_row(table_, key, &row) != 0 ? RecentRow(row) : RecentRow();
  }

 private:
  template <typename Key>
  void AddColumns(std::span<const Key> keys, std::span<const uint64_t> members,
                  std::span<const int64_t> times_ms) {
    internal::InParts(keys, [&](const uint64_t* wide, size_t begin, size_t count) {
      host_->recent_add(table_, wide, members.data() + begin, times_ms.data() + begin, count);
    });
  }

  const sb_host* host_ = nullptr;
  sb_table* table_ = nullptr;
};

// key -> float32[dimension].
class Vectors {
 public:
  Vectors() = default;
  Vectors(const sb_host* host, sb_table* table, size_t dimension)
      : host_(host), table_(table), dimension_(dimension) {}

  size_t dimension() const { return dimension_; }
  // Row i of `values` becomes the vector of keys[i]. Requires: values.size() == keys.size() * dimension().
  void Set(std::span<const Item> keys, std::span<const float> values) { SetColumns(keys, values); }
  void Set(std::span<const uint64_t> keys, std::span<const float> values) { SetColumns(keys, values); }
  // Empty = none.
  std::span<const float> Row(uint64_t key) const {
    const float* row = host_->vector_row(table_, key);
    return row == nullptr ? std::span<const float>() : std::span<const float>(row, dimension_);
  }

 private:
  template <typename Key>
  void SetColumns(std::span<const Key> keys, std::span<const float> values) {
    internal::InParts(keys, [&](const uint64_t* wide, size_t begin, size_t count) {
      host_->vector_set(table_, wide, values.data() + begin * dimension_, count);
    });
  }

  const sb_host* host_ = nullptr;
  sb_table* table_ = nullptr;
  size_t dimension_ = 0;
};

}  // namespace signalbox
