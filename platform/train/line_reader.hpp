// A text file line by line, in bounded memory however long a line is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signalbox::train {

class LineReader {
 public:
  // Errors: kNotFound, field "path".
  static Result<LineReader> Open(const std::filesystem::path& path, size_t max_line_bytes);

  // Moves to the next line; false at the end or after a read error (see failed()).
  bool Next();
  // Without its line end (LF or CRLF), and without a byte order mark on line 1.
  // Valid until Next is called. Empty when too_long().
  std::string_view line() const { return line_; }
  uint64_t number() const { return number_; }  // from 1
  bool too_long() const { return too_long_; }
  bool failed() const { return file_.bad(); }

 private:
  explicit LineReader(size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}
  bool Fill();
  void Append(std::string_view part);

  std::ifstream file_;
  size_t max_line_bytes_;
  std::string buffer_;
  size_t position_ = 0;
  std::string line_;
  uint64_t number_ = 0;
  bool too_long_ = false;
};

}  // namespace signalbox::train
