// Vectors as codes: values, cosines, copies, against values worked out by hand.
#include "state/vector_column.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signalbox::state {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Floats = std::vector<float>;

TEST(VectorColumnTest, Set_Vector_IsCodesOfItsGreatestComponent) {
  VectorColumn column;
  column.Set(3, Floats{0.5F, -1.0F, 0.25F});

  // 63.5 and 31.75 of 127, rounded away from zero at the half.
  EXPECT_THAT(column.Values(3), ElementsAre(64, -127, 32));
  EXPECT_FLOAT_EQ(column.Get(3).length, std::sqrt(64.0F * 64 + 127 * 127 + 32 * 32));
  EXPECT_EQ(column.dimension(), 3u);
  EXPECT_EQ(column.Get(2).codes, nullptr);
  EXPECT_EQ(column.Get(100'000).codes, nullptr);
}

TEST(VectorColumnTest, Cosine_KnownAngles_WithinAHundredth) {
  VectorColumn column;
  column.Set(0, Floats{1, 0});
  column.Set(1, Floats{3, 4});    // cosine with the first: 3 / 5
  column.Set(2, Floats{-20, 0});  // -1
  column.Set(3, Floats{0, 0.001F});

  const auto cosine = [&](ports::Handle a, ports::Handle b) {
    return column.Cosine(column.Get(a), column.Get(b));
  };
  EXPECT_NEAR(cosine(0, 1), 0.6, 0.01);
  EXPECT_NEAR(cosine(0, 2), -1, 1e-6);
  EXPECT_NEAR(cosine(0, 3), 0, 1e-6);
  EXPECT_NEAR(cosine(1, 1), 1, 1e-6);
}

TEST(VectorColumnTest, Set_EmptyZeroOrAnotherDimension_IsAbsent) {
  VectorColumn column;
  for (const ports::Handle item : {0, 1, 2}) column.Set(item, Floats{1, 2});

  column.Set(0, {});
  column.Set(1, Floats{0, 0});
  column.Set(2, Floats{1, 2, 3});

  for (const ports::Handle item : {0, 1, 2}) EXPECT_THAT(column.Values(item), IsEmpty());
}

TEST(VectorColumnTest, Set_OnACopy_LeavesTheOther) {
  VectorColumn column;
  column.Set(0, Floats{1, 1});
  VectorColumn copy = column;

  copy.Set(0, Floats{1, -1});
  copy.Set(1, Floats{0, 1});

  EXPECT_THAT(column.Values(0), ElementsAre(127, 127));
  EXPECT_THAT(column.Values(1), IsEmpty());
  EXPECT_THAT(copy.Values(0), ElementsAre(127, -127));
}

TEST(VectorColumnTest, Values_SetAgain_AreTheSameCodes) {
  VectorColumn column;
  column.Set(0, Floats{0.3F, -0.7F, 0.11F, 0.0F});
  VectorColumn again;
  again.Set(0, column.Values(0));

  EXPECT_EQ(again.Values(0), column.Values(0));
}

TEST(VectorColumnTest, MemoryBytes_FullChunks_DimensionAndFourAnItem) {
  VectorColumn column;
  for (ports::Handle item = 0; item < 4096; ++item) column.Set(item, Floats(64, 1));

  EXPECT_GE(column.memory_bytes(), 4096u * 68);
  EXPECT_LE(column.memory_bytes(), 4096u * 70);
}

}  // namespace
}  // namespace signalbox::state
