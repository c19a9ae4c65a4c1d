// A consumer that is not ours: what lies in a topic.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace signalbox::harness {

struct ReadMessage {
  uint32_t partition = 0;
  uint64_t offset = 0;
  std::string key;
  std::optional<std::string> value;  // nullopt = null
  std::map<std::string, std::string> headers;
};

// All messages of the topic as of now, partition by partition. Throws when the brokers do not answer;
// a topic that is not there has none.
std::vector<ReadMessage> ReadTopic(const std::string& brokers, const std::string& topic);

}  // namespace signalbox::harness
