// POST /admin/v1/impact: what one more rule would do to the lists of recent visitors.
#include <set>

#include <nlohmann/json.hpp>

#include "admin/comparison.hpp"
#include "admin/json_writer.hpp"
#include "admin/preview_target.hpp"
#include "admin/revision_json.hpp"

namespace signalbox::admin {
namespace {

using nlohmann::json;
using ports::HttpResponse;
constexpr size_t kSampled = 100;

bool SameList(const model::RecommendResponse& a, const model::RecommendResponse& b) {
  if (a.recommendations.size() != b.recommendations.size()) return false;
  for (size_t i = 0; i < a.recommendations.size(); ++i) {
    if (!(a.recommendations[i].item == b.recommendations[i].item)) return false;
  }
  return true;
}

size_t RemovedFrom(const model::RecommendResponse& before, const model::RecommendResponse& after) {
  std::set<model::ItemKey> kept;
  for (const auto& entry : after.recommendations) kept.insert(entry.item);
  size_t removed = 0;
  for (const auto& entry : before.recommendations) removed += 1 - kept.count(entry.item);
  return removed;
}

// The content in force with the rule as its last.
model::RevisionContent WithRule(const model::RevisionContent& content, const std::string& rule) {
  auto rules = json::parse(content.rules, nullptr, false);
  if (!rules.is_array()) rules = json::array();
  rules.push_back(json::parse(rule, nullptr, false));
  model::RevisionContent changed = content;
  changed.rules = rules.dump(-1, ' ', false, json::error_handler_t::replace);
  return changed;
}

Result<HttpResponse> Impact(const Call& call) {
  Fields body(call.request.body);
  auto target = ReadTarget(call, &body);
  const auto rule = body.Json("rule");
  if (!rule) body.Refuse("rule", "is missing", "send one, as in {\"rule\": \"at_most\", …}");
  auto askers = ReadVisitors(call, &body, kSampled);
  if (!target) return Fail(target.error());
  if (!askers) return Fail(askers.error());
  if (auto read = body.Finish(); !read) return Fail(read.error());
  const model::Revision without = target->draft;
  target->draft.content = WithRule(without.content, *rule);
  const auto compared = Compare(call, &without, target->draft, std::move(*askers));
  if (!compared) return Fail(compared.error());
  size_t touched = 0, removed = 0, lists_shortened = 0;
  for (const Pair& pair : compared->pairs) {
    touched += SameList(pair.published, pair.draft) ? 0 : 1;
    removed += RemovedFrom(pair.published, pair.draft);
    lists_shortened += pair.draft.recommendations.size() < pair.published.recommendations.size() ? 1 : 0;
  }
  JsonWriter out;
  out.BeginObject().Field("scenario", target->draft.object.name).Field("lists", compared->pairs.size());
  out.Field("lists_touched", touched).Field("items_removed", removed);
  out.Field("lists_shortened", lists_shortened).Field("changed_top_10", compared->changed_top);
  out.EndObject();
  return Json(out.Take());
}

}  // namespace

void AddImpactRoute(ports::Router& router, const Deps& deps) {
  AddAdminRoute(router, deps, "POST", "/admin/v1/impact", Impact);
}

}  // namespace signalbox::admin
