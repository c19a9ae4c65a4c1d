// The event log's directory: which segments lie in it, and deleting them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/sqlite/log_segment.hpp"
#include "adapters/sqlite/segment_list.hpp"
#include "base/result.hpp"

namespace signalbox::sqlite {

// Makes the directory (mode 0700) and its parents where absent. Errors: kUnavailable.
Result<void> MakeDirectory(const std::string& directory);

// Looks at every segment and opens the newest for writing; starts the first one in an empty
// directory. Removes what an interrupted retention or rotation left. A damaged older segment is
// reported in the log and kept: reading it fails, appending goes on.
// Errors: kDataLoss when the newest segment is damaged, kUnavailable.
struct OpenedSegments {
  std::vector<SegmentInfo> segments;  // ascending, the last is the writer's
  std::unique_ptr<SegmentWriter> writer;
};
Result<OpenedSegments> OpenSegments(const std::string& directory, const SegmentOptions& options);

// Deletes a segment with what SQLite keeps beside it.
void DeleteSegment(const std::string& path);

}  // namespace signalbox::sqlite
