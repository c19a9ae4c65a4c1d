// MovieLens, Yoochoose and plain session lines.
#include "train/line_parsers.hpp"

#include <array>
#include <cmath>

#include "base/time_text.hpp"
#include "train/text.hpp"

namespace signalbox::train {
namespace {

constexpr int64_t kClickGapMs = 1000;

// The order of the flags in u.item, from the data set's u.genre.
constexpr std::array<std::string_view, 19> kGenres = {
    "unknown",     "Action", "Adventure", "Animation", "Children's", "Comedy",  "Crime",
    "Documentary", "Drama",  "Fantasy",   "Film-Noir", "Horror",     "Musical", "Mystery",
    "Romance",     "Sci-Fi", "Thriller",  "War",       "Western"};

bool TakeId(std::string_view name, std::string_view id, std::string* to, ParsedLine* line) {
  if (const std::string_view fault = IdFault(id); !fault.empty()) {
    line->fault = std::string(name) + " " + std::string(fault);
    return false;
  }
  *to = id;
  return true;
}

// Unix seconds with decimals. The bounds keep milliseconds and row numbers from passing as seconds.
bool TakeSeconds(std::string_view text, int64_t* ms, ParsedLine* line) {
  double seconds = 0;
  if (!ParseNumber(text, &seconds) || seconds < 1e6 || seconds > 1e10) {
    line->fault = "time is not in Unix seconds";
    return false;
  }
  *ms = std::llround(seconds * 1000);
  return true;
}

std::string ToUtf8(std::string_view text) { return IsUtf8(text) ? std::string(text) : Latin1ToUtf8(text); }

// "Heat (1995)" → 1995; 0 = no year.
int YearOf(std::string_view title) {
  while (!title.empty() && title.back() == ' ') title.remove_suffix(1);
  if (title.size() < 6 || title.back() != ')' || title[title.size() - 6] != '(') return 0;
  double year = 0;
  return ParseNumber(title.substr(title.size() - 5, 4), &year) ? static_cast<int>(year) : 0;
}

void TakeMovie(std::string_view id, std::string_view title, std::vector<std::string> genres,
               ParsedLine* line) {
  model::Item item;
  if (!TakeId("item", id, &item.id, line)) return;
  item.attributes["title"] = ToUtf8(title);
  if (const int year = YearOf(title); year > 0) item.attributes["year"] = static_cast<double>(year);
  if (!genres.empty()) {
    item.attributes["category"] = genres.front();
    item.attributes["genres"] = std::move(genres);
  }
  line->item = std::move(item);
}

void TakeClick(std::string_view session, std::string_view item, std::string_view type, int64_t time_ms,
               ParsedLine* line) {
  model::LogRecord record;
  if (!TakeId("session", session, &record.session, line)) return;  // not a plugin: the column
  if (!TakeId("item", item, &record.item, line)) return;
  record.type = type;
  record.event_time_ms = time_ms;
  line->events.push_back(std::move(record));
}

void ParseOriginalYoochoose(const std::vector<std::string_view>& columns, ParsedLine* line) {
  const auto time_ms = ParseRfc3339(columns[1]);
  if (!time_ms) {
    line->fault = "time is not RFC 3339";
    return;
  }
  const bool purchase = columns.size() >= 5;  // …,price,quantity
  TakeClick(columns[0], columns[2], purchase ? "purchase" : "view", *time_ms, line);
  double price = 0;
  if (purchase && !line->events.empty() && ParseNumber(columns[3], &price) && price > 0) {
    line->events.back().value = price;
  }
}

}  // namespace

void ParseRating(std::string_view text, std::string_view separator, ParsedLine* line) {
  const auto columns = Split(text, separator);
  if (columns.size() < 4) {
    line->fault = "expected four columns: user, item, rating, time";
    return;
  }
  model::LogRecord record;
  record.type = "rating";
  if (!TakeId("user", columns[0], &record.user, line)) return;
  if (!TakeId("item", columns[1], &record.item, line)) return;
  if (!ParseNumber(columns[2], &record.value)) {
    line->fault = "rating is not a number";
    return;
  }
  if (!TakeSeconds(columns[3], &record.event_time_ms, line)) return;
  line->events.push_back(std::move(record));
}

void ParseMovieLens1mItem(std::string_view text, ParsedLine* line) {
  const auto columns = Split(text, "::");
  if (columns.size() < 3) {
    line->fault = "expected three columns: item, title, genres";
    return;
  }
  std::vector<std::string> genres;
  for (const std::string_view genre : Split(columns[2], "|")) {
    if (!genre.empty()) genres.push_back(ToUtf8(genre));
  }
  TakeMovie(columns[0], columns[1], std::move(genres), line);
}

void ParseMovieLens100kItem(std::string_view text, ParsedLine* line) {
  constexpr size_t kFirstFlag = 5;
  const auto columns = Split(text, "|");
  if (columns.size() < 2) {
    line->fault = "expected columns by '|': item, title, …";
    return;
  }
  std::vector<std::string> genres;
  for (size_t i = 1; i < kGenres.size() && kFirstFlag + i < columns.size(); ++i) {
    if (columns[kFirstFlag + i] == "1") genres.emplace_back(kGenres[i]);
  }
  TakeMovie(columns[0], columns[1], std::move(genres), line);
}

void ParseYoochoose(std::string_view text, ParsedLine* line) {
  auto columns = Split(text, "\t");
  if (columns.size() < 3) {
    columns = Split(text, ",");
    if (columns.size() >= 3) return ParseOriginalYoochoose(columns, line);
    line->fault = "expected three columns by tabs: SessionId, ItemId, Time";
    return;
  }
  if (line->number == 1 && columns[0] == "SessionId") return;
  int64_t time_ms = 0;
  if (TakeSeconds(columns[2], &time_ms, line)) TakeClick(columns[0], columns[1], "view", time_ms, line);
}

void ParseSession(std::string_view text, std::string_view session_id, int64_t start_ms, ParsedLine* line) {
  int64_t time_ms = start_ms;
  for (const std::string_view item : SplitBlanks(text)) {
    TakeClick(session_id, item, "view", time_ms, line);
    time_ms += kClickGapMs;
    if (!line->fault.empty()) break;
  }
  if (!line->fault.empty()) line->events.clear();
}

}  // namespace signalbox::train
