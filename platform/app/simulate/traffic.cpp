// Interleaves visits.
#include "app/simulate/traffic.hpp"

#include <algorithm>

namespace signalbox::app {

Traffic::Traffic(const Shop& shop, Visitors& visitors, size_t at_once, uint64_t seed)
    : shop_(shop), visitors_(visitors), dice_(seed + 2), ongoing_(std::max<size_t>(at_once, 1)) {}

Traffic::Step Traffic::Next(int64_t now_ms) {
  Ongoing& chosen = ongoing_[dice_.Below(ongoing_.size())];
  if (chosen.next >= chosen.visit.events.size()) chosen = {visitors_.Next(now_ms), 0};
  return {chosen.visit.Record(shop_, chosen.next++, now_ms), chosen.visit.taste};
}

}  // namespace signalbox::app
