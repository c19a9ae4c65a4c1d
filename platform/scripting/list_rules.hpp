// List rules as data: what a script's rules { } and the operators' forms declare, carried out by serve.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "scripting/predicate.hpp"

namespace signalbox::scripting {

// When a rule acts, in the tenant's time zone. All given parts must hold, for the time that the
// tenant's clocks show: where hours span midnight, the weekday is the one it is then.
struct Schedule {
  // Clock times of the tenant's zone, each as the Unix time at which clocks in UTC show the same;
  // so that a rule needs no zone to be read. to is exclusive ("2026-12-26" ends at its midnight).
  std::optional<int64_t> from_ms, to_ms;
  uint8_t weekdays = 0;                  // bit 0 Monday to bit 6 Sunday; 0 = every day
  int from_minute = -1, to_minute = -1;  // of the day; from > to spans midnight; -1 = all day

  // zone_offset_ms: of the tenant's zone at now_ms, east of UTC.
  bool Acts(int64_t now_ms, int64_t zone_offset_ms) const;
  bool operator==(const Schedule&) const = default;
};

// The order of the enumerators is the order in which rules act on a list; within a kind, the order
// of declaration, the script's before the operators'.
enum class RuleKind { kExcludeSeen, kBury, kDedupe, kDiversify, kAtMost, kAtLeast, kExplore, kPin };

struct ListRule {
  RuleKind kind = RuleKind::kAtMost;
  std::string name;  // for explanations and statistics; "at_most brand" unless given
  Schedule schedule;

  std::string field;    // at_most, dedupe: the attribute (a list counts each of its values); diversify: an
                        // attribute, unless `vector` is given
  uint32_t count = 0;   // at_most
  uint32_t window = 0;  // at_most: of how many neighbours in the list; 0 = the whole list
  double share = 0;     // at_least, explore: of the list, above 0 up to 1
  std::optional<Predicate> where;  // at_least, bury: which items; `item` may stand for it in bury
  std::string item, item_type;     // pin, bury
  uint32_t position = 0;           // pin: from 1
  std::string event_type;          // exclude_seen: this type or a stronger one; empty = any
  double within_days = 0;          // exclude_seen: whole; 0 = ever
  double lambda = 0.7;             // diversify: 1 = by score alone (Carbonell, Goldstein 1998)
  std::string vector;              // diversify: a vector's name
  uint32_t depth = 0;              // explore: from how many candidates below the list; 0 = 100
  bool operator==(const ListRule&) const = default;
};

inline constexpr size_t kMaxListRules = 64;

// The operators' rules: a JSON array of objects like the script's, each with "rule": "at_most";
// "where" may also be an expression as ParseFilter takes. At most 64 rules in 64 KB.
// Errors: kInvalidArgument with field "rules[2].count" and a hint.
Result<std::vector<ListRule>> ParseListRules(std::string_view json);
// The same as a JSON array, with every key in a fixed order: equal rules, equal text.
std::string WriteListRules(const std::vector<ListRule>& rules);

}  // namespace signalbox::scripting
