// Sizes of blocks, and taking and giving them.
#include "blocks.hpp"

namespace signalbox::session {
namespace {

InvalidState Broken() { return InvalidState("free blocks of the session index are broken: learn it again"); }

}  // namespace

Blocks::Blocks(uint32_t largest) : words_(uint64_t{1} << (32 - kPageBits)) {
  // 2, 3, 4, 6, 8, 12, 16 ...: at most half again as much as asked for, and few sizes.
  for (uint32_t size = 2; size < largest; size *= 2) {
    sizes_.push_back(size);
    if (size + size / 2 < largest) sizes_.push_back(size + size / 2);
  }
  sizes_.push_back(largest);
  size_of_.resize(largest + 1);
  for (uint32_t words = 0, size = 0; words <= largest; ++words) {
    if (words > sizes_[size]) ++size;
    size_of_[words] = static_cast<uint8_t>(size);
  }
  heads_.free.resize(sizes_.size());
}

uint32_t Blocks::Take(uint32_t words) {
  const uint8_t size = size_of_[words];
  if (const uint32_t block = heads_.free[size]; block != 0) {
    heads_.free[size] = words_.Load(block);
    return block;
  }
  const uint32_t needed = sizes_[size];
  if (heads_.top % kPageWords + needed > kPageWords) heads_.top = (heads_.top / kPageWords + 1) * kPageWords;
  if (heads_.top + needed > UINT32_MAX)
    throw Failure(SB_FAILED, "the session index is full: lower max_sessions");
  const auto block = static_cast<uint32_t>(heads_.top);
  heads_.top += needed;
  words_.Store(block, 0);
  return block;
}

void Blocks::Give(uint32_t block, uint32_t words) {
  const uint8_t size = size_of_[words];
  words_.Store(block, heads_.free[size]);
  heads_.free[size] = block;
}

void Blocks::RestoreHeads(Heads heads) {
  if (heads.free.size() != sizes_.size() || heads.top == 0 || heads.top > UINT32_MAX) throw Broken();
  for (size_t size = 0; size < sizes_.size(); ++size) {
    uint64_t steps = 0;
    for (uint32_t block = heads.free[size]; block != 0; block = words_.Load(block)) {
      if (block + uint64_t{sizes_[size]} > heads.top || !Holds(block, sizes_[size]) || ++steps > heads.top)
        throw Broken();
    }
  }
  heads_ = std::move(heads);
}

}  // namespace signalbox::session
