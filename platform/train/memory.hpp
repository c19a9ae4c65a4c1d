// What this process holds in memory.
#pragma once

#include <cstdint>

namespace signalbox::train {

// Bytes of resident memory now and at most so far; 0 where the system does not tell.
int64_t ResidentBytes();
int64_t PeakResidentBytes();

}  // namespace signalbox::train
