// A request for recommendations and its answer, independent of HTTP.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/item.hpp"
#include "model/position.hpp"

namespace signalbox::model {

struct ItemKey {
  std::string type{kDefaultItemType};
  std::string id;
  bool operator==(const ItemKey&) const = default;
  auto operator<=>(const ItemKey&) const = default;
};

// A value of the request's own context: ctx.request.device, ctx.user_attributes.tier. Lists are of
// stored attributes only.
using ContextValue = std::variant<double, std::string, bool, std::vector<std::string>>;

struct RecommendRequest {
  std::string tenant{kDefaultTenant};
  std::string user;            // empty = none
  std::string session;         // empty = none
  std::vector<ItemKey> items;  // a history given with the request, oldest first; instead of the stored one
  std::string scenario;        // empty = the configured default
  std::optional<ItemKey> context;  // the page's item
  std::string category;            // empty = any
  std::vector<ItemKey> exclude;
  uint32_t count = 10;       // 1-100
  uint32_t window_days = 0;  // 0 = none
  bool attributes = false;
  bool explain = false;
  std::vector<LogPosition> after;  // the answer knows of all of these, or says that it is stale
  // Whether `after` and the visitor's own last events are applied, where the caller has waited for them.
  std::optional<bool> fresh;
  int64_t now_ms = 0;                                   // 0 = the tenant's clock; evaluation sets it
  std::string filter;                                   // an expression over items, native; empty = none
  std::map<std::string, double> tunables;               // where the scenario allows it
  std::map<std::string, ContextValue> context_values;   // "context.*" of the request
  std::map<std::string, ContextValue> user_attributes;  // what the caller knows of the user
  bool trace = false;                                   // fill RecommendResponse::trace
  std::vector<ItemKey> trace_items;                     // also say where these dropped out
  std::vector<std::string>
      only_signals;  // evaluation: these signals alone, weight 1 each; empty = the script's
};

// One signal's part in an item's score.
struct SignalContribution {
  std::string signal;
  float raw = 0;         // NaN = no opinion
  float normalised = 0;  // 0-1
  float weight = 0;      // after sharing out
  float contribution = 0;
  std::string text;              // of a traced item: what the signal itself says; empty = nothing
  std::vector<ItemKey> because;  // and the items that rests on
};

struct Recommendation {
  ItemKey item;
  double score = 0;
  std::string reason;  // the signal that contributed most, or "popular", "newest", "pinned"
  std::optional<Item> attributes;
  std::vector<SignalContribution> explanation;
  std::vector<std::string> rules;  // with explain: each boost or list rule that acted and how
  double propensity = 1;           // the chance it had to be in the list; below 1 by `explore` only
};

// What became of one candidate, for previews and explanations.
struct TracedCandidate {
  ItemKey item;
  std::vector<std::string> offered_by;          // signals; empty = none offered it
  std::vector<SignalContribution> explanation;  // one per signal of the scenario
  double blend = 0;
  double score = 0;         // after boosts
  uint32_t blend_rank = 0;  // from 1, by the blend alone; 0 = not scored
  uint32_t rank = 0;        // from 1, in the list; 0 = not in it
  std::string dropped_by;   // empty = in the list; else "deleted", "hidden", "where", "filter=", "exclude",
                            // "category", "not offered", "filter 'no repeats'", a list rule's name, "count"
  std::vector<std::string> effects;  // each boost and list rule that acted and how
};

struct RuleEffect {
  std::string rule;      // "filter 'no repeats'", "boost 'fresh'", "at_most brand"
  uint32_t touched = 0;  // candidates whose score or place it changed
  uint32_t removed = 0;
};

struct Trace {
  std::vector<TracedCandidate> candidates;  // the list first, then by blend
  std::vector<RuleEffect> rules;            // in the order in which they act
  std::vector<std::string> errors;          // of the script; the answer is then native
  int64_t micros = 0;
};

struct RecommendResponse {
  std::string recommendation_id;
  std::string scenario;
  std::string revision;  // "home@1"
  std::vector<Recommendation> recommendations;
  std::vector<std::string> degraded;  // signals that gave no column; empty = all well
  std::optional<Trace> trace;         // as asked for
  bool cached = false;                // from the response cache
  bool stale = false;                 // `after` or the visitor's own last event is not applied yet
};

}  // namespace signalbox::model
