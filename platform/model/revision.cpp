// Names of kinds and states.
#include "model/revision.hpp"

#include <array>

namespace signalbox::model {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"scenario", "experiment", "signal"};
constexpr std::array<std::string_view, 4> kStates = {"draft", "validated", "published", "retired"};

}  // namespace

std::string_view KindName(ObjectKind kind) { return kKinds[static_cast<size_t>(kind)]; }

bool ParseKind(std::string_view text, ObjectKind* kind) {
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] != text) continue;
    *kind = static_cast<ObjectKind>(i);
    return true;
  }
  return false;
}

std::string_view StateName(RevisionState state) { return kStates[static_cast<size_t>(state)]; }

bool ParseState(std::string_view text, RevisionState* state) {
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] != text) continue;
    *state = static_cast<RevisionState>(i);
    return true;
  }
  return false;
}

std::string RevisionId(std::string_view name, uint64_t number) {
  return std::string(name) + "@" + std::to_string(number);
}

}  // namespace signalbox::model
