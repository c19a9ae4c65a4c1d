// What counts as one element of a body.
#include "ingest/batch_splitter.hpp"

#include <gtest/gtest.h>

#include <string>

namespace signalbox::ingest {
namespace {

// Texts joined by '~', or the error's message.
std::string Split(std::string_view body, std::string_view type = "application/json",
                  std::string_view wrapper = "") {
  const auto elements = SplitBatch(body, type, wrapper, 4);
  if (!elements) return "error: " + elements.error().message();
  std::string joined;
  for (const auto& element : *elements) {
    if (!joined.empty()) joined += '~';
    joined += element.text;
    if (element.line > 0) joined += "@" + std::to_string(element.line);
  }
  return joined;
}

TEST(SplitBatchTest, ObjectArrayAndLines_AreCut) {
  EXPECT_EQ(Split(R"( {"a":[1,{"b":2}]} )"), R"({"a":[1,{"b":2}]})");
  EXPECT_EQ(Split(R"([ {"a":1} ,{"b":2}, 3,"x,]" ])"), R"({"a":1}~{"b":2}~3~"x,]")");
  EXPECT_EQ(Split("{\"a\":1}\n\n{\"b\":2}\r\n"), "{\"a\":1}@1~{\"b\":2}@3");
  EXPECT_EQ(Split("{\"a\":\n1}"), "{\"a\":\n1}");
  EXPECT_EQ(Split("nonsense\n{\"b\":2}", "Application/X-NDJSON; charset=utf-8"), "nonsense@1~{\"b\":2}@2");
}

TEST(SplitBatchTest, BracketsAndQuotesInText_DoNotEndAnElement) {
  EXPECT_EQ(Split(R"([{"a":"}]\"\\"},{"b":"["}])"), R"({"a":"}]\"\\"}~{"b":"["})");
}

TEST(SplitBatchTest, Wrapper_IsTakenForItsArray) {
  EXPECT_EQ(Split(R"({ "items" : [{"a":1},{"b":2}] })", "", "items"), R"({"a":1}~{"b":2})");
  EXPECT_EQ(Split(R"({"items":1})", "", "items"), R"({"items":1})");
  EXPECT_EQ(Split(R"({"items":[{"a":1}],"more":2})", "", "items"), "error: something follows the array");
}

TEST(SplitBatchTest, NotJson_IsRefusedWhole) {
  for (const char* body :
       {"",      "  \n",  "hello",   "12",    "\"a\"",  "[", "[{",        "[{}",         "[{},",
        "[{},]", "[,{}]", "[{} {}]", "[{}]]", "[{}] x", "{", "{\"a\":\"", "{\"a\":\"\\", "{} {}",
        "{},{}", "[]",    "]",       "}"}) {
    EXPECT_EQ(Split(body).substr(0, 6), "error:") << body;
  }
}

TEST(SplitBatchTest, TooManyElements_IsTooLarge) {
  EXPECT_EQ(SplitBatch("[1,2,3,4,5]", "", "", 4).error().code(), Code::kTooLarge);
  EXPECT_EQ(SplitBatch("{}\n{}\n{}\n{}\n{}", "", "", 4).error().code(), Code::kTooLarge);
  EXPECT_TRUE(SplitBatch("[1,2,3,4]", "", "", 4).has_value());
}

TEST(SplitBatchTest, DeepNesting_IsCutInLinearTime) {
  const std::string deep = "[" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "]";

  EXPECT_EQ(SplitBatch(deep, "", "", 4)->size(), 1u);
}

}  // namespace
}  // namespace signalbox::ingest
