// What the signals said: one row per candidate, one column per signal.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace signalbox::serve {

// Column-major float32 matrix handed from scoring to blending; kept between requests, so that a
// steady load allocates nothing.
//
// Shape:   [candidates x signals]; both fixed by Reset, either may be 0.
// Units:   whatever each signal declares; blending normalises, this class does not.
// Absent:  NaN is "no opinion".
// Threads: columns may be filled concurrently, each by one thread; reads start
//          after every fill has joined.
class ScoreMatrix {
 public:
  // Every entry is NaN afterwards.
  void Reset(size_t candidates, size_t signals);

  size_t candidates() const { return candidates_; }
  size_t signals() const { return signals_; }

  // Views into this matrix; valid until the next Reset. Requires: signal < signals().
  std::span<float> column(size_t signal) { return {&values_[signal * candidates_], candidates_}; }
  std::span<const float> column(size_t signal) const { return {&values_[signal * candidates_], candidates_}; }

  // Takes back what a signal said.
  void Silence(size_t signal);

 private:
  size_t candidates_ = 0;
  size_t signals_ = 0;
  std::vector<float> values_;
};

}  // namespace signalbox::serve
