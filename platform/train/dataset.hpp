// Public data sets as events and items: what their files are and what each line says.
//
// format          files of a folder                 one line
// movielens-100k  u.item, u.data                    user, item, rating, time by tabs; items by '|'
// movielens-1m    movies.dat, ratings.dat           the same by "::"
// yoochoose       *.txt, *.dat, *.tsv, *.csv        SessionId, ItemId, Time (seconds) by tabs with a header;
//                                                   or the original's session,time,item,… by commas
// sessions        *.txt                             one session, oldest first, items by blanks
// jsonl           items.jsonl, events.jsonl, or     {"item_id", "event_type", …} is an event,
//                 every *.jsonl                     {"item_id", …} without event_type an item
//
// Ratings are events of type "rating" with a value; clicks and sessions are views, purchases
// of yoochoose (five columns) purchases.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"
#include "model/item.hpp"

namespace signalbox::train {

enum class Format { kMovieLens100k, kMovieLens1m, kYoochoose, kSessions, kJsonl };

// Errors: kInvalidArgument, field "format".
Result<Format> ParseFormat(std::string_view name);
std::string_view ToString(Format format);

// Longer lines are refused as a whole.
inline constexpr size_t kMaxLineBytes = 1 << 20;
// How far apart times are put where a file has none.
inline constexpr int64_t kSpreadMs = int64_t{30} * 24 * 3600 * 1000;

// What a line turned out to be: events, an item, or refused with a reason. Exactly one of them.
struct ParsedLine {
  uint64_t number = 0;  // from 1
  uint64_t text_hash = 0;
  std::vector<model::LogRecord> events;  // event_time_ms 0 = the line has no time
  std::optional<model::Item> item;
  std::string item_document;  // jsonl: the item as it stands in the file, instead of `item`
  std::string fault;          // why the line was refused; empty = it was not
};

struct DataFile {
  std::filesystem::path path;
  bool items = false;  // a catalogue in a format of its own (movielens)
};

// The files of `path`, catalogues first, then by name; a file stands for itself.
// Errors: kNotFound, field "path", for a path or folder without such files.
Result<std::vector<DataFile>> FilesOf(Format format, const std::filesystem::path& path);

// Given every line that is neither blank nor a header, in file order; false ends the reading.
using LineSink = std::function<bool(ParsedLine line)>;

// Reads a file without keeping it in memory.
//
// end_ms: sessions have no times; their lines are spread over the kSpreadMs before it, the last
//         line ending there, a session's clicks a second apart.
// Errors: kNotFound, kUnavailable (read error), field "path".
Result<void> ReadLines(Format format, const DataFile& file, int64_t end_ms, const LineSink& sink);

// A test file of sessions: "prefix<TAB>next item" each line, items of the prefix by blanks.
struct PrefixLine {
  uint64_t number = 0;
  std::vector<std::string> prefix;  // oldest first
  std::string next;
  std::string fault;  // why the line was refused; empty = it was not
};
Result<void> ReadPrefixes(const std::filesystem::path& path, const std::function<bool(PrefixLine)>& sink);
// The first line that is not blank has a tab.
bool HasPrefixLines(const std::filesystem::path& path);

}  // namespace signalbox::train
