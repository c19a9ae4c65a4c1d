// What became of an import: counts, and the first rejections with their lines.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace signalbox::app {

// Threads: any.
class ImportReport {
 public:
  static constexpr size_t kShown = 20;

  void Accept(uint64_t count);
  void Duplicate(uint64_t count);
  // file: as the report names it. Rejections may come in any order; the report sorts them.
  void Reject(const std::string& file, uint64_t line, std::string reason);

  uint64_t accepted() const;
  uint64_t duplicates() const;
  uint64_t rejected() const;

  // Several lines, ending in a newline: the first rejections, counts by reason beyond them, the sums.
  std::string Text() const;

 private:
  mutable std::mutex mutex_;
  uint64_t accepted_ = 0, duplicates_ = 0, rejected_ = 0;
  // The kShown smallest (file, line); a line of several events may be in it more than once.
  std::multimap<std::pair<std::string, uint64_t>, std::string> first_;
  std::map<std::string, uint64_t> reasons_;
};

}  // namespace signalbox::app
