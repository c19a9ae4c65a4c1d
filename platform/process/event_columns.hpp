// The batch of events that is handed to the signals, as the columns of sb_events.
#pragma once

#include <cstdint>
#include <vector>

#include "signalbox/plugin_abi.h"
#include "state/tenant_state.hpp"

namespace signalbox::process {

// Grows by Add, is emptied by Clear (which keeps the memory). Threads: one.
class EventColumns {
 public:
  struct Row {
    sb_item item;
    uint64_t user;
    state::Applied applied;
    uint16_t type;
    float weight;
    double value;
    int64_t time_ms;
    uint64_t offset;
  };

  EventColumns() { Clear(); }

  // Copies the visitor's history as it is before the event. Call before the event is applied;
  // then Add, or leave it out and the history is overwritten by the next call.
  void StageHistory(const state::UserView& user, const state::EventTypes& types);
  // `staged` entries of another session than row.applied.session do not count as in-session.
  void Add(const Row& row);
  void Clear();

  size_t size() const { return items_.size(); }
  // View into these columns; valid until the next Add or Clear.
  sb_events View(uint32_t partition) const;

 private:
  std::vector<sb_item> items_;
  std::vector<uint64_t> users_, sessions_, offsets_;
  std::vector<uint32_t> positions_, flags_;
  std::vector<uint16_t> types_;
  std::vector<float> weights_;
  std::vector<double> values_;
  std::vector<int64_t> times_ms_;
  std::vector<uint32_t> history_begin_, history_in_session_;
  std::vector<sb_item> history_items_;
  std::vector<uint16_t> history_types_;
  std::vector<float> history_weights_;
  std::vector<int64_t> history_times_ms_;
  uint32_t staged_in_session_ = 0;
  state::SessionKey staged_session_ = 0;
};

}  // namespace signalbox::process
