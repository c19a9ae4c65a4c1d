// Field by field.
#include "admin/revision_json.hpp"

namespace signalbox::admin {

void WriteRevisionId(std::string_view key, const std::string& name, uint64_t number, JsonWriter* out) {
  out->Key(key);
  if (number == 0) {
    out->Null();
  } else {
    out->Text(model::RevisionId(name, number));
  }
}

void WriteRevision(const model::Revision& revision, bool content, JsonWriter* out) {
  out->BeginObject();
  WriteRevisionId("id", revision.object.name, revision.number, out);
  out->Field("name", revision.object.name).Field("number", revision.number).Field("base", revision.base);
  out->Field("state", model::StateName(revision.state));
  out->Field("author", revision.author).Field("comment", revision.comment);
  out->Time("created_at", revision.created_ms).Time("published_at", revision.published_ms);
  out->Field("failed", revision.failed);
  if (content) {
    out->Field("source", revision.content.source);
    out->Key("values").BeginObject();
    for (const auto& [name, value] : revision.content.values) out->Field(name, value);
    out->EndObject();
    out->Key("rules").Raw(revision.content.rules);
  }
  out->EndObject();
}

void WriteFacts(const ports::ScenarioFacts& facts, JsonWriter* out) {
  out->BeginObject();
  out->Key("tunables").BeginArray();
  for (const auto& tunable : facts.tunables) {
    out->BeginObject().Field("name", tunable.name).Field("value", tunable.value);
    out->Field("script_value", tunable.script_value).Field("min", tunable.min).Field("max", tunable.max);
    out->Field("help", tunable.help).EndObject();
  }
  out->EndArray();
  out->Key("candidates").BeginObject();
  for (const auto& [signal, quota] : facts.candidates) out->Field(signal, quota);
  out->EndObject();
  out->Texts("filters", facts.filters).Texts("boosts", facts.boosts);
  out->Key("rules").Raw(facts.rules.empty() ? "[]" : facts.rules);
  out->Field("fallback", facts.fallback).Field("extends", facts.extends);
  out->Field("cache_seconds", facts.cache_seconds).Texts("warnings", facts.warnings);
  out->EndObject();
}

void WritePlan(const ports::PlannedPublish& plan, JsonWriter* out) {
  out->BeginObject().Field("id", plan.id).Field("name", plan.object.name);
  WriteRevisionId("revision", plan.object.name, plan.number, out);
  out->Field("number", plan.number).Field("state", ports::StateName(plan.state));
  out->Time("publish_at", plan.publish_at_ms).Time("revert_at", plan.revert_at_ms);
  WriteRevisionId("reverts_to", plan.object.name, plan.reverts_to, out);
  out->Field("outcome", plan.outcome);
  out->Field("author", plan.author.name).Field("comment", plan.author.comment).EndObject();
}

}  // namespace signalbox::admin
