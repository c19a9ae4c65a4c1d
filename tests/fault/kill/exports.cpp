// Copying, exporting, comparing.
#include "exports.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "harness/server_process.hpp"

namespace signalbox::fault {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShownLines = 6;
constexpr size_t kShownBytes = 400;

Result<std::string> Export(const std::string& data_dir, bool with_checkpoints) {
  const harness::TemporaryFolder folder;
  const std::string copy = folder.path() + "/data", out = folder.path() + "/export", failed = "cannot copy ";
  std::error_code error;
  fs::copy(data_dir, copy, fs::copy_options::recursive, error);
  if (error) return Fail(Code::kUnavailable, failed + data_dir + ": " + error.message());
  std::vector<std::string> arguments = {
      "export", "--config", SIGNALBOX_SOURCE_DIR "/config/signalbox.yaml", "--data-dir", copy, "--out", out};
  if (!with_checkpoints) {
    fs::remove_all(copy + "/checkpoints", error);
    arguments.push_back("--replay");
  }
  std::string printed;
  if (harness::RunProgram(arguments, &printed) != 0) return Fail(Code::kUnavailable, printed);
  std::ifstream file(out, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> SortedLines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

void Tell(const char* who, const std::vector<std::string>& lines, std::string* text) {
  if (lines.empty()) return;
  *text += std::string(who) + " alone has " + std::to_string(lines.size()) + " lines:\n";
  for (size_t i = 0; i < std::min(lines.size(), kShownLines); ++i) {
    *text += "  " + lines[i].substr(0, kShownBytes) + "\n";
  }
}

}  // namespace

Result<Exports> ExportBothWays(const std::string& data_dir) {
  auto kept = Export(data_dir, true);
  if (!kept) return Fail(kept.error());
  auto replayed = Export(data_dir, false);
  if (!replayed) return Fail(replayed.error());
  return Exports{std::move(*kept), std::move(*replayed)};
}

Result<std::string> ExportReplayed(const std::string& data_dir) { return Export(data_dir, false); }

std::string Differences(const std::string& kept, const std::string& replayed) {
  if (kept == replayed) return {};
  const auto first = SortedLines(kept), second = SortedLines(replayed);
  std::vector<std::string> only_kept, only_replayed;
  std::set_difference(first.begin(), first.end(), second.begin(), second.end(),
                      std::back_inserter(only_kept));
  std::set_difference(second.begin(), second.end(), first.begin(), first.end(),
                      std::back_inserter(only_replayed));
  std::string text;
  Tell("the kept state", only_kept, &text);
  Tell("the replay", only_replayed, &text);
  return text.empty() ? "the same lines in another order" : text;
}

Result<void> DropLastGroup(const std::string& data_dir) {
  std::string newest;
  for (const auto& entry : fs::directory_iterator(data_dir + "/log")) {
    const std::string path = entry.path().string();
    if (path.ends_with(".segment")) newest = std::max(newest, path);
  }
  sqlite3* database = nullptr;
  char* message = nullptr;
  const bool done =
      sqlite3_open_v2(newest.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
      sqlite3_exec(database, "DELETE FROM groups WHERE first_offset = (SELECT max(first_offset) FROM groups)",
                   nullptr, nullptr, &message) == SQLITE_OK &&
      sqlite3_changes(database) == 1;
  const std::string reason = message == nullptr ? newest : std::string(message);
  sqlite3_free(message);
  sqlite3_close(database);
  if (!done) return Fail(Code::kUnavailable, "cannot drop a group: " + reason);
  return {};
}

}  // namespace signalbox::fault
