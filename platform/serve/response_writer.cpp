// Appending JSON.
#include "serve/response_writer.hpp"

#include "base/time_text.hpp"
#include "ports/http.hpp"
#include "ports/item_json.hpp"
#include "serve/contribution_writer.hpp"
#include "serve/json_append.hpp"

namespace signalbox::serve {
namespace {

using ports::AppendJsonText;

void AppendTime(int64_t time_ms, std::string* out) {
  out->push_back('"');
  out->append(FormatRfc3339(time_ms));
  out->push_back('"');
}

void AppendAttributes(const model::Item& item, std::string* out) {
  out->append(",\"attributes\":{");
  ports::AppendAttributesJson(item, out);
  out->push_back('}');
}

void AppendExplanation(const model::Recommendation& recommendation, std::string* out) {
  out->append(",\"explain\":{\"signals\":");
  AppendContributions(recommendation.explanation, out);
  out->append(",\"rules\":");
  AppendTexts(recommendation.rules, out);
  out->push_back('}');
}

void AppendRecommendation(const model::Recommendation& recommendation, bool explain, std::string* out) {
  AppendItem(recommendation.item.type, recommendation.item.id, out);
  out->append(",\"score\":");
  AppendFloat(recommendation.score, out);
  out->append(",\"reason\":");
  AppendJsonText(recommendation.reason, out);
  if (recommendation.propensity < 1) {
    out->append(",\"propensity\":");
    AppendFloat(recommendation.propensity, out);
  }
  if (recommendation.attributes) AppendAttributes(*recommendation.attributes, out);
  if (explain) AppendExplanation(recommendation, out);
  out->push_back('}');
}

}  // namespace

std::string WriteRecommendations(const model::RecommendResponse& response, bool explain) {
  std::string out;
  out.reserve(256 + response.recommendations.size() * (explain ? 640 : 80));
  out.append("{\"recommendation_id\":");
  AppendJsonText(response.recommendation_id, &out);
  out.append(",\"scenario\":");
  AppendJsonText(response.scenario, &out);
  out.append(",\"revision\":");
  AppendJsonText(response.revision, &out);
  out.append(",\"recommendations\":");
  AppendList(response.recommendations, &out,
             [&](const model::Recommendation& entry) { AppendRecommendation(entry, explain, &out); });
  out.append(",\"experiments\":[]");
  if (!response.degraded.empty()) {
    out.append(",\"degraded\":");
    AppendTexts(response.degraded, &out);
  }
  if (response.cached) out.append(",\"cached\":true");
  if (response.stale) out.append(",\"stale\":true");
  out.push_back('}');
  return out;
}

std::string WriteHistory(std::span<const HistoryEntry> history) {
  std::string out = "{\"history\":";
  AppendList(history, &out, [&](const HistoryEntry& entry) {
    AppendItem(entry.item_type, entry.item_id, &out);
    out.append(",\"event_type\":");
    AppendJsonText(entry.event_type, &out);
    out.append(",\"timestamp\":");
    AppendTime(entry.time_ms, &out);
    out.push_back('}');
  });
  out.push_back('}');
  return out;
}

}  // namespace signalbox::serve
