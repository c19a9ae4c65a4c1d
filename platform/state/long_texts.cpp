// Segments of 1 to 16 MiB, allocated on the disk before they are mapped and written.
#include "state/long_texts.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.hpp"

namespace signalbox::state {
namespace {

constexpr size_t kFirstSegment = 1 << 20;
constexpr size_t kLargestSegment = 16 << 20;

}  // namespace

LongTexts::LongTexts(std::string dir) : dir_(std::move(dir)), use_file_(!dir_.empty()) {}

LongTexts::~LongTexts() {
  for (const Segment& segment : segments_) munmap(segment.start, segment.size);
  if (file_ >= 0) close(file_);
}

bool LongTexts::OpenFile() {
  std::error_code ignored;
  std::filesystem::create_directories(dir_, ignored);
  std::string path = dir_ + "/long-texts-XXXXXX";
  file_ = mkostemp(path.data(), O_CLOEXEC);
  if (file_ < 0) return false;
  unlink(path.c_str());
  return true;
}

bool LongTexts::MapNextSegment(size_t needed) {
  const size_t size = std::min(kFirstSegment << std::min<size_t>(segments_.size(), 4), kLargestSegment);
  if (needed > size) return true;
  // Without the disk's promise a full disk would show as a signal at the first write.
  errno = posix_fallocate(file_, static_cast<off_t>(file_size_), static_cast<off_t>(size));
  if (errno != 0) return false;
  void* start =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_, static_cast<off_t>(file_size_));
  if (start == MAP_FAILED) return false;
  // The full segment stays in the page cache, not in this process.
  if (!segments_.empty()) madvise(segments_.back().start, segments_.back().size, MADV_DONTNEED);
  // Texts of different items are read: reading ahead would only fill memory.
  madvise(start, size, MADV_RANDOM);
  segments_.push_back({static_cast<char*>(start), size});
  file_size_ += size;
  used_ = 0;
  return true;
}

void LongTexts::GiveUp(const char* what) {
  LogWarn("long texts are kept in memory from here on: check the disk and restart",
          {{"dir", dir_}, {"failed", std::string(what)}, {"reason", std::string(std::strerror(errno))}});
  use_file_ = false;
}

char* LongTexts::AllocateInFile(size_t size) {
  if (file_ < 0 && !OpenFile()) {
    GiveUp("open");
    return nullptr;
  }
  if ((segments_.empty() || used_ + size > segments_.back().size) && !MapNextSegment(size)) {
    GiveUp("allocate");
    return nullptr;
  }
  if (segments_.empty() || used_ + size > segments_.back().size) return nullptr;
  char* place = segments_.back().start + used_;
  used_ += size;
  return place;
}

const char* LongTexts::Append(std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  char* place = use_file_ ? AllocateInFile(sizeof size + size) : nullptr;
  if (place == nullptr) place = memory_.Allocate(sizeof size + size);
  std::memcpy(place, &size, sizeof size);
  if (size > 0) std::memcpy(place + sizeof size, text.data(), size);
  return place;
}

std::string_view LongTexts::Text(const char* place) {
  uint32_t size;
  std::memcpy(&size, place, sizeof size);
  return {place + sizeof size, size};
}

}  // namespace signalbox::state
