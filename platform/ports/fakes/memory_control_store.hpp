// Fake: a control store in memory.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "ports/ruled_control_store.hpp"

namespace signalbox::ports::fakes {

// Keeps every contract of ControlStore but durability. Share one among several "nodes".
class MemoryControlStore final : public RuledControlStore {
 public:
  // clock: outlives the store.
  explicit MemoryControlStore(const Clock& clock);
  ~MemoryControlStore() override;

  // Every call fails with `error` until it is nullopt again.
  void FailCalls(std::optional<Error> error);

 protected:
  Result<void> Write(const Body& body) override;
  Result<void> Read(const Body& body) const override;
  const Clock& clock() const override { return clock_; }

 private:
  class Tables;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unique_ptr<Tables> tables_;  // guarded by mutex_, as all below
  std::optional<Error> failure_;
};

}  // namespace signalbox::ports::fakes
