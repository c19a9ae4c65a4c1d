// Texts too long or too many for memory: appended to a file and read through a mapping.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/arena.hpp"

namespace signalbox::state {

// The file has no name once it is open: it goes with the process. Texts are written past the
// mapping, so only those that are read take resident memory. A full disk, or a text that no
// segment holds, falls back to memory.
//
// Threads: Append by one thread at a time; texts are readable from any.
class LongTexts {
 public:
  // dir: empty = keep everything in memory. Created when missing.
  explicit LongTexts(std::string dir);
  ~LongTexts();
  LongTexts(const LongTexts&) = delete;
  LongTexts& operator=(const LongTexts&) = delete;

  // The text's place, valid as long as this object.
  const char* Append(std::string_view text);
  // place: from Append.
  static std::string_view Text(const char* place);

  // Without what lies in the file.
  size_t memory_bytes() const { return memory_.memory_bytes(); }

 private:
  const char* AppendToFile(std::string_view text);
  bool OpenFile();
  bool MapNextSegment();
  void GiveUp(const char* what);

  std::string dir_;
  int file_ = -1;
  bool use_file_;
  std::vector<void*> segments_;
  size_t used_ = 0;  // bytes of the last segment
  Arena memory_;
};

}  // namespace signalbox::state
