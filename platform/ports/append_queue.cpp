// The queue's two loops: take a group and write it; call who waits for it.
#include "ports/append_queue.hpp"

#include <chrono>
#include <exception>

#include "base/log.hpp"

namespace signalbox::ports {

AppendQueue::AppendQueue(AppendLimits limits, WriteGroup write, Housekeep housekeep)
    : limits_(limits), write_(std::move(write)), housekeep_(std::move(housekeep)) {
  completer_ = std::thread([this] { CompleteLoop(); });
  writer_ = std::thread([this] { WriteLoop(); });
}

AppendQueue::~AppendQueue() { Close(); }

void AppendQueue::Append(std::vector<AppendRequest> batch, EventLog::Done done) {
  size_t bytes = 0;
  for (const auto& request : batch) bytes += request.payload.size();
  const size_t records = batch.size();
  Result<void> admitted;
  {
    std::lock_guard lock(mutex_);
    admitted = Admit(batch, bytes);
    if (admitted && records > 0) {
      bytes_ += bytes;
      records_ += records;
      waiting_.push_back({std::move(batch), std::move(done), bytes});
      return arrived_.notify_one();
    }
  }

  std::vector<Completion> refusal;
  refusal.push_back({std::move(done), Positions{}, 0, 0});
  if (!admitted) refusal[0].result = Fail(admitted.error());
  Complete(std::move(refusal));
}

Result<void> AppendQueue::Admit(const std::vector<AppendRequest>& batch, size_t bytes) const {
  if (closing_)
    return Fail(Error(Code::kUnavailable, "the event log is closed").WithHint("try another node"));
  for (const auto& request : batch) {
    if (request.payload.size() <= kMaxLogPayloadBytes) continue;
    return Fail(Error(Code::kTooLarge, "a record of " + std::to_string(request.payload.size()) + " bytes")
                    .WithHint("a record may have up to " + std::to_string(kMaxLogPayloadBytes) + " bytes"));
  }
  if (bytes > limits_.queue_bytes || batch.size() > limits_.queue_records) {
    return Fail(Error(Code::kTooLarge, "a batch of " + std::to_string(batch.size()) + " records and " +
                                           std::to_string(bytes) + " bytes")
                    .WithHint("send it in smaller batches"));
  }
  if (bytes_ + bytes > limits_.queue_bytes || records_ + batch.size() > limits_.queue_records) {
    return Fail(Error(Code::kResourceExhausted, "the event log's queue is full").WithHint("try again later"));
  }
  return {};
}

std::vector<AppendQueue::Pending> AppendQueue::TakeGroup() {
  std::vector<Pending> group;
  size_t bytes = 0, records = 0;
  while (!waiting_.empty()) {
    const Pending& next = waiting_.front();
    const bool fits =
        bytes + next.bytes <= limits_.group_bytes && records + next.batch.size() <= limits_.group_records;
    if (!group.empty() && !fits) break;
    bytes += next.bytes;
    records += next.batch.size();
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return group;
}

void AppendQueue::WriteLoop() {
  int wake_in_ms = housekeep_ ? 0 : -1;
  for (;;) {
    std::vector<Pending> group;
    bool idle = false;
    {
      std::unique_lock lock(mutex_);
      const auto ready = [this] { return closing_ || !waiting_.empty(); };
      if (wake_in_ms < 0) {
        arrived_.wait(lock, ready);
      } else {
        arrived_.wait_for(lock, std::chrono::milliseconds(wake_in_ms), ready);
      }
      if (closing_ && waiting_.empty()) break;
      group = TakeGroup();
      idle = waiting_.empty();
    }
    if (!group.empty()) {
      std::vector<Positions> positions(group.size());
      const Result<void> written = write_(group, &positions);
      std::vector<Completion> completions;
      completions.reserve(group.size());
      for (size_t i = 0; i < group.size(); ++i) {
        completions.push_back(
            {std::move(group[i].done), std::move(positions[i]), group[i].bytes, group[i].batch.size()});
        if (!written) completions.back().result = Fail(written.error());
      }
      Complete(std::move(completions));
    }
    if (housekeep_) wake_in_ms = housekeep_(idle);
  }
  std::lock_guard lock(completion_mutex_);
  writer_ended_ = true;
  completed_.notify_one();
}

void AppendQueue::Complete(std::vector<Completion> completions) {
  {
    std::lock_guard lock(completion_mutex_);
    if (!completer_ended_) {
      for (auto& completion : completions) completions_.push_back(std::move(completion));
      completed_.notify_one();
      return;
    }
  }
  Call(std::move(completions));
}

void AppendQueue::CompleteLoop() {
  for (;;) {
    std::vector<Completion> ready;
    {
      std::unique_lock lock(completion_mutex_);
      completed_.wait(lock, [this] { return writer_ended_ || !completions_.empty(); });
      if (completions_.empty()) {
        completer_ended_ = true;
        return;
      }
      ready.swap(completions_);
    }
    Call(std::move(ready));
  }
}

void AppendQueue::Call(std::vector<Completion> completions) {
  size_t bytes = 0, records = 0;
  for (const auto& completion : completions) {
    bytes += completion.bytes;
    records += completion.records;
  }
  {
    // Given back first: who is told that its append is done may append again at once.
    std::lock_guard lock(mutex_);
    bytes_ -= bytes;
    records_ -= records;
  }
  for (auto& completion : completions) {
    try {
      completion.done(std::move(completion.result));
    } catch (const std::exception& error) {
      LogError("a callback of the event log threw", {{"what", std::string(error.what())}});
    }
  }
}

void AppendQueue::Close() {
  std::lock_guard close_lock(close_mutex_);
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  arrived_.notify_all();
  if (writer_.joinable()) writer_.join();
  if (completer_.joinable()) completer_.join();
}

}  // namespace signalbox::ports
