// POSIX files with 1 MiB buffers.
#include "state/section_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

namespace signalbox::state {
namespace {

constexpr size_t kBuffer = 1 << 20;

ssize_t ReadSome(int file, char* data, size_t size) {
  ssize_t got;
  do {
    got = read(file, data, size);
  } while (got < 0 && errno == EINTR);
  return got;
}

Error Unavailable(const std::string& path, const char* what) {
  return Error(Code::kUnavailable, path + ": cannot " + what + ": " + std::strerror(errno))
      .WithHint("Free space on the disk, or let the process write there; it is tried again.");
}

}  // namespace

class RunningChecksum {
 public:
  RunningChecksum() : state_(XXH3_createState()) {
    if (state_ == nullptr) throw std::bad_alloc();
    XXH3_64bits_reset(state_);
  }
  ~RunningChecksum() { XXH3_freeState(state_); }
  RunningChecksum(const RunningChecksum&) = delete;
  RunningChecksum& operator=(const RunningChecksum&) = delete;

  void Add(const void* data, size_t size) { XXH3_64bits_update(state_, data, size); }
  uint64_t value() const { return XXH3_64bits_digest(state_); }

 private:
  XXH3_state_t* state_;
};

SectionFileSink::SectionFileSink(std::string path, int file)
    : path_(std::move(path)), file_(file), checksum_(std::make_unique<RunningChecksum>()) {
  buffer_.reserve(kBuffer);
}

SectionFileSink::~SectionFileSink() {
  if (file_ >= 0) close(file_);
}

Result<std::unique_ptr<SectionFileSink>> SectionFileSink::Open(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Fail(Unavailable(path, "create"));
  return std::unique_ptr<SectionFileSink>(new SectionFileSink(path, file));
}

Result<void> SectionFileSink::Failed(const char* what) { return result_ = Fail(Unavailable(path_, what)); }

Result<void> SectionFileSink::WriteOut(const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(file_, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Failed("write");
    data += written;
    size -= static_cast<size_t>(written);
  }
  return {};
}

Result<void> SectionFileSink::Flush() {
  auto result = WriteOut(buffer_.data(), buffer_.size());
  buffer_.clear();
  return result;
}

Result<void> SectionFileSink::Write(const void* data, size_t size) {
  if (!result_) return result_;
  checksum_->Add(data, size);
  size_ += size;
  if (buffer_.size() + size > kBuffer) {
    if (auto flushed = Flush(); !flushed) return flushed;
    if (size >= kBuffer) return WriteOut(static_cast<const char*>(data), size);
  }
  const auto* bytes = static_cast<const char*>(data);
  buffer_.insert(buffer_.end(), bytes, bytes + size);
  return {};
}

Result<void> SectionFileSink::Close() {
  if (result_) result_ = Flush();
  // A device that cannot be synced (EINVAL) has nothing to lose.
  if (result_ && fsync(file_) != 0 && errno != EINVAL) Failed("sync");
  if (close(file_) != 0 && result_) Failed("close");
  file_ = -1;
  return result_;
}

uint64_t SectionFileSink::checksum() const { return checksum_->value(); }

SectionFileSource::SectionFileSource(int file)
    : file_(file), buffer_(kBuffer), checksum_(std::make_unique<RunningChecksum>()) {}

SectionFileSource::~SectionFileSource() { close(file_); }

Result<std::unique_ptr<SectionFileSource>> SectionFileSource::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return Fail(Error(Code::kDataLoss, path + ": cannot open: " + std::strerror(errno))
                    .WithHint("Remove this checkpoint; the one before it and the log bring the state back."));
  }
  return std::unique_ptr<SectionFileSource>(new SectionFileSource(file));
}

bool SectionFileSource::Fill() {
  const ssize_t got = ReadSome(file_, buffer_.data(), buffer_.size());
  if (got < 0) failed_ = true;
  at_ = 0;
  end_ = got > 0 ? static_cast<size_t>(got) : 0;
  checksum_->Add(buffer_.data(), end_);
  return end_ > 0;
}

size_t SectionFileSource::Read(void* data, size_t size) {
  size_t done = 0;
  while (done < size) {
    if (at_ == end_ && !Fill()) break;
    const size_t part = std::min(size - done, end_ - at_);
    std::memcpy(static_cast<char*>(data) + done, buffer_.data() + at_, part);
    at_ += part;
    done += part;
  }
  return done;
}

uint64_t SectionFileSource::Finish() {
  while (Fill()) {
  }
  return checksum_->value();
}

Result<void> SyncFolder(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Fail(Unavailable(path, "open"));
  const bool synced = fsync(folder) == 0;
  const Error error = Unavailable(path, "sync");
  close(folder);
  if (!synced) return Fail(error);
  return {};
}

Result<std::string> ReadSmallFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const Code code = errno == ENOENT ? Code::kNotFound : Code::kDataLoss;
    return Fail(code, path + ": cannot open: " + std::strerror(errno));
  }
  std::string text;
  std::vector<char> buffer(64 << 10);
  ssize_t got;
  while ((got = ReadSome(file, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<size_t>(got));
  close(file);
  if (got < 0) return Fail(Code::kDataLoss, path + ": cannot read: " + std::strerror(errno));
  return text;
}

}  // namespace signalbox::state
