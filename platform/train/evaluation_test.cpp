// Protocols against a fake recommender: nothing asked was taught, and measures equal those by hand.
#include "train/evaluation.hpp"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "train/report.hpp"
#include "train/testing/temporary_folder.hpp"

namespace signalbox::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Keeps what it was taught and asked, and answers a fixed list without what is excluded.
class FakeNode final : public ports::Recommender {
 public:
  std::vector<std::string> answer;

  Result<model::RecommendResponse> Recommend(const model::RecommendRequest& request) override {
    requests.push_back(request);
    taught_when_asked.push_back(taught.size());
    model::RecommendResponse response;
    for (const std::string& item : answer) {
      bool excluded = false;
      for (const model::ItemKey& key : request.exclude) excluded |= key.id == item;
      if (!excluded && response.recommendations.size() < request.count) {
        response.recommendations.push_back({{"item", item}, 1.0, "fake", {}, {}, {}});
      }
    }
    return response;
  }

  Subject AsSubject() {
    Subject subject;
    subject.recommender = this;
    subject.teach = [this](std::vector<model::LogRecord> records) {
      for (auto& record : records) taught.push_back(std::move(record));
      return Result<void>();
    };
    subject.put_items = [this](std::vector<model::Item> items) {
      item_count += items.size();
      return Result<void>();
    };
    subject.set_now = [this](int64_t now_ms) { now = now_ms; };
    return subject;
  }

  std::vector<model::LogRecord> taught;
  std::vector<model::RecommendRequest> requests;
  std::vector<size_t> taught_when_asked;
  size_t item_count = 0;
  int64_t now = 0;
};

EvaluationSettings Settings(std::vector<uint32_t> ks) {
  EvaluationSettings settings;
  settings.ks = std::move(ks);
  settings.resamples = 50;
  return settings;
}

std::vector<std::string> Ids(const std::vector<model::ItemKey>& keys) {
  std::vector<std::string> ids;
  for (const auto& key : keys) ids.push_back(key.id);
  return ids;
}

TEST(LeaveOneOut, Plan_LastOfEachUser_IsHeldOutBeforeAnythingIsTaught) {
  const TemporaryFolder folder;
  // User 1: b and c at the same time, the later line (c) is held out, although the file has an
  // older event after it. User 2 has one event, which is held out: a cold user.
  folder.Write("ratings.dat",
               "1::a::5::1000000\n1::b::5::2000000\n1::c::5::2000000\n1::d::5::1500000\n"
               "2::a::5::1700000\n3::b::4::1200000\n3::a::4::1300000\n");
  folder.Write("movies.dat", "a::A (1999)::Drama\nz::Z (1999)::Drama\n");
  FakeNode node;
  node.answer = {"b", "x", "c", "a"};

  auto plan = PlanLeaveOneOut(Format::kMovieLens1m, folder.path(), 0);
  ASSERT_TRUE(plan);
  const auto report = Evaluate(&*plan, Settings({2, 3}), node.AsSubject());

  ASSERT_TRUE(report);
  // By time: a(1) at 1.0M, b(3) 1.2M, d(1) 1.5M, b(1) 2.0M. Held out: a(3), a(2), c(1).
  ASSERT_EQ(node.taught.size(), 4u);
  EXPECT_EQ(node.taught[1].user + node.taught[1].item, "3b");
  EXPECT_EQ(node.taught[2].item, "d");
  EXPECT_EQ(node.item_count, 2u);
  const std::set<std::string> held_out = {"1c", "2a", "3a"};
  for (const auto& record : node.taught) EXPECT_FALSE(held_out.count(record.user + record.item));
  EXPECT_THAT(node.taught_when_asked, ElementsAre(4, 4, 4));
  ASSERT_EQ(node.requests.size(), 3u);
  EXPECT_EQ(node.requests[0].user, "3");
  EXPECT_EQ(node.requests[0].now_ms, 1300000000);
  EXPECT_THAT(Ids(node.requests[0].exclude), ElementsAre("b"));
  EXPECT_EQ(node.requests[0].count, 3u);
  EXPECT_EQ(node.requests[1].user, "2");
  EXPECT_THAT(Ids(node.requests[2].exclude), ElementsAre("a", "d", "b"));
  // User 3 without b: x, c, a → rank 3. User 2: b, x, c → missed. User 1 without a, d, b: x, c → 2.
  EXPECT_DOUBLE_EQ(report->blend.ranking[0].hr.value, 1.0 / 3);
  EXPECT_DOUBLE_EQ(report->blend.ranking[1].hr.value, 2.0 / 3);
  EXPECT_DOUBLE_EQ(report->blend.ranking[1].mrr.value, (1.0 / 3 + 1.0 / 2) / 3);
  EXPECT_EQ(report->blend.cold.queries, 2u);  // users 2 and 3
  // c was never taught: known are a, b, d and z of the catalogue.
  EXPECT_EQ(report->unknown_truths, 1u);
  EXPECT_EQ(report->known_items, 4u);
}

TEST(NextItem, PrefixLines_AreAskedWithTheirHistoryAtTheEndOfTrain) {
  const TemporaryFolder folder;
  const auto train = folder.Write("train.txt", "1 2\n2 3\n");
  const auto test = folder.Write("test.txt", "1 2\t3\n2\t9\n");
  FakeNode node;
  node.answer = {"3", "2"};
  auto settings = Settings({20});
  settings.signals = {"session"};
  constexpr int64_t kEndMs = 1800000000000;

  auto plan = PlanNextItem(Format::kSessions, train, test, kEndMs);
  ASSERT_TRUE(plan);
  const auto report = Evaluate(&*plan, settings, node.AsSubject());

  ASSERT_TRUE(report);
  ASSERT_EQ(node.taught.size(), 4u);
  EXPECT_EQ(node.taught[0].session, "train-1");
  for (const size_t taught : node.taught_when_asked) EXPECT_EQ(taught, 4u);
  ASSERT_EQ(node.requests.size(), 4u);  // two for the blend, two for the signal alone
  EXPECT_THAT(Ids(node.requests[0].items), ElementsAre("1", "2"));
  EXPECT_TRUE(node.requests[0].user.empty());
  EXPECT_TRUE(node.requests[0].exclude.empty());
  EXPECT_EQ(node.requests[0].now_ms, kEndMs);
  EXPECT_TRUE(node.requests[0].only_signals.empty());
  EXPECT_THAT(node.requests[2].only_signals, ElementsAre("session"));
  // Ranks 1 and missed; items 3 and 2 of 1, 2, 3 are ever recommended, with 1 and 2 events.
  EXPECT_DOUBLE_EQ(report->blend.ranking[0].hr.value, 0.5);
  EXPECT_DOUBLE_EQ(report->blend.ranking[0].mrr.value, 0.5);
  EXPECT_DOUBLE_EQ(report->blend.coverage, 2.0 / 3);
  EXPECT_DOUBLE_EQ(report->blend.mean_popularity, 1.5);
  // Recommended 0, 2, 2 times: 2 × (2 × 2 + 3 × 2) / (3 × 4) - 4 / 3 = 1 / 3.
  EXPECT_NEAR(report->blend.gini, 1.0 / 3, 1e-12);
  EXPECT_EQ(report->unknown_truths, 1u);
  EXPECT_EQ(report->signals.at(0).first, "session");
}

TEST(NextItem, TestSessions_AreReplayedClickByClickAtTheirOwnTime) {
  const TemporaryFolder folder;
  const auto train =
      folder.Write("train.txt", "SessionId\tItemId\tTime\n1\ta\t1500000000\n1\tb\t1500000010\n");
  // Out of order in the file; the session is a, b, c.
  const auto test = folder.Write(
      "test.txt",
      "SessionId\tItemId\tTime\n1\tb\t1500000200\n1\ta\t1500000100\n1\tc\t1500000300\n2\ta\t1500000400\n");
  FakeNode node;
  node.answer = {"b"};

  auto plan = PlanNextItem(Format::kYoochoose, train, test, 0);
  ASSERT_TRUE(plan);
  const auto report = Evaluate(&*plan, Settings({20}), node.AsSubject());

  ASSERT_TRUE(report);
  ASSERT_EQ(node.requests.size(), 2u);
  EXPECT_THAT(Ids(node.requests[0].items), ElementsAre("a"));
  EXPECT_EQ(node.requests[0].now_ms, 1500000100000);
  EXPECT_THAT(Ids(node.requests[1].items), ElementsAre("a", "b"));
  EXPECT_EQ(node.requests[1].now_ms, 1500000200000);
  EXPECT_DOUBLE_EQ(report->blend.ranking[0].hr.value, 0.5);
  EXPECT_EQ(report->taught_events, 2u);
}

TEST(Protocols, LimitQueries_KeepsThemEvenlySpread) {
  Plan plan;
  for (uint32_t i = 0; i < 10; ++i) plan.queries.push_back({.truth = i});
  LimitQueries(3, &plan);
  ASSERT_EQ(plan.queries.size(), 3u);
  EXPECT_EQ(plan.queries[1].truth, 3u);
  EXPECT_EQ(plan.queries[2].truth, 6u);
}

TEST(Protocols, LeaveOneOut_SessionsWithoutUsers_AreRefused) {
  const TemporaryFolder folder;
  const auto train = folder.Write("train.txt", "1 2\n");
  EXPECT_EQ(PlanLeaveOneOut(Format::kSessions, train, 0).error().field(), "format");
}

TEST(Evaluate, KOutOfRange_IsRefused) {
  Plan plan;
  FakeNode node;
  EXPECT_EQ(Evaluate(&plan, Settings({10, 200}), node.AsSubject()).error().field(), "k");
}

TEST(Report, Json_HasBlendSignalsAndIntervals) {
  EvaluationReport report;
  report.protocol = "next-item";
  report.blend.ranking = {{20, {0.5, {0.4, 0.6}}, {0.25, {0.2, 0.3}}, {0.3, {0.2, 0.4}}}};
  report.signals = {{"session", report.blend}};

  const std::string text =
      ReportJson(report, {.dataset = "train.txt", .format = "sessions", .scenario = "default"});

  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["dataset"], "train.txt");
  EXPECT_EQ(json["protocol"], "next-item");
  EXPECT_EQ(json["blend"]["hr@20"], 0.5);
  EXPECT_EQ(json["blend"]["hr@20_interval"], nlohmann::json({0.4, 0.6}));
  EXPECT_EQ(json["signals"]["session"]["ndcg@20"], 0.3);
  EXPECT_THAT(ReportTable(report), HasSubstr("session"));
}

}  // namespace
}  // namespace signalbox::train
