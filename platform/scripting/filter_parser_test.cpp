// Expressions of `filter=`.
#include <gtest/gtest.h>

#include <random>

#include "scripting/predicate.hpp"

namespace signalbox::scripting {
namespace {

// What was understood, or the error.
std::string Read(std::string_view expression) {
  const auto predicate = ParseFilter(expression);
  return predicate ? WriteFilter(*predicate) : predicate.error().message();
}

TEST(FilterParserTest, Parse_EveryForm_IsUnderstood) {
  EXPECT_EQ(Read("item.price < 50 and item.brand == \"Acme\""), "item.price < 50 and item.brand == \"Acme\"");
  EXPECT_EQ(Read("50 > item.price"), "item.price < 50");
  EXPECT_EQ(Read("item.a == 1 or item.b == 2 and item.c == 3"), "item.a == 1 or item.b == 2 and item.c == 3");
  EXPECT_EQ(Read("(item.a == 1 or item.b == 2) and item.c >= -3.5"),
            "(item.a == 1 or item.b == 2) and item.c >= -3.5");
  EXPECT_EQ(Read("item.tags contains 'new'"), "item.tags == \"new\"");
  EXPECT_EQ(Read("item.brand in ('a', \"b\", 3, true)"), "item.brand in (\"a\", \"b\", 3, true)");
  EXPECT_EQ(Read("item.price == nil"), "item.price == nil");
  EXPECT_EQ(Read("item.price ~= nil"), "item.price ~= nil");
  EXPECT_EQ(Read("not (item.price <= 5)"), "not (item.price <= 5)");
  EXPECT_EQ(Read("not not (item.price <= 5)"), "item.price <= 5");
  EXPECT_EQ(Read("not item.sale"), "not item.sale");
  EXPECT_EQ(Read("item.a and not (item.b or item.c)"), "item.a and not (item.b or item.c)");
  EXPECT_EQ(Read("item.brand ~= 'x'"), "item.brand ~= \"x\"");
  EXPECT_EQ(Read("item['colour name'] == \"a\\\"\\\\\\n\\065\""),
            "item[\"colour name\"] == \"a\\\"\\\\\\010A\"");
  EXPECT_EQ(Read("true"), "true");
  EXPECT_EQ(Read("false or item.a == 1"), "false or item.a == 1");
}

TEST(FilterParserTest, Parse_Absence_IsAConditionThatOnlyAbsenceSatisfies) {
  const Predicate absent = *ParseFilter("item.price == nil");

  ASSERT_EQ(absent.op, Predicate::Op::kCondition);
  EXPECT_EQ(absent.condition.op, Condition::Op::kIn);
  EXPECT_TRUE(absent.condition.operands.empty());
  EXPECT_TRUE(absent.condition.or_absent);
}

TEST(FilterParserTest, Parse_Mistake_NamesColumnAndWhatWasExpected) {
  EXPECT_EQ(
      Read("item.price <"),
      "filter, column 13: a constant (a number, a text in quotes, true, false or nil) is expected, not the "
      "end");
  EXPECT_EQ(Read("price < 5"), "filter, column 1: item.<attribute> is expected, not 'price'");
  EXPECT_EQ(Read("item.price < 5 item"), "filter, column 16: `and`, `or` or the end is expected, not 'item'");
  EXPECT_EQ(Read("item.price < 'x'"), "filter, column 17: '<' compares with numbers only");
  EXPECT_EQ(Read("not item.price < 5"),
            "filter, column 16: put brackets around what `not` denies: not (item.price < 50)");
  EXPECT_EQ(Read("item.price < item.cost"),
            "filter, column 14: a constant (a number, a text in quotes, true, false or nil) is expected, not "
            "'item'");
  EXPECT_EQ(Read("(item.a == 1"), "filter, column 13: ')' is expected, not the end");
  EXPECT_EQ(Read("item.a = 1"), "filter, column 8: `and`, `or` or the end is expected, not '='");
  EXPECT_EQ(Read("item.a == 'x"),
            "filter, column 11: a constant (a number, a text in quotes, true, false or nil) "
            "is expected, not a text without its closing quote");
  EXPECT_EQ(Read(""),
            "filter, column 1: a constant (a number, a text in quotes, true, false or nil) is expected, "
            "not the end");
  EXPECT_EQ(Read("5"), "filter, column 2: a comparison is expected, not the end");
  EXPECT_EQ(Read("5 in (1)"), "filter, column 3: write item.<attribute> before 'in'");
  EXPECT_EQ(ParseFilter("item.a = 1").error().field(), "filter");
}

TEST(FilterParserTest, Parse_TooMuch_IsRefused) {
  std::string deep, wide = "item.a == 1", many = "item.a == 1";
  for (int i = 0; i < 17; ++i) deep += "not (";
  for (int i = 0; i < 63; ++i) wide += " or item.a == 1";
  for (int i = 0; i < 64; ++i) many += " or item.a == 1";

  EXPECT_NE(Read(deep + "true").find("nested more than 16 deep"), std::string::npos);
  EXPECT_TRUE(ParseFilter(wide));
  EXPECT_NE(Read(many).find("more than 64 comparisons"), std::string::npos);
  EXPECT_EQ(Read(std::string(5000, ' ')), "filter is longer than 4 KB");
  EXPECT_EQ(Read(std::string_view("item.a == 1\0", 12)), "filter holds a zero byte");
}

TEST(FilterParserTest, Write_AnyPredicate_IsReadAsTheSame) {
  std::mt19937 random(7);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  const std::vector<std::string> parts{"item.a < 1.5",           "item.b == \"x\"", "item.c == nil",
                                       "not (item.d in (1, 2))", "item.e",          "true",
                                       "item.f ~= true"};
  for (int round = 0; round < 500; ++round) {
    std::string text = parts[below(7)];
    for (uint32_t i = below(6); i > 0; --i) {
      text = below(2) == 0 ? "(" + text + ") and " + parts[below(7)] : text + " or " + parts[below(7)];
    }
    const auto predicate = ParseFilter(text);
    ASSERT_TRUE(predicate) << text << predicate.error().message();

    const auto again = ParseFilter(WriteFilter(*predicate));

    ASSERT_TRUE(again) << WriteFilter(*predicate) << again.error().message();
    EXPECT_EQ(*again, *predicate) << text;
  }
}

}  // namespace
}  // namespace signalbox::scripting
