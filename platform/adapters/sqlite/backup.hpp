// Copies of databases that others are writing.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace signalbox::sqlite {

// Copies a database as it is at one moment, through SQLite's backup API: writers beside it go on.
// Nothing may be at `to`; it is fsynced.
// Errors: kDataLoss, kUnavailable, naming the file; kNotFound where `from` is gone.
Result<void> CopyDatabase(const std::string& from, const std::string& to);

// The file names of the event log's segments, oldest first. Errors: kUnavailable.
Result<std::vector<std::string>> SegmentFiles(const std::string& log_directory);

// The first offset of a segment by its file's name.
uint64_t FirstOffsetOf(const std::string& segment_file);

}  // namespace signalbox::sqlite
