// Events for tests, with sessions, positions and histories worked out as the host does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <vector>

#include "signalbox/plugin_abi.h"
#include "signalbox/views.hpp"

namespace signalbox::testing {

// A visitor's or session's key as tests have it: FNV-1a, never 0.
inline uint64_t KeyOf(std::string_view name) {
  uint64_t hash = 14695981039346656037ull;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash == 0 ? 1 : hash;
}

// Columns that own what an sb_events points to.
class EventBatch {
 public:
  sb_events raw() const {
    sb_events events{};
    events.struct_size = sizeof events;
    events.count = static_cast<uint32_t>(items.size());
    events.items = items.data();
    events.users = users.data();
    events.sessions = sessions.data();
    events.positions = positions.data();
    events.types = types.data();
    events.weights = weights.data();
    events.values = values.data();
    events.times_ms = times_ms.data();
    events.offsets = offsets.data();
    events.flags = flags.data();
    events.partition = partition;
    events.history_begin = history_begin.data();
    events.history_in_session = history_in_session.data();
    events.history_items = history_items.data();
    events.history_types = history_types.data();
    events.history_weights = history_weights.data();
    events.history_times_ms = history_times_ms.data();
    return events;
  }

  std::vector<sb_item> items;
  std::vector<uint64_t> users, sessions, offsets;
  std::vector<uint32_t> positions, flags;
  std::vector<uint16_t> types;
  std::vector<float> weights;
  std::vector<double> values;
  std::vector<int64_t> times_ms;
  std::vector<uint32_t> history_begin = {0};
  std::vector<uint32_t> history_in_session;
  std::vector<sb_item> history_items;
  std::vector<uint16_t> history_types;
  std::vector<float> history_weights;
  std::vector<int64_t> history_times_ms;
  uint32_t partition = 0;
};

// One thing a visitor did.
struct TestEvent {
  uint64_t user = 0;
  Item item = 0;
  uint16_t type = 0;  // 0 view, 1 click, 2 cart, 3 purchase
  float weight = 1;
  int64_t time_ms = 0;
  uint64_t session = 0;  // 0 = by the gap of 30 minutes
  double value = std::numeric_limits<double>::quiet_NaN();
  uint32_t position = 0;             // worked out
  uint32_t in_session = 0;           // history entries of the same session, worked out
  std::vector<size_t> history = {};  // indices of earlier events, worked out
};

// A log of events of one partition, in the order they were added.
class EventFeed {
 public:
  static constexpr size_t kHistory = 50;
  static constexpr int64_t kSessionGapMs = 30 * 60 * 1000;

  struct Options {
    uint16_t type = 0;
    float weight = 1;
    std::string_view session = {};
    double value = std::numeric_limits<double>::quiet_NaN();
  };

  // Appends an event. A late event joins the current session.
  EventFeed& Add(std::string_view user, Item item, int64_t time_ms, const Options& options) {
    TestEvent event;
    event.user = KeyOf(user);
    event.item = item;
    event.type = options.type;
    event.weight = options.weight;
    event.value = options.value;
    event.time_ms = time_ms;
    event.session = options.session.empty() ? 0 : KeyOf(options.session);
    return Add(std::move(event));
  }
  EventFeed& Add(std::string_view user, Item item, int64_t time_ms) {
    return Add(user, item, time_ms, Options());
  }
  // The same with keys as numbers; what is worked out is filled in.
  EventFeed& Add(TestEvent event) {
    Visitor& visitor = visitors_[event.user];
    if (event.session == 0) {
      const bool goes_on = !visitor.history.empty() && event.time_ms - visitor.last_ms <= kSessionGapMs;
      event.session = goes_on ? visitor.session : event.user ^ (0x9E3779B97F4A7C15ull * (events_.size() + 1));
    }
    if (event.session != visitor.session) {
      visitor.session = event.session;
      visitor.in_session = 0;
    }
    event.position = visitor.in_session;
    event.history = visitor.history;
    event.in_session = static_cast<uint32_t>(std::min<size_t>(visitor.in_session, event.history.size()));
    visitor.history.push_back(events_.size());
    if (visitor.history.size() > kHistory) visitor.history.erase(visitor.history.begin());
    ++visitor.in_session;
    visitor.last_ms = std::max(visitor.last_ms, event.time_ms);
    events_.push_back(std::move(event));
    return *this;
  }

  size_t size() const { return events_.size(); }
  const TestEvent& at(size_t index) const { return events_.at(index); }

  // Events [begin, end) as one batch; the offset of an event is its index.
  EventBatch Batch(size_t begin, size_t end) const {
    EventBatch batch;
    for (size_t i = begin; i < end; ++i) {
      const TestEvent& event = events_.at(i);
      batch.items.push_back(event.item);
      batch.users.push_back(event.user);
      batch.sessions.push_back(event.session);
      batch.positions.push_back(event.position);
      batch.types.push_back(event.type);
      batch.weights.push_back(event.weight);
      batch.values.push_back(event.value);
      batch.times_ms.push_back(event.time_ms);
      batch.offsets.push_back(i);
      batch.flags.push_back(event.position == 0 ? uint32_t{SB_EVENT_FIRST_IN_SESSION} : 0);
      AppendHistory(event.history, &batch);
      batch.history_in_session.push_back(event.in_session);
      batch.history_begin.push_back(static_cast<uint32_t>(batch.history_items.size()));
    }
    return batch;
  }
  EventBatch All() const { return Batch(0, size()); }

 private:
  friend class TestRequest;
  struct Visitor {
    std::vector<size_t> history;
    uint64_t session = 0;
    uint32_t in_session = 0;
    int64_t last_ms = 0;
  };
  void AppendHistory(const std::vector<size_t>& history, EventBatch* batch) const {
    for (const size_t h : history) {
      batch->history_items.push_back(events_[h].item);
      batch->history_types.push_back(events_[h].type);
      batch->history_weights.push_back(events_[h].weight);
      batch->history_times_ms.push_back(events_[h].time_ms);
    }
  }

  std::vector<TestEvent> events_;
  std::map<uint64_t, Visitor> visitors_;
};

// A request for tests; change members, then hand it to TestPlugin.
class TestRequest {
 public:
  uint32_t quota = 100;
  int64_t now_ms = 0;
  Item context_item = kNoItem;
  uint32_t window_days = 0;
  uint64_t user = 0;
  uint64_t session = 0;

  // Whose request it is: takes the visitor's history and current session from the feed.
  TestRequest& By(const EventFeed& feed, std::string_view visitor) {
    user = KeyOf(visitor);
    const auto at = feed.visitors_.find(user);
    if (at == feed.visitors_.end()) return *this;
    session = at->second.session;
    history_ = EventBatch();
    feed.AppendHistory(at->second.history, &history_);
    in_session_ = static_cast<uint32_t>(std::min<size_t>(at->second.in_session, at->second.history.size()));
    return *this;
  }
  // A history of views in one session, oldest first, one second apart, the newest at now_ms.
  TestRequest& Viewed(std::initializer_list<Item> items) { return Viewed(std::vector<Item>(items)); }
  TestRequest& Viewed(const std::vector<Item>& items) {
    history_ = EventBatch();
    for (size_t i = 0; i < items.size(); ++i) {
      history_.history_items.push_back(items[i]);
      history_.history_types.push_back(0);
      history_.history_weights.push_back(1);
      history_.history_times_ms.push_back(now_ms - 1000 * static_cast<int64_t>(items.size() - 1 - i));
    }
    in_session_ = static_cast<uint32_t>(items.size());
    return *this;
  }
  // The history stays, none of it is of the current session.
  TestRequest& NewSession() {
    in_session_ = 0;
    return *this;
  }
  // Only these may be recommended; never called = every item may.
  TestRequest& Only(std::initializer_list<Item> items) {
    eligible_.assign(1, 0);
    for (const Item item : items) {
      if (item / 64 >= eligible_.size()) eligible_.resize(item / 64 + 1);
      eligible_[item / 64] |= uint64_t{1} << (item % 64);
    }
    return *this;
  }
  sb_request raw() const {
    sb_request request{};
    request.struct_size = sizeof request;
    request.quota = quota;
    request.now_ms = now_ms;
    request.user = user;
    request.session = session;
    request.context_item = context_item;
    request.window_days = window_days;
    request.history_count = static_cast<uint32_t>(history_.history_items.size());
    request.history_in_session = in_session_;
    request.history_items = history_.history_items.data();
    request.history_types = history_.history_types.data();
    request.history_weights = history_.history_weights.data();
    request.history_times_ms = history_.history_times_ms.data();
    request.eligible = eligible_.empty() ? nullptr : eligible_.data();
    request.eligible_bits = static_cast<uint32_t>(eligible_.size() * 64);
    return request;
  }

 private:
  EventBatch history_;
  uint32_t in_session_ = 0;
  std::vector<uint64_t> eligible_;
};

}  // namespace signalbox::testing
