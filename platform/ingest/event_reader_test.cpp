// Which events are taken and what hostile or mistaken ones are told.
#include "ingest/event_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace signalbox::ingest {
namespace {

using testing::HasSubstr;

constexpr int64_t kNow = 1'793'524'200'000;  // 2026-11-01T09:10:00Z

class EventReaderTest : public testing::Test {
 protected:
  Result<model::LogRecord> Read(std::string json) {
    json.reserve(json.size() + 64);
    return reader_.Read(json, kNow);
  }
  // A valid event with one more member.
  Result<model::LogRecord> With(const std::string& member) {
    return Read(R"({"user_id":"u","item_id":"i","event_type":"view",)" + member + "}");
  }
  // The field at fault; "" = none was named, "ok" = nothing is wrong.
  std::string Fault(const Result<model::LogRecord>& result) { return result ? "ok" : result.error().field(); }

  EventReader reader_{{"view", "click", "cart", "purchase", "rating"}};
};

TEST_F(EventReaderTest, Read_AllFields_AreKept) {
  const auto record = Read(
      R"({"user_id":"u-1","session_id":"s-1","item_id":"tent-1","item_type":"product","event_type":"Purchase",)"
      R"("timestamp":"2026-11-01T10:00:00.250+01:00","event_id":"e-1","value":12.5,"recommendation_id":"r-1",)"
      R"("properties":{"page": "home", "n":[1, 2]}})");

  ASSERT_TRUE(record.has_value()) << record.error().message();
  EXPECT_EQ(record->user, "u-1");
  EXPECT_EQ(record->session, "s-1");
  EXPECT_EQ(record->item, "tent-1");
  EXPECT_EQ(record->item_type, "product");
  EXPECT_EQ(record->type, "purchase");
  EXPECT_EQ(record->event_time_ms, 1'793'523'600'250);  // 09:00:00.250Z, ten minutes before kNow
  EXPECT_EQ(record->event_id, "e-1");
  EXPECT_TRUE(record->client_event_id);
  EXPECT_EQ(record->value, 12.5);
  EXPECT_EQ(record->recommendation_id, "r-1");
  EXPECT_EQ(record->properties, R"({"page":"home","n":[1,2]})");
}

TEST_F(EventReaderTest, Read_OptionalFieldsAbsentOrNull_TakeDefaults) {
  for (const char* members :
       {"\"value\":null,\"timestamp\":null,\"item_type\":null", "\"session_id\":null"}) {
    const auto record = With(members);
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->event_time_ms, kNow);
    EXPECT_EQ(record->item_type, "item");
    EXPECT_TRUE(std::isnan(record->value));
    EXPECT_TRUE(record->event_id.empty());
  }
}

TEST_F(EventReaderTest, Ids_AsIntegers_MeanTheirDigits) {
  const auto record = Read(
      R"({"user_id":9007199254740993,"item_id":18446744073709551615,"session_id":-5,"event_type":"view"})");

  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->user, "9007199254740993");  // 2^53 + 1 has no double of its own
  EXPECT_EQ(record->item, "18446744073709551615");
  EXPECT_EQ(record->session, "-5");
}

TEST_F(EventReaderTest, Ids_Hostile_AreRefusedByName) {
  const auto item = [&](const std::string& value) {
    return Fault(Read(R"({"user_id":"u","event_type":"view","item_id":)" + value + "}"));
  };

  EXPECT_EQ(item("\"" + std::string(256, 'a') + "\""), "ok");
  EXPECT_EQ(item("\"ünïcödé ⛺\""), "ok");
  for (const std::string& bad :
       {std::string("\"\""), "\"" + std::string(257, 'a') + "\"", std::string("1.5"), std::string("1e3"),
        std::string("true"), std::string("[]"), std::string("{}"), std::string(R"("a\u0000b")"),
        std::string(R"("a\nb")"), std::string(R"("\u007f")"), std::string(R"("\u0085")"),
        std::string("null")}) {
    EXPECT_EQ(item(bad), "item_id") << bad;
  }
  // Not JSON any more, or not a number simdjson keeps exactly: no field, but a hint.
  for (const std::string& bad :
       {std::string("18446744073709551616"), std::string("\"a\x01\""), std::string("\"\xff\""),
        std::string(R"("\ud800")"), std::string("01"), std::string("nul"), std::string("'a'")}) {
    const auto result = Read(R"({"user_id":"u","event_type":"view","item_id":)" + bad + "}");
    ASSERT_FALSE(result.has_value()) << bad;
    EXPECT_FALSE(result.error().hint().empty()) << bad;
  }
}

TEST_F(EventReaderTest, Read_LongInteger_HintsAtText) {
  const auto result = With(R"("session_id":123456789012345678901234567890)");

  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().hint(), HasSubstr("as text"));
}

TEST_F(EventReaderTest, Read_RequiredFieldMissing_IsNamed) {
  EXPECT_EQ(Fault(Read(R"({"user_id":"u","event_type":"view"})")), "item_id");
  EXPECT_EQ(Fault(Read(R"({"user_id":"u","item_id":"i"})")), "event_type");
  EXPECT_EQ(Fault(Read(R"({"item_id":"i","event_type":"view"})")), "user_id");
  EXPECT_EQ(Fault(Read(R"({"session_id":"s","item_id":"i","event_type":"view"})")), "ok");
  EXPECT_EQ(Fault(Read("{}")), "item_id");
}

TEST_F(EventReaderTest, Read_UnknownField_NamesTheNearest) {
  const auto typo = With(R"("sesion_id":"s")");
  ASSERT_FALSE(typo.has_value());
  EXPECT_EQ(typo.error().field(), "sesion_id");
  EXPECT_EQ(typo.error().hint(), "Did you mean session_id?");

  EXPECT_THAT(With(R"("zzzzzzzzzzzzzz":1)").error().hint(), HasSubstr("Known are user_id, session_id"));
}

TEST_F(EventReaderTest, Read_FieldGivenTwice_IsRefused) {
  EXPECT_EQ(Fault(With(R"("user_id":"other")")), "user_id");
}

TEST_F(EventReaderTest, EventType_Unregistered_NamesTheNearest) {
  const auto result = Read(R"({"user_id":"u","item_id":"i","event_type":"purchas"})");

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().field(), "event_type");
  EXPECT_THAT(result.error().hint(), HasSubstr("Did you mean purchase?"));
  EXPECT_EQ(Fault(Read(R"({"user_id":"u","item_id":"i","event_type":7})")), "event_type");
  EXPECT_EQ(Fault(Read(R"({"user_id":"u","item_id":"i","event_type":"RATING"})")), "ok");
}

TEST_F(EventReaderTest, Timestamp_EdgesAndMistakes_AreTold) {
  const auto time = [&](const std::string& value) { return With("\"timestamp\":" + value); };

  EXPECT_EQ(time("1793524200000")->event_time_ms, kNow);
  EXPECT_EQ(time("1793524200000.9")->event_time_ms, kNow);
  EXPECT_EQ(time("2147483648")->event_time_ms, 2'147'483'648);      // 2^31
  EXPECT_EQ(time("1793524500000")->event_time_ms, kNow + 300'000);  // exactly 5 minutes
  EXPECT_THAT(time("2147483647").error().hint(), HasSubstr("seconds?"));
  EXPECT_THAT(time("1793524200").error().hint(), HasSubstr("seconds?"));
  EXPECT_THAT(time("-1").error().hint(), HasSubstr("seconds?"));
  EXPECT_THAT(time("1793524500001").error().message(), HasSubstr("5 minutes ahead"));
  EXPECT_THAT(time("1793524200000000").error().message(), HasSubstr("5 minutes ahead"));
  EXPECT_THAT(time("1e300").error().hint(), HasSubstr("microseconds?"));
  EXPECT_THAT(time("18446744073709551615").error().hint(), HasSubstr("microseconds?"));
  for (const char* bad : {"\"yesterday\"", "\"2026-11-01T09:00:00\"", "\"2026-13-01T09:00:00Z\"", "\"\"",
                          "true", "\"1793524200000\"", "{}"}) {
    EXPECT_EQ(Fault(time(bad)), "timestamp") << bad;
  }
}

TEST_F(EventReaderTest, Value_NotAFiniteNumber_IsRefused) {
  EXPECT_EQ(With(R"("value":-3)")->value, -3);
  for (const char* bad : {"\"5\"", "true", "[1]", "{}"})
    EXPECT_EQ(Fault(With(std::string("\"value\":") + bad)), "value");
  for (const char* bad : {"NaN", "Infinity", "1e999"}) {
    EXPECT_FALSE(With(std::string("\"value\":") + bad).has_value()) << bad;
  }
}

TEST_F(EventReaderTest, Properties_TooLargeOrNoObject_AreRefused) {
  // {"a":"…"} has 8 bytes besides its text.
  EXPECT_EQ(Fault(With(R"("properties":{"a":")" + std::string(16 * 1024 - 8, 'x') + "\"}")), "ok");
  EXPECT_EQ(Fault(With(R"("properties":{"a":")" + std::string(16 * 1024 - 7, 'x') + "\"}")), "properties");
  for (const char* bad : {"[]", "\"a\"", "1"})
    EXPECT_EQ(Fault(With(std::string("\"properties\":") + bad)), "properties");
}

TEST_F(EventReaderTest, Nesting_BeyondTheLimit_IsRefused) {
  const auto nested = [&](size_t levels) {
    std::string json = "\"properties\":";
    for (size_t i = 0; i < levels; ++i) json += "{\"a\":";
    json += "1" + std::string(levels, '}');
    return With(json);
  };

  EXPECT_TRUE(nested(20).has_value());
  EXPECT_FALSE(nested(40).has_value());
  EXPECT_FALSE(nested(3'000).has_value());
  EXPECT_FALSE(Read("{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}").has_value());
}

TEST_F(EventReaderTest, Read_AfterBadInput_StillWorks) {
  for (const char* bad :
       {"", "[]", "1", "{", "{\"a\"", "{\"a\":1,}", "{\"a\" 1}", "{\"user_id\":\"u\"} x", "{]"}) {
    EXPECT_FALSE(Read(bad).has_value()) << bad;
  }
  EXPECT_FALSE(Read("{\"a\":\"" + std::string(70'000, 'x') + "\"}").has_value());
  EXPECT_TRUE(With(R"("value":1)").has_value());
}

TEST(ReadMergeTest, OneSource_IsTakenAndOthersAreRefused) {
  const auto read = [](std::string json) {
    json.reserve(json.size() + 64);
    return ReadMerge(json);
  };

  EXPECT_FALSE(read(R"({"from_session_id":"s"})")->is_user);
  EXPECT_TRUE(read(R"({"from_user_id":7})")->is_user);
  EXPECT_EQ(read(R"( {"from_user_id":7})")->id, "7");
  for (const char* bad : {"", "{}", "[]", R"({"from_user_id":"a","from_session_id":"b"})",
                          R"({"user_id":"a"})", R"({"from_user_id":""})", R"({"from_user_id":null})"}) {
    EXPECT_FALSE(read(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace signalbox::ingest
