// Partition keys.
#include "model/event.hpp"

namespace signalbox::model {

std::string PartitionKey(const LogRecord& record) {
  const std::string& visitor = record.user.empty() ? record.session : record.user;
  std::string key;
  key.reserve(record.tenant.size() + 1 + visitor.size());
  key.append(record.tenant).push_back('\0');
  return key.append(visitor);
}

}  // namespace signalbox::model
