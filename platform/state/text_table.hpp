// Distinct texts by number: what text and list columns hold instead of texts.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "state/segmented_vector.hpp"

namespace signalbox::state {

class Arena;
class LongTexts;

// Threads: Intern by one thread at a time; Find and Text from any.
// Lifetime: the arena and the long texts outlive it; texts live as long as those.
// Memory: about 26 bytes a text and the text; one above kLongText lies with the long texts.
class TextTable {
 public:
  static constexpr size_t kLongText = 64;

  TextTable(Arena& arena, LongTexts& long_texts);
  ~TextTable();

  int32_t Intern(std::string_view text);
  // -1 = never interned.
  int32_t Find(std::string_view text) const;
  // Requires: 0 <= code < size().
  std::string_view Text(int32_t code) const { return texts_[static_cast<uint32_t>(code)]; }
  uint32_t size() const { return texts_.size(); }
  size_t memory_bytes() const;

 private:
  struct Index;
  Arena& arena_;
  LongTexts& long_texts_;
  SegmentedVector<std::string_view, 64> texts_;
  std::unique_ptr<Index> index_;
};

}  // namespace signalbox::state
