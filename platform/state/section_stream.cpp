// Blocks of section streams.
#include "state/section_stream.hpp"

namespace signalbox::state {
namespace {

// No value is larger; a size beyond it is damage, not data.
constexpr uint32_t kLargestBlock = 64 << 20;

}  // namespace

void SectionWriter::Flush() {
  if (!result_) {
    block_.clear();
    return;
  }
  header_.clear();
  ByteWriter header(&header_);
  header.Fixed(static_cast<uint32_t>(block_.size()));
  header.Fixed(static_cast<uint32_t>(block_.size()));
  result_ = sink_.Write(header_.data(), header_.size());
  if (result_ && !block_.empty()) result_ = sink_.Write(block_.data(), block_.size());
  block_.clear();
}

Result<void> SectionWriter::Finish() {
  if (!block_.empty()) Flush();
  Flush();
  return result_;
}

bool SectionReader::NextBlock() {
  if (ended_ || !ok_) {
    ok_ = false;
    return false;
  }
  uint32_t sizes[2];
  if (source_.Read(sizes, sizeof sizes) != sizeof sizes || sizes[0] != sizes[1] || sizes[0] > kLargestBlock) {
    ok_ = false;
    return false;
  }
  if (sizes[0] == 0) {
    ended_ = true;
    ok_ = false;
    return false;
  }
  block_.resize(sizes[0]);
  if (source_.Read(block_.data(), block_.size()) != block_.size()) {
    ok_ = false;
    return false;
  }
  reader_ = ByteReader({block_.data(), block_.size()});
  return true;
}

std::string_view SectionReader::Bytes(size_t size) {
  if (size == 0) return {};
  if (!Ready()) return {};
  const size_t at = block_.size() - reader_.remaining();
  if (size > reader_.remaining()) {
    ok_ = false;
    return {};
  }
  const std::string_view bytes(block_.data() + at, size);
  reader_ = ByteReader({block_.data() + at + size, block_.size() - at - size});
  return bytes;
}

Result<void> SectionReader::Finish(std::string_view what) {
  const bool good = ok() && reader_.remaining() == 0;
  if (good) NextBlock();
  if (good && ended_) return {};
  return Fail(Error(Code::kDataLoss, "the checkpoint's " + std::string(what) + " cannot be read")
                  .WithHint("Remove this checkpoint; the one before it and the log bring the state back."));
}

}  // namespace signalbox::state
