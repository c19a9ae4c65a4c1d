// Dead letters kept on this machine first, and sent on to a store that may be away.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "ports/dead_letters.hpp"

namespace signalbox::ports {

// Add waits for the local store only. A thread sends letters on, tries again while the remote store
// is away, and begins with what the local one holds, so that a restart in between loses none.
// Threads: any.
class ForwardedDeadLetters final : public DeadLetters {
 public:
  // Letters that wait at once; with more, the newest kResend of the local store are sent again.
  static constexpr size_t kMaxWaiting = 1000;
  static constexpr size_t kResend = 10'000;

  ForwardedDeadLetters(std::unique_ptr<DeadLetters> local, std::unique_ptr<DeadLetters> remote,
                       int retry_ms = 1000, bool sending = true);
  ~ForwardedDeadLetters() override;

  // Whether letters are sent on. What was kept meanwhile follows once they are.
  void SetSending(bool sending);

  Result<void> Add(const DeadLetter& letter) override;
  // The remote store's, with those of other nodes; while it is away the local one's.
  Result<std::vector<DeadLetter>> List(size_t limit) const override;

 private:
  void Forward();

  const std::unique_ptr<DeadLetters> local_, remote_;
  const int retry_ms_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<DeadLetter> waiting_;
  bool sending_;
  bool resend_ = true;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace signalbox::ports
