// The headers of messages.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string_view>

namespace signalbox::kafka {

// What the header "content-type" of our records says.
inline constexpr std::string_view kRecordContentType = "application/vnd.signalbox.record;version=1";
// What "schema-version" says of a record, and of an event in JSON.
inline constexpr std::string_view kEventSchemaVersion = "1";

struct HeadersDeleter {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using Headers = std::unique_ptr<rd_kafka_headers_t, HeadersDeleter>;

void AddHeader(rd_kafka_headers_t* headers, std::string_view name, std::string_view value);

// Of a record that came with this trace context; empty = with none.
Headers RecordHeaders(std::string_view trace_parent);

// A header of the message, the last of that name; empty where it has none. Lifetime: the message's.
std::string_view HeaderOf(const rd_kafka_message_t& message, const char* name);

}  // namespace signalbox::kafka
