// One table of keys for each kind of rule.
#include "scripting/rule_reader.hpp"

#include <algorithm>
#include <cmath>

#include "base/nearest.hpp"

namespace signalbox::scripting {
namespace {

using Kind = RuleValue::Kind;

constexpr size_t kMaxText = 256;
constexpr double kMaxPlaces = 1000;

// The keys that a kind of rule takes beside name and schedule; the first `needed` must be given.
struct RuleShape {
  const char* word;
  std::vector<std::string> keys;
  size_t needed;
};

const RuleShape& ShapeOf(RuleKind kind) {
  static const std::vector<RuleShape> shapes{
      {"exclude_seen", {"event", "within_days"}, 0},
      {"bury", {"item", "item_type", "where"}, 0},
      {"dedupe", {"field"}, 1},
      {"diversify", {"field", "vector", "lambda"}, 0},
      {"at_most", {"field", "count", "window"}, 2},
      {"at_least", {"share", "where"}, 2},
      {"explore", {"share", "depth"}, 1},
      {"pin", {"item", "position", "item_type", "from", "to"}, 2},
  };
  return shapes[static_cast<size_t>(kind)];
}
constexpr size_t kKinds = 8;

Result<std::string> ReadText(const RuleValue& value, const std::string& field) {
  if (value.is(Kind::kText) && !value.text.empty() && value.text.size() <= kMaxText) return value.text;
  return RefuseRule(field, "must be a text of 1 to 256 bytes");
}

Result<double> ReadNumber(const RuleValue& value, const std::string& field, double least, double most) {
  if (value.is(Kind::kNumber) && value.number >= least && value.number <= most) return value.number;
  const auto shown = [](double number) {
    std::string text = std::to_string(number);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  };
  return RefuseRule(field, "must be a number from " + shown(least) + " to " + shown(most));
}

Result<uint32_t> ReadWhole(const RuleValue& value, const std::string& field, double least, double most) {
  if (value.is(Kind::kNumber) && value.number >= least && value.number <= most &&
      value.number == std::floor(value.number)) {
    return static_cast<uint32_t>(value.number);
  }
  return RefuseRule(field, "must be a whole number from " + std::to_string(static_cast<int>(least)) + " to " +
                               std::to_string(static_cast<int>(most)));
}

Result<double> ReadShare(const RuleValue& value, const std::string& field) {
  if (value.is(Kind::kNumber) && value.number > 0 && value.number <= 1) return value.number;
  return RefuseRule(field, "must be above 0 and at most 1", "0.3 is three in ten.");
}

Result<Predicate> ReadPredicate(const RuleValue& value, const std::string& field) {
  if (value.is(Kind::kText)) {
    auto predicate = ParseFilter(value.text);
    if (predicate) return predicate;
    return RefuseRule(field, predicate.error().message(), predicate.error().hint());
  }
  const auto conditions = ReadWhere(value, field);
  if (!conditions) return Fail(conditions.error());
  if (conditions->empty()) return RefuseRule(field, "has no condition", "Write { brand = \"Acme\" }, say.");
  Predicate all;
  for (const auto& condition : *conditions) {
    all.parts.push_back({Predicate::Op::kCondition, {}, condition});
    // As an expression says it, so that what is written back and read again is the same.
    if (condition.or_absent) {
      all.parts.back().condition.or_absent = false;
      all.parts.back() = {Predicate::Op::kAny, {all.parts.back(), Absent(condition.field)}, {}};
    }
  }
  if (all.parts.size() == 1) return Predicate(all.parts[0]);
  return all;
}

// Puts what was read where it belongs.
template <typename T, typename Out>
Result<void> Keep(Result<T> value, Out* out) {
  if (!value) return Fail(value.error());
  *out = *std::move(value);
  return {};
}

Result<void> ReadKey(const std::string& key, const RuleValue& value, const std::string& field,
                     ListRule* rule) {
  if (key == "name") {
    if (value.text.size() > 64) return RefuseRule(field, "must be a text of 1 to 64 bytes");
    return Keep(ReadText(value, field), &rule->name);
  }
  if (key == "schedule") return Keep(ReadSchedule(value, field), &rule->schedule);
  if (key == "field") return Keep(ReadText(value, field), &rule->field);
  if (key == "count") return Keep(ReadWhole(value, field, 1, kMaxPlaces), &rule->count);
  if (key == "window") return Keep(ReadWhole(value, field, 0, kMaxPlaces), &rule->window);
  if (key == "share") return Keep(ReadShare(value, field), &rule->share);
  if (key == "where") return Keep(ReadPredicate(value, field), &rule->where);
  if (key == "item") return Keep(ReadText(value, field), &rule->item);
  if (key == "item_type") return Keep(ReadText(value, field), &rule->item_type);
  if (key == "position") return Keep(ReadWhole(value, field, 1, kMaxPlaces), &rule->position);
  if (key == "event") return Keep(ReadText(value, field), &rule->event_type);
  if (key == "within_days") {
    if (value.is(Kind::kNumber) && value.number != std::floor(value.number))
      return RefuseRule(field, "must be whole", "What a visitor has seen is known by the day.");
    return Keep(ReadNumber(value, field, 0, 36'500), &rule->within_days);
  }
  if (key == "lambda") return Keep(ReadNumber(value, field, 0, 1), &rule->lambda);
  if (key == "vector") return Keep(ReadText(value, field), &rule->vector);
  if (key == "depth") return Keep(ReadWhole(value, field, 0, 5000), &rule->depth);
  return Keep(ReadClockTime(value, field), key == "from" ? &rule->schedule.from_ms : &rule->schedule.to_ms);
}

// What no single key can tell.
Result<void> CheckTogether(const ListRule& rule, const std::string& path) {
  if (rule.kind == RuleKind::kBury && rule.item.empty() == !rule.where.has_value()) {
    return RefuseRule(path, "needs either item or where",
                      "Write bury { item = \"sku-1\" } or bury { where = { brand = \"Acme\" } }.");
  }
  if (rule.kind == RuleKind::kDiversify && rule.field.empty() == rule.vector.empty()) {
    return RefuseRule(path, "needs either field or vector",
                      "Write diversify { field = \"category\" } or diversify { vector = \"content\" }.");
  }
  if (rule.kind == RuleKind::kAtMost && rule.window != 0 && rule.window < rule.count) {
    return RefuseRule(path + ".window", "must not be smaller than count",
                      "count = 2, window = 10 is at most two among any ten neighbours.");
  }
  const auto& [from, to, weekdays, from_minute, to_minute] = rule.schedule;
  if (from && to && *from >= *to) {
    return RefuseRule(path + ".to", "must be after from", "The rule ends when `to` begins.");
  }
  return {};
}

}  // namespace

tl::unexpected<Error> RefuseRule(const std::string& field, const std::string& what, std::string hint) {
  return Fail(Error(Code::kInvalidArgument, field + " " + what).WithField(field).WithHint(std::move(hint)));
}

tl::unexpected<Error> RefuseKey(const std::string& path, const std::string& key,
                                const std::vector<std::string>& known) {
  const std::string nearest = Nearest(key, known);
  std::string list;
  for (const auto& word : known) list += (list.empty() ? "" : ", ") + word;
  return RefuseRule(path + "." + key, "is not known; " + list + (known.size() == 1 ? " is" : " are"),
                    nearest.empty() ? "" : "Did you mean \"" + nearest + "\"?");
}

std::string_view RuleWord(RuleKind kind) { return ShapeOf(kind).word; }

const std::vector<std::string>& RuleWords() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> list;
    for (size_t i = 0; i < kKinds; ++i) list.emplace_back(ShapeOf(static_cast<RuleKind>(i)).word);
    return list;
  }();
  return words;
}

bool ParseRuleWord(std::string_view word, RuleKind* kind) {
  for (size_t i = 0; i < kKinds; ++i) {
    if (RuleWords()[i] != word) continue;
    *kind = static_cast<RuleKind>(i);
    return true;
  }
  return false;
}

std::string DefaultName(const ListRule& rule) {
  std::string name(RuleWord(rule.kind));
  for (const std::string* part : {&rule.item, &rule.field, &rule.vector, &rule.event_type}) {
    if (!part->empty()) return name + " " + *part;
  }
  return name;
}

Result<ListRule> ReadRule(RuleKind kind, const RuleValue& table, const std::string& path) {
  const RuleShape& shape = ShapeOf(kind);
  if (!table.is(Kind::kTable)) {
    return RefuseRule(path, "must be a table of keys",
                      "Write " + std::string(shape.word) + " { key = value }.");
  }
  std::vector<std::string> known = shape.keys;
  known.insert(known.end(), {"name", "schedule"});
  ListRule rule;
  rule.kind = kind;
  // The schedule first: a pin's own from and to go into it.
  for (const bool schedules : {true, false}) {
    for (size_t i = 0; i < table.keys.size(); ++i) {
      const std::string& key = table.keys[i];
      if (key.empty()) {
        return RefuseRule(path, "takes keys, not a list",
                          "Write " + std::string(shape.word) + " { key = value }.");
      }
      if (std::find(known.begin(), known.end(), key) == known.end()) return RefuseKey(path, key, known);
      if ((key == "schedule") != schedules) continue;
      if (auto read = ReadKey(key, table.values[i], path + "." + key, &rule); !read)
        return Fail(read.error());
    }
  }
  for (size_t i = 0; i < shape.needed; ++i) {
    if (std::find(table.keys.begin(), table.keys.end(), shape.keys[i]) != table.keys.end()) continue;
    return RefuseRule(path + "." + shape.keys[i], "is missing", "Add it.");
  }
  if (auto checked = CheckTogether(rule, path); !checked) return Fail(checked.error());
  if (rule.name.empty()) rule.name = DefaultName(rule);
  return rule;
}

}  // namespace signalbox::scripting
