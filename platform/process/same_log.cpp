// Reading one entry again.
#include "process/same_log.hpp"

#include <string>
#include <vector>

#include "base/hash.hpp"
#include "model/record_codec.hpp"

namespace signalbox::process {

uint32_t ContentChecksum(const ports::LogEntry& entry) {
  if (entry.problem.empty() && entry.original.empty()) return model::RecordChecksum(entry.payload);
  const std::string& kept = entry.original.empty() ? entry.payload : entry.original;
  return static_cast<uint32_t>(Checksum64(kept.data(), kept.size()));
}

Result<void> CheckSameLog(ports::EventLog& log, const AppliedMark& mark) {
  const auto range = log.Range(mark.partition);
  if (!range) return Fail(range.error());
  bool same = mark.offset <= range->end && mark.offset >= range->first;
  if (same && mark.offset > range->first) {
    auto reader = log.OpenReader(mark.partition, mark.offset - 1);
    if (!reader) return Fail(reader.error());
    std::vector<ports::LogEntry> last;
    if (const auto read = (*reader)->Read(1, 1000, &last); !read) return Fail(read.error());
    same = !last.empty() && last.front().position.offset == mark.offset - 1 &&
           ContentChecksum(last.front()) == mark.checksum;
  }
  if (same) return {};
  return Fail(Code::kDataLoss,
              "the event log's partition " + std::to_string(mark.partition) +
                  " was truncated or replaced: it was applied up to offset " + std::to_string(mark.offset) +
                  ", and now holds " + std::to_string(range->first) + " to " + std::to_string(range->end) +
                  (mark.offset > range->end ? "" : ", with something else before that offset") +
                  "; bring the log back, or remove the checkpoints to build the state from this log alone");
}

}  // namespace signalbox::process
