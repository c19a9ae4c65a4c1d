// Events that other producers write into the log: the rules of POST /events, and nothing random.
#include "ingest/json_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/record_codec.hpp"

namespace signalbox::ingest {
namespace {

using testing::HasSubstr;

constexpr int64_t kAppendMs = 1'793'524'200'000;

const JsonMessageReader& Reader() {
  static const JsonMessageReader reader({"view", "click"});
  return reader;
}

TEST(JsonMessageTest, Encode_ValidEvent_IsTheRecordOfTheSamePost) {
  const auto bytes = Reader().Encode(R"({"user_id":"u","item_id":7,"event_type":"Click","event_id":"e"})",
                                     "shop", {2, 9}, kAppendMs);

  ASSERT_TRUE(bytes) << bytes.error().message();
  const auto record = model::DecodeRecord(*bytes);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->tenant, "shop");
  EXPECT_EQ(record->user, "u");
  EXPECT_EQ(record->item, "7");
  EXPECT_EQ(record->type, "click");
  EXPECT_EQ(record->event_id, "e");
  EXPECT_TRUE(record->client_event_id);
  EXPECT_EQ(record->event_time_ms, kAppendMs);
}

TEST(JsonMessageTest, Encode_NoTenantNoId_AreTheDefaultAndThePlaceInTheLog) {
  constexpr std::string_view kJson = R"({"session_id":"s","item_id":"i","event_type":"view"})";

  const auto first = Reader().Encode(kJson, "", {2, 9}, kAppendMs);
  const auto again = Reader().Encode(kJson, "", {2, 9}, kAppendMs);

  ASSERT_TRUE(first && again);
  EXPECT_EQ(*first, *again);
  const auto record = model::DecodeRecord(*first);
  EXPECT_EQ(record->tenant, "default");
  EXPECT_EQ(record->event_id, "log-2-9");
  EXPECT_FALSE(record->client_event_id);
}

TEST(JsonMessageTest, Encode_WrongOnes_SayWhat) {
  const auto reason = [](std::string_view json) {
    const auto bytes = Reader().Encode(json, "", {0, 0}, kAppendMs);
    return bytes ? std::string("ok") : bytes.error().message();
  };

  EXPECT_THAT(reason(R"({"user_id":"u","event_type":"view"})"), HasSubstr("item_id"));
  EXPECT_THAT(reason(R"({"user_id":"u","item_id":"i","event_type":"stare"})"), HasSubstr("stare"));
  EXPECT_THAT(reason("[]"), HasSubstr("JSON event: "));
  EXPECT_THAT(reason(""), HasSubstr("JSON event: "));
  EXPECT_THAT(reason(std::string(100'000, '[')), HasSubstr("JSON event: "));
}

}  // namespace
}  // namespace signalbox::ingest
