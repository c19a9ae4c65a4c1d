// A sink and a source over a string.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace signalbox::state {

class TextSink final : public ByteSink {
 public:
  Result<void> Write(const void* data, size_t size) override {
    bytes.append(static_cast<const char*>(data), size);
    return {};
  }
  std::string bytes;
};

class TextSource final : public ByteSource {
 public:
  // bytes: outlive it.
  explicit TextSource(std::string_view bytes) : bytes_(bytes) {}
  size_t Read(void* data, size_t size) override {
    const size_t part = std::min(size, bytes_.size());
    if (part > 0) std::memcpy(data, bytes_.data(), part);
    bytes_.remove_prefix(part);
    return part;
  }
  bool failed() const override { return false; }

 private:
  std::string_view bytes_;
};

}  // namespace signalbox::state
