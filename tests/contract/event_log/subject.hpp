// What the event log's contract suite runs on: every adapter and the fake.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
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

// A clock that makes whoever asks it wait while it is held up, which holds up a log's writer.
class HeldClock final : public Clock {
 public:
  explicit HeldClock(const Clock& clock) : clock_(clock) {}
  int64_t now_ms() const override;
  void HoldUp();
  void AwaitAsked() const;
  void Release();

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int asked_ = 0;
  bool open_ = true;
};

// One medium. Open again after Close to play a restart. Lifetime: outlives its logs.
class LogSubject {
 public:
  virtual ~LogSubject() = default;
  virtual std::unique_ptr<ports::EventLog> Open(const LogSettings& settings) = 0;

  // Append times are those of settings.clock; otherwise the medium's own, which run with the system's.
  virtual bool takes_clock() const { return true; }
  // Appends taken from now on are not completed until Release.
  virtual void HoldUp(HeldClock& clock) { clock.HoldUp(); }
  // Until an append has got as far as it can while held up.
  virtual void AwaitHeld(HeldClock& clock) { clock.AwaitAsked(); }
  virtual void Release(HeldClock& clock) { clock.Release(); }
  // Lets so much time pass for retention that what was appended before is older than max_age_ms, and
  // what is appended afterwards is not.
  virtual void MakeOld(ManualClock& clock, const LogSettings& settings) {
    clock.Advance(settings.max_age_ms + 1000);
  }
};

struct LogKind {
  std::string name;
  std::function<std::unique_ptr<LogSubject>()> make;
};
std::vector<LogKind> AllLogKinds();

class EventLogContract : public testing::TestWithParam<LogKind> {
 protected:
  EventLogContract() : subject(GetParam().make()) { settings.clock = &held; }

  std::unique_ptr<ports::EventLog> Open() { return subject->Open(settings); }

  ManualClock clock{1'700'000'000'000};
  HeldClock held{clock};
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
