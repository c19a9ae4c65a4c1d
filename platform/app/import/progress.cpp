// Writes progress.
#include "app/import/progress.hpp"

#include <unistd.h>

#include <cstdio>

#include "base/clock.hpp"

namespace signalbox::app {
namespace {
constexpr int64_t kSecondUs = 1'000'000;
}

Progress::Progress()
    : terminal_(isatty(STDERR_FILENO) == 1),
      interval_us_(terminal_ ? kSecondUs : 10 * kSecondUs),
      shown_us_(MonotonicMicros()) {}

Progress::~Progress() {
  if (open_) std::fputc('\n', stderr);
}

bool Progress::due() const {
  const std::lock_guard lock(mutex_);
  return MonotonicMicros() - shown_us_ >= interval_us_;
}

void Progress::Show(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (MonotonicMicros() - shown_us_ < interval_us_) return;
  Write(text, false);
}

void Progress::Finish(const std::string& text) {
  const std::lock_guard lock(mutex_);
  Write(text, true);
}

void Progress::Write(const std::string& text, bool keep) {
  shown_us_ = MonotonicMicros();
  if (terminal_) {
    std::fprintf(stderr, "\r\x1b[K%s%s", text.c_str(), keep ? "\n" : "");
  } else {
    std::fprintf(stderr, "%s\n", text.c_str());
  }
  std::fflush(stderr);
  open_ = terminal_ && !keep;
}

std::string WithCommas(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

}  // namespace signalbox::app
