// Texts too long or too many for memory: appended to a file and read through a mapping.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/arena.hpp"

namespace signalbox::state {

// The file has no name once it is open: it goes with the process. Of what was written only the
// last segment is resident, and what is read again. A full disk, or a text that no segment holds,
// falls back to memory.
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
  struct Segment {
    char* start;
    size_t size;
  };

  // Null = not in the file.
  char* AllocateInFile(size_t size);
  bool OpenFile();
  // Maps nothing, and is true, when `needed` is more than the next segment.
  bool MapNextSegment(size_t needed);
  void GiveUp(const char* what);

  std::string dir_;
  int file_ = -1;
  bool use_file_;
  size_t file_size_ = 0;
  std::vector<Segment> segments_;
  size_t used_ = 0;  // bytes of the last segment
  Arena memory_;
};

}  // namespace signalbox::state
