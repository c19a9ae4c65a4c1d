// Checks the keys of a rule, a schedule and a `where`, however they were written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "scripting/list_rules.hpp"
#include "scripting/rule_value.hpp"

namespace signalbox::scripting {

// "at_most" of kAtMost.
std::string_view RuleWord(RuleKind kind);
// False for any other text.
bool ParseRuleWord(std::string_view word, RuleKind* kind);
// Every rule's word, in the order of the enumerators.
const std::vector<std::string>& RuleWords();
// The rule's name unless it is given one: "at_most brand".
std::string DefaultName(const ListRule& rule);

// path: what the rule is called in fields: "rules[2]" gives "rules[2].count"; messages begin with
// the field. The key "rule" is left to the caller.
// Errors: kInvalidArgument with field and hint.
Result<ListRule> ReadRule(RuleKind kind, const RuleValue& table, const std::string& path);

// { field = value | { values } | { above = ... } }, all of which must hold, in field order.
Result<std::vector<Condition>> ReadWhere(const RuleValue& table, const std::string& path);

// { from =, to =, days = { "mon" }, hours = "08:00-18:00" }
Result<Schedule> ReadSchedule(const RuleValue& table, const std::string& path);
// "2026-12-01" or "2026-12-01T08:00", to the second at the finest; no zone.
Result<int64_t> ReadClockTime(const RuleValue& value, const std::string& path);
// The same the other way: the shortest that says it.
std::string WriteClockTime(int64_t ms);
// "08:00-18:00"
std::string WriteHours(const Schedule& schedule);
// "mon", for bit 0.
const std::vector<std::string>& DayWords();

// A refusal: "<field> <what>", with the hint.
tl::unexpected<Error> RefuseRule(const std::string& field, const std::string& what, std::string hint = {});
// The same for a key that is not one of `known`.
tl::unexpected<Error> RefuseKey(const std::string& path, const std::string& key,
                                const std::vector<std::string>& known);

}  // namespace signalbox::scripting
