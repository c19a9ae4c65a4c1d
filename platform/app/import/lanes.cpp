// A thread, a client and a short queue for each lane.
#include "app/import/lanes.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace signalbox::app {
namespace {
constexpr size_t kQueuedBatches = 4;
// Below the server's limit of 10 MiB for a body.
constexpr size_t kMaxBatchBytes = size_t{4} << 20;
}  // namespace

Result<std::unique_ptr<Lanes>> Lanes::Open(size_t lanes, size_t batch_size, RetryPolicy policy,
                                           const MakeClient& make_client, OnBatch on_batch) {
  std::unique_ptr<Lanes> opened(new Lanes(std::max<size_t>(batch_size, 1), policy, std::move(on_batch)));
  for (size_t i = 0; i < std::max<size_t>(lanes, 1); ++i) {
    auto client = make_client();
    if (!client) return Fail(client.error());
    opened->lanes_.push_back(std::make_unique<Lane>());
    opened->lanes_.back()->client = std::move(*client);
  }
  for (auto& lane : opened->lanes_) {
    lane->thread = std::thread([owner = opened.get(), lane = lane.get()] { owner->Run(*lane); });
  }
  return opened;
}

Lanes::~Lanes() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& lane : lanes_) {
    if (lane->thread.joinable()) lane->thread.join();
  }
}

bool Lanes::Add(std::string_view path, std::string_view key, Document document) {
  Lane& lane = *lanes_[Checksum64(key.data(), key.size()) % lanes_.size()];
  if (lane.filling.path != path && !Hand(lane)) return false;
  lane.filling.path = path;
  lane.filling.bytes += document.json.size();
  lane.filling.documents.push_back(std::move(document));
  if (lane.filling.documents.size() < batch_size_ && lane.filling.bytes < kMaxBatchBytes) return true;
  return Hand(lane);
}

bool Lanes::Hand(Lane& lane) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failed_ || lane.queue.size() < kQueuedBatches; });
  if (failed_) return false;
  if (!lane.filling.documents.empty()) lane.queue.push_back(std::move(lane.filling));
  lane.filling = {};
  lock.unlock();
  changed_.notify_all();
  return true;
}

Result<void> Lanes::Flush() {
  for (auto& lane : lanes_) {
    if (!Hand(*lane)) break;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    if (failed_) return true;
    return std::all_of(lanes_.begin(), lanes_.end(),
                       [](const auto& lane) { return lane->queue.empty() && !lane->busy; });
  });
  if (failed_) return Fail(*failed_);
  return {};
}

void Lanes::Run(Lane& lane) {
  BatchSender sender(*lane.client, policy_, [this](int64_t ms) { return SleepUnlessEnding(ms); });
  for (;;) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      lane.busy = false;
      changed_.notify_all();
      changed_.wait(lock, [&] { return ending_ || !lane.queue.empty(); });
      if (ending_ || failed_) return;
      batch = std::move(lane.queue.front());
      lane.queue.pop_front();
      lane.busy = true;
    }
    changed_.notify_all();
    const auto results = sender.Send(batch.path, batch.documents);
    if (results) {
      on_batch_(batch.documents, *results);
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (!failed_) failed_ = results.error();
  }
}

bool Lanes::SleepUnlessEnding(int64_t ms) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return ending_; });
}

}  // namespace signalbox::app
