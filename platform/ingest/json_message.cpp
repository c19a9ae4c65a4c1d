// The reader of POST /events, with what HTTP would have added.
#include "ingest/json_message.hpp"

#include "model/record_codec.hpp"

namespace signalbox::ingest {
namespace {
constexpr size_t kPadding = 64;  // what EventReader may read past the text
}  // namespace

Result<std::string> JsonMessageReader::Encode(std::string_view json, std::string_view tenant,
                                              model::LogPosition position, int64_t append_ms) const {
  std::string padded;
  padded.reserve(json.size() + kPadding);
  padded.assign(json);
  auto record = reader_.Read(padded, append_ms);
  if (!record) {
    const Error& error = record.error();
    return Fail(error.code(),
                "JSON event: " + error.message() + (error.hint().empty() ? "" : " " + error.hint()));
  }
  if (!tenant.empty()) record->tenant = tenant;
  if (record->event_id.empty()) record->event_id = "log-" + model::ToString(position);
  std::string bytes;
  model::EncodeRecord(*record, &bytes);
  return bytes;
}

}  // namespace signalbox::ingest
