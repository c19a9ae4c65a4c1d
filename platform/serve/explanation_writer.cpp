// Why, or why not.
#include "serve/explanation_writer.hpp"

#include <algorithm>

#include "serve/contribution_writer.hpp"
#include "serve/json_append.hpp"

namespace signalbox::serve {
namespace {

using ports::AppendJsonText;

// A sentence for people; `dropped_by` is for programs.
std::string WhyOf(const model::TracedCandidate& candidate) {
  const std::string& by = candidate.dropped_by;
  if (by.empty()) return "It is recommended, at place " + std::to_string(candidate.rank) + ".";
  if (by == "deleted") return "It was deleted from the catalogue.";
  if (by == "hidden") return "It is hidden in the catalogue.";
  if (by == "where") return "The scenario's `where` leaves it out.";
  if (by == "category") return "It is of another category than the request asks for.";
  if (by == "filter=") return "The request's filter leaves it out.";
  if (by == "exclude") return "The request excludes it: by `exclude`, or as the page's own item.";
  if (by == "not offered") return "No signal offered it.";
  if (by == "count") return "It ranks below the last item of the list.";
  return "It was removed by the rule: " + by + ".";
}

void AppendRank(const char* name, uint32_t rank, std::string* out) {
  out->append(name);
  out->append(rank == 0 ? "null" : std::to_string(rank));
}

void AppendCandidate(const model::TracedCandidate& candidate, std::string* out) {
  out->append(",\"recommended\":").append(candidate.rank != 0 ? "true" : "false");
  AppendRank(",\"rank\":", candidate.rank, out);
  AppendRank(",\"blend_rank\":", candidate.blend_rank, out);
  out->append(",\"dropped_by\":");
  if (candidate.dropped_by.empty()) {
    out->append("null");
  } else {
    AppendJsonText(candidate.dropped_by, out);
  }
  out->append(",\"why\":");
  AppendJsonText(WhyOf(candidate), out);
  out->append(",\"offered_by\":");
  AppendTexts(candidate.offered_by, out);
  out->append(",\"signals\":");
  AppendContributions(candidate.explanation, out);
  out->append(",\"blend\":");
  AppendFloat(candidate.blend, out);
  out->append(",\"score\":");
  AppendFloat(candidate.score, out);
  out->append(",\"effects\":");
  AppendTexts(candidate.effects, out);
}

}  // namespace

std::string WriteExplanation(const model::RecommendResponse& response, const model::ItemKey& item) {
  std::string out;
  AppendItem(item.type, item.id, &out);
  out.append(",\"scenario\":");
  AppendJsonText(response.scenario, &out);
  out.append(",\"revision\":");
  AppendJsonText(response.revision, &out);
  const auto& traced = response.trace->candidates;
  const auto found = std::find_if(traced.begin(), traced.end(),
                                  [&](const model::TracedCandidate& c) { return c.item == item; });
  model::TracedCandidate unknown;
  unknown.dropped_by = "not offered";
  AppendCandidate(found == traced.end() ? unknown : *found, &out);
  out.append(",\"rules\":");
  AppendList(response.trace->rules, &out, [&](const model::RuleEffect& effect) {
    out.append("{\"rule\":");
    AppendJsonText(effect.rule, &out);
    out.append(",\"touched\":").append(std::to_string(effect.touched));
    out.append(",\"removed\":").append(std::to_string(effect.removed)).push_back('}');
  });
  if (!response.trace->errors.empty()) {
    out.append(",\"errors\":");
    AppendTexts(response.trace->errors, &out);
  }
  if (!response.degraded.empty()) {
    out.append(",\"degraded\":");
    AppendTexts(response.degraded, &out);
  }
  out.push_back('}');
  return out;
}

}  // namespace signalbox::serve
