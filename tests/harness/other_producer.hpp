// A producer that is not ours: plain messages, and transactions that leave offsets without records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signalbox::harness {

struct OtherMessage {
  std::optional<std::string> payload;  // nullopt = null, what compacted topics take for a deletion
  std::string content_type;            // empty = no header
  std::vector<std::pair<std::string, std::string>> headers{};  // further ones
};

// Sends one message and waits until it is kept. Throws when it is not.
void Produce(const std::string& brokers, const std::string& topic, uint32_t partition,
             const OtherMessage& message);

// Sends `payload` in a transaction, which is then committed or aborted: a record and a mark, or a
// record that readers never see and a mark.
void ProduceInTransaction(const std::string& brokers, const std::string& topic, uint32_t partition,
                          const std::string& payload, bool commit);

}  // namespace signalbox::harness
