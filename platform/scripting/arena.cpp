// Lists of free blocks by size, over chunks.
#include "scripting/arena.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace signalbox::scripting {

Arena::~Arena() {
  while (blocks_ != nullptr) {
    Header* next = blocks_->next;
    std::free(blocks_);
    blocks_ = next;
  }
}

void Arena::Link(Header* header) {
  header->next = blocks_;
  header->former = nullptr;
  if (blocks_ != nullptr) blocks_->former = header;
  blocks_ = header;
}

void Arena::Unlink(Header* header, Header** first) {
  if (header->next != nullptr) header->next->former = header->former;
  (header->former != nullptr ? header->former->next : *first) = header->next;
}

void* Arena::FromHeap(size_t size) {
  auto* header = static_cast<Header*>(std::malloc(sizeof(Header) + size));
  if (header == nullptr) return nullptr;
  Link(header);
  held_ += size;
  return header + 1;
}

size_t Arena::Growth(size_t size) const {
  if (size > kLargestSmall) return size;
  if (free_[ClassOf(size)] != nullptr || ClassOf(size) * kUnit <= chunk_left_) return 0;
  return kChunk;
}

void* Arena::Take(size_t size) {
  if (size > kLargestSmall) return FromHeap(size);
  const size_t place = ClassOf(size);
  if (FreeBlock* block = free_[place]; block != nullptr) {
    free_[place] = block->next;
    return block;
  }
  const size_t rounded = place * kUnit;
  if (chunk_left_ < rounded) {
    void* chunk = FromHeap(kChunk);
    if (chunk == nullptr) return nullptr;
    if (chunk_left_ > 0) Give(chunk_, chunk_left_);  // the rest of the former one, a multiple of kUnit
    chunk_ = static_cast<char*>(chunk);
    chunk_left_ = kChunk;
  }
  void* block = chunk_;
  chunk_ += rounded;
  chunk_left_ -= rounded;
  return block;
}

void Arena::Give(void* block, size_t size) {
  if (size > kLargestSmall) {
    Header* header = static_cast<Header*>(block) - 1;
    Unlink(header, &blocks_);
    held_ -= size;
    std::free(header);
    return;
  }
  auto* free_block = static_cast<FreeBlock*>(block);
  free_block->next = free_[ClassOf(size)];
  free_[ClassOf(size)] = free_block;
}

void* Arena::Resize(void* block, size_t old_size, size_t new_size) {
  const bool small = old_size <= kLargestSmall && new_size <= kLargestSmall;
  if (small && ClassOf(old_size) == ClassOf(new_size)) return block;
  if (old_size > kLargestSmall && new_size > kLargestSmall) {
    Header* header = static_cast<Header*>(block) - 1;
    Unlink(header, &blocks_);
    auto* moved = static_cast<Header*>(std::realloc(header, sizeof(Header) + new_size));
    Link(moved != nullptr ? moved : header);
    if (moved == nullptr) return new_size <= old_size ? block : nullptr;
    held_ += new_size - old_size;
    return moved + 1;
  }
  void* moved = Take(new_size);
  // A block that stays too large for its size is found again under the smaller one.
  if (moved == nullptr) return new_size <= old_size ? block : nullptr;
  std::memcpy(moved, block, std::min(old_size, new_size));
  Give(block, old_size);
  return moved;
}

}  // namespace signalbox::scripting
