// Values in a checkpoint's section: written in blocks, read back value by value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace signalbox::state {

// A block is {u32 size, u32 stored size, bytes}; a value never spans two; an empty block ends the
// stream. So several streams may follow each other in one section.
//
// The first error is kept: Finish gives it, writes after it do nothing.
class SectionWriter {
 public:
  explicit SectionWriter(ByteSink& sink) : sink_(sink), writer_(&block_) {}

  template <typename T>
  void Fixed(T value) {
    writer_.Fixed(value);
    FlushWhenFull();
  }
  void Varint(uint64_t value) {
    writer_.Varint(value);
    FlushWhenFull();
  }
  void Text(std::string_view text) {
    writer_.Text(text);
    FlushWhenFull();
  }
  void Bytes(const void* data, size_t size) {
    block_.append(static_cast<const char*>(data), size);
    FlushWhenFull();
  }
  Result<void> Finish();

 private:
  static constexpr size_t kBlock = 256 << 10;
  void FlushWhenFull() {
    if (block_.size() >= kBlock) Flush();
  }
  void Flush();

  ByteSink& sink_;
  std::string block_;
  ByteWriter writer_;
  std::string header_;
  Result<void> result_;
};

// After the first failure every read gives zero; views are valid until the next call.
class SectionReader {
 public:
  explicit SectionReader(ByteSource& source) : source_(source), reader_({}) {}

  template <typename T>
  T Fixed() {
    return Ready() ? reader_.Fixed<T>() : T{};
  }
  uint64_t Varint() { return Ready() ? reader_.Varint() : 0; }
  std::string_view Text() { return Ready() ? reader_.Text() : std::string_view{}; }
  std::string_view Bytes(size_t size);

  bool ok() const { return ok_ && reader_.ok(); }
  // Consumes the end. Errors: kDataLoss if anything before it failed or values are left.
  // what: names the data in the message.
  Result<void> Finish(std::string_view what);

 private:
  bool Ready() {
    if (reader_.ok() && reader_.remaining() == 0) NextBlock();
    return ok();
  }
  // False at the end of the stream or on damage.
  bool NextBlock();

  ByteSource& source_;
  std::vector<char> block_;
  ByteReader reader_;
  bool ok_ = true;
  bool ended_ = false;
};

}  // namespace signalbox::state
