// Reading the visitor's state.
#include "serve/visitor.hpp"

#include <algorithm>

namespace signalbox::serve {
namespace {

constexpr int64_t kGivenStepMs = 10'000;

float StrengthOf(const state::EventTypes& types, std::string_view name) {
  const int index = types.Find(name);
  return index < 0 ? 0 : types.at(static_cast<size_t>(index)).weight;
}

}  // namespace

void Visitor::Clear() {
  user_ = session_ = 0;
  in_session_ = 0;
  stored_ = given_ = false;
  items_.clear();
  types_.clear();
  weights_.clear();
  times_ms_.clear();
}

void Visitor::ReadStored(const state::TenantState& tenant, bool session_named, int64_t now_ms) {
  for (size_t i = 0; i < view_.history_size(); ++i) {
    const state::HistoryEvent event = view_.history(i);
    items_.push_back(event.item);
    types_.push_back(event.type);
    weights_.push_back(tenant.types().at(event.type).weight);
    times_ms_.push_back(event.time_ms);
  }
  // A pause longer than a session's gap, or another session's id: a new session has begun.
  const bool another = session_named && view_.session() != session_;
  const bool paused = !session_named && now_ms - view_.last_time_ms() > tenant.options().users.session_gap_ms;
  if (another || paused) return;
  in_session_ = static_cast<uint32_t>(std::min(view_.history_in_session(), view_.history_size()));
  session_ = view_.session();
}

void Visitor::ReadGiven(const state::TenantState& tenant, const std::vector<model::ItemKey>& items,
                        int64_t now_ms) {
  const int view = tenant.types().Find("view");
  const auto type = static_cast<uint16_t>(view < 0 ? 0 : view);
  const size_t from = items.size() - std::min(items.size(), state::kHistoryEvents);
  for (size_t i = from; i < items.size(); ++i) {
    const ports::Handle item = tenant.Find(items[i].type, items[i].id);
    if (item == ports::kNoHandle) continue;
    items_.push_back(item);
    types_.push_back(type);
    weights_.push_back(tenant.types().at(type).weight);
    times_ms_.push_back(now_ms - static_cast<int64_t>(items.size() - 1 - i) * kGivenStepMs);
  }
  in_session_ = static_cast<uint32_t>(items_.size());
  given_ = true;
  given_weight_ = tenant.types().at(type).weight;
}

void Visitor::Read(const state::TenantState& tenant, const model::RecommendRequest& request, int64_t now_ms) {
  Clear();
  carted_ = StrengthOf(tenant.types(), "cart");
  bought_ = StrengthOf(tenant.types(), "purchase");
  const auto& users = tenant.users();
  if (!request.session.empty()) session_ = tenant.KeyOfSession(request.session);
  if (!request.user.empty()) {
    user_ = users.Resolve(tenant.KeyOfUser(request.user));
    view_ = users.Read(user_);
    stored_ = view_.exists();
  }
  if (!stored_ && session_ != 0) {
    const uint64_t visitor = users.Resolve(session_);
    view_ = users.Read(visitor);
    stored_ = view_.exists();
    if (user_ == 0 || stored_) user_ = visitor;
  }
  if (!request.items.empty()) {
    ReadGiven(tenant, request.items, now_ms);
  } else if (stored_) {
    ReadStored(tenant, !request.session.empty(), now_ms);
  }
}

void Visitor::Fill(sb_request* request) const {
  request->user = user_;
  request->session = session_;
  request->history_count = history_length();
  request->history_in_session = in_session_;
  request->history_items = items_.data();
  request->history_types = types_.data();
  request->history_weights = weights_.data();
  request->history_times_ms = times_ms_.data();
}

bool Visitor::In(scripting::Context::Set set, ports::Handle item) const {
  using Set = scripting::Context::Set;
  const float strength = set == Set::kSeen ? 0 : set == Set::kCarted ? carted_ : bought_;
  if (set != Set::kSeen && strength == 0) return false;  // there is no such event type
  return Did(item, strength);
}

bool Visitor::Did(ports::Handle item, float strength) const {
  if (given_ && strength <= given_weight_ && std::find(items_.begin(), items_.end(), item) != items_.end())
    return true;
  return stored_ && view_.Seen(item, strength);
}

}  // namespace signalbox::serve
