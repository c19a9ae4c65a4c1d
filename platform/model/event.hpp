// What a visitor did, as it comes in, lies in the log and is applied.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace signalbox::model {

inline constexpr std::string_view kDefaultTenant = "default";
inline constexpr std::string_view kDefaultItemType = "item";
inline constexpr size_t kMaxIdBytes = 256;

enum class RecordKind : uint8_t {
  kEvent = 1,
  kMerge = 2,   // `session` (an anonymous visitor: a user or session id) joins `user`
  kForget = 3,  // everything known of `user` is erased, and of `session` while it is nobody's
};

// One record of the event log. Strings are UTF-8; empty means absent.
struct LogRecord {
  RecordKind kind = RecordKind::kEvent;
  std::string tenant{kDefaultTenant};
  std::string event_id;
  bool client_event_id = false;  // the client chose event_id: it is what protects its retries
  std::string user;
  std::string session;
  // kMerge: the anonymous visitor's id, taken as a user id if `from_is_user`, else a session id.
  std::string from;
  bool from_is_user = false;
  std::string item_type{kDefaultItemType};
  std::string item;
  std::string type;           // lower case: "view", "click", "cart", "purchase", or registered
  int64_t event_time_ms = 0;  // Unix milliseconds
  double value = std::numeric_limits<double>::quiet_NaN();  // NaN = absent
  std::string recommendation_id;
  std::string properties;  // a JSON object's text
};

// What decides a record's partition: the visitor (user, else session) within the tenant.
std::string PartitionKey(const LogRecord& record);

}  // namespace signalbox::model
