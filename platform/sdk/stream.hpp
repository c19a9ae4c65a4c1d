// Bytes of private state: writing them, and reading them back without trusting them.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "signalbox/failure.hpp"
#include "signalbox/plugin_abi.h"

namespace signalbox {

// Writes a snapshot, buffered. Every member throws Failure when the host cannot take more.
class Writer {
 public:
  explicit Writer(const sb_writer& raw) : raw_(&raw) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void Write(const void* data, size_t size) {
    if (buffer_.size() + size > kBufferBytes) Flush();
    if (size > kBufferBytes) return Send(data, size);
    buffer_.append(static_cast<const char*>(data), size);
  }
  template <typename T>
  void Fixed(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    Write(&value, sizeof value);
  }
  void Text(std::string_view text) {
    Fixed<uint64_t>(text.size());
    Write(text.data(), text.size());
  }
  // The count, then the entries.
  template <typename T>
  void Array(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    Fixed<uint64_t>(values.size());
    Write(values.data(), values.size_bytes());
  }
  template <typename T>
  void Array(const std::vector<T>& values) {
    Array(std::span<const T>(values));
  }
  // Hands over what is buffered; the wrapper calls it at the end.
  void Flush() {
    Send(buffer_.data(), buffer_.size());
    buffer_.clear();
  }

 private:
  static constexpr size_t kBufferBytes = 64 << 10;

  void Send(const void* data, size_t size) {
    if (size > 0 && raw_->write(raw_->context, data, size) != SB_OK) {
      throw Failure(SB_FAILED, "the host takes no more bytes: see its own message");
    }
  }

  const sb_writer* raw_;
  std::string buffer_;
};

// Reads a snapshot, buffered. Every member throws InvalidState when the bytes end too early; sizes
// that are read are not trusted: memory grows only as bytes arrive.
class Reader {
 public:
  explicit Reader(const sb_reader& raw) : raw_(&raw) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void Read(void* data, size_t size) {
    auto* out = static_cast<char*>(data);
    while (size > 0) {
      if (next_ == end_) Fill();
      const size_t part = std::min(size, end_ - next_);
      std::memcpy(out, buffer_.get() + next_, part);
      next_ += part;
      out += part;
      size -= part;
    }
  }
  template <typename T>
  T Fixed() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    Read(&value, sizeof value);
    return value;
  }
  std::string Text() {
    std::string text;
    ReadGrowing(&text, Fixed<uint64_t>());
    return text;
  }
  template <typename T>
  std::vector<T> Array() {
    static_assert(std::is_trivially_copyable_v<T>);
    std::vector<T> values;
    ReadGrowing(&values, Fixed<uint64_t>());
    return values;
  }

 private:
  static constexpr size_t kBufferBytes = 64 << 10;

  template <typename Container>
  void ReadGrowing(Container* values, uint64_t count) {
    constexpr uint64_t kStep = 1 << 16;
    while (values->size() < count) {
      const size_t old = values->size();
      const size_t step = static_cast<size_t>(std::min<uint64_t>(kStep, count - old));
      if (values->capacity() < old + step) values->reserve(std::max(old + step, old * 2));
      values->resize(old + step);
      Read(values->data() + old, step * sizeof(typename Container::value_type));
    }
  }
  void Fill() {
    if (buffer_ == nullptr) buffer_ = std::make_unique<char[]>(kBufferBytes);
    next_ = 0;
    end_ = raw_->read(raw_->context, buffer_.get(), kBufferBytes);
    if (end_ == 0) throw InvalidState("the snapshot ends too early: build the state again from the log");
  }

  const sb_reader* raw_;
  std::unique_ptr<char[]> buffer_;
  size_t next_ = 0;
  size_t end_ = 0;
};

// Takes the lines of an export, in any order; ids stand in place of handles, no line breaks.
class ExportLines {
 public:
  explicit ExportLines(Writer& writer) : writer_(&writer) {}
  void Add(std::string_view line) {
    writer_->Write(line.data(), line.size());
    writer_->Write("\n", 1);
  }

 private:
  Writer* writer_;
};

}  // namespace signalbox
