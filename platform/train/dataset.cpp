// Finds a data set's files and reads them through the parser of their format.
#include "train/dataset.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/hash.hpp"
#include "train/line_parsers.hpp"
#include "train/line_reader.hpp"
#include "train/text.hpp"

namespace signalbox::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, Format>, 5> kFormats = {{
    {"movielens-100k", Format::kMovieLens100k},
    {"movielens-1m", Format::kMovieLens1m},
    {"yoochoose", Format::kYoochoose},
    {"sessions", Format::kSessions},
    {"jsonl", Format::kJsonl},
}};

bool IsCatalogue(Format format, const fs::path& path) {
  return (format == Format::kMovieLens100k && path.filename() == "u.item") ||
         (format == Format::kMovieLens1m && path.filename() == "movies.dat");
}

bool BelongsTo(Format format, const fs::path& path) {
  const std::string extension = path.extension().string();
  switch (format) {
    case Format::kMovieLens100k:
      return path.filename() == "u.item" || path.filename() == "u.data";
    case Format::kMovieLens1m:
      return path.filename() == "movies.dat" || path.filename() == "ratings.dat";
    case Format::kYoochoose:
      return extension == ".txt" || extension == ".dat" || extension == ".tsv" || extension == ".csv";
    case Format::kSessions:
      return extension == ".txt";
    case Format::kJsonl:
      return extension == ".jsonl" || extension == ".ndjson";
  }
  return false;
}

// Items come before events.
int Rank(const DataFile& file) {
  if (file.items || file.path.filename() == "items.jsonl") return 0;
  return 1;
}

Error NoFiles(Format format, const fs::path& path) {
  return Error(Code::kNotFound, path.string() + " has no files of format " + std::string(ToString(format)) +
                                    ": check the path and the format")
      .WithField("path");
}

std::string Hex(uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(number));
  return text;
}

// A name that keeps the sessions of two files apart.
std::string SessionPrefix(const fs::path& path) {
  const std::string stem = path.stem().string();
  if (IdFault(stem).empty() && stem.size() <= 128) return stem + "-";
  return Hex(Checksum64(stem.data(), stem.size())) + "-";
}

Result<uint64_t> CountLines(const fs::path& path) {
  auto reader = LineReader::Open(path, kMaxLineBytes);
  if (!reader) return Fail(reader.error());
  uint64_t lines = 0;
  while (reader->Next()) ++lines;
  return lines;
}

// When the sessions of a file without times began.
class SessionTimes {
 public:
  SessionTimes(uint64_t lines, int64_t end_ms) : lines_(std::max<uint64_t>(lines, 1)), end_ms_(end_ms) {}

  // The line's last click is at most at the line's share of the time, so the last line ends at end_ms.
  int64_t StartOf(uint64_t line, size_t clicks) const {
    const double share = static_cast<double>(lines_ - std::min(line, lines_)) / static_cast<double>(lines_);
    const auto back = static_cast<int64_t>(share * static_cast<double>(kSpreadMs));
    return end_ms_ - back - 1000 * (static_cast<int64_t>(clicks) - 1);
  }

 private:
  uint64_t lines_;
  int64_t end_ms_;
};

Error ReadError(const fs::path& path) {
  return Error(Code::kUnavailable, path.string() + ": reading failed: check the disk").WithField("path");
}

}  // namespace

Result<Format> ParseFormat(std::string_view name) {
  std::string known;
  for (const auto& [text, format] : kFormats) {
    if (text == name) return format;
    known += (known.empty() ? "" : ", ") + std::string(text);
  }
  return Fail(
      Error(Code::kInvalidArgument, "unknown format \"" + std::string(name) + "\": use one of " + known)
          .WithField("format"));
}

std::string_view ToString(Format format) {
  for (const auto& [text, known] : kFormats) {
    if (known == format) return text;
  }
  return "";
}

Result<std::vector<DataFile>> FilesOf(Format format, const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return std::vector{DataFile{path, IsCatalogue(format, path)}};
  std::vector<DataFile> files;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored) || !BelongsTo(format, entry->path())) continue;
    files.push_back({entry->path(), IsCatalogue(format, entry->path())});
  }
  if (error || files.empty()) return Fail(NoFiles(format, path));
  std::sort(files.begin(), files.end(), [](const DataFile& a, const DataFile& b) {
    return std::pair(Rank(a), a.path.filename()) < std::pair(Rank(b), b.path.filename());
  });
  return files;
}

Result<void> ReadLines(Format format, const DataFile& file, int64_t end_ms, const LineSink& sink) {
  const auto lines = format == Format::kSessions ? CountLines(file.path) : Result<uint64_t>(0);
  if (!lines) return Fail(lines.error());
  const SessionTimes times(*lines, end_ms);
  const std::string session_prefix = SessionPrefix(file.path);
  auto reader = LineReader::Open(file.path, kMaxLineBytes);
  if (!reader) return Fail(reader.error());
  while (reader->Next()) {
    const std::string_view text = reader->line();
    ParsedLine line;
    line.number = reader->number();
    if (reader->too_long()) {
      line.fault = "longer than 1 MiB";
    } else if (SplitBlanks(text).empty()) {
      continue;
    } else {
      line.text_hash = Checksum64(text.data(), text.size());
      switch (format) {
        case Format::kMovieLens100k:
          file.items ? ParseMovieLens100kItem(text, &line) : ParseRating(text, "\t", &line);
          break;
        case Format::kMovieLens1m:
          file.items ? ParseMovieLens1mItem(text, &line) : ParseRating(text, "::", &line);
          break;
        case Format::kYoochoose:
          ParseYoochoose(text, &line);
          break;
        case Format::kSessions:
          ParseSession(text, session_prefix + std::to_string(line.number),
                       times.StartOf(line.number, SplitBlanks(text).size()), &line);
          break;
        case Format::kJsonl:
          ParseJson(text, &line);
          break;
      }
    }
    const bool header = line.events.empty() && !line.item && line.item_document.empty() && line.fault.empty();
    if (!header && !sink(std::move(line))) return {};
  }
  if (reader->failed()) return Fail(ReadError(file.path));
  return {};
}

Result<void> ReadPrefixes(const fs::path& path, const std::function<bool(PrefixLine)>& sink) {
  auto reader = LineReader::Open(path, kMaxLineBytes);
  if (!reader) return Fail(reader.error());
  while (reader->Next()) {
    PrefixLine line;
    line.number = reader->number();
    const auto columns = Split(reader->line(), "\t");
    if (reader->too_long()) {
      line.fault = "longer than 1 MiB";
    } else if (SplitBlanks(reader->line()).empty()) {
      continue;
    } else if (columns.size() != 2 || SplitBlanks(columns[1]).size() != 1 ||
               SplitBlanks(columns[0]).empty()) {
      line.fault = "expected a prefix, a tab and the next item";
    } else {
      line.next = SplitBlanks(columns[1]).front();
      for (const std::string_view item : SplitBlanks(columns[0])) line.prefix.emplace_back(item);
      for (const std::string& item : line.prefix) {
        if (!IdFault(item).empty()) line.fault = "item " + std::string(IdFault(item));
      }
      if (!IdFault(line.next).empty()) line.fault = "next item " + std::string(IdFault(line.next));
    }
    if (!sink(std::move(line))) return {};
  }
  if (reader->failed()) return Fail(ReadError(path));
  return {};
}

bool HasPrefixLines(const fs::path& path) {
  auto reader = LineReader::Open(path, kMaxLineBytes);
  if (!reader) return false;
  while (reader->Next()) {
    if (!SplitBlanks(reader->line()).empty()) return reader->line().find('\t') != std::string_view::npos;
  }
  return false;
}

}  // namespace signalbox::train
