// Written by hand, like the answer itself.
#include "serve/exposure_message.hpp"

#include "base/time_text.hpp"
#include "base/trace.hpp"
#include "serve/json_append.hpp"

namespace signalbox::serve {
namespace {

void AppendField(std::string_view name, std::string_view text, std::string* out) {
  out->append(out->size() == 1 ? "\"" : ",\"").append(name).append("\":");
  ports::AppendJsonText(text, out);
}

void AppendItems(const model::RecommendResponse& response, std::string* out) {
  size_t position = 0;
  AppendList(response.recommendations, out, [&](const model::Recommendation& entry) {
    AppendItem(entry.item.type, entry.item.id, out);
    out->append(",\"position\":");
    AppendNumber(++position, out);
    out->append(",\"score\":");
    AppendFloat(entry.score, out);
    out->append(",\"reason\":");
    ports::AppendJsonText(entry.reason, out);
    if (entry.propensity < 1) {
      out->append(",\"propensity\":");
      AppendFloat(entry.propensity, out);
    }
    out->push_back('}');
  });
}

}  // namespace

ports::TopicMessage ExposureMessage(const model::RecommendRequest& request,
                                    const model::RecommendResponse& response, int64_t served_ms,
                                    std::string_view trace_parent) {
  ports::TopicMessage message;
  const std::string& visitor = !request.user.empty()      ? request.user
                               : !request.session.empty() ? request.session
                                                          : response.recommendation_id;
  message.key = request.tenant + '\0' + visitor;
  message.headers = {{ports::kContentTypeHeader, "application/json"},
                     {ports::kSchemaVersionHeader, "1"},
                     {ports::kTenantHeader, request.tenant}};
  if (IsTraceParent(trace_parent)) message.headers.emplace_back(ports::kTraceParentHeader, trace_parent);
  std::string& json = message.value.emplace("{");
  json.reserve(256 + response.recommendations.size() * 96);
  AppendField("recommendation_id", response.recommendation_id, &json);
  AppendField("tenant", request.tenant, &json);
  if (!request.user.empty()) AppendField("user_id", request.user, &json);
  if (!request.session.empty()) AppendField("session_id", request.session, &json);
  AppendField("scenario", response.scenario, &json);
  AppendField("revision", response.revision, &json);
  AppendField("served_at", FormatRfc3339(served_ms), &json);
  json += ",\"items\":";
  AppendItems(response, &json);
  if (response.stale) json += ",\"stale\":true";
  if (response.cached) json += ",\"cached\":true";
  json += '}';
  return message;
}

}  // namespace signalbox::serve
