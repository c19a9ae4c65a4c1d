// Loads a data set into columns of numbers.
#include "train/interactions.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace signalbox::train {
namespace {

constexpr size_t kShownRefusals = 20;
constexpr size_t kProgressRows = 1 << 16;

class Loader {
 public:
  Loader(Interactions* to, const std::function<void(size_t)>& progress) : to_(*to), progress_(progress) {}

  void Take(const std::string& file, ParsedLine line) {
    if (!line.fault.empty()) return Refuse(file, line.number, std::move(line.fault));
    if (line.item) {
      to_.items.Intern(line.item->id);
      to_.catalogue.push_back(std::move(*line.item));
    }
    uint16_t position = 0;
    for (const model::LogRecord& record : line.events) Take(record, line.number, position++);
  }

 private:
  void Refuse(const std::string& file, uint64_t line, std::string reason) {
    ++to_.refused;
    if (to_.first_refused.size() < kShownRefusals)
      to_.first_refused.push_back({file, line, std::move(reason)});
  }

  void Take(const model::LogRecord& record, uint64_t line, uint16_t position) {
    Interaction row;
    row.session = record.user.empty();
    row.visitor = to_.visitors.Intern(row.session ? record.session : record.user);
    row.item = to_.items.Intern(record.item);
    row.type = static_cast<uint8_t>(to_.types.Intern(record.type));
    row.time_ms = record.event_time_ms;
    row.line = static_cast<uint32_t>(std::min<uint64_t>(line, UINT32_MAX));
    row.position = position;
    row.value = static_cast<float>(record.value);
    to_.rows.push_back(row);
    if (progress_ && to_.rows.size() % kProgressRows == 0) progress_(to_.rows.size());
  }

  Interactions& to_;
  const std::function<void(size_t)>& progress_;
};

}  // namespace

uint32_t Names::Intern(std::string_view name) {
  const auto [entry, added] = ids_.try_emplace(std::string(name), static_cast<uint32_t>(names_.size()));
  if (added) names_.push_back(&entry->first);
  return entry->second;
}

uint32_t Names::Find(std::string_view name) const {
  const auto entry = ids_.find(std::string(name));
  return entry == ids_.end() ? kNone : entry->second;
}

model::LogRecord Interactions::ToRecord(const Interaction& row) const {
  model::LogRecord record;
  (row.session ? record.session : record.user) = visitors[row.visitor];
  record.item = items[row.item];
  record.type = types[row.type];
  record.event_time_ms = row.time_ms;
  record.value = row.value;
  return record;
}

Result<Interactions> LoadInteractions(Format format, const std::filesystem::path& path, int64_t end_ms,
                                      const std::function<void(size_t)>& progress) {
  if (format == Format::kJsonl) {
    return Fail(
        Error(Code::kInvalidArgument, "jsonl cannot be evaluated: use a format with one kind of event")
            .WithField("format"));
  }
  const auto files = FilesOf(format, path);
  if (!files) return Fail(files.error());
  Interactions loaded;
  Loader loader(&loaded, progress);
  for (const DataFile& file : *files) {
    const std::string name = file.path.filename().string();
    const auto read = ReadLines(format, file, end_ms, [&](ParsedLine line) {
      loader.Take(name, std::move(line));
      return true;
    });
    if (!read) return Fail(read.error());
  }
  if (loaded.rows.empty()) {
    return Fail(Error(Code::kInvalidArgument, path.string() + " has no event of format " +
                                                  std::string(ToString(format)) + ": check the format")
                    .WithField("path"));
  }
  std::sort(loaded.rows.begin(), loaded.rows.end(), [](const Interaction& a, const Interaction& b) {
    return std::tie(a.time_ms, a.line, a.position) < std::tie(b.time_ms, b.line, b.position);
  });
  return loaded;
}

}  // namespace signalbox::train
