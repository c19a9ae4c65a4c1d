// Asking before teaching, against recommenders whose answers are known.
#include "train/prequential.hpp"

#include <gmock/gmock.h>

namespace signalbox::train {
namespace {

// Answers a fixed list, or nothing, and remembers what was taught when it was asked.
class Fixed final : public ports::Recommender {
 public:
  Result<model::RecommendResponse> Recommend(const model::RecommendRequest& request) override {
    requests.push_back(request);
    taught_when_asked.push_back(taught);
    model::RecommendResponse response;
    for (const auto& id : answer) response.recommendations.emplace_back().item.id = id;
    return response;
  }

  std::vector<std::string> answer;
  std::vector<model::RecommendRequest> requests;
  std::vector<int64_t> taught_when_asked;
  int64_t taught = 0;  // the newest time
};

class PrequentialTest : public ::testing::Test {
 protected:
  // The next event, a millisecond after the one before.
  void Add(const std::string& visitor, const std::string& item) {
    Interaction row;
    row.time_ms = static_cast<int64_t>(events.rows.size() + 1);
    row.visitor = events.visitors.Intern(visitor);
    row.item = events.items.Intern(item);
    row.type = static_cast<uint8_t>(events.types.Intern("view"));
    events.rows.push_back(row);
  }
  PrequentialSubject Subject() {
    PrequentialSubject subject;
    subject.recommenders = {&first, &second};
    subject.teach = [this](std::vector<model::LogRecord> records) -> Result<void> {
      first.taught = records.back().event_time_ms;
      taught += records.size();
      return {};
    };
    subject.set_now = [](int64_t) {};
    subject.progress = [this](const std::string&, size_t, size_t) { return ++progress < stop_after; };
    return subject;
  }

  Interactions events;
  Fixed first, second;
  size_t taught = 0;
  int progress = 0, stop_after = 1'000'000;
};

TEST_F(PrequentialTest, AskThenTeach_EveryQuestion_KnowsAllEventsBeforeItAndNoneAfter) {
  for (int i = 0; i < 100; ++i) Add("anna", i % 2 == 0 ? "a" : "b");
  first.answer = {"a", "b"};

  const auto report = AskThenTeach(events, {.resamples = 10}, Subject());

  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->queries, 75u);
  for (size_t i = 0; i < first.requests.size(); ++i) {
    EXPECT_EQ(first.taught_when_asked[i], first.requests[i].now_ms - 1);
    EXPECT_EQ(first.requests[i].user, "anna");
    EXPECT_EQ(first.requests[i].context->id, i % 2 == 0 ? "a" : "b");
  }
}

TEST_F(PrequentialTest, AskThenTeach_FewQuestionsAmongManyEvents_TeachesInBoundedBatches) {
  for (int i = 0; i < 5000; ++i) Add("anna", std::to_string(i));
  size_t largest = 0;
  auto subject = Subject();
  subject.teach = [&](std::vector<model::LogRecord> records) -> Result<void> {
    first.taught = records.back().event_time_ms;
    largest = std::max(largest, records.size());
    return {};
  };

  ASSERT_TRUE(AskThenTeach(events, {.queries = 2, .resamples = 10}, subject));

  EXPECT_EQ(first.taught_when_asked, (std::vector<int64_t>{1250, 3125}));
  EXPECT_EQ(largest, 1000u);
}

TEST_F(PrequentialTest, AskThenTeach_TwoRecommenders_AreMeasuredApart) {
  for (int i = 0; i < 40; ++i) Add("anna", i % 2 == 0 ? "a" : "b");
  Add("ben", "c");
  first.answer = {"a", "b"};

  const auto report = AskThenTeach(events, {.resamples = 10}, Subject());

  ASSERT_TRUE(report);
  ASSERT_EQ(report->figures.size(), 2u);
  EXPECT_EQ(report->figures[0].ranking.hr.value, 1);
  EXPECT_EQ(report->figures[0].ranking.mrr.value, 0.75);
  EXPECT_NEAR(report->figures[0].coverage, 2.0 / 3, 1e-9);
  EXPECT_EQ(report->figures[0].mean_popularity, 20);
  EXPECT_EQ(report->figures[1].ranking.hr.value, 0);
  EXPECT_EQ(report->figures[1].coverage, 0);
}

TEST_F(PrequentialTest, AskThenTeach_Limit_SpreadsTheQuestions) {
  for (int i = 0; i < 1000; ++i) Add("anna", std::to_string(i));

  const auto report = AskThenTeach(events, {.queries = 10, .resamples = 10}, Subject());

  ASSERT_TRUE(report);
  EXPECT_EQ(report->queries, 10u);
  EXPECT_EQ(first.requests.front().now_ms, 251);
  EXPECT_EQ(first.requests.back().now_ms, 926);
}

TEST_F(PrequentialTest, AskThenTeach_NothingToPredict_IsRefused) {
  for (int i = 0; i < 10; ++i) Add("visitor" + std::to_string(i), "a");

  EXPECT_EQ(AskThenTeach(events, {}, Subject()).error().code(), Code::kInvalidArgument);
}

TEST_F(PrequentialTest, AskThenTeach_ToldToStop_Stops) {
  for (int i = 0; i < 1000; ++i) Add("anna", i % 2 == 0 ? "a" : "b");
  stop_after = 2;

  EXPECT_EQ(AskThenTeach(events, {}, Subject()).error().code(), Code::kConflict);
  EXPECT_LT(taught, 1000u);
}

}  // namespace
}  // namespace signalbox::train
