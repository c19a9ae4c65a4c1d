// The log record keeps every field and notices every damaged byte.
#include "model/record_codec.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace signalbox::model {
namespace {

LogRecord FullRecord() {
  LogRecord record;
  record.tenant = "shop";
  record.event_id = "e-1";
  record.client_event_id = true;
  record.user = "anna";
  record.session = "s-9";
  record.item = "tent-1";
  record.type = "purchase";
  record.event_time_ms = 1'700'000'000'123;
  record.value = 199.5;
  record.recommendation_id = "r-1";
  record.properties = R"({"colour":"grün"})";
  return record;
}

TEST(RecordCodecTest, Decode_EncodedRecord_GivesItBack) {
  std::string bytes;
  EncodeRecord(FullRecord(), &bytes);

  const auto view = DecodeRecord(bytes);

  ASSERT_TRUE(view);
  const LogRecord back = ToRecord(*view);
  EXPECT_EQ(back.tenant, "shop");
  EXPECT_EQ(back.user, "anna");
  EXPECT_EQ(back.item_type, "item");
  EXPECT_EQ(back.event_time_ms, 1'700'000'000'123);
  EXPECT_EQ(back.value, 199.5);
  EXPECT_TRUE(back.client_event_id);
  EXPECT_EQ(back.properties, R"({"colour":"grün"})");
}

TEST(RecordCodecTest, Decode_NoValue_IsNaN) {
  LogRecord record = FullRecord();
  record.value = NAN;
  std::string bytes;
  EncodeRecord(record, &bytes);

  EXPECT_TRUE(std::isnan(DecodeRecord(bytes)->value));
}

TEST(RecordCodecTest, Decode_AnyByteFlipped_IsAnError) {
  std::string bytes;
  EncodeRecord(FullRecord(), &bytes);

  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    EXPECT_FALSE(DecodeRecord(damaged)) << "byte " << i;
  }
}

TEST(RecordCodecTest, Decode_AnyPrefix_IsAnError) {
  std::string bytes;
  EncodeRecord(FullRecord(), &bytes);

  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeRecord(std::string_view(bytes).substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace signalbox::model
