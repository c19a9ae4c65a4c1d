// Which event ids were seen in the last 24 hours of append time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace signalbox::state {

// Hourly sets of 64-bit keyed hashes per partition; about 16 bytes an id.
// Threads: one writer; Contains from any thread.
class Deduplicator {
 public:
  explicit Deduplicator(uint32_t partitions, int window_hours = 24);
  ~Deduplicator();
  Deduplicator(Deduplicator&&) noexcept;

  // True the first time an id is seen within the window; sets older than the window before
  // append_ms are dropped.
  bool Insert(uint32_t partition, uint64_t id_hash, int64_t append_ms);
  bool Contains(uint32_t partition, uint64_t id_hash) const;
  size_t memory_bytes() const;

  // A copy for a snapshot (immutable hours are shared, only the current one is copied).
  std::shared_ptr<const void> Freeze() const;
  Result<void> Write(const void* frozen, ByteSink& sink) const;
  Result<void> Restore(ByteSource& source);
  void Export(std::vector<std::string>* lines) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::state
