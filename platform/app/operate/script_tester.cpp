// A node for each test, with the test's items, history and scores.
#include "app/operate/script_tester.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "app/evaluation_node.hpp"
#include "app/operate/script_actions.hpp"
#include "base/time_text.hpp"
#include "scripting/script_tests.hpp"

namespace signalbox::app {
namespace {

using scripting::RuleValue;
using scripting::ScriptTest;
using Kind = scripting::RuleValue::Kind;

constexpr char kSuffix[] = "_test";
constexpr char kScore[] = "score_";  // the attribute that holds a signal's scores
constexpr int64_t kDayMs = 24 * 3600 * 1000;

const RuleValue* Find(const RuleValue& table, const std::string& key) {
  for (size_t i = 0; i < table.keys.size(); ++i) {
    if (table.keys[i] == key) return &table.values[i];
  }
  return nullptr;
}

std::string TextOf(const RuleValue& table, const std::string& key, const std::string& fallback = {}) {
  const RuleValue* value = Find(table, key);
  return value != nullptr && value->is(Kind::kText) ? value->text : fallback;
}

double NumberOf(const RuleValue& table, const std::string& key, double fallback) {
  const RuleValue* value = Find(table, key);
  return value != nullptr && value->is(Kind::kNumber) ? value->number : fallback;
}

std::vector<std::string> TextsOf(const RuleValue& list) {
  std::vector<std::string> texts;
  for (const auto& value : list.values) texts.push_back(value.text);
  return texts;
}

Error Wrong(const std::string& file, const ScriptTest& test, const std::string& reason) {
  return {Code::kInvalidArgument, file + ":" + std::to_string(test.line) + ": " + test.name + ": " + reason};
}

// Refuses misspelt keys.
Result<void> CheckKeys(const std::string& file, const ScriptTest& test) {
  static const std::set<std::string> kKnown = {
      "user",     "now",   "history", "item",   "category",     "count",        "context", "user_attributes",
      "tunables", "items", "filter",  "expect", "expect_first", "expect_absent"};
  bool expects = false;
  for (const auto& key : test.body.keys) {
    if (kKnown.count(key) == 0) return Fail(Wrong(file, test, "\"" + key + "\" is not a key of a test"));
    expects |= key.rfind("expect", 0) == 0;
  }
  if (!expects)
    return Fail(Wrong(file, test, "it expects nothing: give expect, expect_first or expect_absent"));
  if (Find(test.body, "items") == nullptr) return Fail(Wrong(file, test, "it has no items"));
  return {};
}

std::optional<model::AttributeValue> AttributeOf(const std::string& key, const RuleValue& value) {
  switch (value.kind) {
    case Kind::kNumber:
      return value.number;
    case Kind::kFlag:
      return value.flag;
    case Kind::kText:
      if (key.ends_with("_at")) {
        if (const auto ms = ParseRfc3339(value.text)) return model::TimeMs{*ms};
      }
      return value.text;
    case Kind::kTable:
      return TextsOf(value);
    default:
      return std::nullopt;
  }
}

std::vector<float> FloatsOf(const RuleValue& list) {
  std::vector<float> floats;
  for (const auto& value : list.values) floats.push_back(static_cast<float>(value.number));
  return floats;
}

// id, scores, vectors and age_days have meanings of their own; everything else is an attribute.
model::Item ItemOf(const RuleValue& table, int64_t now_ms) {
  model::Item item;
  item.id = TextOf(table, "id");
  for (size_t i = 0; i < table.keys.size(); ++i) {
    const std::string& key = table.keys[i];
    if (key == "id") continue;
    if (key == "age_days") {
      item.attributes["created_at"] =
          model::TimeMs{now_ms - static_cast<int64_t>(table.values[i].number * static_cast<double>(kDayMs))};
    } else if (key == "scores") {
      for (size_t s = 0; s < table.values[i].keys.size(); ++s)
        item.attributes[kScore + table.values[i].keys[s]] = table.values[i].values[s].number;
    } else if (key == "vectors") {
      for (size_t v = 0; v < table.values[i].keys.size(); ++v)
        item.vectors[table.values[i].keys[v]] = FloatsOf(table.values[i].values[v]);
    } else if (auto value = AttributeOf(key, table.values[i])) {
      item.attributes[key] = std::move(*value);
    }
  }
  return item;
}

std::map<std::string, model::ContextValue> ContextOf(const RuleValue* table) {
  std::map<std::string, model::ContextValue> context;
  if (table == nullptr) return context;
  for (size_t i = 0; i < table->keys.size(); ++i) {
    const RuleValue& value = table->values[i];
    if (value.is(Kind::kNumber)) context[table->keys[i]] = value.number;
    if (value.is(Kind::kText)) context[table->keys[i]] = value.text;
    if (value.is(Kind::kFlag)) context[table->keys[i]] = value.flag;
  }
  return context;
}

// Oldest first, as written: an item's id, or { item =, type =, days_ago = }.
std::vector<model::LogRecord> HistoryOf(const RuleValue& body, const std::string& user, int64_t now_ms) {
  std::vector<model::LogRecord> records;
  const RuleValue* history = Find(body, "history");
  if (history == nullptr) return records;
  for (const RuleValue& entry : history->values) {
    model::LogRecord record;
    record.user = user;
    record.item = entry.is(Kind::kText) ? entry.text : TextOf(entry, "item");
    record.type = TextOf(entry, "type", "view");
    const auto order = static_cast<int64_t>(history->values.size() - records.size());
    record.event_time_ms = now_ms - order * 1000 -
                           static_cast<int64_t>(NumberOf(entry, "days_ago", 0) * static_cast<double>(kDayMs));
    records.push_back(std::move(record));
  }
  return records;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const auto& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined.empty() ? "nothing" : joined;
}

// What is not as expected; empty = all well.
std::string Compare(const RuleValue& body, const std::vector<std::string>& got) {
  if (const RuleValue* whole = Find(body, "expect")) {
    const auto wanted = TextsOf(*whole);
    if (wanted != got) return "expected " + Joined(wanted) + "; got " + Joined(got);
  }
  if (const RuleValue* first = Find(body, "expect_first")) {
    const auto wanted = first->is(Kind::kText) ? std::vector<std::string>{first->text} : TextsOf(*first);
    if (got.size() < wanted.size() || !std::equal(wanted.begin(), wanted.end(), got.begin()))
      return "expected " + Joined(wanted) + " first; got " + Joined(got);
  }
  if (const RuleValue* absent = Find(body, "expect_absent")) {
    for (const auto& id :
         absent->is(Kind::kText) ? std::vector<std::string>{absent->text} : TextsOf(*absent)) {
      if (std::find(got.begin(), got.end(), id) != got.end())
        return "expected no " + id + "; got " + Joined(got);
    }
  }
  return {};
}

// Every configured signal by its name, reading its scores from the items.
Result<std::vector<std::string>> Overrides(const std::string& config, const std::string& scenario_dir) {
  ConfigSources sources;
  sources.file = config;
  const auto settings = LoadSettings(sources);
  if (!settings) return Fail(settings.error());
  std::string signals = "signals={";
  for (const auto& signal : settings->signals) {
    signals += (signals.back() == '{' ? "" : ", ") + signal.name +
               ": {plugin: item_value, attribute: " + kScore + signal.name + "}";
  }
  const auto folder = std::filesystem::path(scenario_dir).parent_path().string();
  return std::vector<std::string>{signals + "}", "scripts.dir=" + (folder.empty() ? "." : folder),
                                  "plugins.score_budget_us=1000000"};
}

Result<std::string> RunOne(const std::string& file, const std::string& scenario, const ScriptTest& test,
                           const EvaluationOptions& options) {
  if (auto known = CheckKeys(file, test); !known) return Fail(known.error());
  const auto now_ms = ParseRfc3339(TextOf(test.body, "now", "2026-01-15T12:00:00Z"));
  if (!now_ms) return Fail(Wrong(file, test, "now is not a time, as 2026-01-15T12:00:00Z"));
  auto node = EvaluationNode::Create(options);
  if (!node) return Fail(node.error());
  (*node)->SetNow(*now_ms);
  std::vector<model::Item> items;
  for (const RuleValue& table : Find(test.body, "items")->values) {
    items.push_back(ItemOf(table, *now_ms));
    if (items.back().id.empty()) return Fail(Wrong(file, test, "an item has no id"));
  }
  if (auto put = (*node)->PutItems(std::move(items)); !put)
    return Fail(Wrong(file, test, put.error().message()));
  model::RecommendRequest request;
  request.user = TextOf(test.body, "user", "visitor");
  if (auto taught = (*node)->Teach(HistoryOf(test.body, request.user, *now_ms)); !taught)
    return Fail(taught.error());
  request.scenario = scenario;
  request.now_ms = *now_ms;
  request.count = static_cast<uint32_t>(NumberOf(test.body, "count", 10));
  request.category = TextOf(test.body, "category");
  request.filter = TextOf(test.body, "filter");
  if (const std::string item = TextOf(test.body, "item"); !item.empty())
    request.context = model::ItemKey{"item", item};
  request.context_values = ContextOf(Find(test.body, "context"));
  request.user_attributes = ContextOf(Find(test.body, "user_attributes"));
  if (const RuleValue* tunables = Find(test.body, "tunables")) {
    for (size_t i = 0; i < tunables->keys.size(); ++i)
      request.tunables[tunables->keys[i]] = tunables->values[i].number;
  }
  request.trace = true;
  const auto answer = (*node)->recommender().Recommend(request);
  if (!answer) return Fail(Wrong(file, test, answer.error().message()));
  if (answer->trace && !answer->trace->errors.empty())
    return "the script failed: " + answer->trace->errors.front();
  std::vector<std::string> got;
  for (const auto& entry : answer->recommendations) got.push_back(entry.item.id);
  return Compare(test.body, got);
}

}  // namespace

Result<ScriptTestReport> RunScriptTests(const std::string& test_file, const std::string& scenario_dir,
                                        const std::string& config) {
  std::string scenario = ScriptName(test_file);
  if (!scenario.ends_with(kSuffix)) {
    return Fail(Code::kInvalidArgument, test_file + ":1: a test is called <scenario>_test.lua");
  }
  scenario.resize(scenario.size() - sizeof(kSuffix) + 1);
  const auto source = ReadScriptFile(test_file);
  if (!source) return Fail(source.error());
  const auto tests = scripting::ReadScriptTests(test_file, *source);
  if (!tests) return Fail(tests.error());
  auto overrides = Overrides(config, scenario_dir);
  if (!overrides) return Fail(overrides.error());
  EvaluationOptions options;
  options.config = config;
  options.overrides = std::move(*overrides);
  ScriptTestReport report;
  for (const ScriptTest& test : *tests) {
    const auto fault = RunOne(test_file, scenario, test, options);
    if (!fault) return Fail(fault.error());
    if (fault->empty()) {
      ++report.passed;
    } else {
      report.failures.push_back(Wrong(test_file, test, *fault).message());
    }
  }
  return report;
}

}  // namespace signalbox::app
