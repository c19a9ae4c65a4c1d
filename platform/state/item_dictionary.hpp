// The tenant's items by handle: (type, id) <-> dense 32-bit numbers, only ever growing.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"
#include "ports/item_index.hpp"

namespace signalbox::state {

using ports::Handle;
using ports::ItemName;
using ports::kNoHandle;

// Threads: Intern from any thread (serialised inside); reads from any thread, lock-free or by a
//          sharded reader lock, also during Intern.
// Memory: about 45 bytes an item plus its id's text; no per-item allocation.
class ItemDictionary {
 public:
  ItemDictionary();
  ~ItemDictionary();

  // The item's handle; a new one takes the next number and first_seen_ms.
  Handle Intern(std::string_view type, std::string_view id, int64_t first_seen_ms);
  Handle Find(std::string_view type, std::string_view id) const;
  // Views live as long as the dictionary.
  ItemName Name(Handle item) const;
  // When the item was first written or seen, Unix ms. Requires: item < size().
  int64_t first_seen_ms(Handle item) const;
  uint32_t size() const;

  // The first `count` items (a frozen size()), while others are interned.
  Result<void> Write(uint32_t count, ByteSink& sink) const;
  // Requires: empty. Errors: kDataLoss; the dictionary is unusable then.
  Result<void> Restore(ByteSource& source);

  size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::state
