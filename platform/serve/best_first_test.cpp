// The order is that of a full sort, however far it is looked at.
#include "serve/best_first.hpp"

#include <gtest/gtest.h>

#include <random>

namespace signalbox::serve {
namespace {

bool HigherRow(uint32_t a, uint32_t b) { return a > b; }

std::vector<uint32_t> All(BestFirst& rows) {
  std::vector<uint32_t> order;
  for (; !rows.empty(); rows.Pop()) order.push_back(rows.Top(HigherRow).row);
  return order;
}

TEST(BestFirst, Top_FewRows_BestFirstThenWhoComesFirst) {
  BestFirst rows;
  const std::vector<float> scores = {0.5f, 2, 0, 2, -0.0f};
  rows.Start(scores);
  EXPECT_EQ(rows.Top(HigherRow).score, 2);
  EXPECT_EQ(All(rows), (std::vector<uint32_t>{3, 1, 0, 4, 2}));
}

TEST(BestFirst, Top_ManyTiesAcrossSlices_IsAFullSort) {
  std::mt19937 random(7);
  for (const int distinct : {1, 3, 50, 100'000}) {
    std::vector<float> scores(1000);
    for (float& score : scores) score = static_cast<float>(random() % static_cast<unsigned>(distinct));
    std::vector<uint32_t> expected(scores.size());
    for (uint32_t row = 0; row < expected.size(); ++row) expected[row] = row;
    std::sort(expected.begin(), expected.end(), [&](uint32_t a, uint32_t b) {
      return scores[a] != scores[b] ? scores[a] > scores[b] : HigherRow(a, b);
    });
    BestFirst rows;
    rows.Start(scores);
    EXPECT_EQ(All(rows), expected) << distinct << " distinct scores";
  }
}

TEST(BestFirst, Start_NoRows_IsEmpty) {
  BestFirst rows;
  rows.Start({});
  EXPECT_TRUE(rows.empty());
}

}  // namespace
}  // namespace signalbox::serve
