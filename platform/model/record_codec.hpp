// The event log's binary record, version 1 (docs/adr/0003):
//
//   u8 version | u8 kind | u8 flags (1 client_event_id, 2 has value, 4 from_is_user) |
//   i64 event_time_ms | [f64 value] |
//   text tenant, event_id, user, session, from, item_type, item, type, recommendation_id, properties |
//   u32 checksum (low half of XXH3-64 of all before it)
//
// little-endian; a text is a LEB128 length and its bytes. The append time and the position are
// the log's own and not in here.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/event.hpp"

namespace signalbox::model {

inline constexpr uint8_t kRecordVersion = 1;

// Appends the record's bytes to *out.
void EncodeRecord(const LogRecord& record, std::string* out);

// The same record with views into the bytes, for hot paths. Lifetime: the bytes'.
struct RecordView {
  RecordKind kind;
  bool client_event_id;
  bool from_is_user;
  int64_t event_time_ms;
  double value;
  std::string_view tenant, event_id, user, session, from, item_type, item, type, recommendation_id,
      properties;
};

// Errors: kInvalidArgument for another version or kind (a newer writer), kDataLoss where the
// checksum or a length is wrong.
Result<RecordView> DecodeRecord(std::string_view bytes);

LogRecord ToRecord(const RecordView& view);

// The stored checksum, which identifies a record's content. Of bytes that are no record: their last
// four, 0 where there are fewer.
uint32_t RecordChecksum(std::string_view bytes);

}  // namespace signalbox::model
