// Two processes that both believe to be the one that writes checkpoints never spoil each other's.
#include <gtest/gtest.h>

#include "process/testing/test_node.hpp"
#include "state/checkpoint_manifest.hpp"

namespace signalbox::process {
namespace {

using testing::Event;
using testing::TestNode;
using testing::World;

class CheckpointTurnTest : public ::testing::Test {
 protected:
  void Append(int minute) {
    TestNode node(world_);
    node.Append({Event("anna", "tent", minute)});
  }
  std::vector<uint64_t> Sequences() const { return state::CheckpointSequences(world_.checkpoint_dir); }

  World world_{1};
};

TEST_F(CheckpointTurnTest, Begin_SequencesAreOfTheTerm) {
  TestNode node(world_);
  node.checkpointer.Begin({4, nullptr});

  ASSERT_TRUE(node.checkpointer.WriteNow());
  ASSERT_TRUE(node.checkpointer.WriteNow());

  EXPECT_EQ(Sequences(), (std::vector<uint64_t>{4'000'000'002, 4'000'000'001}));
}

TEST_F(CheckpointTurnTest, Begin_SameTermAgain_GoesOnCounting) {
  TestNode node(world_);
  node.checkpointer.Begin({4, nullptr});
  ASSERT_TRUE(node.checkpointer.WriteNow());

  node.checkpointer.Begin({4, nullptr});
  ASSERT_TRUE(node.checkpointer.WriteNow());

  EXPECT_EQ(Sequences().front(), 4'000'000'002u);
}

TEST_F(CheckpointTurnTest, Begin_TermsStartOver_GoesOnAboveWhatIsThere) {
  {
    TestNode node(world_);
    node.checkpointer.Begin({7, nullptr});
    ASSERT_TRUE(node.checkpointer.WriteNow());
  }
  TestNode node(world_);
  node.checkpointer.Begin({1, nullptr});

  ASSERT_TRUE(node.checkpointer.WriteNow());

  EXPECT_EQ(Sequences().front(), 8'000'000'001u);
}

TEST_F(CheckpointTurnTest, WriteNow_TurnIsOver_WritesNothing) {
  TestNode node(world_);
  bool lasts = true;
  node.checkpointer.Begin({1, [&] { return lasts; }});
  ASSERT_TRUE(node.checkpointer.WriteNow());
  lasts = false;

  const auto written = node.checkpointer.WriteNow();

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kConflict);
  EXPECT_EQ(Sequences().size(), 1u);
}

TEST_F(CheckpointTurnTest, WriteNow_TurnEndsWhileItWrites_LeavesItUncommitted) {
  TestNode node(world_);
  int asked = 0;
  node.checkpointer.Begin({1, [&] { return ++asked < 2; }});

  EXPECT_FALSE(node.checkpointer.WriteNow());

  EXPECT_TRUE(Sequences().empty());
}

TEST_F(CheckpointTurnTest, LateWriteOfTheFormerHolder_IsOlderThanTheNewOnes) {
  Append(1);
  TestNode former(world_), next(world_);
  ASSERT_TRUE(former.processor.Replay(nullptr));
  former.checkpointer.Begin({1, nullptr});
  Append(2);
  ASSERT_TRUE(next.processor.Replay(nullptr));
  next.checkpointer.Begin({2, nullptr});
  ASSERT_TRUE(next.checkpointer.WriteNow());

  ASSERT_TRUE(former.checkpointer.WriteNow());

  const auto newest = state::CheckpointReader::OpenNewest(world_.checkpoint_dir);
  ASSERT_TRUE(newest && *newest);
  EXPECT_EQ((*newest)->manifest().sequence, 2'000'000'001u);
  EXPECT_EQ((*newest)->manifest().offsets, model::Offsets{2});
}

TEST_F(CheckpointTurnTest, UnfinishedWriteOfTheNextHolder_IsNotSweptByTheFormer) {
  state::CheckpointManifest manifest;
  manifest.sequence = 2'000'000'001;
  auto next = state::CheckpointWriter::Begin(world_.checkpoint_dir, manifest);
  ASSERT_TRUE(next);
  ASSERT_TRUE((*next)->Section("dedup"));

  state::CheckpointManifest late;
  late.sequence = 1'000'000'005;
  ASSERT_TRUE(state::CheckpointWriter::Begin(world_.checkpoint_dir, late));

  EXPECT_TRUE((*next)->Commit());
}

}  // namespace
}  // namespace signalbox::process
