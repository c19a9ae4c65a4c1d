// Appending JSON.
#include "serve/response_writer.hpp"

#include <cmath>

#include "base/time_text.hpp"
#include "ports/http.hpp"
#include "serve/json_append.hpp"

namespace signalbox::serve {
namespace {

using ports::AppendJsonText;

void AppendTime(int64_t time_ms, std::string* out) {
  out->push_back('"');
  out->append(FormatRfc3339(time_ms));
  out->push_back('"');
}

void AppendValue(const model::AttributeValue& value, std::string* out) {
  if (const auto* number = std::get_if<double>(&value)) {
    std::isfinite(*number) ? AppendNumber(*number, out) : void(out->append("null"));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    AppendJsonText(*text, out);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out->append(*flag ? "true" : "false");
  } else if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    AppendList(*list, out, [&](const auto& entry) { AppendJsonText(entry, out); });
  } else {
    AppendTime(std::get<model::TimeMs>(value).ms, out);
  }
}

void AppendAttributes(const model::Item& item, std::string* out) {
  out->append(",\"attributes\":{");
  bool first = true;
  for (const auto& [name, value] : item.attributes) {
    if (!first) out->push_back(',');
    first = false;
    AppendJsonText(name, out);
    out->push_back(':');
    AppendValue(value, out);
  }
  out->push_back('}');
}

void AppendExplanation(const model::Recommendation& recommendation, std::string* out) {
  out->append(",\"explain\":{\"signals\":");
  AppendList(recommendation.explanation, out, [&](const model::SignalContribution& part) {
    out->append("{\"signal\":");
    AppendJsonText(part.signal, out);
    out->append(",\"raw\":");
    AppendFloat(part.raw, out);
    out->append(",\"normalised\":");
    AppendFloat(part.normalised, out);
    out->append(",\"weight\":");
    AppendFloat(part.weight, out);
    out->append(",\"contribution\":");
    AppendFloat(part.contribution, out);
    out->push_back('}');
  });
  out->append(",\"rules\":");
  AppendList(recommendation.rules, out, [&](const std::string& rule) { AppendJsonText(rule, out); });
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
    AppendList(response.degraded, &out, [&](const std::string& signal) { AppendJsonText(signal, &out); });
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
