// Byte streams in memory, for tests of snapshots.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace signalbox::signals {

struct StringSink final : ByteSink {
  std::string bytes;
  Result<void> Write(const void* data, size_t size) override {
    bytes.append(static_cast<const char*>(data), size);
    return {};
  }
};

struct StringSource final : ByteSource {
  explicit StringSource(std::string_view from) : left(from) {}
  std::string_view left;
  size_t Read(void* data, size_t size) override {
    const size_t part = std::min(size, left.size());
    std::memcpy(data, left.data(), part);
    left.remove_prefix(part);
    return part;
  }
  bool failed() const override { return false; }
};

}  // namespace signalbox::signals
