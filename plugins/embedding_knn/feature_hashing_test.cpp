// Tokens, sums and folding, worked out by hand where a hash does not decide.
#include "feature_hashing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>

#include "kernels.hpp"

namespace signalbox::embedding_knn {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Tokens(std::string_view text) {
  std::vector<std::string> tokens;
  ForEachToken(
      text,
      [](void* out, std::string_view token) {
        static_cast<std::vector<std::string>*>(out)->emplace_back(token);
      },
      &tokens);
  return tokens;
}

double Length(std::span<const float> values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  return std::sqrt(squares);
}

TEST(FeatureHashingTest, ForEachToken_MixedText_SplitsAndLowers) {
  EXPECT_THAT(Tokens("Trail-Boot 2, a GTX (Größe)"), ElementsAre("trail", "boot", "gtx", "größe"));
  EXPECT_TRUE(Tokens("").empty());
}

TEST(FeatureHashingTest, AddValues_OneToken_PutsItsWeightAtOneCoordinate) {
  FeatureHasher hasher(4096);
  const std::string_view brand = "acme";

  hasher.AddValues("brand", {&brand, 1}, 3);

  // One token: 3 / sqrt(1) at (h >> 1) mod 4096, its sign by the lowest bit.
  const uint64_t hash = HashToken("brand", "acme");
  EXPECT_FLOAT_EQ(hasher.sums()[(hash >> 1) % 4096], (hash & 1) != 0 ? 3.0f : -3.0f);
  EXPECT_DOUBLE_EQ(Length(hasher.sums()), 3);
}

TEST(FeatureHashingTest, AddWords_ManyWords_CountAsMuchAsOne) {
  FeatureHasher hasher(1 << 20);  // so large that these four do not collide

  hasher.AddWords("title", "warm red wool hat", 2);

  EXPECT_NEAR(Length(hasher.sums()), 2, 1e-6);  // sqrt(4 * (2 / sqrt(4))^2)
}

TEST(FeatureHashingTest, AddPath_SharedParent_IsHalfAlike) {
  FeatureHasher tents(1 << 20), stoves(1 << 20);

  tents.AddPath("category", "camp/tents", 1);
  stoves.AddPath("category", "camp/stoves", 1);

  // Each is (parent + itself) / sqrt(2); only the parent is shared: 1 / 2.
  EXPECT_NEAR(Dot(tents.sums().data(), stoves.sums().data(), 1 << 20), 0.5, 1e-6);
}

TEST(FeatureHashingTest, HashToken_SameTokenInOtherFields_Differs) {
  EXPECT_NE(HashToken("title", "acme"), HashToken("brand", "acme"));
  EXPECT_NE(HashToken("ab", "c"), HashToken("a", "bc"));
}

TEST(FeatureHashingTest, FitDimension_Shorter_Pads) {
  const std::vector<float> given = {0.6f, 0.8f};
  std::vector<float> fitted(4);

  FitDimension(given, fitted);

  EXPECT_THAT(fitted, ElementsAre(0.6f, 0.8f, 0.0f, 0.0f));
}

TEST(FeatureHashingTest, FitDimension_Longer_KeepsEverySignedValue) {
  std::vector<float> given(100, 1.0f), fitted(16);

  FitDimension(given, fitted);

  // Each of the hundred is added or taken away somewhere: the sum is even, and not above 100.
  const float sum = std::accumulate(fitted.begin(), fitted.end(), 0.0f);
  EXPECT_LE(std::abs(sum), 100);
  EXPECT_EQ(static_cast<int>(sum) % 2, 0);
  EXPECT_GT(Length(fitted), 0);
}

TEST(KernelsTest, Dot_OddDimensions_EqualsPlainSum) {
  for (const size_t dimension : {1, 7, 8, 15, 16, 33, 100}) {
    std::vector<float> a(dimension), b(dimension);
    std::iota(a.begin(), a.end(), 1.0f);
    std::fill(b.begin(), b.end(), 2.0f);
    // 2 * (1 + ... + n) = n * (n + 1)
    EXPECT_FLOAT_EQ(Dot(a.data(), b.data(), dimension), static_cast<float>(dimension * (dimension + 1)));
    EXPECT_FLOAT_EQ(PickDistance()(a.data(), b.data(), &dimension),
                    1.0f - static_cast<float>(dimension * (dimension + 1)));
  }
}

TEST(KernelsTest, Normalise_ZeroOrInfinite_IsRefused) {
  std::vector<float> zero(3), infinite = {1, INFINITY}, good = {3, 4};

  EXPECT_FALSE(Normalise(zero.data(), 3));
  EXPECT_FALSE(Normalise(infinite.data(), 2));
  EXPECT_TRUE(Normalise(good.data(), 2));
  EXPECT_THAT(good, ElementsAre(0.6f, 0.8f));
}

}  // namespace
}  // namespace signalbox::embedding_knn
