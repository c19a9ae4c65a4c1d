// Encoding and checked decoding of log records.
#include "model/record_codec.hpp"

#include <cmath>
#include <cstring>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace signalbox::model {
namespace {

constexpr uint8_t kClientEventId = 1, kHasValue = 2, kFromIsUser = 4;

}  // namespace

void EncodeRecord(const LogRecord& record, std::string* out) {
  const size_t start = out->size();
  const bool has_value = !std::isnan(record.value);
  ByteWriter writer(out);
  writer.Fixed(kRecordVersion);
  writer.Fixed(record.kind);
  writer.Fixed(static_cast<uint8_t>((record.client_event_id ? kClientEventId : 0) |
                                    (has_value ? kHasValue : 0) | (record.from_is_user ? kFromIsUser : 0)));
  writer.Fixed(record.event_time_ms);
  if (has_value) writer.Fixed(record.value);
  for (const auto* text :
       {&record.tenant, &record.event_id, &record.user, &record.session, &record.from, &record.item_type,
        &record.item, &record.type, &record.recommendation_id, &record.properties}) {
    writer.Text(*text);
  }
  writer.Fixed(static_cast<uint32_t>(Checksum64(out->data() + start, out->size() - start)));
}

Result<RecordView> DecodeRecord(std::string_view bytes) {
  if (bytes.size() < sizeof(uint32_t) + 2) return Fail(Code::kDataLoss, "log record is cut short");
  const auto version = static_cast<uint8_t>(bytes[0]);
  if (version != kRecordVersion) {
    return Fail(Code::kInvalidArgument, "log record has version " + std::to_string(version) +
                                            ", this program reads version 1; upgrade it");
  }
  const auto body = bytes.substr(0, bytes.size() - sizeof(uint32_t));
  if (static_cast<uint32_t>(Checksum64(body.data(), body.size())) != RecordChecksum(bytes)) {
    return Fail(Code::kDataLoss, "log record's checksum is wrong");
  }
  ByteReader reader(body.substr(1));
  RecordView view;
  view.kind = reader.Fixed<RecordKind>();
  const auto flags = reader.Fixed<uint8_t>();
  view.client_event_id = (flags & kClientEventId) != 0;
  view.from_is_user = (flags & kFromIsUser) != 0;
  view.event_time_ms = reader.Fixed<int64_t>();
  view.value = (flags & kHasValue) != 0 ? reader.Fixed<double>() : std::numeric_limits<double>::quiet_NaN();
  for (auto* text : {&view.tenant, &view.event_id, &view.user, &view.session, &view.from, &view.item_type,
                     &view.item, &view.type, &view.recommendation_id, &view.properties}) {
    *text = reader.Text();
  }
  if (!reader.ok()) return Fail(Code::kDataLoss, "log record's lengths are wrong");
  if (view.kind < RecordKind::kEvent || view.kind > RecordKind::kForget) {
    return Fail(Code::kInvalidArgument, "log record is of an unknown kind; upgrade this program");
  }
  return view;
}

LogRecord ToRecord(const RecordView& view) {
  LogRecord record;
  record.kind = view.kind;
  record.client_event_id = view.client_event_id;
  record.from_is_user = view.from_is_user;
  record.event_time_ms = view.event_time_ms;
  record.value = view.value;
  record.tenant = view.tenant;
  record.event_id = view.event_id;
  record.user = view.user;
  record.session = view.session;
  record.from = view.from;
  record.item_type = view.item_type;
  record.item = view.item;
  record.type = view.type;
  record.recommendation_id = view.recommendation_id;
  record.properties = view.properties;
  return record;
}

uint32_t RecordChecksum(std::string_view bytes) {
  uint32_t checksum = 0;
  if (bytes.size() < sizeof checksum) return checksum;
  std::memcpy(&checksum, bytes.data() + bytes.size() - sizeof checksum, sizeof checksum);
  return checksum;
}

}  // namespace signalbox::model
