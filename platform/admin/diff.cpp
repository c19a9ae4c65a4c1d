// /admin/v1/scenarios/{name}/diff: what changed between two revisions.
#include <set>

#include <nlohmann/json.hpp>

#include "admin/call.hpp"
#include "admin/json_writer.hpp"
#include "admin/revision_json.hpp"
#include "admin/text_diff.hpp"
#include "ports/control_checks.hpp"

namespace signalbox::admin {
namespace {

using model::RevisionContent;
using nlohmann::json;
using ports::HttpResponse;

void WriteValues(const RevisionContent& from, const RevisionContent& to, JsonWriter* out) {
  const auto number = [&](const RevisionContent& content, const std::string& name, const char* key) {
    const auto found = content.values.find(name);
    out->Key(key);
    if (found == content.values.end()) {
      out->Null();
    } else {
      out->Number(found->second);
    }
  };
  std::set<std::string> names;
  for (const auto* content : {&from, &to}) {
    for (const auto& [name, value] : content->values) names.insert(name);
  }
  out->Key("values").BeginArray();
  for (const auto& name : names) {
    const auto a = from.values.find(name), b = to.values.find(name);
    if (a != from.values.end() && b != to.values.end() && a->second == b->second) continue;
    out->BeginObject().Field("name", name);
    number(from, name, "from");
    number(to, name, "to");
    out->EndObject();
  }
  out->EndArray();
}

json RulesOf(const RevisionContent& content) {
  auto rules = json::parse(content.rules, nullptr, false);
  return rules.is_array() ? rules : json::array();
}

void WriteRule(const char* change, size_t index, const json& rule, JsonWriter* out) {
  out->BeginObject().Field("change", change).Field("index", index).Key("rule");
  out->Raw(rule.dump(-1, ' ', false, json::error_handler_t::replace)).EndObject();
}

// Rules are told apart by what they say: one that was changed is removed and added.
void WriteRules(const RevisionContent& from, const RevisionContent& to, JsonWriter* out) {
  const json before = RulesOf(from), after = RulesOf(to);
  std::multiset<json> gone(before.begin(), before.end());
  out->Key("rules").BeginArray();
  for (size_t i = 0; i < after.size(); ++i) {
    const auto found = gone.find(after[i]);
    if (found != gone.end()) {
      gone.erase(found);
    } else {
      WriteRule("added", i, after[i], out);
    }
  }
  for (size_t i = before.size(); i-- > 0;) {
    const auto found = gone.find(before[i]);
    if (found == gone.end()) continue;
    gone.erase(found);
    WriteRule("removed", i, before[i], out);
  }
  out->EndArray();
}

// 0 = nothing: an empty text.
Result<RevisionContent> ContentOf(const Call& call, uint64_t number, const char* field) {
  if (number == 0) return RevisionContent{};
  auto revision = call.deps.store->Get(call.scenario(), number);
  if (!revision) return Fail(revision.error());
  if (!*revision) return Fail(ports::NoSuchRevision(call.scenario(), number, field));
  return std::move((*revision)->content);
}

Result<HttpResponse> Diff(const Call& call) {
  if (auto known = call.OnlyQuery({"from", "to"}); !known) return Fail(known.error());
  const auto newest = call.deps.store->History(call.scenario(), 0, 1);
  if (!newest) return Fail(newest.error());
  if (newest->empty()) return Fail(ports::NoSuchObject(call.scenario()));
  const auto current = call.deps.store->Current(call.scenario());
  if (!current) return Fail(current.error());
  const auto from_number = call.QueryNumber("from", *current ? (*current)->number : 0, 0, INT64_MAX);
  const auto to_number = call.QueryNumber("to", newest->front().number, 0, INT64_MAX);
  if (!from_number) return Fail(from_number.error());
  if (!to_number) return Fail(to_number.error());
  const auto from = ContentOf(call, *from_number, "from"), to = ContentOf(call, *to_number, "to");
  if (!from) return Fail(from.error());
  if (!to) return Fail(to.error());
  const auto object = call.scenario();
  JsonWriter out;
  out.BeginObject();
  WriteRevisionId("from", object.name, *from_number, &out);
  WriteRevisionId("to", object.name, *to_number, &out);
  out.Field("source", UnifiedDiff(ports::Named(object, *from_number), from->source,
                                  ports::Named(object, *to_number), to->source));
  WriteValues(*from, *to, &out);
  WriteRules(*from, *to, &out);
  out.EndObject();
  return Json(out.Take());
}

}  // namespace

void AddDiffRoute(ports::Router& router, const Deps& deps) {
  AddAdminRoute(router, deps, "GET", "/admin/v1/scenarios/{name}/diff", Diff);
}

}  // namespace signalbox::admin
