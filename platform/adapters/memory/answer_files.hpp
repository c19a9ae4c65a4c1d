// Sampled answers in two files that take turns, with an index in memory.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "ports/served_answers.hpp"

namespace signalbox::memory {

// Answers are appended to one file; when it has half of max_bytes the other is emptied and takes over, so
// between half and all of max_bytes are kept, over restarts too. A thread of its own writes; up to
// kMaxWaiting answers wait for it, further ones are dropped. A record that was cut off by a crash ends its
// file. Not fsynced: the sample of the last seconds may be lost.
//
// Threads: any. Memory: about 100 bytes an answer, and those that wait.
class AnswerFiles final : public ports::ServedAnswers {
 public:
  static constexpr size_t kMaxWaiting = 64;

  // Reads what is there. folder: made if need be. Errors: kUnavailable naming the file.
  static Result<std::unique_ptr<AnswerFiles>> Open(const std::string& folder, uint64_t max_bytes);
  ~AnswerFiles() override;

  void Put(ports::ServedAnswer answer) override;
  std::optional<ports::ServedAnswer> Find(std::string_view recommendation_id) const override;
  // Waits until everything that was put is written.
  void Flush();

 private:
  struct Place {
    int file = 0;
    uint64_t offset = 0;
  };
  AnswerFiles(std::string folder, uint64_t max_bytes);
  Result<void> OpenFile(int file);
  void Write(const ports::ServedAnswer& answer);
  void Run();
  std::string PathOf(int file) const;

  const std::string folder_;
  const uint64_t max_bytes_;
  std::array<int, 2> descriptors_{-1, -1};
  std::array<uint64_t, 2> sizes_{};  // the writer's, as the next
  int current_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ports::ServedAnswer> waiting_;  // guarded by mutex_, as the next two
  bool stopping_ = false;
  std::map<std::string, Place, std::less<>> places_;
  std::thread thread_;
};

}  // namespace signalbox::memory
