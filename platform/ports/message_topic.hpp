// Port: a topic that other systems read, and the names of its messages' headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace signalbox::ports {

inline constexpr std::string_view kContentTypeHeader = "content-type";
inline constexpr std::string_view kSchemaVersionHeader = "schema-version";  // decimal, of the message's value
inline constexpr std::string_view kTraceParentHeader = "traceparent";       // W3C trace context
inline constexpr std::string_view kTenantHeader = "x-tenant-id";
inline constexpr std::string_view kItemVersionHeader =
    "item-version";  // decimal; of an item's two, the higher

struct TopicMessage {
  std::string key;  // decides the partition: messages of one key keep their order
  // nullopt = a tombstone: what was said under this key is over.
  std::optional<std::string> value;
  std::vector<std::pair<std::string_view, std::string>> headers;  // names that outlive the message
};

// Threads: every member is safe from any thread.
class MessageTopic {
 public:
  virtual ~MessageTopic() = default;

  // Sends all, in order, and waits until each is acknowledged by all replicas.
  // Errors: kUnavailable when one was not in time, and any of them may have been kept;
  //         kTooLarge, naming the first that the topic never takes: none was sent.
  virtual Result<void> Publish(const std::vector<TopicMessage>& messages) = 0;

  // Hands one over to be sent soon. Never waits. False = there is no room, and it is dropped.
  [[nodiscard]] virtual bool Offer(TopicMessage message) noexcept = 0;
};

}  // namespace signalbox::ports
