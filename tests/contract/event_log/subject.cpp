// What the suites share, whatever they run on.
#include "subject.hpp"

#include <stdexcept>

namespace signalbox::contract {

int64_t HeldClock::now_ms() const {
  std::unique_lock lock(mutex_);
  ++asked_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return open_; });
  return clock_.now_ms();
}

void HeldClock::HoldUp() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  asked_ = 0;
}

void HeldClock::AwaitAsked() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return asked_ > 0; });
}

void HeldClock::Release() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

std::vector<ports::AppendRequest> Batch(const std::string& key, const std::vector<std::string>& payloads) {
  std::vector<ports::AppendRequest> batch;
  for (const auto& payload : payloads) batch.push_back({key, payload});
  return batch;
}

std::vector<std::vector<ports::LogEntry>> ReadAll(ports::EventLog& log) {
  std::vector<std::vector<ports::LogEntry>> all(log.partitions());
  for (uint32_t p = 0; p < log.partitions(); ++p) {
    const auto range = log.Range(p);
    if (!range) throw std::runtime_error(range.error().message());
    auto reader = log.OpenReader(p, range->first);
    if (!reader) throw std::runtime_error(reader.error().message());
    while ((*reader)->next() < range->end) {
      const auto read = (*reader)->Read(1000, 0, &all[p]);
      if (!read) throw std::runtime_error(read.error().message());
      if (*read == 0) throw std::runtime_error("the log ends before its range");
    }
  }
  return all;
}

std::vector<std::string> Payloads(ports::EventLog& log) {
  std::vector<std::string> payloads;
  for (auto& partition : ReadAll(log)) {
    for (auto& entry : partition) payloads.push_back(std::move(entry.payload));
  }
  return payloads;
}

}  // namespace signalbox::contract
