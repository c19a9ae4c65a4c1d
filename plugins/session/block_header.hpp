// How a session's items stand in their block.
#pragma once

#include <cstdint>

#include "repeats.hpp"

namespace signalbox::session {

inline constexpr uint32_t kFirstItem = 1;  // items follow the header

// The first word of a session's block: how many items, what its last event was, and a version that
// is odd while its items are being moved.
struct BlockHeader {
  static constexpr uint32_t kVersionStep = 1u << 10;

  static uint32_t Make(uint32_t length, LastEvent last, uint32_t version) {
    return length | static_cast<uint32_t>(last) << 8 | version;
  }
  static uint32_t Length(uint32_t header) { return header & 0xff; }
  static LastEvent Last(uint32_t header) { return static_cast<LastEvent>((header >> 8) & 3); }
  static uint32_t Version(uint32_t header) { return header & ~(kVersionStep - 1); }
  static bool Moving(uint32_t header) { return (header & kVersionStep) != 0; }
};

}  // namespace signalbox::session
