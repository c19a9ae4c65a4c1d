// Port between stages: how far this process has applied the log, and waiting for it.
#pragma once

#include <cstdint>
#include <string>

#include "model/position.hpp"

namespace signalbox::ports {

// Threads: any.
class Applier {
 public:
  virtual ~Applier() = default;
  // Per partition the next offset to apply.
  virtual model::Offsets Applied() const = 0;
  // Waits until the record at `position` is applied; false when wait_ms passed first.
  virtual bool WaitFor(model::LogPosition position, int wait_ms) = 0;
};

// The last accepted, perhaps not yet applied, record of each visitor of this process, so that a
// request can wait for its own visitor's click. Written by ingest, read by serve.
class RecentWrites {
 public:
  virtual ~RecentWrites() = default;
  // visitor: model::PartitionKey of the record.
  virtual void Note(const std::string& visitor, model::LogPosition position) = 0;
  // False = nothing of this visitor is waiting.
  virtual bool Find(const std::string& visitor, model::LogPosition* position) const = 0;
};

}  // namespace signalbox::ports
