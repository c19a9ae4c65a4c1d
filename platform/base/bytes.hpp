// Little-endian binary writing and checked reading; streams of bytes.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.hpp"

namespace signalbox {

// Takes bytes in order. Errors: kUnavailable when the medium is full or gone; later calls fail too.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Result<void> Write(const void* data, size_t size) = 0;
};

// Gives bytes in order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads up to `size`; less only at the end or on damage (then failed() is true).
  virtual size_t Read(void* data, size_t size) = 0;
  virtual bool failed() const = 0;
};

// Appends to a string that the caller owns.
class ByteWriter {
 public:
  explicit ByteWriter(std::string* out) : out_(out) {}

  template <typename T>
  void Fixed(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out_->append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  // LEB128.
  void Varint(uint64_t value) {
    while (value >= 0x80) {
      out_->push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_->push_back(static_cast<char>(value));
  }
  void Text(std::string_view text) {
    Varint(text.size());
    out_->append(text);
  }

 private:
  std::string* out_;
};

// Reads from bytes that outlive it. After the first failure every read gives zero and ok() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Fixed() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (bytes_.size() < sizeof value) {
      Stop();
      return value;
    }
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = Fixed<uint8_t>();
      if (!ok_) return 0;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    Stop();
    return 0;
  }
  // View into the bytes given.
  std::string_view Text() {
    const uint64_t size = Varint();
    if (size > bytes_.size()) Stop();
    if (!ok_) return {};
    const auto text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return text;
  }
  bool ok() const { return ok_; }
  size_t remaining() const { return bytes_.size(); }

 private:
  void Stop() {
    ok_ = false;
    bytes_ = {};
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace signalbox
