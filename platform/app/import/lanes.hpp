// Several connections side by side; what belongs together goes through one, in order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/import/batch_sender.hpp"

namespace signalbox::app {

// Threads: Add, Flush and Finish from one.
class Lanes {
 public:
  using MakeClient = std::function<Result<std::unique_ptr<ports::HttpClient>>()>;
  // Called on the lanes' threads, at the same time from several.
  using OnBatch = std::function<void(std::span<const Document>, const std::vector<DocumentResult>&)>;

  // batch_size: documents of one request. Errors: those of make_client.
  static Result<std::unique_ptr<Lanes>> Open(size_t lanes, size_t batch_size, RetryPolicy policy,
                                             const MakeClient& make_client, OnBatch on_batch);
  // Drops what is not sent.
  ~Lanes();

  // Sends the document to `path` after all that was added with this key before. Waits while its
  // lane is full; false after a lane has failed: see Finish.
  bool Add(std::string_view path, std::string_view key, Document document);
  // Returns when all that was added is answered. Errors: the first that a lane met.
  Result<void> Flush();

 private:
  struct Batch {
    std::string path;
    std::vector<Document> documents;
    size_t bytes = 0;
  };
  struct Lane {
    std::unique_ptr<ports::HttpClient> client;
    Batch filling;
    std::deque<Batch> queue;  // guarded by mutex_
    bool busy = false;        // guarded by mutex_
    std::thread thread;
  };

  Lanes(size_t batch_size, RetryPolicy policy, OnBatch on_batch)
      : batch_size_(batch_size), policy_(policy), on_batch_(std::move(on_batch)) {}
  bool Hand(Lane& lane);
  void Run(Lane& lane);
  bool SleepUnlessEnding(int64_t ms);

  const size_t batch_size_;
  const RetryPolicy policy_;
  const OnBatch on_batch_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;          // guarded by mutex_
  std::optional<Error> failed_;  // guarded by mutex_
};

}  // namespace signalbox::app
