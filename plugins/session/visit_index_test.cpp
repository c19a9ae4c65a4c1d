// Snapshots of the index that are written while it goes on learning.
#include "visit_index.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "signalbox/testing.hpp"

namespace signalbox::session {
namespace {

using testing::FakeHost;

constexpr IndexLimits kTight{.items_per_session = 4, .sessions_per_item = 8, .max_sessions = 1024};

sb_writer AppendTo(std::string* bytes) {
  sb_writer writer{};
  writer.struct_size = sizeof writer;
  writer.context = bytes;
  writer.write = [](void* context, const void* data, size_t size) -> int32_t {
    static_cast<std::string*>(context)->append(static_cast<const char*>(data), size);
    return SB_OK;
  };
  return writer;
}

std::string Written(const FrozenState& frozen) {
  std::string bytes;
  const sb_writer raw = AppendTo(&bytes);
  Writer writer(raw);
  frozen.Write(writer);
  writer.Flush();
  return bytes;
}

std::string Exported(const FakeHost& host, const VisitIndex& index) {
  std::string text;
  const sb_writer raw = AppendTo(&text);
  Writer writer(raw);
  ExportLines lines(writer);
  index.Export(Host(host.raw()), lines);
  writer.Flush();
  return text;
}

void Restore(std::string_view bytes, VisitIndex* index) {
  sb_reader raw{};
  raw.struct_size = sizeof raw;
  raw.context = &bytes;
  raw.read = [](void* context, void* data, size_t size) {
    auto* left = static_cast<std::string_view*>(context);
    const size_t part = std::min(size, left->size());
    std::memcpy(data, left->data(), part);
    left->remove_prefix(part);
    return part;
  };
  Reader reader(raw);
  index->Restore(reader, 200);
}

class VisitIndexTest : public ::testing::Test {
 protected:
  VisitIndexTest() {
    for (int i = 0; i < 200; ++i) host_.AddItem("item" + std::to_string(i));
  }
  void LearnSome(VisitIndex* index, int events) {
    for (int i = 0; i < events; ++i) {
      index->Learn(1 + random_() % 3000, 1 + random_() % 500, random_() % 200, 1'000'000 + i);
    }
  }

  FakeHost host_;
  std::mt19937 random_{7};
};

TEST_F(VisitIndexTest, Freeze_LearnsBeforeWriting_WritesTheFrozenMoment) {
  VisitIndex index(kTight), restored(kTight);
  LearnSome(&index, 5000);
  const std::string before = Exported(host_, index);

  const auto frozen = index.Freeze();
  LearnSome(&index, 5000);
  Restore(Written(*frozen), &restored);

  EXPECT_EQ(Exported(host_, restored), before);
  EXPECT_NE(Exported(host_, index), before);
}

TEST_F(VisitIndexTest, Freeze_LearnsWhileWriting_WritesTheFrozenMoment) {
  VisitIndex index(kTight), restored(kTight);
  LearnSome(&index, 5000);
  const std::string before = Exported(host_, index);
  std::string bytes;

  const auto frozen = index.Freeze();
  std::thread writing([&] { bytes = Written(*frozen); });
  LearnSome(&index, 20'000);
  writing.join();
  Restore(bytes, &restored);

  EXPECT_EQ(Exported(host_, restored), before);
}

TEST_F(VisitIndexTest, Freeze_TwoAtATime_KeepTheirOwnMoments) {
  VisitIndex index(kTight), first(kTight), second(kTight);
  LearnSome(&index, 1000);
  const std::string then = Exported(host_, index);
  const auto frozen_then = index.Freeze();
  LearnSome(&index, 1000);
  const std::string later = Exported(host_, index);
  const auto frozen_later = index.Freeze();
  LearnSome(&index, 1000);

  Restore(Written(*frozen_then), &first);
  Restore(Written(*frozen_later), &second);

  EXPECT_EQ(Exported(host_, first), then);
  EXPECT_EQ(Exported(host_, second), later);
}

std::vector<std::string> SessionsIn(const std::string& exported) {
  std::vector<std::string> lines;
  std::istringstream text(exported);
  for (std::string line; std::getline(text, line);) {
    if (line.rfind("session ", 0) == 0) lines.push_back(line);
  }
  return lines;
}

// Sessions are dropped for newer ones and forgotten by their own keys in between; a restored index
// finds a visitor's sessions as well as the one that learnt them.
TEST_F(VisitIndexTest, Forget_Visitors_TakesTheirSessionsAndNoOthers) {
  VisitIndex learnt(kTight);
  LearnSome(&learnt, 4000);
  for (uint64_t session = 2000; session <= 3000; session += 3) learnt.Forget(session);
  for (uint64_t visitor = 1; visitor <= 20; ++visitor) learnt.Forget(visitor);
  LearnSome(&learnt, 4000);
  VisitIndex restored(kTight);
  Restore(Written(*learnt.Freeze()), &restored);

  for (VisitIndex* index : {&learnt, &restored}) {
    for (uint64_t visitor = 1; visitor <= 300; ++visitor) {
      // Small keys are their own folds, and name a session as well as a visitor.
      char own[32];
      std::snprintf(own, sizeof own, "session %016llx ", static_cast<unsigned long long>(visitor));
      const std::string theirs = " visitor " + std::to_string(visitor) + " ";
      std::vector<std::string> expected;
      for (const auto& line : SessionsIn(Exported(host_, *index))) {
        if (line.find(own) == std::string::npos && line.find(theirs) == std::string::npos)
          expected.push_back(line);
      }

      index->Forget(visitor);

      ASSERT_EQ(SessionsIn(Exported(host_, *index)), expected) << visitor;
    }
    LearnSome(index, 4000);
  }
}

TEST_F(VisitIndexTest, Restore_OtherLimits_IsRefused) {
  VisitIndex index(kTight),
      other(IndexLimits{.items_per_session = 5, .sessions_per_item = 8, .max_sessions = 1024});
  LearnSome(&index, 10);

  EXPECT_THROW(Restore(Written(*index.Freeze()), &other), InvalidState);
}

TEST_F(VisitIndexTest, CopySessions_RingWrapped_GivesTheNewestFirst) {
  VisitIndex index(kTight);
  for (uint64_t session = 1; session <= 11; ++session) index.Learn(session, session, 3, 0);
  uint32_t numbers[8];

  ASSERT_EQ(index.CopySessions(3, numbers), 8u);

  for (uint32_t i = 0; i < 8; ++i) EXPECT_EQ(numbers[i], 10 - i);
  EXPECT_EQ(index.Counts(3).sessions, 11u);
}

}  // namespace
}  // namespace signalbox::session
