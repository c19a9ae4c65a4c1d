// Reads the kernel's own count of this process.
#include "train/memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace signalbox::train {

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total_pages = 0, resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return statm ? resident_pages * sysconf(_SC_PAGESIZE) : 0;
}

int64_t PeakResidentBytes() {
  struct rusage usage {};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss * 1024 : 0;
}

}  // namespace signalbox::train
