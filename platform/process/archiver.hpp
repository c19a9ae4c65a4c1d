// Log to archive: sends every partition's records on, from where the archive stands.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ports/event_archive.hpp"
#include "ports/event_log.hpp"
#include "ports/metrics.hpp"

namespace signalbox::process {

struct ArchiverOptions {
  size_t batch_entries = 5000;
  int retry_ms = 1000;  // while the archive is away
};

// What the log's retention drops before the archive took it is missing in the archive, and is told
// in the log. Threads: Start and Stop from the owner.
class Archiver {
 public:
  // Lifetime: the ports outlive it.
  Archiver(ports::EventLog& log, ports::EventArchive& archive, ports::Metrics& metrics,
           ArchiverOptions options = {});
  ~Archiver();

  void Start();
  // Stops after the batch at hand. Idempotent; may be started again.
  void Stop();

  // Why a partition cannot be archived now; empty = all are. For readiness.
  std::string failure() const;

 private:
  void Follow(uint32_t partition);
  // Until it fails or is stopped.
  Result<void> FollowOnce(uint32_t partition);
  void NoteFailure(uint32_t partition, const std::string& message);
  void NoteSuccess(uint32_t partition);

  ports::EventLog& log_;
  ports::EventArchive& archive_;
  const ArchiverOptions options_;
  ports::Counter& archived_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  std::map<uint32_t, std::string> failures_;  // by partition
  std::vector<std::thread> threads_;          // the owner's
};

}  // namespace signalbox::process
