// Who asks: the visitor's history and seen items, as signals and scripts are given them.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "model/recommendation.hpp"
#include "scripting/scenario.hpp"
#include "signalbox/plugin_abi.h"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

// The history and who it is of.
struct VisitorState {
  uint64_t user = 0, session = 0;  // keys; 0 = none
  uint32_t in_session = 0;         // of the newest events
  std::vector<sb_item> items;      // oldest first, as the rest
  std::vector<uint16_t> types;
  std::vector<float> weights;
  std::vector<int64_t> times_ms;
};

// What a visitor turned out to have done: written down when asked, or all that is known.
inline constexpr int64_t kEver = std::numeric_limits<int64_t>::min();
struct SeenNotes {
  bool playing = false;
  struct Deed {
    sb_item item;
    float strength;    // that was asked for
    int64_t since_ms;  // the same; kEver = at any time
    bool operator==(const Deed&) const = default;
  };
  std::vector<Deed> did;
};

// Kept between requests, so that a steady load allocates nothing. Threads: one.
class Visitor {
 public:
  // Takes the history given with the request (views, ten seconds apart, ending now, all of this
  // session), else the one stored for the user, else for the session; merges are followed.
  // Valid while the caller's epoch pin lives.
  void Read(const state::TenantState& tenant, const model::RecommendRequest& request, int64_t now_ms);

  // Takes what was written down before. notes: of the same request; it outlives the use.
  void Load(VisitorState state, SeenNotes* notes);
  // From here on what is asked is written down; null = it is not.
  void Note(SeenNotes* notes) { notes_ = notes; }
  const VisitorState& state() const { return state_; }

  // Everything of `request` that concerns the visitor; it points into this object.
  void Fill(sb_request* request) const;
  uint32_t history_length() const { return static_cast<uint32_t>(state_.items.size()); }
  // The newest item of the history; SB_NO_ITEM = none.
  sb_item last() const { return state_.items.empty() ? SB_NO_ITEM : state_.items.back(); }
  struct Event {
    sb_item item;
    uint16_t type;  // index into the tenant's event types
    float weight;
    int64_t time_ms;
  };
  // Oldest first. Requires: i < history_length().
  Event history(uint32_t i) const {
    return {state_.items[i], state_.types[i], state_.weights[i], state_.times_ms[i]};
  }
  // Whether the visitor did this to the item, by the strength of event types.
  bool In(scripting::Context::Set set, ports::Handle item) const;
  // Whether they did anything to it that is at least as strong. since_ms: that the strongest thing they
  // did was last done on its day or later; events of the history are left to the caller then.
  bool Did(ports::Handle item, float strength, int64_t since_ms = kEver) const;
  // Who asks: the user's key, else the session's; 0 = nobody known.
  uint64_t key() const { return state_.user != 0 ? state_.user : state_.session; }

 private:
  enum class Known : uint8_t { kUnknown, kNo, kYes };
  void Clear();
  // Whether they did anything as strong to any item; true where that is not known.
  bool DidAny(float strength) const;
  bool DidEver(ports::Handle item, float strength) const;
  void ReadStored(const state::TenantState& tenant, bool session_named, int64_t now_ms);
  void ReadGiven(const state::TenantState& tenant, const std::vector<model::ItemKey>& items, int64_t now_ms);

  VisitorState state_;
  SeenNotes* notes_ = nullptr;
  bool stored_ = false;  // view_ is set
  bool given_ = false;   // the history came with the request
  float given_weight_ = 0;
  state::UserView view_;
  float carted_ = 0, bought_ = 0;       // strengths; 0 = no such event type
  mutable std::array<Known, 2> any_{};  // whether anything was carted, bought
};

}  // namespace signalbox::serve
