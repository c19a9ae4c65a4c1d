// Port: changes of the catalogue that are not published yet, kept with the catalogue itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/item.hpp"

namespace signalbox::ports {

struct OutboxEntry {
  std::string tenant;
  model::ItemChange change;  // the item as it is now; its epoch is the version
};

struct OutboxSize {
  uint64_t entries = 0;
  int64_t oldest_ms = 0;  // how long ago the oldest change was made, by the store's clock; 0 = empty
};

// An item has one entry at most, its newest change: entries are put in by the catalogue's writes, in
// the same transaction.
//
// Threads: every member is safe from any thread. Errors of every member: kUnavailable.
class ItemOutbox {
 public:
  virtual ~ItemOutbox() = default;

  // At most `limit` entries, the oldest change first; of one tenant in the order of epochs.
  virtual Result<std::vector<OutboxEntry>> Oldest(size_t limit) const = 0;

  // Takes out the entries, but for those whose item has changed since.
  virtual Result<void> Remove(const std::vector<OutboxEntry>& entries) = 0;

  virtual Result<OutboxSize> Size() const = 0;
};

}  // namespace signalbox::ports
