// A native condition over items: what `where` and the request's `filter=` compile to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "scripting/condition.hpp"

namespace signalbox::scripting {

struct Predicate {
  enum class Op { kAll, kAny, kNot, kCondition };  // kAll of nothing is true, kAny of nothing is false
  Op op = Op::kAll;
  std::vector<Predicate> parts;  // kAll, kAny: any number; kNot: one
  Condition condition;           // kCondition
  bool operator==(const Predicate&) const = default;
};

// True where the item has no such attribute: a kIn of nothing that absence satisfies. So `== nil` is read.
Predicate Absent(std::string field);

// A small safe expression: item.<attribute> compared with a constant, `and`, `or`, `not`, brackets,
// `item.tags contains "x"`, `item.brand in ("a", "b")`, `item.price == nil`; as in
//   item.price < 50 and item.brand == "Acme"
// Lua's precedence and text escapes. At most 4 KB and 64 conditions, nested at most 16 deep.
// A comparison with an absent attribute is false (and so `not` of it is true), as in Lua's nil.
// Errors: kInvalidArgument, field "filter", with the column and what was expected there.
Result<Predicate> ParseFilter(std::string_view expression);
// An expression that ParseFilter reads as the same predicate; equal predicates, equal text.
std::string WriteFilter(const Predicate& predicate);

}  // namespace signalbox::scripting
