// A request for recommendations and its answer, independent of HTTP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  std::optional<LogPosition> after;
  int64_t now_ms = 0;  // 0 = the tenant's clock; evaluation sets it
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
};

struct Recommendation {
  ItemKey item;
  double score = 0;
  std::string reason;  // the signal that contributed most, or "popular", "newest", "pinned"
  std::optional<Item> attributes;
  std::vector<SignalContribution> explanation;
  std::vector<std::string> rules;  // with explain: each filter or boost that acted and how
};

struct RecommendResponse {
  std::string recommendation_id;
  std::string scenario;
  std::string revision;  // "home@1"
  std::vector<Recommendation> recommendations;
  std::vector<std::string> degraded;  // signals that gave no column; empty = all well
  bool stale = false;                 // `after` or the visitor's own last event is not applied yet
};

}  // namespace signalbox::model
