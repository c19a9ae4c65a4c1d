// Buffered binary writing to a ByteSink and checked reading from a ByteSource.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.hpp"

namespace signalbox::signals {

// After the first failure writes go nowhere and Finish returns it.
class SinkWriter {
 public:
  explicit SinkWriter(ByteSink& sink) : sink_(sink) {}

  void Bytes(const void* data, size_t size) {
    if (buffer_.size() + size > kBufferBytes) Send();
    if (size > kBufferBytes) {
      if (failure_.has_value()) failure_ = sink_.Write(data, size);
      return;
    }
    buffer_.append(static_cast<const char*>(data), size);
  }
  template <typename T>
  void Fixed(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    Bytes(&value, sizeof value);
  }
  void Text(std::string_view text) {
    Fixed<uint64_t>(text.size());
    Bytes(text.data(), text.size());
  }
  Result<void> Finish() {
    Send();
    return failure_;
  }
  bool ok() const { return failure_.has_value(); }

 private:
  static constexpr size_t kBufferBytes = 64 << 10;
  void Send() {
    if (failure_.has_value() && !buffer_.empty()) failure_ = sink_.Write(buffer_.data(), buffer_.size());
    buffer_.clear();
  }

  ByteSink& sink_;
  std::string buffer_;
  Result<void> failure_;
};

// After the first failure every read gives zero and ok() is false. Not buffered: it reads exactly
// what it is asked, as sections of several owners follow each other.
class SourceReader {
 public:
  explicit SourceReader(ByteSource& source) : source_(source) {}

  bool Bytes(void* data, size_t size) {
    if (ok_ && source_.Read(data, size) != size) ok_ = false;
    return ok_;
  }
  template <typename T>
  T Fixed() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (!Bytes(&value, sizeof value)) return T{};
    return value;
  }
  // At most max_bytes, else it fails.
  std::string Text(size_t max_bytes) {
    const auto size = Fixed<uint64_t>();
    if (size > max_bytes) ok_ = false;
    if (!ok_) return {};
    std::string text(size, '\0');
    Bytes(text.data(), size);
    return text;
  }
  bool ok() const { return ok_; }
  void Stop() { ok_ = false; }

 private:
  ByteSource& source_;
  bool ok_ = true;
};

inline tl::unexpected<Error> Damaged(std::string_view what) {
  return Fail(Code::kDataLoss, std::string(what) +
                                   ": the stored bytes are damaged; restore an older checkpoint "
                                   "or build the state again from the log");
}

}  // namespace signalbox::signals
