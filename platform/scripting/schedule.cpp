// When a rule acts: reading, writing and deciding.
#include <charconv>

#include "base/time_text.hpp"
#include "scripting/rule_reader.hpp"

namespace signalbox::scripting {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kDayMs = 86'400'000;
constexpr int kDayMinutes = 24 * 60;

// Minutes of "08:00"; 24:00 is the end of the day. -1 = not one.
int MinutesOf(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  int hour = 0, minute = 0;
  const auto read = [&](size_t at, int* out) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, *out);
    return error == std::errc() && end == text.data() + at + 2 && *out >= 0;
  };
  if (!read(0, &hour) || !read(3, &minute)) return -1;
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return -1;
  return hour * 60 + minute;
}

std::string ClockText(int minutes) {
  std::string text = "00:00";
  text[0] = static_cast<char>('0' + minutes / 600);
  text[1] = static_cast<char>('0' + minutes / 60 % 10);
  text[3] = static_cast<char>('0' + minutes % 60 / 10);
  text[4] = static_cast<char>('0' + minutes % 10);
  return text;
}

Result<void> ReadHours(const RuleValue& value, const std::string& path, Schedule* schedule) {
  const std::string_view text = value.text;
  const size_t dash = text.find('-');
  int from = -1, to = -1;
  if (value.is(RuleValue::Kind::kText) && dash != std::string_view::npos) {
    from = MinutesOf(text.substr(0, dash));
    to = MinutesOf(text.substr(dash + 1));
  }
  if (from < 0 || to < 0 || from == kDayMinutes || from == to) {
    return RefuseRule(path, "must be two clock times", "Write hours = \"08:00-18:00\".");
  }
  schedule->from_minute = from;
  schedule->to_minute = to;
  return {};
}

Result<void> ReadDays(const RuleValue& value, const std::string& path, Schedule* schedule) {
  const auto refuse = [&] {
    return RefuseRule(path, "must be a list of mon, tue, wed, thu, fri, sat and sun",
                      "Write days = { \"sat\", \"sun\" }, or leave it out for every day.");
  };
  if (!value.is(RuleValue::Kind::kTable) || value.values.empty()) return refuse();
  for (size_t i = 0; i < value.values.size(); ++i) {
    if (!value.keys[i].empty()) return refuse();
    size_t day = 0;
    while (day < DayWords().size() && DayWords()[day] != value.values[i].text) ++day;
    if (day == DayWords().size()) return refuse();
    schedule->weekdays = static_cast<uint8_t>(schedule->weekdays | 1U << day);
  }
  return {};
}

}  // namespace

const std::vector<std::string>& DayWords() {
  static const std::vector<std::string> words{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  return words;
}

bool Schedule::Acts(int64_t now_ms, int64_t zone_offset_ms) const {
  const int64_t clock_ms = now_ms + zone_offset_ms;
  if (from_ms && clock_ms < *from_ms) return false;
  if (to_ms && clock_ms >= *to_ms) return false;
  int64_t day = clock_ms / kDayMs;
  if (clock_ms % kDayMs < 0) --day;
  if (weekdays != 0) {
    const int64_t weekday = ((day + 3) % 7 + 7) % 7;  // 1 January 1970 was a Thursday
    if ((weekdays >> weekday & 1) == 0) return false;
  }
  if (from_minute < 0) return true;
  const auto minute = static_cast<int>((clock_ms - day * kDayMs) / kMinuteMs);
  if (from_minute < to_minute) return minute >= from_minute && minute < to_minute;
  return minute >= from_minute || minute < to_minute;
}

Result<int64_t> ReadClockTime(const RuleValue& value, const std::string& path) {
  std::string text = value.text;
  if (text.size() == 10) text += "T00:00";
  if (text.size() == 16) text += ":00";
  std::optional<int64_t> time;
  if (value.is(RuleValue::Kind::kText) && text.size() == 19) time = ParseRfc3339(text + "Z");
  if (time) return *time;
  return RefuseRule(path, "must be a date, with or without a clock time, in the tenant's zone",
                    "Write \"2026-12-01\" or \"2026-12-01T08:00\".");
}

std::string WriteClockTime(int64_t ms) {
  const std::string text = FormatRfc3339(ms);
  if (ms % kDayMs == 0) return text.substr(0, 10);
  return text.substr(0, ms % kMinuteMs == 0 ? 16 : 19);
}

std::string WriteHours(const Schedule& schedule) {
  return ClockText(schedule.from_minute) + "-" + ClockText(schedule.to_minute);
}

Result<Schedule> ReadSchedule(const RuleValue& table, const std::string& path) {
  Schedule schedule;
  if (!table.is(RuleValue::Kind::kTable)) {
    return RefuseRule(path, "must be a table",
                      "Write schedule = { from = \"2026-12-01\", days = { \"sat\" } }.");
  }
  for (size_t i = 0; i < table.keys.size(); ++i) {
    const std::string& key = table.keys[i];
    const std::string field = path + "." + key;
    Result<void> read;
    if (key == "from" || key == "to") {
      const auto time = ReadClockTime(table.values[i], field);
      if (!time) return Fail(time.error());
      (key == "from" ? schedule.from_ms : schedule.to_ms) = *time;
    } else if (key == "days") {
      read = ReadDays(table.values[i], field, &schedule);
    } else if (key == "hours") {
      read = ReadHours(table.values[i], field, &schedule);
    } else {
      return RefuseKey(path, key, {"from", "to", "days", "hours"});
    }
    if (!read) return Fail(read.error());
  }
  if (schedule.from_ms && schedule.to_ms && *schedule.from_ms >= *schedule.to_ms) {
    return RefuseRule(path + ".to", "must be after from", "The rule ends when `to` begins.");
  }
  return schedule;
}

}  // namespace signalbox::scripting
