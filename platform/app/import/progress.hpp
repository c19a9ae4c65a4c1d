// Progress of long work on standard error: one line rewritten on a terminal, plain lines elsewhere.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

namespace signalbox::app {

// Threads: any.
class Progress {
 public:
  Progress();
  // Ends the line if one is open.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows the text unless another was shown a moment ago (1 s on a terminal, 10 s elsewhere).
  // True if it is time to call: lets callers skip the making of the text.
  bool due() const;
  void Show(const std::string& text);
  // Shows the text now and keeps it.
  void Finish(const std::string& text);

 private:
  void Write(const std::string& text, bool keep);

  const bool terminal_;
  const int64_t interval_us_;
  mutable std::mutex mutex_;
  int64_t shown_us_ = 0;
  bool open_ = false;
};

// 1234567 → "1,234,567".
std::string WithCommas(uint64_t number);

}  // namespace signalbox::app
