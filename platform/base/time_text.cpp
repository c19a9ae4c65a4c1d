// RFC 3339 in both directions, on std::chrono's calendar.
#include "base/time_text.hpp"

#include <chrono>
#include <cstdio>

namespace signalbox {
namespace {

constexpr int64_t kSecondMs = 1000;
constexpr int64_t kMinuteMs = 60 * kSecondMs;
constexpr int64_t kHourMs = 60 * kMinuteMs;
constexpr int64_t kDayMs = 24 * kHourMs;
constexpr int64_t kEndMs = 253402300800000;  // 10000-01-01

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads exactly `digits` digits at the front of *text; -1 if they are not there.
int TakeNumber(std::string_view* text, size_t digits) {
  if (text->size() < digits) return -1;
  int number = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (!IsDigit((*text)[i])) return -1;
    number = number * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(digits);
  return number;
}

bool Take(std::string_view* text, std::string_view any_of) {
  if (text->empty() || any_of.find(text->front()) == std::string_view::npos) return false;
  text->remove_prefix(1);
  return true;
}

std::optional<int64_t> TakeDate(std::string_view* text) {
  const int year = TakeNumber(text, 4);
  if (year < 1969 || !Take(text, "-")) return std::nullopt;
  const int month = TakeNumber(text, 2);
  if (month < 1 || !Take(text, "-")) return std::nullopt;
  const int day = TakeNumber(text, 2);
  if (day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * kDayMs;
}

std::optional<int64_t> TakeClock(std::string_view* text) {
  const int hour = TakeNumber(text, 2);
  if (hour < 0 || hour > 23 || !Take(text, ":")) return std::nullopt;
  const int minute = TakeNumber(text, 2);
  if (minute < 0 || minute > 59 || !Take(text, ":")) return std::nullopt;
  const int second = TakeNumber(text, 2);
  if (second < 0 || second > 60) return std::nullopt;  // 60: a leap second
  int64_t ms = hour * kHourMs + minute * kMinuteMs + second * kSecondMs;
  if (!Take(text, ".")) return ms;
  if (text->empty() || !IsDigit(text->front())) return std::nullopt;
  for (int64_t unit = 100; !text->empty() && IsDigit(text->front()); unit /= 10) {
    ms += unit * (text->front() - '0');
    text->remove_prefix(1);
  }
  return ms;
}

// The offset of local time from UTC.
std::optional<int64_t> TakeOffset(std::string_view* text) {
  if (Take(text, "Zz")) return 0;
  if (text->empty()) return std::nullopt;
  const char sign = text->front();
  if (!Take(text, "+-")) return std::nullopt;
  const int hour = TakeNumber(text, 2);
  if (hour < 0 || hour > 23 || !Take(text, ":")) return std::nullopt;
  const int minute = TakeNumber(text, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  return (sign == '-' ? -1 : 1) * (hour * kHourMs + minute * kMinuteMs);
}

std::chrono::year_month_day DateOf(int64_t ms) {
  return std::chrono::sys_days(std::chrono::days(ms / kDayMs));
}

}  // namespace

std::optional<int64_t> ParseRfc3339(std::string_view text) {
  const auto date = TakeDate(&text);
  if (!date || !Take(&text, "Tt ")) return std::nullopt;
  const auto clock = TakeClock(&text);
  if (!clock) return std::nullopt;
  const auto offset = TakeOffset(&text);
  if (!offset || !text.empty()) return std::nullopt;
  const int64_t ms = *date + *clock - *offset;
  if (ms < 0 || ms >= kEndMs) return std::nullopt;
  return ms;
}

std::string FormatRfc3339(int64_t ms) {
  const auto date = DateOf(ms);
  const int64_t in_day = ms % kDayMs;
  char text[40];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(in_day / kHourMs), static_cast<int>(in_day % kHourMs / kMinuteMs),
                static_cast<int>(in_day % kMinuteMs / kSecondMs), static_cast<int>(in_day % kSecondMs));
  return text;
}

int MonthOf(int64_t ms) { return static_cast<int>(static_cast<unsigned>(DateOf(ms).month())); }

}  // namespace signalbox
