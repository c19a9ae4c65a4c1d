// Listing, checking and deleting of segment files.
#include "adapters/sqlite/log_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/log.hpp"

namespace signalbox::sqlite {
namespace fs = std::filesystem;
namespace {

Result<std::vector<uint64_t>> ListSegments(const std::string& directory) {
  std::vector<uint64_t> firsts;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (const auto first = ParseSegmentName(it->path().filename().string())) firsts.push_back(*first);
  }
  if (error) {
    return Fail(Error(Code::kUnavailable, directory + ": " + error.message())
                    .WithHint("check that the directory exists and can be read"));
  }
  std::sort(firsts.begin(), firsts.end());
  return firsts;
}

// A log or index whose database is gone: a deletion was interrupted.
void DeleteOrphans(const std::string& directory) {
  std::error_code error;
  std::vector<fs::path> orphans;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const size_t dash = name.rfind('-');
    if (dash == std::string::npos || !ParseSegmentName(name.substr(0, dash))) continue;
    if (!fs::exists(it->path().parent_path() / name.substr(0, dash))) orphans.push_back(it->path());
  }
  for (const auto& path : orphans) fs::remove(path, error);
}

Result<SegmentSummary> Summarise(const std::string& path, uint64_t first, const std::string& vfs) {
  auto database = OpenSealed(path, vfs);
  if (!database) return Fail(database.error());
  return ReadSummary(*database, first);
}

// Every segment but the newest; *end is where the last of them ends, 0 = unknown.
std::vector<SegmentInfo> SummariseSealed(const std::string& directory, const std::vector<uint64_t>& firsts,
                                         const std::string& vfs, uint64_t* end) {
  std::vector<SegmentInfo> segments;
  int64_t last_append_ms = 0;
  for (size_t i = 0; i + 1 < firsts.size(); ++i) {
    const std::string path = directory + "/" + SegmentName(firsts[i]);
    const auto summary = Summarise(path, firsts[i], vfs);
    *end = summary ? summary->end : 0;
    if (!summary) {
      LogError("a segment of the event log cannot be read", {{"what", summary.error().message()}});
    } else {
      last_append_ms = std::max(last_append_ms, summary->last_append_ms);
      if (summary->end != firsts[i + 1]) {
        LogError("a segment of the event log ends before the next begins",
                 {{"file", path},
                  {"end", static_cast<int64_t>(summary->end)},
                  {"next", static_cast<int64_t>(firsts[i + 1])}});
      }
    }
    std::error_code error;
    const auto bytes = fs::file_size(path, error);
    segments.push_back({firsts[i], last_append_ms, error ? 0 : bytes});
  }
  return segments;
}

}  // namespace

Result<void> MakeDirectory(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error) return {};
  return Fail(Error(Code::kUnavailable, directory + ": " + error.message())
                  .WithHint("choose a data directory that can be written"));
}

Result<OpenedSegments> OpenSegments(const std::string& directory, const SegmentOptions& options) {
  DeleteOrphans(directory);
  auto firsts = ListSegments(directory);
  if (!firsts) return Fail(firsts.error());
  if (firsts->empty()) firsts->push_back(0);

  OpenedSegments opened;
  uint64_t sealed_end = 0;
  opened.segments = SummariseSealed(directory, *firsts, options.vfs, &sealed_end);
  auto writer = SegmentWriter::Open(directory + "/" + SegmentName(firsts->back()), firsts->back(), options);
  if (!writer) return Fail(writer.error());
  if ((*writer)->empty() && sealed_end > firsts->back()) {
    // A rotation failed halfway and the segment before went on.
    writer->reset();
    DeleteSegment(directory + "/" + SegmentName(firsts->back()));
    return OpenSegments(directory, options);
  }
  const int64_t before_ms = opened.segments.empty() ? 0 : opened.segments.back().last_append_ms;
  opened.segments.push_back(
      {firsts->back(), std::max(before_ms, (*writer)->last_append_ms()), (*writer)->bytes()});
  opened.writer = std::move(*writer);
  return opened;
}

void DeleteSegment(const std::string& path) {
  // The database first: what is left of an interruption is then recognised as an orphan.
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code error;
    fs::remove(path + suffix, error);
    if (error) LogWarn("a file of the event log cannot be deleted", {{"file", path + suffix}});
  }
}

}  // namespace signalbox::sqlite
