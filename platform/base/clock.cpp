// The system's clocks.
#include "base/clock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace signalbox {

int64_t SystemClock::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

namespace {

// The calling thread's scheduling statistics; kept open, since opening costs ten times a read.
class ThreadStatistics {
 public:
  ThreadStatistics() : file_(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}
  ~ThreadStatistics() {
    if (file_ >= 0) ::close(file_);
  }
  ThreadStatistics(const ThreadStatistics&) = delete;
  ThreadStatistics& operator=(const ThreadStatistics&) = delete;

  int64_t WaitedNs() const {
    if (file_ < 0) return 0;
    std::array<char, 128> text;  // "<ran ns> <waited ns> <times>"
    const ssize_t size = ::pread(file_, text.data(), text.size() - 1, 0);
    if (size <= 0) return 0;
    const char* end = text.data() + size;
    const char* second = std::find<const char*>(text.data(), end, ' ');
    int64_t waited_ns = 0;
    if (second != end) std::from_chars(second + 1, end, waited_ns);
    return waited_ns;
  }

 private:
  const int file_;
};

}  // namespace

int64_t MonotonicMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int64_t ProcessorWaitMicros() {
  thread_local const ThreadStatistics statistics;
  return statistics.WaitedNs() / 1000;
}

}  // namespace signalbox
