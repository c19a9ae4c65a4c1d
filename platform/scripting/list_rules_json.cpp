// The operators' rules from JSON and back.
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "scripting/list_rules.hpp"
#include "scripting/rule_reader.hpp"

namespace signalbox::scripting {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxBytes = 64 << 10;
constexpr const char* kHint =
    R"(Write an array such as [{"rule": "at_most", "field": "brand", "count": 2, "window": 10}].)";

// Builds the value with a depth of its own: nlohmann's tree has none.
class RuleSax final : public nlohmann::json_sax<nlohmann::json> {
 public:
  RuleValue root;
  std::string wrong;

  bool null() override { return Put(RuleValue()); }
  bool boolean(bool flag) override { return Put(RuleValue::Flag(flag)); }
  bool number_integer(number_integer_t number) override {
    return Put(RuleValue::Number(static_cast<double>(number)));
  }
  bool number_unsigned(number_unsigned_t number) override {
    return Put(RuleValue::Number(static_cast<double>(number)));
  }
  bool number_float(number_float_t number, const string_t&) override {
    return Put(RuleValue::Number(number));
  }
  bool string(string_t& text) override { return Put(RuleValue::Text(std::move(text))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return Open(); }
  bool start_array(size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& key) override {
    if (!keys_.back().insert(key).second) wrong = "the key \"" + key + "\" is given twice";
    if (key.empty()) wrong = "a key is empty";
    key_ = std::move(key);
    return wrong.empty();
  }
  bool parse_error(size_t at, const std::string&, const nlohmann::detail::exception&) override {
    wrong = "it is not JSON at byte " + std::to_string(at);
    return false;
  }

 private:
  bool Put(RuleValue value) {
    if (open_.empty()) {
      root = std::move(value);
    } else if (open_.back().values.size() >= kMaxRuleEntries) {
      wrong = "a list has more than 1000 entries";
      return false;
    } else {
      open_.back().Add(std::move(key_), std::move(value));
      key_.clear();
    }
    return true;
  }
  bool Open() {
    if (open_.size() >= static_cast<size_t>(kMaxRuleDepth)) {
      wrong = "it is nested too deep";
      return false;
    }
    open_.push_back(RuleValue::Table());
    names_.push_back(std::move(key_));
    keys_.emplace_back();
    key_.clear();
    return true;
  }
  bool Close() {
    RuleValue closed = std::move(open_.back());
    key_ = std::move(names_.back());
    open_.pop_back();
    names_.pop_back();
    keys_.pop_back();
    return Put(std::move(closed));
  }

  std::vector<RuleValue> open_;
  std::vector<std::string> names_;           // under which each open one lies
  std::vector<std::set<std::string>> keys_;  // of each open one
  std::string key_;
};

Result<ListRule> ReadOne(RuleValue table, const std::string& path) {
  RuleKind kind{};
  for (size_t i = 0; i < table.keys.size(); ++i) {
    if (table.keys[i] != "rule") continue;
    const std::string word = table.values[i].text;
    if (!ParseRuleWord(word, &kind)) {
      auto refused = RefuseKey(path, word, RuleWords());
      return RefuseRule(path + ".rule", "\"" + word + "\" is not a rule", refused.value().hint());
    }
    table.keys.erase(table.keys.begin() + static_cast<std::ptrdiff_t>(i));
    table.values.erase(table.values.begin() + static_cast<std::ptrdiff_t>(i));
    return ReadRule(kind, table, path);
  }
  return RefuseRule(path + ".rule", "is missing", "Each rule has one, such as \"rule\": \"at_most\".");
}

Json NumberOf(double number) {
  const auto whole = static_cast<int64_t>(number);
  return static_cast<double>(whole) == number ? Json(whole) : Json(number);
}

Json ScheduleOf(const Schedule& schedule) {
  Json json = Json::object();
  if (schedule.from_ms) json["from"] = WriteClockTime(*schedule.from_ms);
  if (schedule.to_ms) json["to"] = WriteClockTime(*schedule.to_ms);
  for (size_t day = 0; day < DayWords().size(); ++day) {
    if ((schedule.weekdays >> day & 1) != 0) json["days"].push_back(DayWords()[day]);
  }
  if (schedule.from_minute >= 0) json["hours"] = WriteHours(schedule);
  return json;
}

Json RuleOf(const ListRule& rule) {
  const ListRule unset;
  Json json = Json::object();
  json["rule"] = RuleWord(rule.kind);
  if (rule.name != DefaultName(rule)) json["name"] = rule.name;
  if (!rule.item.empty()) json["item"] = rule.item;
  if (!rule.item_type.empty()) json["item_type"] = rule.item_type;
  if (rule.position != unset.position) json["position"] = rule.position;
  if (!rule.field.empty()) json["field"] = rule.field;
  if (!rule.vector.empty()) json["vector"] = rule.vector;
  if (rule.count != unset.count) json["count"] = rule.count;
  if (rule.window != unset.window) json["window"] = rule.window;
  if (rule.share != unset.share) json["share"] = rule.share;
  if (rule.where) json["where"] = WriteFilter(*rule.where);
  if (!rule.event_type.empty()) json["event"] = rule.event_type;
  if (rule.within_days != unset.within_days) json["within_days"] = NumberOf(rule.within_days);
  if (rule.lambda != unset.lambda) json["lambda"] = NumberOf(rule.lambda);
  if (rule.depth != unset.depth) json["depth"] = rule.depth;
  if (rule.schedule != Schedule()) json["schedule"] = ScheduleOf(rule.schedule);
  return json;
}

}  // namespace

Result<std::vector<ListRule>> ParseListRules(std::string_view json) {
  if (json.size() > kMaxBytes) return RefuseRule("rules", "are longer than 64 KB", "Use fewer rules.");
  RuleSax sax;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &sax) || !sax.wrong.empty()) {
    return RefuseRule("rules", "cannot be read: " + sax.wrong, kHint);
  }
  const size_t first = json.find_first_not_of(" \t\r\n");
  const bool list =
      json[first] == '[' && sax.root.is(RuleValue::Kind::kTable) &&
      std::all_of(sax.root.keys.begin(), sax.root.keys.end(), [](auto& key) { return key.empty(); });
  if (!list) return RefuseRule("rules", "must be an array", kHint);
  if (sax.root.values.size() > kMaxListRules) return RefuseRule("rules", "are more than 64", "Use fewer.");
  std::vector<ListRule> rules;
  for (auto& value : sax.root.values) {
    auto rule = ReadOne(std::move(value), "rules[" + std::to_string(rules.size()) + "]");
    if (!rule) return Fail(rule.error());
    rules.push_back(*std::move(rule));
  }
  return rules;
}

std::string WriteListRules(const std::vector<ListRule>& rules) {
  Json json = Json::array();
  for (const auto& rule : rules) json.push_back(RuleOf(rule));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace signalbox::scripting
