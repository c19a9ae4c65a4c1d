// Values in blocks.
#include "state/section_stream.hpp"

#include <gtest/gtest.h>

#include "state/byte_buffers.hpp"

namespace signalbox::state {
namespace {

TEST(SectionStreamTest, Read_WrittenValues_ComeBackAcrossBlocks) {
  TextSink sink;
  SectionWriter writer(sink);
  const std::string long_text(700'000, 'l');
  for (uint64_t i = 0; i < 50'000; ++i) {
    writer.Varint(i * i);
    writer.Fixed(static_cast<int32_t>(i));
    if (i % 10'000 == 0) writer.Text(long_text);
  }
  ASSERT_TRUE(writer.Finish());

  TextSource source(sink.bytes);
  SectionReader reader(source);
  for (uint64_t i = 0; i < 50'000; ++i) {
    ASSERT_EQ(reader.Varint(), i * i);
    ASSERT_EQ(reader.Fixed<int32_t>(), static_cast<int32_t>(i));
    if (i % 10'000 != 0) continue;
    ASSERT_EQ(reader.Text(), long_text);
  }
  EXPECT_TRUE(reader.Finish("numbers"));
}

TEST(SectionStreamTest, Read_TwoStreamsInOneSource_FollowEachOther) {
  TextSink sink;
  for (int i = 1; i <= 2; ++i) {
    SectionWriter writer(sink);
    writer.Fixed(i);
    ASSERT_TRUE(writer.Finish());
  }

  TextSource source(sink.bytes);
  for (int i = 1; i <= 2; ++i) {
    SectionReader reader(source);
    EXPECT_EQ(reader.Fixed<int>(), i);
    EXPECT_TRUE(reader.Finish("one"));
  }
}

TEST(SectionStreamTest, Finish_ValuesLeft_IsDataLoss) {
  TextSink sink;
  SectionWriter writer(sink);
  writer.Fixed(1);
  writer.Fixed(2);
  ASSERT_TRUE(writer.Finish());

  TextSource source(sink.bytes);
  SectionReader reader(source);
  reader.Fixed<int>();

  EXPECT_EQ(reader.Finish("numbers").error().code(), Code::kDataLoss);
}

TEST(SectionStreamTest, Read_EmptyStream_FinishesAtOnce) {
  TextSink sink;
  ASSERT_TRUE(SectionWriter(sink).Finish());

  TextSource source(sink.bytes);
  SectionReader reader(source);
  EXPECT_TRUE(reader.Finish("nothing"));
}

}  // namespace
}  // namespace signalbox::state
