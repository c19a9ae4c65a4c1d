// A revision: one immutable version of one object that operators change.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace signalbox::model {

enum class ObjectKind { kScenario, kExperiment, kSignal };

// "scenario", "experiment", "signal".
std::string_view KindName(ObjectKind kind);
// False for any other text.
bool ParseKind(std::string_view text, ObjectKind* kind);

// What a revision is a version of. name: 1 to 64 letters, digits, '_' and '-', as a file's is.
struct ObjectName {
  std::string tenant;
  ObjectKind kind = ObjectKind::kScenario;
  std::string name;
  bool operator==(const ObjectName&) const = default;
  auto operator<=>(const ObjectName&) const = default;
};

struct RevisionContent {
  std::string source;                    // the Lua text; of a signal, its configuration as JSON
  std::map<std::string, double> values;  // the operators' values of its tunables, in place of the script's
  std::string rules = "[]";  // the operators' list rules: a JSON array, applied after the script's
  bool operator==(const RevisionContent&) const = default;
};

// draft -> validated -> published -> retired; a retired one that is published again is a rollback.
enum class RevisionState { kDraft, kValidated, kPublished, kRetired };

// "draft", "validated", "published", "retired".
std::string_view StateName(RevisionState state);
// False for any other text.
bool ParseState(std::string_view text, RevisionState* state);

struct Revision {
  ObjectName object;
  uint64_t number = 0;  // from 1, ascending by one within its object
  uint64_t base = 0;    // what was in force when it was made; 0 = nothing
  RevisionState state = RevisionState::kDraft;
  RevisionContent content;
  std::string author, comment;
  int64_t created_ms = 0;
  int64_t published_ms = 0;  // when it last came into force; 0 = never
  uint64_t epoch = 0;        // of the store, when it last came into force; 0 = never
  bool failed = false;       // it was put out of force because it failed
};

// "home@17".
std::string RevisionId(std::string_view name, uint64_t number);

}  // namespace signalbox::model
