// Segments of 16 MiB, each mapped read-only when the file reaches it.
#include "state/long_texts.hpp"

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

constexpr size_t kSegment = 16 << 20;

bool WriteAll(int file, const char* data, size_t size, size_t at) {
  while (size > 0) {
    const ssize_t written = pwrite(file, data, size, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
    at += static_cast<size_t>(written);
  }
  return true;
}

}  // namespace

LongTexts::LongTexts(std::string dir) : dir_(std::move(dir)), use_file_(!dir_.empty()) {}

LongTexts::~LongTexts() {
  for (void* segment : segments_) munmap(segment, kSegment);
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

bool LongTexts::MapNextSegment() {
  const size_t at = segments_.size() * kSegment;
  if (ftruncate(file_, static_cast<off_t>(at + kSegment)) != 0) return false;
  void* segment = mmap(nullptr, kSegment, PROT_READ, MAP_SHARED, file_, static_cast<off_t>(at));
  if (segment == MAP_FAILED) return false;
  // Texts of different items are read: reading ahead would only fill memory.
  madvise(segment, kSegment, MADV_RANDOM);
  segments_.push_back(segment);
  used_ = 0;
  return true;
}

void LongTexts::GiveUp(const char* what) {
  LogWarn("long texts are kept in memory from here on: check the disk and restart",
          {{"dir", dir_}, {"failed", std::string(what)}, {"reason", std::string(std::strerror(errno))}});
  use_file_ = false;
}

const char* LongTexts::AppendToFile(std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  if (size + sizeof size > kSegment) return nullptr;
  if (file_ < 0 && !OpenFile()) {
    GiveUp("open");
    return nullptr;
  }
  if ((segments_.empty() || used_ + sizeof size + size > kSegment) && !MapNextSegment()) {
    GiveUp("map");
    return nullptr;
  }
  std::string record(reinterpret_cast<const char*>(&size), sizeof size);
  record.append(text);
  if (!WriteAll(file_, record.data(), record.size(), (segments_.size() - 1) * kSegment + used_)) {
    GiveUp("write");
    return nullptr;
  }
  const char* place = static_cast<const char*>(segments_.back()) + used_;
  used_ += record.size();
  return place;
}

const char* LongTexts::Append(std::string_view text) {
  if (use_file_) {
    if (const char* place = AppendToFile(text)) return place;
  }
  const auto size = static_cast<uint32_t>(text.size());
  char* place = memory_.Allocate(sizeof size + size);
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
