// Files of a checkpoint: buffered, with a running XXH3-64 checksum.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace signalbox::state {

class RunningChecksum;

// Writes a new file. Errors: kUnavailable with path and reason; the first one is kept.
class SectionFileSink final : public ByteSink {
 public:
  static Result<std::unique_ptr<SectionFileSink>> Open(const std::string& path);
  ~SectionFileSink() override;

  Result<void> Write(const void* data, size_t size) override;
  // Writes what is buffered, fsyncs and closes. Nothing may be written afterwards.
  Result<void> Close();

  uint64_t size() const { return size_; }
  uint64_t checksum() const;  // of all bytes written

 private:
  SectionFileSink(std::string path, int file);
  Result<void> Flush();
  Result<void> WriteOut(const char* data, size_t size);
  Result<void> Failed(const char* what);

  std::string path_;
  int file_;
  std::vector<char> buffer_;
  std::unique_ptr<RunningChecksum> checksum_;
  uint64_t size_ = 0;
  Result<void> result_;
};

// Reads a file from its start.
class SectionFileSource final : public ByteSource {
 public:
  // Errors: kDataLoss with path and reason.
  static Result<std::unique_ptr<SectionFileSource>> Open(const std::string& path);
  ~SectionFileSource() override;

  size_t Read(void* data, size_t size) override;
  bool failed() const override { return failed_; }
  // Reads to the end and gives the checksum of all bytes of the file.
  uint64_t Finish();

 private:
  explicit SectionFileSource(int file);
  bool Fill();

  int file_;
  std::vector<char> buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  std::unique_ptr<RunningChecksum> checksum_;
  bool failed_ = false;
};

// Makes renames and new files in the folder durable. Errors: kUnavailable.
Result<void> SyncFolder(const std::string& path);

// Reads a whole small file. Errors: kDataLoss, kNotFound.
Result<std::string> ReadSmallFile(const std::string& path);

}  // namespace signalbox::state
