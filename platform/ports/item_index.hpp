// Port: what signals and scripts may ask about items, by handle.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace signalbox::ports {

// Dense item number in this process, from 0; never written outside a checkpoint.
using Handle = uint32_t;
inline constexpr Handle kNoHandle = std::numeric_limits<Handle>::max();

struct ItemName {
  std::string_view type;
  std::string_view id;  // data() == nullptr: no such item
};

// Threads: any, without locks. Lifetime of names: the index's.
class ItemIndex {
 public:
  virtual ~ItemIndex() = default;
  virtual ItemName Name(Handle item) const = 0;
  virtual Handle Find(std::string_view type, std::string_view id) const = 0;  // kNoHandle = unknown
  // Every handle is below it.
  virtual uint32_t size() const = 0;
  // Order of (type, id).
  int Compare(Handle a, Handle b) const {
    const ItemName x = Name(a), y = Name(b);
    const int by_type = x.type.compare(y.type);
    return by_type != 0 ? by_type : x.id.compare(y.id);
  }
  // values[i] = the attribute of items[i] (number, bool as 0/1, time as Unix ms), NaN if absent.
  // "created_at" is never absent for a known item: declared, else when it was first seen.
  virtual void ReadNumbers(std::string_view attribute, std::span<const Handle> items,
                           double* values) const = 0;
  // Absent: data() == nullptr. Valid while the caller holds the epoch pin it called under.
  virtual void ReadTexts(std::string_view attribute, std::span<const Handle> items,
                         std::string_view* values) const = 0;
};

}  // namespace signalbox::ports
