// Many visits at the same time, one event after the other.
#pragma once

#include <vector>

#include "app/simulate/visitors.hpp"

namespace signalbox::app {

// Lifetime: the shop and the visitors outlive it. Threads: one.
class Traffic {
 public:
  struct Step {
    model::LogRecord record;
    size_t taste = 0;
  };

  // at_once: visits going on at the same time; each that ends is followed by a new one.
  Traffic(const Shop& shop, Visitors& visitors, size_t at_once, uint64_t seed);

  // The next event of some visit, at now_ms. The same seed gives the same order.
  Step Next(int64_t now_ms);

 private:
  struct Ongoing {
    Visit visit;
    size_t next = 0;
  };

  const Shop& shop_;
  Visitors& visitors_;
  Dice dice_;
  std::vector<Ongoing> ongoing_;
};

}  // namespace signalbox::app
