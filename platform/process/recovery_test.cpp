// A restart from any checkpoint gives the state that a clean replay gives.
#include <filesystem>
#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "process/checkpointer.hpp"
#include "process/testing/test_node.hpp"

namespace signalbox::process {
namespace {

using testing::Event;
using ::testing::HasSubstr;
using testing::TestNode;
using testing::World;

// Visitors of one partition join only each other: what crosses partitions has no order to keep.
std::vector<model::LogRecord> RandomTraffic(int count, unsigned seed, bool joins) {
  std::mt19937 random(seed);
  std::vector<model::LogRecord> records;
  const char* const types[] = {"view", "click", "purchase"};
  for (int i = 0; i < count; ++i) {
    auto record = Event("u" + std::to_string(random() % 40), "i" + std::to_string(random() % 100), i / 4,
                        types[random() % 3]);
    if (random() % 5 == 0) record.session = joins ? "s" + std::to_string(random() % 20) : "s-" + record.user;
    if (joins && random() % 7 == 0) record.user.clear();
    if (record.user.empty() && record.session.empty()) record.session = "s1";
    if (random() % 3 == 0) {
      record.event_id = "e" + std::to_string(random() % 200);
      record.client_event_id = true;
    }
    if (random() % 97 == 0 && !record.user.empty()) {
      record.kind = model::RecordKind::kForget;
    } else if (joins && random() % 61 == 0 && !record.user.empty()) {
      record.kind = model::RecordKind::kMerge;
      record.from = "s" + std::to_string(random() % 20);
    }
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<std::string> CleanReplay(World& world, size_t batch) {
  TestNode node(world, batch);
  EXPECT_TRUE(node.processor.CatchUpCatalogue());
  EXPECT_TRUE(node.processor.Replay(nullptr));
  return node.Export();
}

class RecoveryTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(RecoveryTest, Recover_AfterCheckpointAndMoreEvents_EqualsACleanReplay) {
  World world(GetParam());
  ASSERT_TRUE(world.catalogue.Put("default", {{.id = "i1"}, {.id = "i2"}}));
  {
    TestNode first(world);
    first.Append(RandomTraffic(1500, 1, world.partitions == 1));
    ASSERT_TRUE(first.processor.CatchUpCatalogue());
    ASSERT_TRUE(first.processor.Replay(nullptr));
    const auto written = first.checkpointer.WriteNow();
    ASSERT_TRUE(written) << written.error().message();
    first.Append(RandomTraffic(700, 2, world.partitions == 1));
  }
  ASSERT_TRUE(world.catalogue.Put("default", {{.id = "i3"}}));

  TestNode second(world, 64);
  const auto recovered = Recover(world.checkpoint_dir, second.processor, second.deps);
  ASSERT_TRUE(recovered) << recovered.error().message();
  EXPECT_TRUE(recovered->from_checkpoint);
  EXPECT_TRUE(recovered->relearnt.empty());
  ASSERT_TRUE(second.processor.Replay(nullptr));

  EXPECT_EQ(second.Export(), CleanReplay(world, 512));
  EXPECT_EQ(second.tenant.catalogue().view()->epoch(), 3u);
}

TEST_P(RecoveryTest, Replay_HoweverCutIntoBatches_GivesTheSameState) {
  World world(GetParam());
  {
    TestNode node(world);
    node.Append(RandomTraffic(800, 3, world.partitions == 1));
  }

  EXPECT_EQ(CleanReplay(world, 1), CleanReplay(world, 777));
}

TEST_P(RecoveryTest, Recover_NewSignal_LearnsWhatTheOthersKnow) {
  World world(GetParam());
  ASSERT_TRUE(world.catalogue.Put("default", {{.id = "i1"}}));
  {
    TestNode first(world, 512, {"a"});
    first.Append(RandomTraffic(600, 4, world.partitions == 1));
    ASSERT_TRUE(first.processor.CatchUpCatalogue());
    ASSERT_TRUE(first.processor.Replay(nullptr));
    ASSERT_TRUE(first.checkpointer.WriteNow());
  }

  TestNode second(world, 512, {"a", "b"});
  const auto recovered = Recover(world.checkpoint_dir, second.processor, second.deps);
  ASSERT_TRUE(recovered) << recovered.error().message();
  ASSERT_TRUE(second.processor.Replay(nullptr));

  EXPECT_THAT(recovered->relearnt, ::testing::ElementsAre("default/b"));
  EXPECT_EQ(*second.signals.at(1).Export(), *second.signals.at(0).Export());
  EXPECT_EQ(second.signals.at(1).catalogue.size(), 1u);
}

TEST_P(RecoveryTest, Checkpoint_QuarantinedSignal_LearnsAgainAtTheNextStart) {
  World world(GetParam());
  {
    TestNode first(world);
    first.Append(RandomTraffic(300, 5, world.partitions == 1));
    ASSERT_TRUE(first.processor.Replay(nullptr));
    first.signals.at(1).health_ = signals::Health::kQuarantined;
    ASSERT_TRUE(first.checkpointer.WriteNow());
  }

  TestNode second(world);
  const auto recovered = Recover(world.checkpoint_dir, second.processor, second.deps);

  ASSERT_TRUE(recovered);
  EXPECT_THAT(recovered->relearnt, ::testing::ElementsAre("default/b"));
  EXPECT_EQ(*second.signals.at(1).Export(), *second.signals.at(0).Export());
}

INSTANTIATE_TEST_SUITE_P(Partitions, RecoveryTest, ::testing::Values(1, 3));

// The last entry before the checkpoint is another producer's, translated otherwise after the restart.
TEST(RecoveryAlertTest, Recover_TranslatedEntryAndOffsetsWithoutRecord_AreTheSameLog) {
  World world(1);
  std::string record;
  model::EncodeRecord(Event("anna", "tent", 0), &record);
  {
    TestNode first(world);
    first.Append({Event("anna", "mug", 0)});
    first.log.SkipOffset(0);
    first.log.PutEntry(0, {.payload = "{json}", .problem = "event_type is not registered"});
    first.log.SkipOffset(0);
    ASSERT_TRUE(first.processor.Replay(nullptr));
    ASSERT_TRUE(first.checkpointer.WriteNow());
  }
  world.storage->partitions[0].entries[2].problem.clear();
  world.storage->partitions[0].entries[2].original = "{json}";
  world.storage->partitions[0].entries[2].payload = record;

  TestNode second(world, 512, {"a", "b", "learns-again"});
  const auto recovered = Recover(world.checkpoint_dir, second.processor, second.deps);

  ASSERT_TRUE(recovered) << recovered.error().message();
  EXPECT_TRUE(second.processor.Replay(nullptr));
  EXPECT_EQ(second.processor.Applied(), model::Offsets{4});
}

TEST(RecoveryAlertTest, Recover_TruncatedLog_IsAnErrorAndNoReset) {
  World world(1);
  {
    TestNode first(world);
    first.Append(RandomTraffic(100, 6, world.partitions == 1));
    ASSERT_TRUE(first.processor.Replay(nullptr));
    ASSERT_TRUE(first.checkpointer.WriteNow());
  }
  world.storage->partitions[0].entries.resize(50);

  TestNode second(world);
  const auto recovered = Recover(world.checkpoint_dir, second.processor, second.deps);

  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code(), Code::kDataLoss);
  EXPECT_THAT(recovered.error().message(), HasSubstr("was truncated or replaced"));
}

TEST_P(RecoveryTest, Recover_TenantThatTheCheckpointLacks_IsBuiltFromTheLog) {
  World world(GetParam());
  {
    TestNode first(world);
    first.Append(RandomTraffic(400, 7, world.partitions == 1));
    ASSERT_TRUE(first.processor.Replay(nullptr));
    Checkpointer without({.dir = world.checkpoint_dir}, first.processor, first.log, {}, world.key,
                         world.clock, world.metrics);
    ASSERT_TRUE(without.WriteNow());
  }

  TestNode second(world);
  const auto recovered = Recover(world.checkpoint_dir, second.processor, second.deps);
  ASSERT_TRUE(recovered) << recovered.error().message();
  ASSERT_TRUE(second.processor.Replay(nullptr));

  EXPECT_THAT(recovered->relearnt, ::testing::ElementsAre("default"));
  EXPECT_EQ(second.Export(), CleanReplay(world, 512));
}

TEST_P(RecoveryTest, Recover_NewestCheckpointDamaged_TakesTheOneBefore) {
  World world(GetParam());
  {
    TestNode first(world);
    first.Append(RandomTraffic(300, 8, world.partitions == 1));
    ASSERT_TRUE(first.processor.Replay(nullptr));
    ASSERT_TRUE(first.checkpointer.WriteNow());
    first.Append(RandomTraffic(300, 9, world.partitions == 1));
    ASSERT_TRUE(first.processor.Replay(nullptr));
    ASSERT_TRUE(first.checkpointer.WriteNow());
  }
  std::filesystem::path newest;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.checkpoint_dir)) {
    if (entry.path().filename().string().find("users") == 0 && entry.path() > newest) newest = entry.path();
  }
  std::fstream file(newest, std::ios::in | std::ios::out | std::ios::binary);
  ASSERT_TRUE(file) << newest;
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(newest) / 2));
  file.write("\x5a\x5a\x5a\x5a", 4);
  file.close();

  TestNode second(world);
  const auto recovered = Recover(world.checkpoint_dir, second.processor, second.deps);
  ASSERT_TRUE(recovered) << recovered.error().message();
  ASSERT_TRUE(second.processor.Replay(nullptr));

  EXPECT_TRUE(recovered->from_checkpoint);
  EXPECT_EQ(recovered->sequence, 1u);
  EXPECT_EQ(second.Export(), CleanReplay(world, 512));
}

TEST(RecoveryAlertTest, Recover_OlderCatalogue_IsAnError) {
  World world(1);
  ASSERT_TRUE(world.catalogue.Put("default", {{.id = "i1"}}));
  ASSERT_TRUE(world.catalogue.Put("default", {{.id = "i2"}}));
  {
    TestNode first(world);
    ASSERT_TRUE(first.processor.CatchUpCatalogue());
    ASSERT_TRUE(first.checkpointer.WriteNow());
  }
  ports::fakes::MemoryCatalogueStore older;
  ASSERT_TRUE(older.Put("default", {{.id = "i1"}}));

  TestNode second(world);
  const ProcessorDeps deps{second.log,          older,    world.dead_letters, world.clock, world.metrics,
                           second.deps.tenants, world.key};
  const auto recovered = Recover(world.checkpoint_dir, second.processor, deps);

  ASSERT_FALSE(recovered);
  EXPECT_THAT(recovered.error().message(), HasSubstr("replaced by an older one"));
}

TEST(CheckpointIdentityTest, KeepTypeIndexes_ChangedConfiguration_KeepsPlacesAndTakesNewWeights) {
  const auto kept = KeepTypeIndexes({{"cart", 5}, {"view", 1}}, {{"aaa", 2}, {"view", 3}});

  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0].name, "cart");  // no longer configured, still in histories
  EXPECT_EQ(kept[1].name, "view");
  EXPECT_EQ(kept[1].weight, 3);
  EXPECT_EQ(kept[2].name, "aaa");
}

TEST(CheckpointIdentityTest, Read_WrittenCheckpoint_GivesTypesAndKeyBack) {
  World world(1);
  TestNode node(world);
  ASSERT_TRUE(node.checkpointer.WriteNow());

  const auto identity = ReadCheckpointIdentity(world.checkpoint_dir);

  ASSERT_TRUE(identity && *identity);
  EXPECT_EQ((*identity)->hash_key, world.key);
  ASSERT_EQ((*identity)->event_types.size(), 3u);
  EXPECT_EQ((*identity)->event_types[2].name, "purchase");
  EXPECT_EQ((*identity)->event_types[2].weight, 10);
}

TEST(RecoveryAlertTest, Recover_ReplacedLogOfTheSameLength_IsAnError) {
  World world(1);
  {
    TestNode first(world);
    first.Append(RandomTraffic(100, 6, world.partitions == 1));
    ASSERT_TRUE(first.processor.Replay(nullptr));
    ASSERT_TRUE(first.checkpointer.WriteNow());
  }
  world.storage->partitions[0].entries.back().payload = world.storage->partitions[0].entries.front().payload;

  TestNode second(world);

  EXPECT_FALSE(Recover(world.checkpoint_dir, second.processor, second.deps));
}

}  // namespace
}  // namespace signalbox::process
