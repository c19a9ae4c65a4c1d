// Counts and writes an import's report.
#include "app/import/import_report.hpp"

#include <algorithm>

#include "app/import/progress.hpp"

namespace signalbox::app {
namespace {
// Reasons hold parts of the input, so their number has no end.
constexpr size_t kMaxReasons = 1000;
constexpr size_t kShownReasons = 10;
}  // namespace

void ImportReport::Accept(uint64_t count) {
  const std::lock_guard lock(mutex_);
  accepted_ += count;
}

void ImportReport::Duplicate(uint64_t count) {
  const std::lock_guard lock(mutex_);
  duplicates_ += count;
}

void ImportReport::Reject(const std::string& file, uint64_t line, std::string reason) {
  const std::lock_guard lock(mutex_);
  ++rejected_;
  if (reasons_.size() < kMaxReasons || reasons_.count(reason) > 0) {
    ++reasons_[reason];
  } else {
    ++reasons_["other reasons"];
  }
  first_.emplace(std::pair(file, line), std::move(reason));
  if (first_.size() > kShown) first_.erase(std::prev(first_.end()));
}

uint64_t ImportReport::accepted() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

uint64_t ImportReport::duplicates() const {
  const std::lock_guard lock(mutex_);
  return duplicates_;
}

uint64_t ImportReport::rejected() const {
  const std::lock_guard lock(mutex_);
  return rejected_;
}

std::string ImportReport::Text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [place, reason] : first_) {
    text += place.first + ":" + std::to_string(place.second) + ": " + reason + "\n";
  }
  if (rejected_ > first_.size()) {
    text += "… and " + WithCommas(rejected_ - first_.size()) + " more; all rejections by reason:\n";
    std::vector<std::pair<uint64_t, std::string>> by_count;
    for (const auto& [reason, count] : reasons_) by_count.emplace_back(count, reason);
    std::sort(by_count.rbegin(), by_count.rend());
    if (by_count.size() > kShownReasons) by_count.resize(kShownReasons);
    for (const auto& [count, reason] : by_count) text += "  " + WithCommas(count) + " × " + reason + "\n";
  }
  text += "accepted " + WithCommas(accepted_) + ", duplicate " + WithCommas(duplicates_) + ", rejected " +
          WithCommas(rejected_) + "\n";
  return text;
}

}  // namespace signalbox::app
