// Who asks: the visitor's history and seen items, as signals and scripts are given them.
#pragma once

#include <cstdint>
#include <vector>

#include "model/recommendation.hpp"
#include "scripting/scenario.hpp"
#include "signalbox/plugin_abi.h"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

// Kept between requests, so that a steady load allocates nothing. Threads: one.
class Visitor {
 public:
  // Takes the history given with the request (views, ten seconds apart, ending now, all of this
  // session), else the one stored for the user, else for the session; merges are followed.
  // Valid while the caller's epoch pin lives.
  void Read(const state::TenantState& tenant, const model::RecommendRequest& request, int64_t now_ms);

  // Everything of `request` that concerns the visitor; it points into this object.
  void Fill(sb_request* request) const;
  uint32_t history_length() const { return static_cast<uint32_t>(items_.size()); }
  // The newest item of the history; SB_NO_ITEM = none.
  sb_item last() const { return items_.empty() ? SB_NO_ITEM : items_.back(); }
  struct Event {
    sb_item item;
    uint16_t type;  // index into the tenant's event types
    float weight;
    int64_t time_ms;
  };
  // Oldest first. Requires: i < history_length().
  Event history(uint32_t i) const { return {items_[i], types_[i], weights_[i], times_ms_[i]}; }
  // Whether the visitor did this to the item, by the strength of event types.
  bool In(scripting::Context::Set set, ports::Handle item) const;
  // Whether they did anything to it that is at least as strong.
  bool Did(ports::Handle item, float strength) const;
  // Who asks: the user's key, else the session's; 0 = nobody known.
  uint64_t key() const { return user_ != 0 ? user_ : session_; }

 private:
  void Clear();
  void ReadStored(const state::TenantState& tenant, bool session_named, int64_t now_ms);
  void ReadGiven(const state::TenantState& tenant, const std::vector<model::ItemKey>& items, int64_t now_ms);

  uint64_t user_ = 0, session_ = 0;
  uint32_t in_session_ = 0;
  bool stored_ = false;  // view_ is set
  bool given_ = false;   // the history came with the request
  float given_weight_ = 0;
  state::UserView view_;
  float carted_ = 0, bought_ = 0;  // strengths; 0 = no such event type
  std::vector<sb_item> items_;
  std::vector<uint16_t> types_;
  std::vector<float> weights_;
  std::vector<int64_t> times_ms_;
};

}  // namespace signalbox::serve
