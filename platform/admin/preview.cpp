// POST /admin/v1/preview: a draft beside what is in force, for given and recent visitors.
#include <map>

#include "admin/comparison.hpp"
#include "admin/draft_content.hpp"
#include "admin/preview_target.hpp"
#include "admin/revision_json.hpp"

namespace signalbox::admin {
namespace {

using ports::HttpResponse;
constexpr size_t kSampled = 10;
constexpr size_t kCandidatesShown = 200;

void WriteItem(const model::ItemKey& item, JsonWriter* out) {
  out->Field("item_id", item.id);
  if (item.type != model::kDefaultItemType) out->Field("item_type", item.type);
}

void WriteSignals(const std::vector<model::SignalContribution>& signals, JsonWriter* out) {
  out->Key("signals").BeginArray();
  for (const auto& signal : signals) {
    out->BeginObject().Field("signal", signal.signal).Field("raw", signal.raw);
    out->Field("normalised", signal.normalised).Field("weight", signal.weight);
    out->Field("contribution", signal.contribution).EndObject();
  }
  out->EndArray();
}

using Ranks = std::map<model::ItemKey, size_t>;

Ranks RanksOf(const model::RecommendResponse& list) {
  Ranks ranks;
  for (size_t i = 0; i < list.recommendations.size(); ++i) ranks.emplace(list.recommendations[i].item, i + 1);
  return ranks;
}

void WriteRank(const char* name, const Ranks& ranks, const model::ItemKey& item, JsonWriter* out) {
  const auto found = ranks.find(item);
  out->Key(name);
  if (found == ranks.end()) {
    out->Null();
  } else {
    out->Integer(static_cast<int64_t>(found->second));
  }
}

void WriteCandidates(const model::Trace& trace, JsonWriter* out) {
  out->Key("candidates").BeginArray();
  size_t shown = 0;
  for (const auto& candidate : trace.candidates) {
    if (++shown > kCandidatesShown) break;
    out->BeginObject();
    WriteItem(candidate.item, out);
    out->Texts("offered_by", candidate.offered_by);
    WriteSignals(candidate.explanation, out);
    out->Field("blend", candidate.blend).Field("score", candidate.score);
    out->Field("blend_rank", candidate.blend_rank).Field("rank", candidate.rank);
    out->Field("dropped_by", candidate.dropped_by).Texts("effects", candidate.effects).EndObject();
  }
  out->EndArray().Field("candidates_in_all", trace.candidates.size());
  out->Key("rules").BeginArray();
  for (const auto& rule : trace.rules) {
    out->BeginObject().Field("rule", rule.rule).Field("touched", rule.touched);
    out->Field("removed", rule.removed).EndObject();
  }
  out->EndArray().Texts("errors", trace.errors).Field("micros", trace.micros);
}

// `own`, `other`: the ranks in this list and in the one beside it.
void WriteList(const model::RecommendResponse& list, const std::string& error, const char* other_name,
               const Ranks& other, JsonWriter* out) {
  out->BeginObject().Field("revision", list.revision).Field("error", error);
  out->Key("items").BeginArray();
  for (size_t i = 0; i < list.recommendations.size(); ++i) {
    const auto& entry = list.recommendations[i];
    out->BeginObject();
    WriteItem(entry.item, out);
    out->Field("rank", i + 1);
    WriteRank(other_name, other, entry.item, out);
    out->Field("score", entry.score).Field("reason", entry.reason);
    WriteSignals(entry.explanation, out);
    out->Texts("rules", entry.rules).EndObject();
  }
  out->EndArray();
  if (list.trace) WriteCandidates(*list.trace, out);
  out->Texts("degraded", list.degraded).EndObject();
}

void WriteFigures(const char* name, const ListFigures& figures, JsonWriter* out) {
  out->Key(name).BeginObject().Field("distinct_items", figures.distinct_items);
  out->Field("coverage", figures.coverage).Field("diversity", figures.diversity);
  out->Field("mean_micros", figures.mean_micros).Field("failed", figures.failed).EndObject();
}

Result<HttpResponse> Preview(const Call& call) {
  Fields body(call.request.body);
  auto target = ReadTarget(call, &body);
  auto askers = ReadVisitors(call, &body, kSampled);
  if (!target) return Fail(target.error());
  if (!askers) return Fail(askers.error());
  if (auto read = body.Finish(); !read) return Fail(read.error());
  const auto facts = call.deps.runtime->Check(target->draft.object, target->draft.content);
  if (!facts) return Fail(facts.error());
  const auto compared =
      Compare(call, target->published ? &*target->published : nullptr, target->draft, std::move(*askers));
  if (!compared) return Fail(compared.error());
  const std::string& name = target->draft.object.name;
  JsonWriter out;
  out.BeginObject().Field("scenario", name);
  WriteRevisionId("published", name, target->published ? target->published->number : 0, &out);
  WriteRevisionId("draft", name, target->number, &out);
  out.Key("facts");
  WriteFacts(*facts, &out);
  out.Key("summary").BeginObject().Field("visitors", compared->pairs.size());
  out.Field("changed_top_10", compared->changed_top);
  WriteFigures("published", compared->published, &out);
  WriteFigures("draft", compared->draft, &out);
  out.EndObject().Key("visitors").BeginArray();
  for (const Pair& pair : compared->pairs) {
    const Ranks published = RanksOf(pair.published), draft = RanksOf(pair.draft);
    out.BeginObject().Field("visitor", pair.asker.shown).Field("changed_top_10", pair.changed_top);
    out.Key("published");
    WriteList(pair.published, pair.published_error, "draft_rank", draft, &out);
    out.Key("draft");
    WriteList(pair.draft, pair.draft_error, "published_rank", published, &out);
    out.EndObject();
  }
  out.EndArray().EndObject();
  return Json(out.Take());
}

}  // namespace

void AddPreviewRoute(ports::Router& router, const Deps& deps) {
  AddAdminRoute(router, deps, "POST", "/admin/v1/preview", Preview);
}

}  // namespace signalbox::admin
