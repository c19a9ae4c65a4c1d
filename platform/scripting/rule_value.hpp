// A rule's keys and values as they were written, in Lua or in JSON; read by the same checks.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace signalbox::scripting {

struct RuleValue {
  enum class Kind { kNull, kNumber, kText, kFlag, kTable };
  Kind kind = Kind::kNull;
  double number = 0;
  bool flag = false;
  std::string text;
  // kTable: keys[i] names values[i]; an empty key stands for a place in a list. Each key once.
  std::vector<std::string> keys;
  std::vector<RuleValue> values;

  static RuleValue Number(double number) { return {Kind::kNumber, number, false, {}, {}, {}}; }
  static RuleValue Flag(bool flag) { return {Kind::kFlag, 0, flag, {}, {}, {}}; }
  static RuleValue Text(std::string text) { return {Kind::kText, 0, false, std::move(text), {}, {}}; }
  static RuleValue Table() { return {Kind::kTable, 0, false, {}, {}, {}}; }

  bool is(Kind wanted) const { return kind == wanted; }
  void Add(std::string key, RuleValue value) {
    keys.push_back(std::move(key));
    values.push_back(std::move(value));
  }
};

inline constexpr int kMaxRuleDepth = 6;
inline constexpr size_t kMaxRuleEntries = 1000;  // of one table

}  // namespace signalbox::scripting
