// Conditions on attributes, as `where` and the rules' `where` write them.
#include <algorithm>
#include <cmath>

#include "scripting/rule_reader.hpp"

namespace signalbox::scripting {
namespace {

using Kind = RuleValue::Kind;
using Operand = std::variant<double, std::string, bool>;

constexpr size_t kMaxConditions = 64;

Result<Operand> ReadOperand(const RuleValue& value, const std::string& path) {
  if (value.is(Kind::kText)) return Operand(value.text);
  if (value.is(Kind::kFlag)) return Operand(value.flag);
  if (value.is(Kind::kNumber) && std::isfinite(value.number)) return Operand(value.number);
  return RefuseRule(path, "must be a number, a text, true or false");
}

const std::vector<std::pair<std::string, Condition::Op>>& Comparisons() {
  static const std::vector<std::pair<std::string, Condition::Op>> words{{"above", Condition::Op::kAbove},
                                                                        {"below", Condition::Op::kBelow},
                                                                        {"at_least", Condition::Op::kAtLeast},
                                                                        {"at_most", Condition::Op::kAtMost}};
  return words;
}

Result<Condition> ReadComparison(const std::string& field, const std::string& key, const RuleValue& value,
                                 const std::string& path) {
  for (const auto& [word, op] : Comparisons()) {
    if (word != key) continue;
    if (!value.is(Kind::kNumber) || !std::isfinite(value.number)) {
      return RefuseRule(path + "." + key, "must be a number");
    }
    return Condition{field, op, {value.number}, false};
  }
  return RefuseKey(path, key, {"above", "below", "at_least", "at_most", "or_absent"});
}

// { above =, below =, at_least =, at_most =, or_absent = }; { a, b } gives one kIn.
Result<void> ReadField(const std::string& field, const RuleValue& value, const std::string& path,
                       std::vector<Condition>* out) {
  if (!value.is(Kind::kTable)) {
    auto operand = ReadOperand(value, path);
    if (!operand) return Fail(operand.error());
    out->push_back({field, Condition::Op::kEquals, {*std::move(operand)}, false});
    return {};
  }
  std::vector<Condition> conditions;
  Condition in{field, Condition::Op::kIn, {}, false};
  bool or_absent = false;
  for (size_t i = 0; i < value.keys.size(); ++i) {
    const std::string& key = value.keys[i];
    if (key.empty()) {
      auto operand = ReadOperand(value.values[i], path);
      if (!operand) return Fail(operand.error());
      in.operands.push_back(*std::move(operand));
    } else if (key == "or_absent") {
      if (!value.values[i].is(Kind::kFlag)) return RefuseRule(path + ".or_absent", "must be true or false");
      or_absent = value.values[i].flag;
    } else {
      auto comparison = ReadComparison(field, key, value.values[i], path);
      if (!comparison) return Fail(comparison.error());
      conditions.push_back(*std::move(comparison));
    }
  }
  if (!in.operands.empty()) conditions.push_back(std::move(in));
  if (conditions.empty()) return RefuseRule(path, "has no condition", "Write { above = 0 }, say.");
  for (auto& condition : conditions) condition.or_absent = or_absent;
  std::sort(conditions.begin(), conditions.end(), [](const auto& a, const auto& b) { return a.op < b.op; });
  out->insert(out->end(), conditions.begin(), conditions.end());
  return {};
}

}  // namespace

Result<std::vector<Condition>> ReadWhere(const RuleValue& table, const std::string& path) {
  if (!table.is(Kind::kTable)) {
    return RefuseRule(path, "must be a table of conditions", "Write { stock = { above = 0 } }.");
  }
  std::vector<Condition> conditions;
  for (size_t i = 0; i < table.keys.size(); ++i) {
    const std::string& field = table.keys[i];
    if (field.empty() || field.size() > 64) {
      return RefuseRule(path, "takes attributes by name", "Write { stock = { above = 0 } }.");
    }
    if (auto read = ReadField(field, table.values[i], path + "." + field, &conditions); !read) {
      return Fail(read.error());
    }
    if (conditions.size() > kMaxConditions) return RefuseRule(path, "has more than 64 conditions");
  }
  std::stable_sort(conditions.begin(), conditions.end(),
                   [](const auto& a, const auto& b) { return a.field < b.field; });
  return conditions;
}

}  // namespace signalbox::scripting
