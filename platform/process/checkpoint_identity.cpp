// What a checkpoint's state is expressed in: the hash key and the event types' indexes.
#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "process/checkpoint_sections.hpp"
#include "process/checkpointer.hpp"
#include "state/checkpoint.hpp"

namespace signalbox::process {

std::string EventTypesProperty(const state::EventTypes& types) {
  std::string text;
  for (size_t i = 0; i < types.size(); ++i) {
    std::array<char, 32> weight{};
    const auto end = std::to_chars(weight.data(), weight.data() + weight.size(), types.at(i).weight).ptr;
    text.append(i == 0 ? "" : " ").append(types.at(i).name).append("=").append(weight.data(), end);
  }
  return text;
}

std::vector<state::EventType> ParseEventTypes(const std::string& property) {
  std::vector<state::EventType> types;
  std::istringstream entries(property);
  for (std::string entry; entries >> entry;) {
    const auto equals = entry.find('=');
    float weight = 0;
    if (equals == std::string::npos ||
        std::from_chars(entry.data() + equals + 1, entry.data() + entry.size(), weight).ec != std::errc()) {
      return {};
    }
    types.push_back({entry.substr(0, equals), weight});
  }
  return types;
}

Result<std::optional<CheckpointIdentity>> ReadCheckpointIdentity(const std::string& dir) {
  const auto reader = state::CheckpointReader::OpenNewest(dir);
  if (!reader) return Fail(reader.error());
  if (!*reader) return std::optional<CheckpointIdentity>();
  const auto& manifest = (*reader)->manifest();
  CheckpointIdentity identity{manifest.hash_key, {}};
  const auto types = manifest.properties.find(kEventTypesProperty);
  if (types != manifest.properties.end()) identity.event_types = ParseEventTypes(types->second);
  return std::optional<CheckpointIdentity>(std::move(identity));
}

std::vector<state::EventType> KeepTypeIndexes(const std::vector<state::EventType>& checkpoint,
                                              const std::vector<state::EventType>& configured) {
  std::vector<state::EventType> types = checkpoint;
  for (const auto& type : configured) {
    const auto known = std::find_if(types.begin(), types.end(),
                                    [&](const state::EventType& entry) { return entry.name == type.name; });
    if (known == types.end()) {
      types.push_back(type);
    } else {
      known->weight = type.weight;
    }
  }
  return types;
}

}  // namespace signalbox::process
