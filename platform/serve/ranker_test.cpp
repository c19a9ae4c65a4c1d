// Rules run lazily, and the list is right all the same.
#include "serve/ranker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "serve/candidate_set.hpp"

namespace signalbox::serve {
namespace {

using ::testing::ElementsAre;

// Items named by their handle, two digits.
class NumberedItems final : public ports::ItemIndex {
 public:
  ports::ItemName Name(ports::Handle item) const override { return {"item", names_[item]}; }
  ports::Handle Find(std::string_view, std::string_view) const override { return ports::kNoHandle; }
  uint32_t size() const override { return 100; }
  void ReadNumbers(std::string_view, std::span<const ports::Handle>, double*) const override {}
  void ReadTexts(std::string_view, std::span<const ports::Handle>, std::string_view*) const override {}

 private:
  std::vector<std::string> names_ = [] {
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) names.push_back(std::to_string(i / 10) + std::to_string(i % 10));
    return names;
  }();
};

class FakeRun final : public scripting::Run {
 public:
  Result<std::vector<std::pair<std::string, double>>> Weights() override {
    return Fail(Code::kInternal, "unused");
  }
  Result<bool> Filter(size_t, const scripting::ItemReader&, uint32_t row) override {
    ++filters;
    if (static_cast<int>(row) == fails_at) return Fail(Code::kInvalidArgument, "broken");
    return drops.count(row) == 0;
  }
  Result<double> Boost(size_t, const scripting::ItemReader&, uint32_t row) override {
    ++boosts;
    return factors.count(row) != 0 ? factors[row] : 1.0;
  }
  void Pause() override {}

  int filters = 0, boosts = 0, fails_at = -1;
  std::set<uint32_t> drops;
  std::map<uint32_t, double> factors;
};

class NoFields final : public scripting::ItemReader {
 public:
  std::string_view Id(uint32_t) const override { return {}; }
  int FieldByName(std::string_view) const override { return -1; }
  scripting::FieldValue Field(uint32_t, int) const override { return {}; }
};

class RankerTest : public ::testing::Test {
 protected:
  // Ten candidates 10..19 with scores 1.0, 0.9, ... 0.1.
  RankInput Input(uint32_t count) {
    for (int i = 0; i < 10; ++i) {
      items_.push_back(static_cast<sb_item>(10 + i));
      scores_.push_back(static_cast<float>(10 - i) / 10);
    }
    declaration_.filters = {"drop"};
    RankInput input;
    input.items = items_;
    input.scores = scores_;
    input.count = count;
    input.index = &index_;
    input.rules = &run_;
    input.declaration = &declaration_;
    input.reader = &reader_;
    return input;
  }
  std::vector<uint32_t> Rows() const {
    std::vector<uint32_t> rows;
    for (const auto& row : ranked_) rows.push_back(row.row);
    return rows;
  }

  NumberedItems index_;
  NoFields reader_;
  FakeRun run_;
  scripting::Declaration declaration_;
  std::vector<sb_item> items_;
  std::vector<float> scores_;
  std::vector<RankedRow> ranked_;
  Ranker ranker_;
  bool all_ = false;
};

TEST_F(RankerTest, Rank_NoBoosts_AsksTheFilterOnlyUntilTheListIsFull) {
  const RankInput input = Input(3);
  run_.drops = {1};

  ASSERT_TRUE(ranker_.Rank(input, &ranked_, &all_));

  EXPECT_THAT(Rows(), ElementsAre(0, 2, 3));
  EXPECT_EQ(run_.filters, 4);
}

TEST_F(RankerTest, Rank_Boost_StopsWhereTheBoundCannotEnter) {
  // count 2, max 1.2. Rows 0 (1.0) and 1 (0.9) fill the list. Row 2: 0.8*1.2 = 0.96 may enter and
  // is boosted to 0.96. Row 3: 0.7*1.2 = 0.84 is below 0.96: stop.
  declaration_.boosts = {{"fresh", 1.2}};
  const RankInput input = Input(2);
  run_.factors = {{2, 1.2}, {3, 1.2}};

  ASSERT_TRUE(ranker_.Rank(input, &ranked_, &all_));

  EXPECT_THAT(Rows(), ElementsAre(0, 2));
  EXPECT_NEAR(ranked_[1].score, 0.96, 1e-6);
  EXPECT_EQ(run_.boosts, 3);
}

TEST_F(RankerTest, Rank_BoostBelowOne_MovesItemsDown) {
  // Row 0 falls to 0.5, so rows 1 (0.9) and 2 (0.8) lead; no factor is above 1, so row 3 (0.7)
  // cannot enter any more.
  declaration_.boosts = {{"calm", 0.9}};
  const RankInput input = Input(2);
  run_.factors = {{0, 0.5}};

  ASSERT_TRUE(ranker_.Rank(input, &ranked_, &all_));

  EXPECT_THAT(Rows(), ElementsAre(1, 2));
  EXPECT_EQ(run_.boosts, 3);
}

TEST_F(RankerTest, Rank_EqualScores_FollowTheOrderOfIds) {
  RankInput input = Input(3);
  const std::vector<sb_item> items = {30, 20, 25, 10};
  const std::vector<float> scores = {0.5f, 0.5f, 0.5f, 0.1f};
  input.items = items;
  input.scores = scores;

  ASSERT_TRUE(ranker_.Rank(input, &ranked_, &all_));

  EXPECT_THAT(Rows(), ElementsAre(1, 2, 0));
}

TEST_F(RankerTest, Rank_FewerThanCount_GivesAllThatPass) {
  RankInput input = Input(50);
  run_.drops = {0, 9};

  ASSERT_TRUE(ranker_.Rank(input, &ranked_, &all_));

  EXPECT_EQ(ranked_.size(), 8u);
  EXPECT_EQ(run_.filters, 10);
}

TEST_F(RankerTest, Deepen_AfterFewer_IsTheLongerListAndLooksAtEachRowOnce) {
  declaration_.boosts = {{"fresh", 1.2}};
  RankInput input = Input(2);
  run_.drops = {1, 5};
  run_.factors = {{3, 1.2}};
  ASSERT_TRUE(ranker_.Rank(input, &ranked_, &all_));
  EXPECT_FALSE(all_);

  input.count = 4;
  ASSERT_TRUE(ranker_.Deepen(input, &ranked_, &all_));

  // 0: 1.0, 3: 0.7 * 1.2 = 0.84, 2: 0.8, 4: 0.6.
  EXPECT_THAT(Rows(), ElementsAre(0, 3, 2, 4));
  EXPECT_FALSE(all_);
  input.count = 50;
  ASSERT_TRUE(ranker_.Deepen(input, &ranked_, &all_));
  EXPECT_THAT(Rows(), ElementsAre(0, 3, 2, 4, 6, 7, 8, 9));
  EXPECT_TRUE(all_);
  EXPECT_EQ(run_.filters, 10);
}

TEST_F(RankerTest, Rank_RuleFails_IsAnError) {
  const RankInput input = Input(3);
  run_.fails_at = 1;

  EXPECT_EQ(ranker_.Rank(input, &ranked_, &all_).error().message(), "broken");
}

TEST_F(RankerTest, Rank_Explain_TellsWhatBoostsDid) {
  declaration_.boosts = {{"fresh", 2}, {"calm", 2}};
  RankInput input = Input(1);
  input.explain = true;
  run_.factors = {{0, 1.5}};

  ASSERT_TRUE(ranker_.Rank(input, &ranked_, &all_));

  EXPECT_THAT(ranked_[0].effects, ElementsAre("boost 'fresh' x1.5", "boost 'calm' x1.5"));
}

TEST(CandidateSetTest, Add_RepeatedExcludedAndMany_GivesEachItemOneRow) {
  CandidateSet set;
  set.Clear(4);
  set.Exclude(7);

  EXPECT_EQ(set.Add(5), 0u);
  EXPECT_EQ(set.Add(7), CandidateSet::kNoRow);
  EXPECT_EQ(set.Add(5), 0u);
  EXPECT_TRUE(set.Has(7));
  EXPECT_FALSE(set.Has(8));
  for (sb_item item = 100; item < 1100; ++item) EXPECT_EQ(set.Add(item), item - 99);
  EXPECT_EQ(set.Add(5), 0u);
  EXPECT_EQ(set.Add(7), CandidateSet::kNoRow);
  set.Clear(4);
  EXPECT_FALSE(set.Has(5));
  EXPECT_EQ(set.items().size(), 0u);
}

}  // namespace
}  // namespace signalbox::serve
