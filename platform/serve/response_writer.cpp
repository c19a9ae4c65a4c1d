// Appending JSON.
#include "serve/response_writer.hpp"

#include <charconv>
#include <cmath>

#include "ports/http.hpp"

namespace signalbox::serve {
namespace {

using ports::AppendJsonText;

template <typename Number>
void AppendNumber(Number number, std::string* out) {
  char digits[40];
  out->append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// NaN and infinity are no JSON: null.
void AppendFloat(double number, std::string* out) {
  if (!std::isfinite(number)) {
    out->append("null");
  } else {
    AppendNumber(static_cast<float>(number), out);  // the shortest text that gives this float back
  }
}

void AppendDigits(int64_t number, size_t width, std::string* out) {
  const size_t at = out->size();
  out->append(width, '0');
  for (size_t i = width; i-- > 0; number /= 10) (*out)[at + i] = static_cast<char>('0' + number % 10);
}

template <typename Range, typename Append>
void AppendList(const Range& range, std::string* out, Append append) {
  out->push_back('[');
  bool first = true;
  for (const auto& entry : range) {
    if (!first) out->push_back(',');
    first = false;
    append(entry);
  }
  out->push_back(']');
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
    out->push_back('"');
    AppendTime(std::get<model::TimeMs>(value).ms, out);
    out->push_back('"');
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

void AppendItem(std::string_view type, std::string_view id, std::string* out) {
  out->append("{\"item_id\":");
  AppendJsonText(id, out);
  if (type == model::kDefaultItemType) return;
  out->append(",\"item_type\":");
  AppendJsonText(type, out);
}

void AppendRecommendation(const model::Recommendation& recommendation, bool explain, std::string* out) {
  AppendItem(recommendation.item.type, recommendation.item.id, out);
  out->append(",\"score\":");
  AppendFloat(recommendation.score, out);
  out->append(",\"reason\":");
  AppendJsonText(recommendation.reason, out);
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
    out.append(",\"timestamp\":\"");
    AppendTime(entry.time_ms, &out);
    out.append("\"}");
  });
  out.push_back('}');
  return out;
}

// Days to a civil date: Hinnant, "chrono-compatible low-level date algorithms".
void AppendTime(int64_t time_ms, std::string* out) {
  constexpr int64_t kDayMs = 86'400'000;
  const int64_t days = time_ms >= 0 ? time_ms / kDayMs : (time_ms - kDayMs + 1) / kDayMs;
  const int64_t in_day = time_ms - days * kDayMs;
  const int64_t shifted = days + 719'468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  AppendDigits(year_of_era + era * 400 + (month <= 2), 4, out);
  out->push_back('-');
  AppendDigits(month, 2, out);
  out->push_back('-');
  AppendDigits(day, 2, out);
  out->push_back('T');
  AppendDigits(in_day / 3'600'000, 2, out);
  out->push_back(':');
  AppendDigits(in_day / 60'000 % 60, 2, out);
  out->push_back(':');
  AppendDigits(in_day / 1000 % 60, 2, out);
  out->push_back('.');
  AppendDigits(in_day % 1000, 3, out);
  out->push_back('Z');
}

}  // namespace signalbox::serve
