// Text of unknown origin.
#include "train/text.hpp"

#include <gmock/gmock.h>

namespace signalbox::train {
namespace {

using ::testing::ElementsAre;

TEST(Text, IsUtf8_WellFormed_IsAccepted) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
}

TEST(Text, IsUtf8_IllFormed_IsRefused) {
  for (const char* text :
       {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

TEST(Text, Latin1ToUtf8_Accents_BecomeTwoBytes) { EXPECT_EQ(Latin1ToUtf8("Caf\xE9"), "Caf\xC3\xA9"); }

TEST(Text, IdFault_BadIds_SayWhy) {
  EXPECT_EQ(IdFault("tent-07"), "");
  EXPECT_EQ(IdFault(""), "is empty");
  EXPECT_EQ(IdFault(std::string(257, 'x')), "is longer than 256 bytes");
  EXPECT_EQ(IdFault("a\x01"), "has a control character");
  EXPECT_EQ(IdFault("\xFF"), "is not UTF-8");
}

TEST(Text, Split_EmptyParts_AreKept) {
  EXPECT_THAT(Split("a::b::", "::"), ElementsAre("a", "b", ""));
  EXPECT_THAT(SplitBlanks("  a \t b "), ElementsAre("a", "b"));
  EXPECT_THAT(SplitBlanks(" \t"), ElementsAre());
}

TEST(Text, ParseNumber_NotAllANumber_IsRefused) {
  double number = 0;
  EXPECT_TRUE(ParseNumber("1593536687.5", &number));
  EXPECT_EQ(number, 1593536687.5);
  for (const char* text : {"", "1x", " 1", "nan", "inf", "1e999"})
    EXPECT_FALSE(ParseNumber(text, &number)) << text;
}

}  // namespace
}  // namespace signalbox::train
