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
  state_.user = state_.session = 0;
  state_.in_session = 0;
  notes_ = nullptr;
  stored_ = given_ = false;
  any_ = {};
  state_.items.clear();
  state_.types.clear();
  state_.weights.clear();
  state_.times_ms.clear();
}

void Visitor::ReadStored(const state::TenantState& tenant, bool session_named, int64_t now_ms) {
  for (size_t i = 0; i < view_.history_size(); ++i) {
    const state::HistoryEvent event = view_.history(i);
    state_.items.push_back(event.item);
    state_.types.push_back(event.type);
    state_.weights.push_back(tenant.types().at(event.type).weight);
    state_.times_ms.push_back(event.time_ms);
  }
  // A pause longer than a session's gap, or another session's id: a new session has begun.
  const bool another = session_named && view_.session() != state_.session;
  const bool paused = !session_named && now_ms - view_.last_time_ms() > tenant.options().users.session_gap_ms;
  if (another || paused) return;
  state_.in_session = static_cast<uint32_t>(std::min(view_.history_in_session(), view_.history_size()));
  state_.session = view_.session();
}

void Visitor::ReadGiven(const state::TenantState& tenant, const std::vector<model::ItemKey>& items,
                        int64_t now_ms) {
  const int view = tenant.types().Find("view");
  const auto type = static_cast<uint16_t>(view < 0 ? 0 : view);
  const size_t from = items.size() - std::min(items.size(), state::kHistoryEvents);
  for (size_t i = from; i < items.size(); ++i) {
    const ports::Handle item = tenant.Find(items[i].type, items[i].id);
    if (item == ports::kNoHandle) continue;
    state_.items.push_back(item);
    state_.types.push_back(type);
    state_.weights.push_back(tenant.types().at(type).weight);
    state_.times_ms.push_back(now_ms - static_cast<int64_t>(items.size() - 1 - i) * kGivenStepMs);
  }
  state_.in_session = static_cast<uint32_t>(state_.items.size());
  given_ = true;
  given_weight_ = tenant.types().at(type).weight;
}

void Visitor::Read(const state::TenantState& tenant, const model::RecommendRequest& request, int64_t now_ms) {
  Clear();
  carted_ = StrengthOf(tenant.types(), "cart");
  bought_ = StrengthOf(tenant.types(), "purchase");
  const auto& users = tenant.users();
  if (!request.session.empty()) state_.session = tenant.KeyOfSession(request.session);
  if (!request.user.empty()) {
    state_.user = users.Resolve(tenant.KeyOfUser(request.user));
    view_ = users.Read(state_.user);
    stored_ = view_.exists();
  }
  if (!stored_ && state_.session != 0) {
    const uint64_t visitor = users.Resolve(state_.session);
    view_ = users.Read(visitor);
    stored_ = view_.exists();
    if (state_.user == 0 || stored_) state_.user = visitor;
  }
  if (!request.items.empty()) {
    ReadGiven(tenant, request.items, now_ms);
  } else if (stored_) {
    ReadStored(tenant, !request.session.empty(), now_ms);
  }
}

void Visitor::Fill(sb_request* request) const {
  request->user = state_.user;
  request->session = state_.session;
  request->history_count = history_length();
  request->history_in_session = state_.in_session;
  request->history_items = state_.items.data();
  request->history_types = state_.types.data();
  request->history_weights = state_.weights.data();
  request->history_times_ms = state_.times_ms.data();
}

bool Visitor::In(scripting::Context::Set set, ports::Handle item) const {
  using Set = scripting::Context::Set;
  const float strength = set == Set::kSeen ? 0 : set == Set::kCarted ? carted_ : bought_;
  if (set != Set::kSeen && strength == 0) return false;  // there is no such event type
  if (set == Set::kSeen) return Did(item, strength);
  // Most visitors never bought: one look at all that they did saves a search per candidate.
  Known& any = any_[static_cast<size_t>(set == Set::kBought)];
  if (any == Known::kUnknown) any = DidAny(strength) ? Known::kYes : Known::kNo;
  return any == Known::kYes && Did(item, strength);
}

void Visitor::Load(VisitorState state, SeenNotes* notes) {
  state_ = std::move(state);
  notes_ = notes;
  any_ = {};
}

bool Visitor::DidAny(float strength) const {
  if (notes_ != nullptr && notes_->playing) return true;
  return (given_ && strength <= given_weight_) || (stored_ && view_.SeenAny(strength));
}

bool Visitor::Did(ports::Handle item, float strength, int64_t since_ms) const {
  const SeenNotes::Deed deed{item, strength, since_ms};
  if (notes_ != nullptr && notes_->playing) {
    return std::find(notes_->did.begin(), notes_->did.end(), deed) != notes_->did.end();
  }
  const bool did =
      since_ms == kEver ? DidEver(item, strength) : stored_ && view_.SeenSince(item, strength, since_ms);
  if (did && notes_ != nullptr) notes_->did.push_back(deed);
  return did;
}

bool Visitor::DidEver(ports::Handle item, float strength) const {
  const auto& items = state_.items;
  const bool in_given =
      given_ && strength <= given_weight_ && std::find(items.begin(), items.end(), item) != items.end();
  return in_given || (stored_ && view_.Seen(item, strength));
}

}  // namespace signalbox::serve
