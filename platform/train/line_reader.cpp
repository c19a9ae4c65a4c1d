// Reads in blocks and joins lines across them.
#include "train/line_reader.hpp"

namespace signalbox::train {
namespace {
constexpr size_t kBlockBytes = 256 << 10;
}

Result<LineReader> LineReader::Open(const std::filesystem::path& path, size_t max_line_bytes) {
  LineReader reader(max_line_bytes);
  std::error_code ignored;
  reader.file_.open(path, std::ios::binary);
  if (!reader.file_ || !std::filesystem::is_regular_file(path, ignored)) {
    return Fail(
        Error(Code::kNotFound, path.string() + " cannot be read: give a readable file").WithField("path"));
  }
  return reader;
}

bool LineReader::Fill() {
  buffer_.resize(kBlockBytes);
  file_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.resize(static_cast<size_t>(file_.gcount()));
  position_ = 0;
  return !buffer_.empty();
}

void LineReader::Append(std::string_view part) {
  if (too_long_ || line_.size() + part.size() > max_line_bytes_) {
    too_long_ = true;
    line_.clear();
    return;
  }
  line_.append(part);
}

bool LineReader::Next() {
  line_.clear();
  too_long_ = false;
  bool any = false;
  for (;;) {
    if (position_ == buffer_.size() && !Fill()) break;
    any = true;
    const std::string_view rest = std::string_view(buffer_).substr(position_);
    const size_t end = rest.find('\n');
    Append(rest.substr(0, end));
    if (end != std::string_view::npos) {
      position_ += end + 1;
      break;
    }
    position_ = buffer_.size();
  }
  if (!any) return false;
  ++number_;
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (number_ == 1 && std::string_view(line_).starts_with(kByteOrderMark)) line_.erase(0, 3);
  return true;
}

}  // namespace signalbox::train
