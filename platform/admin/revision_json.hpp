// Revisions, facts and plans as the admin API writes them.
#pragma once

#include "admin/json_writer.hpp"
#include "ports/control_store.hpp"
#include "ports/scenario_runtime.hpp"

namespace signalbox::admin {

// {"id":"home@17","name","number","base","state","author","comment","created_at","published_at","failed"},
// with `content` also "source", "values" and "rules".
void WriteRevision(const model::Revision& revision, bool content, JsonWriter* out);

// {"tunables":[…],"candidates":{…},"filters":[…],"boosts":[…],"rules":[…],…}
void WriteFacts(const ports::ScenarioFacts& facts, JsonWriter* out);

void WritePlan(const ports::PlannedPublish& plan, JsonWriter* out);

// "home@17"; null for 0.
void WriteRevisionId(std::string_view key, const std::string& name, uint64_t number, JsonWriter* out);

}  // namespace signalbox::admin
