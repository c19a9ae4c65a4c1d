// librdkafka's lists of headers.
#include "adapters/kafka/message_headers.hpp"

#include "ports/message_topic.hpp"

namespace signalbox::kafka {

void AddHeader(rd_kafka_headers_t* headers, std::string_view name, std::string_view value) {
  rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                      static_cast<ssize_t>(value.size()));
}

Headers RecordHeaders(std::string_view trace_parent) {
  Headers headers(rd_kafka_headers_new(3));
  AddHeader(headers.get(), ports::kContentTypeHeader, kRecordContentType);
  AddHeader(headers.get(), ports::kSchemaVersionHeader, kEventSchemaVersion);
  if (!trace_parent.empty()) AddHeader(headers.get(), ports::kTraceParentHeader, trace_parent);
  return headers;
}

std::string_view HeaderOf(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(value), size);
}

}  // namespace signalbox::kafka
