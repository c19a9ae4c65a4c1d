// RFC 3339 text to milliseconds and back.
#include "base/time_text.hpp"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

TEST(TimeText, ParseRfc3339_KnownMoments_AreUnixMilliseconds) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00Z"), 0);
  // 20,758 days after the epoch, `date -u -d 2026-11-01 +%s` = 1793491200.
  EXPECT_EQ(ParseRfc3339("2026-11-01T00:00:00Z"), 1793491200000);
  EXPECT_EQ(ParseRfc3339("2026-11-01T02:00:00.25+02:00"), 1793491200250);
  EXPECT_EQ(ParseRfc3339("2026-10-31 23:30:00.1239-00:30"), 1793491200123);
}

TEST(TimeText, ParseRfc3339_NotATime_IsNothing) {
  for (const char* text : {"", "2026-11-01", "2026-11-01T00:00:00", "2026-02-30T00:00:00Z",
                           "2026-13-01T00:00:00Z", "2026-11-01T24:00:00Z", "2026-11-01T00:00:00.Z",
                           "2026-11-01T00:00:00Zx", "1969-12-31T23:59:59Z", "-026-11-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

TEST(TimeText, FormatRfc3339_ParsedTime_IsTheSameAgain) {
  EXPECT_EQ(FormatRfc3339(1793491200250), "2026-11-01T00:00:00.250Z");
  EXPECT_EQ(ParseRfc3339(FormatRfc3339(951868799999)), 951868799999);  // 2000-02-29T23:59:59.999Z
}

TEST(TimeText, MonthOf_LastMillisecondOfOctober_IsTen) {
  EXPECT_EQ(MonthOf(1793491199999), 10);
  EXPECT_EQ(MonthOf(1793491200000), 11);
}

}  // namespace
}  // namespace signalbox
