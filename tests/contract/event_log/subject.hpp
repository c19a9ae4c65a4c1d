// What the event log's contract suite runs on: every adapter and the fake.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ports/append_queue.hpp"
#include "ports/event_log.hpp"

namespace signalbox::contract {

struct LogSettings {
  const Clock* clock = nullptr;
  ports::AppendLimits limits;
  int64_t max_age_ms = int64_t{1} << 60;
  uint64_t max_bytes = uint64_t{1} << 60;
  uint64_t segment_bytes = 64 << 10;  // small: the suite crosses many segments
};

// One medium. Open again after Close to play a restart. Lifetime: outlives its logs.
class LogSubject {
 public:
  virtual ~LogSubject() = default;
  virtual std::unique_ptr<ports::EventLog> Open(const LogSettings& settings) = 0;
};

struct LogKind {
  std::string name;
  std::function<std::unique_ptr<LogSubject>()> make;
};
std::vector<LogKind> AllLogKinds();

class EventLogContract : public testing::TestWithParam<LogKind> {
 protected:
  EventLogContract() : subject(GetParam().make()) { settings.clock = &clock; }

  std::unique_ptr<ports::EventLog> Open() { return subject->Open(settings); }

  ManualClock clock{1'700'000'000'000};
  LogSettings settings;
  std::unique_ptr<LogSubject> subject;
};

// A batch of records with one key.
std::vector<ports::AppendRequest> Batch(const std::string& key, const std::vector<std::string>& payloads);

// Everything stored, a vector per partition.
std::vector<std::vector<ports::LogEntry>> ReadAll(ports::EventLog& log);

// All payloads, partition after partition.
std::vector<std::string> Payloads(ports::EventLog& log);

}  // namespace signalbox::contract
