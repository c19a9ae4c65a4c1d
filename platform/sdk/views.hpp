// What hooks are given, as views: events, items of the catalogue, a request, and where answers go.
//
// Lifetime: every view here borrows from the host and is valid until the hook returns.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "signalbox/plugin_abi.h"

namespace signalbox {

// An item inside this process, dense, from 0. Never written outside a snapshot.
using Item = sb_item;
inline constexpr Item kNoItem = SB_NO_ITEM;
// "No opinion" as a score, "absent" as a number.
inline constexpr float kNoOpinion = std::numeric_limits<float>::quiet_NaN();

// data() == nullptr means absent.
inline std::string_view ToView(sb_text text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}
inline sb_text ToText(std::string_view text) { return {text.data(), text.size()}; }

// What a visitor did before now, oldest first, at most 50 events; columns of equal length.
class History {
 public:
  History(const Item* items, const uint16_t* types, const float* weights, const int64_t* times_ms,
          size_t size, size_t in_session)
      : items_(items),
        types_(types),
        weights_(weights),
        times_ms_(times_ms),
        size_(size),
        in_session_(in_session) {}

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // How many of the newest belong to the current session.
  size_t in_session() const { return in_session_; }

  std::span<const Item> items() const { return {items_, size_}; }
  std::span<const uint16_t> types() const { return {types_, size_}; }
  std::span<const float> weights() const { return {weights_, size_}; }
  std::span<const int64_t> times_ms() const { return {times_ms_, size_}; }

  // Only the current session's events.
  History Session() const { return Newest(in_session_); }
  // Only the newest `count`, or all there are.
  History Newest(size_t count) const {
    const size_t skip = count < size_ ? size_ - count : 0;
    return {items_ + skip,    types_ + skip, weights_ + skip,
            times_ms_ + skip, size_ - skip,  std::min(in_session_, size_ - skip)};
  }

 private:
  const Item* items_;
  const uint16_t* types_;
  const float* weights_;
  const int64_t* times_ms_;
  size_t size_;
  size_t in_session_;
};

// A batch of events of one partition in log order, as columns of size() entries.
class Events {
 public:
  explicit Events(const sb_events& raw) : raw_(&raw) {}

  size_t size() const { return raw_->count; }
  std::span<const Item> items() const { return {raw_->items, size()}; }
  std::span<const uint64_t> users() const { return {raw_->users, size()}; }          // keyed hashes
  std::span<const uint64_t> sessions() const { return {raw_->sessions, size()}; }    // keyed hashes
  std::span<const uint32_t> positions() const { return {raw_->positions, size()}; }  // in the session, from 0
  std::span<const uint16_t> types() const { return {raw_->types, size()}; }
  std::span<const float> weights() const { return {raw_->weights, size()}; }      // of the type, > 0
  std::span<const double> values() const { return {raw_->values, size()}; }       // NaN = absent
  std::span<const int64_t> times_ms() const { return {raw_->times_ms, size()}; }  // may run backwards
  std::span<const uint64_t> offsets() const { return {raw_->offsets, size()}; }
  std::span<const uint32_t> flags() const { return {raw_->flags, size()}; }  // sb_event_flags
  uint32_t partition() const { return raw_->partition; }

  // The visitor's history before event i. Requires: i < size().
  History history(size_t i) const {
    const uint32_t begin = raw_->history_begin[i];
    return {raw_->history_items + begin,    raw_->history_types + begin,        raw_->history_weights + begin,
            raw_->history_times_ms + begin, raw_->history_begin[i + 1] - begin, raw_->history_in_session[i]};
  }
  const sb_events& raw() const { return *raw_; }

 private:
  const sb_events* raw_;
};

// One attribute of a batch of items. Asking for another kind than kind() gives absent.
class AttributeColumn {
 public:
  explicit AttributeColumn(const sb_attribute_column& raw) : raw_(&raw) {}

  std::string_view name() const { return ToView(raw_->name); }
  sb_attribute_kind kind() const { return static_cast<sb_attribute_kind>(raw_->kind); }

  // A number, a flag as 0 or 1, or a time in Unix milliseconds; NaN = absent.
  double number(size_t i) const {
    return raw_->numbers == nullptr ? std::numeric_limits<double>::quiet_NaN() : raw_->numbers[i];
  }
  // data() == nullptr = absent.
  std::string_view text(size_t i) const {
    return raw_->texts == nullptr ? std::string_view() : ToView(raw_->texts[i]);
  }
  // The values of a list; absent = empty. Views of sb_text: see ToView.
  std::span<const sb_text> list(size_t i) const {
    if (raw_->list_begin == nullptr) return {};
    return {raw_->list_values + raw_->list_begin[i], raw_->list_begin[i + 1] - raw_->list_begin[i]};
  }

 private:
  const sb_attribute_column* raw_;
};

// One named vector of a batch of items.
class VectorColumn {
 public:
  explicit VectorColumn(const sb_vector_column& raw) : raw_(&raw) {}

  std::string_view name() const { return ToView(raw_->name); }
  size_t dimension() const { return raw_->dimension; }
  // Empty = the item has no such vector.
  std::span<const float> row(size_t i) const {
    if (raw_->present[i] == 0) return {};
    return {raw_->values + i * raw_->dimension, raw_->dimension};
  }

 private:
  const sb_vector_column* raw_;
};

// A batch of items as the catalogue has them now: row i is items()[i] in every column.
class Items {
 public:
  explicit Items(const sb_items& raw) : raw_(&raw) {}

  size_t size() const { return raw_->count; }
  std::span<const Item> items() const { return {raw_->items, size()}; }
  uint64_t epoch() const { return raw_->epoch; }  // the catalogue's, after this batch

  size_t column_count() const { return raw_->column_count; }
  AttributeColumn column(size_t index) const { return AttributeColumn(raw_->columns[index]); }
  // nullopt = no item of the batch has it.
  std::optional<AttributeColumn> FindColumn(std::string_view name) const {
    for (size_t i = 0; i < column_count(); ++i) {
      if (column(i).name() == name) return column(i);
    }
    return std::nullopt;
  }
  size_t vector_count() const { return raw_->vector_count; }
  VectorColumn vector(size_t index) const { return VectorColumn(raw_->vectors[index]); }
  std::optional<VectorColumn> FindVector(std::string_view name) const {
    for (size_t i = 0; i < vector_count(); ++i) {
      if (vector(i).name() == name) return vector(i);
    }
    return std::nullopt;
  }

 private:
  const sb_items* raw_;
};

// Which items may be recommended.
class Eligible {
 public:
  Eligible() = default;  // every item
  Eligible(const uint64_t* bits, uint32_t size) : bits_(bits), size_(size) {}

  bool operator()(Item item) const {
    return bits_ == nullptr || (item < size_ && ((bits_[item / 64] >> (item % 64)) & 1) != 0);
  }
  const uint64_t* bits() const { return bits_; }  // null = every item may
  uint32_t size() const { return size_; }         // in bits

 private:
  const uint64_t* bits_ = nullptr;
  uint32_t size_ = 0;
};

// A request's shared work, made by Plugin::Begin and handed to the hooks after it. One thread.
class Scratch {
 public:
  virtual ~Scratch() = default;
};

// What is asked, by whom, where.
class Request {
 public:
  explicit Request(const sb_request& raw, Scratch* scratch = nullptr) : raw_(&raw), scratch_(scratch) {}

  size_t quota() const { return raw_->quota; }                // candidates asked of this signal
  int64_t now_ms() const { return raw_->now_ms; }             // the tenant's clock
  uint64_t user() const { return raw_->user; }                // keyed hash; 0 = none
  uint64_t session() const { return raw_->session; }          // keyed hash; 0 = none
  Item context_item() const { return raw_->context_item; }    // the page's; kNoItem = none
  uint32_t window_days() const { return raw_->window_days; }  // 0 = none asked for
  Eligible eligible() const { return {raw_->eligible, raw_->eligible_bits}; }
  History history() const {
    return {raw_->history_items,    raw_->history_types, raw_->history_weights,
            raw_->history_times_ms, raw_->history_count, raw_->history_in_session};
  }
  // What this plugin's Begin returned for this request; null if nothing.
  // Requires: T is the type that Begin made.
  template <typename T>
  T* scratch() const {
    return static_cast<T*>(scratch_);
  }
  const sb_request& raw() const { return *raw_; }

 private:
  const sb_request* raw_;
  Scratch* scratch_;
};

// Items with their scores, best first; columns of equal length.
struct Ranked {
  std::vector<Item> items;
  std::vector<float> scores;
};

// Takes candidates. Duplicates and ineligible items are dropped by the host; NaN is not a candidate.
class CandidateSink {
 public:
  explicit CandidateSink(const sb_candidate_sink& raw) : raw_(&raw) {}
  CandidateSink(const CandidateSink&) = delete;
  CandidateSink& operator=(const CandidateSink&) = delete;

  void Add(Item item, float score) {
    items_[pending_] = item;
    scores_[pending_] = score;
    if (++pending_ == items_.size()) Flush();
  }
  // Requires: as many scores as items.
  void AddAll(std::span<const Item> items, std::span<const float> scores) {
    Flush();
    raw_->add(raw_->context, items.data(), scores.data(), std::min(items.size(), scores.size()));
  }
  void AddAll(const Ranked& ranked) { AddAll(ranked.items, ranked.scores); }
  // Hands over what Add holds back; the wrapper calls it when the hook returns.
  void Flush() {
    if (pending_ > 0) raw_->add(raw_->context, items_.data(), scores_.data(), pending_);
    pending_ = 0;
  }

 private:
  const sb_candidate_sink* raw_;
  std::array<Item, 64> items_;
  std::array<float, 64> scores_;
  size_t pending_ = 0;
};

// A short reason for one item.
class Explanation {
 public:
  explicit Explanation(sb_explanation* raw) : raw_(raw) {}

  // Cut at 255 bytes, never within a character.
  void SetReason(std::string_view reason) {
    size_t size = std::min(reason.size(), sizeof raw_->reason - 1);
    while (size < reason.size() && size > 0 && (reason[size] & 0xc0) == 0x80) --size;
    std::memcpy(raw_->reason, reason.data(), size);
    raw_->reason[size] = '\0';
  }
  // An item the reason rests on; past SB_EXPLANATION_ITEMS they are left out.
  void AddItem(Item item) {
    if (raw_->item_count < SB_EXPLANATION_ITEMS) raw_->items[raw_->item_count++] = item;
  }

 private:
  sb_explanation* raw_;
};

}  // namespace signalbox
