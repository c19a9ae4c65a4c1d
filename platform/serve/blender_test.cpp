// Normalising, weighting and sharing out, with values worked out by hand.
#include "serve/blender.hpp"

#include <gtest/gtest.h>

namespace signalbox::serve {
namespace {

ScoreMatrix MatrixOf(const std::vector<std::vector<float>>& columns) {
  ScoreMatrix matrix;
  matrix.Reset(columns.empty() ? 0 : columns[0].size(), columns.size());
  for (size_t signal = 0; signal < columns.size(); ++signal) {
    std::copy(columns[signal].begin(), columns[signal].end(), matrix.column(signal).begin());
  }
  return matrix;
}

TEST(ScoreMatrixTest, Reset_AfterUse_IsAllNoOpinion) {
  ScoreMatrix matrix = MatrixOf({{1, 2}, {3, 4}});

  matrix.Silence(0);
  EXPECT_TRUE(std::isnan(matrix.column(0)[1]));
  EXPECT_EQ(matrix.column(1)[1], 4);
  matrix.Reset(3, 1);

  ASSERT_EQ(matrix.column(0).size(), 3u);
  EXPECT_TRUE(std::isnan(matrix.column(0)[2]));
}

TEST(BlenderTest, Blend_TwoColumns_MinMaxThenWeights) {
  // Column 0 over [2, 6]: 0, 0.25, 1. Column 1 over [10, 20]: 1, 0, 0.5.
  // Scores: 0.75*0 + 0.25*1 = 0.25; 0.75*0.25 + 0 = 0.1875; 0.75*1 + 0.25*0.5 = 0.875.
  Blend blend;

  BlendScores(MatrixOf({{2, 3, 6}, {20, 10, 15}}), std::vector{0.75, 0.25}, {}, &blend);

  EXPECT_FLOAT_EQ(blend.scores[0], 0.25f);
  EXPECT_FLOAT_EQ(blend.scores[1], 0.1875f);
  EXPECT_FLOAT_EQ(blend.scores[2], 0.875f);
}

TEST(BlenderTest, Blend_ScoresAlike_AreTheSame) {
  // Over [0, 1]: 0.5000001 and 0.5 differ by less than a millionth, 0.50001 by more.
  Blend blend;

  BlendScores(MatrixOf({{0, 1, 0.5f, 0.5000001f, 0.50001f}}), std::vector{1.0}, {}, &blend);
  EXPECT_EQ(blend.scores, (std::vector<float>{0, 1, 0.5f, 0.5f, 0.50001f}));

  BlendScores(MatrixOf({{0, 1, 0.5f, 0.5000001f, 0.50001f}}), std::vector{1e-9}, {}, &blend);
  EXPECT_EQ(blend.scores[2], blend.scores[3]);
  EXPECT_LT(blend.scores[3], blend.scores[4]);
}

TEST(BlenderTest, Blend_SilentColumn_SharesItsWeightInProportion) {
  // Weights 0.6, 0.3, 0.1; the last says nothing: 0.6/0.9 = 2/3 and 0.3/0.9 = 1/3.
  // Column 0: 0, 1, no opinion 0. Column 1 is constant: 0.5, 0.5, no opinion 0.
  // Scores: 0 + 1/6; 2/3 + 1/6 = 5/6; 0.
  Blend blend;

  BlendScores(MatrixOf({{1, 3, NAN}, {5, 5, NAN}, {NAN, NAN, NAN}}), std::vector{0.6, 0.3, 0.1}, {}, &blend);

  EXPECT_NEAR(blend.scores[0], 1.0 / 6, 1e-6);
  EXPECT_NEAR(blend.scores[1], 5.0 / 6, 1e-6);
  EXPECT_FLOAT_EQ(blend.scores[2], 0);
  EXPECT_DOUBLE_EQ(blend.columns[0].weight, 2.0 / 3);
  EXPECT_DOUBLE_EQ(blend.columns[2].weight, 0);
  EXPECT_FALSE(blend.columns[2].speaks);
}

TEST(BlenderTest, Blend_InfinityAndNoCandidates_AreNoOpinion) {
  Blend blend;

  BlendScores(MatrixOf({{INFINITY, 1, 2}}), std::vector{1.0}, {}, &blend);
  EXPECT_EQ(blend.scores, (std::vector<float>{0, 0, 1}));

  BlendScores(MatrixOf({{}, {}}), std::vector{1.0, 1.0}, {}, &blend);
  EXPECT_TRUE(blend.scores.empty());
}

TEST(BlenderTest, Blend_AllSilentOrWeightless_IsZero) {
  Blend blend;

  BlendScores(MatrixOf({{NAN, NAN}, {1, 2}}), std::vector{1.0, 0.0}, {}, &blend);

  EXPECT_EQ(blend.scores, (std::vector<float>{0, 0}));
}

TEST(BlenderTest, Blend_NormaliseKinds_AsDeclared) {
  // Of 4, 2, 2, -1: max 1, .5, .5, 0; rank 1, 2/3, 2/3, 0 (of four; equal ones the best rank of both);
  // none, cut to [0, 1]: 1, 1, 1, 0.
  using scripting::Normalise;
  const auto matrix = MatrixOf({{4, 2, 2, -1, NAN}});
  const auto blended = [&](Normalise how) {
    Blend blend;
    BlendScores(matrix, std::vector{1.0}, {{how}, {}}, &blend);
    return blend.scores;
  };

  EXPECT_EQ(blended(Normalise::kMax), (std::vector<float>{1, 0.5f, 0.5f, 0, 0}));
  const auto rank = blended(Normalise::kRank);
  EXPECT_FLOAT_EQ(rank[0], 1);
  EXPECT_NEAR(rank[1], 2.0 / 3, 1e-6);
  EXPECT_NEAR(rank[2], 2.0 / 3, 1e-6);
  EXPECT_FLOAT_EQ(rank[3], 0);
  EXPECT_EQ(blended(Normalise::kNone), (std::vector<float>{1, 1, 1, 0, 0}));
}

TEST(BlenderTest, Blend_OneCandidateByRank_IsOne) {
  Blend blend;
  BlendScores(MatrixOf({{7}}), std::vector{0.5}, {{scripting::Normalise::kRank}, {}}, &blend);
  EXPECT_FLOAT_EQ(blend.scores[0], 0.5f);
}

TEST(BlenderTest, Blend_MissingShare_OthersTakeTheWeightForThatCandidate) {
  Blend blend;
  BlendScores(MatrixOf({{0, 1, 0.5f}, {NAN, 3, NAN}, {2, NAN, 4}}), std::vector{0.5, 0.3, 0.2},
              {{}, {false, true, false}}, &blend);

  // Row 0: (0 + .2 * 0) / .7 = 0; row 1: .5 + .3 * .5 = .65; row 2: (.5 * .5 + .2 * 1) / .7 = .642857.
  EXPECT_FLOAT_EQ(blend.scores[0], 0);
  EXPECT_FLOAT_EQ(blend.scores[1], 0.65f);
  EXPECT_NEAR(blend.scores[2], 0.642857, 2e-6);
  EXPECT_FLOAT_EQ(blend.share_of(1), 1);
  EXPECT_NEAR(blend.share_of(2), 1 / 0.7, 1e-6);
}

}  // namespace
}  // namespace signalbox::serve
