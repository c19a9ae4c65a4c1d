// Seam for the crash breadcrumb: told which hook of which signal is about to run.
#pragma once

#include <cstdint>
#include <string_view>

namespace signalbox::signals {

// Threads: any; Entering and Left of one call come from the same thread. Must not block or throw.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  // partition and offset: of the batch's first event in "update", else 0.
  virtual void Entering(std::string_view signal, std::string_view hook, uint32_t partition,
                        uint64_t offset) noexcept = 0;
  virtual void Left(std::string_view signal, std::string_view hook) noexcept = 0;
};

}  // namespace signalbox::signals
