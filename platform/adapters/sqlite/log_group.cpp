// Packing and unpacking of a commit group.
#include "adapters/sqlite/log_group.hpp"

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace signalbox::sqlite {

void PackGroup(std::span<const ports::AppendQueue::Pending> batches, LogGroup* group) {
  group->payload.clear();
  group->records = 0;
  ByteWriter writer(&group->payload);
  for (const auto& pending : batches) {
    for (const auto& request : pending.batch) writer.Text(request.payload);
    group->records += static_cast<uint32_t>(pending.batch.size());
  }
}

uint64_t GroupChecksum(uint64_t first_offset, int64_t append_ms, uint32_t records, std::string_view payload) {
  std::string head;
  ByteWriter writer(&head);
  writer.Fixed(first_offset);
  writer.Fixed(append_ms);
  writer.Fixed(records);
  writer.Fixed(Checksum64(payload.data(), payload.size()));
  return Checksum64(head.data(), head.size());
}

bool GroupCursor::Take(std::vector<ports::LogEntry>* entries) {
  ByteReader reader(std::string_view(group_.payload).substr(position_));
  const auto bytes = reader.Text();
  if (!reader.ok()) return false;
  position_ = group_.payload.size() - reader.remaining();
  if (entries) entries->push_back({{0, next_}, group_.append_ms, std::string(bytes)});
  ++next_;
  return true;
}

}  // namespace signalbox::sqlite
