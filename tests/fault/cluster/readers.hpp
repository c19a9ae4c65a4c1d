// Visitors who only look: recommendations from several nodes, asked as any plain client would.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace signalbox::fault {

// Round-robin over the nodes; what a node does not answer with 200 is asked once more, of the next one.
//
// Threads: any.
class Readers {
 public:
  static constexpr size_t kNodes = 2;

  explicit Readers(int threads);
  ~Readers() { Stop(); }

  // Where a node listens. One that is away keeps its former port: clients do not know.
  void SetPort(size_t node, uint16_t port) { ports_[node] = port; }
  void Stop();

  // What was not answered the second time either; empty = nobody noticed anything.
  std::vector<std::string> failures() const;
  uint64_t answered() const { return answered_; }
  uint64_t again() const { return again_; }

 private:
  void Run(int number);

  std::array<std::atomic<uint16_t>, kNodes> ports_{};
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> answered_{0}, again_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> failures_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace signalbox::fault
