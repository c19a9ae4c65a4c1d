// Filling the columns.
#include "process/event_columns.hpp"

namespace signalbox::process {

void EventColumns::StageHistory(const state::UserView& user, const state::EventTypes& types) {
  const size_t begin = history_begin_.back();
  history_items_.resize(begin);
  history_types_.resize(begin);
  history_weights_.resize(begin);
  history_times_ms_.resize(begin);
  staged_in_session_ = 0;
  staged_session_ = 0;
  if (!user.exists()) return;
  const size_t count = user.history_size();
  for (size_t i = 0; i < count; ++i) {
    const state::HistoryEvent event = user.history(i);
    history_items_.push_back(event.item);
    history_types_.push_back(event.type);
    history_weights_.push_back(types.at(event.type).weight);
    history_times_ms_.push_back(event.time_ms);
  }
  staged_in_session_ = static_cast<uint32_t>(user.history_in_session());
  staged_session_ = user.session();
}

void EventColumns::Add(const Row& row) {
  items_.push_back(row.item);
  users_.push_back(row.user);
  sessions_.push_back(row.applied.session);
  positions_.push_back(row.applied.position);
  types_.push_back(row.type);
  weights_.push_back(row.weight);
  values_.push_back(row.value);
  times_ms_.push_back(row.time_ms);
  offsets_.push_back(row.offset);
  flags_.push_back(row.applied.position == 0 ? SB_EVENT_FIRST_IN_SESSION : 0);
  history_in_session_.push_back(row.applied.session == staged_session_ ? staged_in_session_ : 0);
  history_begin_.push_back(static_cast<uint32_t>(history_items_.size()));
}

void EventColumns::Clear() {
  items_.clear();
  users_.clear();
  sessions_.clear();
  offsets_.clear();
  positions_.clear();
  flags_.clear();
  types_.clear();
  weights_.clear();
  values_.clear();
  times_ms_.clear();
  history_begin_.assign(1, 0);
  history_in_session_.clear();
  history_items_.clear();
  history_types_.clear();
  history_weights_.clear();
  history_times_ms_.clear();
}

sb_events EventColumns::View(uint32_t partition) const {
  sb_events view{};
  view.struct_size = sizeof view;
  view.count = static_cast<uint32_t>(items_.size());
  view.items = items_.data();
  view.users = users_.data();
  view.sessions = sessions_.data();
  view.positions = positions_.data();
  view.types = types_.data();
  view.weights = weights_.data();
  view.values = values_.data();
  view.times_ms = times_ms_.data();
  view.offsets = offsets_.data();
  view.flags = flags_.data();
  view.partition = partition;
  view.history_begin = history_begin_.data();
  view.history_in_session = history_in_session_.data();
  view.history_items = history_items_.data();
  view.history_types = history_types_.data();
  view.history_weights = history_weights_.data();
  view.history_times_ms = history_times_ms_.data();
  return view;
}

}  // namespace signalbox::process
