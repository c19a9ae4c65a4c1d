// Kafka goes away, comes back, or comes back with less: what was acknowledged is there once.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "adapters/kafka/record_producer.hpp"
#include "kafka_subjects.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "subject.hpp"

namespace signalbox::contract {
namespace {

using kafka::KafkaEventLog;
using ports::LogEntry;
using ports::fakes::AppendAndWait;
using AppendResult = Result<std::vector<model::LogPosition>>;

std::unique_ptr<KafkaEventLog> Open(const kafka::EventLogOptions& options) {
  auto opened = KafkaEventLog::Open(options);
  if (!opened) throw std::runtime_error(opened.error().message());
  return std::move(*opened);
}

// Waits for what happens by itself, at most half a minute.
template <typename Condition>
bool Eventually(const Condition& condition) {
  for (int i = 0; i < 3000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

// Appends numbered records under one key, fifty on their way at most, and remembers what became of them.
class Appender {
 public:
  Appender(ports::EventLog& log, std::string key)
      : log_(log), key_(std::move(key)), thread_([this] { Run(); }) {}
  ~Appender() { Finish(); }

  void Finish() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    while (waiting_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  size_t acknowledged() const { return acknowledged_count_; }
  size_t refused() const { return refused_count_; }
  const std::string& key() const { return key_; }

  // Requires: finished.
  const std::map<int, model::LogPosition>& positions() const { return acknowledged_; }
  const std::set<Code>& codes() const { return codes_; }

 private:
  void Run() {
    for (int number = 0; !stopping_; ++number) {
      while (waiting_ >= 50 && !stopping_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++waiting_;
      log_.Append(Batch(key_, {key_ + " " + std::to_string(number)}),
                  [this, number](const AppendResult& result) {
                    {
                      const std::lock_guard lock(mutex_);
                      if (result) {
                        acknowledged_[number] = (*result)[0];
                        ++acknowledged_count_;
                      } else {
                        codes_.insert(result.error().code());
                        ++refused_count_;
                      }
                    }
                    --waiting_;
                  });
      // A steady load, which leaves the machine to the broker that starts.
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  ports::EventLog& log_;
  const std::string key_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> waiting_{0};
  std::atomic<size_t> acknowledged_count_{0}, refused_count_{0};
  std::mutex mutex_;
  std::map<int, model::LogPosition> acknowledged_;
  std::set<Code> codes_;
  std::thread thread_;
};

// Each acknowledged number once, where it was said to be, and in order under its key; no number twice.
void ExpectKept(ports::EventLog& log, const std::vector<std::unique_ptr<Appender>>& appenders) {
  std::map<std::string, std::map<int, std::vector<model::LogPosition>>> found;
  std::map<std::string, std::vector<int>> order;
  for (const auto& partition : ReadAll(log)) {
    for (const auto& entry : partition) {
      const size_t blank = entry.payload.find(' ');
      const std::string key = entry.payload.substr(0, blank);
      const int number = std::stoi(entry.payload.substr(blank + 1));
      found[key][number].push_back(entry.position);
      order[key].push_back(number);
    }
  }
  for (const auto& appender : appenders) {
    auto& of_key = found[appender->key()];
    std::string wrong;
    for (const auto& [number, positions] : of_key) {
      if (positions.size() > 1) wrong += "\n" + std::to_string(number) + " is there twice";
    }
    for (const auto& [number, position] : appender->positions()) {
      const auto& positions = of_key[number];
      if (positions.size() == 1 && positions[0] == position) continue;
      wrong += "\n" + std::to_string(number) + ", acknowledged at " + model::ToString(position) +
               (positions.empty() ? ", is gone" : ", is at " + model::ToString(positions[0]));
    }
    EXPECT_EQ(wrong, "") << appender->key();
    auto& numbers = order[appender->key()];
    numbers.erase(std::remove_if(numbers.begin(), numbers.end(),
                                 [&](int number) { return appender->positions().count(number) == 0; }),
                  numbers.end());
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << appender->key() << ": out of order";
    for (const Code code : appender->codes()) {
      EXPECT_TRUE(code == Code::kUnavailable || code == Code::kResourceExhausted) << ToString(code);
    }
  }
}

std::vector<std::unique_ptr<Appender>> StartAppenders(ports::EventLog& log) {
  std::vector<std::unique_ptr<Appender>> appenders;
  for (const char* key : {"a", "b", "c", "d"}) appenders.push_back(std::make_unique<Appender>(log, key));
  return appenders;
}

template <typename Count>
size_t Least(const std::vector<std::unique_ptr<Appender>>& appenders, const Count& count) {
  size_t least = SIZE_MAX;
  for (const auto& appender : appenders) least = std::min(least, count(*appender));
  return least;
}

// The moment at which the leaders of a topic's partitions get ready.
TEST(KafkaOutageTest, Append_ToFreshTopics_KeepsTheFirstRecordsToo) {
  for (int i = 0; i < 10; ++i) {
    auto log = Open(KafkaOptions());
    auto appenders = StartAppenders(*log);
    ASSERT_TRUE(Eventually(
        [&] { return Least(appenders, [](const Appender& a) { return a.acknowledged(); }) >= 10; }));
    for (auto& appender : appenders) appender->Finish();

    ExpectKept(*log, appenders);
  }
}

TEST(KafkaOutageTest, Append_BrokerKilledAndRestarted_KeepsWhatWasAcknowledgedAndGoesOnByItself) {
  auto options = KafkaOptions();
  options.append_timeout_ms = 1500;  // shorter than the outage, so that some are refused
  auto log = Open(options);
  auto appenders = StartAppenders(*log);
  const auto acknowledged = [](const Appender& appender) { return appender.acknowledged(); };
  const auto refused = [](const Appender& appender) { return appender.refused(); };
  ASSERT_TRUE(Eventually([&] { return Least(appenders, acknowledged) > 100; }));

  Broker().Kill();
  EXPECT_TRUE(Eventually([&] { return Least(appenders, refused) > 0; }));
  EXPECT_EQ(log->Writable().error().code(), Code::kUnavailable);
  ASSERT_TRUE(Broker().Restart());
  const size_t before = Least(appenders, acknowledged);
  EXPECT_TRUE(Eventually([&] { return Least(appenders, acknowledged) > before + 100; }));
  for (auto& appender : appenders) appender->Finish();

  EXPECT_TRUE(log->Writable());
  ExpectKept(*log, appenders);
}

TEST(KafkaOutageTest, Append_BrokerStandsStillForAMoment_LosesAndDoublesNothing) {
  auto options = KafkaOptions();
  options.client["socket.timeout.ms"] = "1000";
  auto log = Open(options);
  auto appenders = StartAppenders(*log);
  const auto acknowledged = [](const Appender& appender) { return appender.acknowledged(); };
  ASSERT_TRUE(Eventually([&] { return Least(appenders, acknowledged) > 100; }));

  // Requests time out and are sent again, while the broker has the first ones still.
  Broker().Freeze();
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  Broker().Thaw();
  const size_t before = Least(appenders, acknowledged);
  EXPECT_TRUE(Eventually([&] { return Least(appenders, acknowledged) > before + 100; }));
  for (auto& appender : appenders) appender->Finish();

  for (const auto& appender : appenders) EXPECT_EQ(appender->refused(), 0u);
  ExpectKept(*log, appenders);
}

TEST(KafkaOutageTest, Append_BrokerAway_FailsInTimeThenAtOnceThenRecovers) {
  auto options = KafkaOptions();
  options.append_timeout_ms = 500;
  auto log = Open(options);
  ASSERT_TRUE(AppendAndWait(*log, Batch("a", {"before"})));

  Broker().Freeze();
  const auto late = AppendAndWait(*log, Batch("a", {"late"}));
  const auto at_once = AppendAndWait(*log, Batch("a", {"at once"}));
  const auto writable = log->Writable();
  Broker().Thaw();

  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), Code::kUnavailable);
  ASSERT_FALSE(at_once);
  EXPECT_EQ(at_once.error().code(), Code::kUnavailable);
  EXPECT_FALSE(writable);
  EXPECT_TRUE(Eventually([&] { return log->Writable().has_value(); }));
  EXPECT_TRUE(AppendAndWait(*log, Batch("a", {"after"})));
  const auto kept = Payloads(*log);
  EXPECT_EQ(std::count(kept.begin(), kept.end(), "before"), 1);
  EXPECT_LE(std::count(kept.begin(), kept.end(), "late"), 1);
  EXPECT_EQ(std::count(kept.begin(), kept.end(), "at once"), 0);
  EXPECT_EQ(kept.back(), "after");
}

TEST(KafkaOutageTest, Producer_FatalError_IsReplacedAndWaitingRecordsGoOutAgainInOrder) {
  auto options = KafkaOptions();
  Open(options);  // makes the topic
  auto producer = kafka::RecordProducer::Start(options);
  ASSERT_TRUE(producer);
  std::atomic<int> done{0}, failed{0};
  std::vector<std::string> expected;
  const auto append = [&](int number) {
    expected.push_back(std::to_string(number));
    (*producer)->Append(Batch("a", {expected.back()}), [&](const AppendResult& result) {
      if (!result) ++failed;
      ++done;
    });
  };
  append(0);
  ASSERT_TRUE(Eventually([&] { return done == 1; }));

  // The broker stands still: of what waits, the first requests are on their way, the rest is not.
  Broker().Freeze();
  for (int i = 1; i < 1000; ++i) append(i);
  (*producer)->BreakForTest();
  for (int i = 1000; i < 1010; ++i) append(i);
  Broker().Thaw();

  EXPECT_TRUE(Eventually([&] { return done == 1010; }));
  EXPECT_TRUE(Eventually([&] { return (*producer)->Writable().has_value(); }));
  (*producer)->Close();
  auto log = Open(options);
  const auto kept = Payloads(*log);
  EXPECT_EQ(std::set<std::string>(kept.begin(), kept.end()).size(), kept.size());
  EXPECT_GE(kept.size(), 1010u - static_cast<size_t>(failed));
  EXPECT_LT(failed, 1010);
}

TEST(KafkaOutageTest, Read_PartitionTruncated_IsDataLossAndNotEmptiness) {
  const auto options = KafkaOptions();
  auto log = Open(options);
  const auto kept = AppendAndWait(*log, Batch("a", {"1", "2", "3"}));
  ASSERT_TRUE(kept);
  const uint32_t p = (*kept)[0].partition;
  auto reader = log->OpenReader(p, 0);
  ASSERT_TRUE(reader);
  std::vector<LogEntry> entries;
  ASSERT_EQ((*reader)->Read(10, 0, &entries), 3u);

  Broker().Stop();
  const std::string folder = Broker().data_dir() + "/" + options.topic + "-" + std::to_string(p);
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".metadata") std::filesystem::remove(file.path());
  }
  ASSERT_TRUE(Broker().Restart());

  Result<size_t> read = size_t{0};
  EXPECT_TRUE(Eventually([&] {
    read = (*reader)->Read(10, 100, &entries);
    return !read && read.error().code() == Code::kDataLoss;
  })) << (read ? "no error" : read.error().message());
  EXPECT_EQ(entries.size(), 3u);
  EXPECT_EQ(log->OpenReader(p, 3).error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace signalbox::contract
