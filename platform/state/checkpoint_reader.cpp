// Finding and reading the newest good checkpoint.
#include <algorithm>

#include "base/log.hpp"
#include "state/byte_buffers.hpp"
#include "state/checkpoint.hpp"
#include "state/checkpoint_manifest.hpp"
#include "state/section_file.hpp"

namespace signalbox::state {
namespace {

std::string ReadAll(ByteSource& source) {
  std::string bytes;
  std::vector<char> buffer(256 << 10);
  while (const size_t got = source.Read(buffer.data(), buffer.size())) bytes.append(buffer.data(), got);
  return bytes;
}

}  // namespace

Result<std::optional<CheckpointReader>> CheckpointReader::OpenNewest(
    const std::string& dir, uint64_t before, const std::vector<CheckpointMigration>& migrations) {
  for (const uint64_t sequence : CheckpointSequences(dir)) {
    if (sequence >= before) continue;
    CheckpointReader reader;
    reader.path_ = CheckpointPath(dir, sequence);
    auto document = LoadCheckpoint(reader.path_, migrations, &reader.migrations_);
    if (document) {
      reader.manifest_ = std::move(document->manifest);
      reader.sections_ = std::move(document->sections);
      return std::optional<CheckpointReader>(std::move(reader));
    }
    if (document.error().code() != Code::kDataLoss) return Fail(document.error());
    LogWarn("a checkpoint is passed over: the one before it is used",
            {{"path", reader.path_}, {"reason", document.error().message()}});
  }
  return std::optional<CheckpointReader>();
}

std::optional<model::Offsets> CheckpointReader::OldestOffsets(const std::string& dir) {
  std::optional<model::Offsets> oldest;
  for (const uint64_t sequence : CheckpointSequences(dir)) {
    std::vector<CheckpointMigration> used;
    auto document = LoadCheckpoint(CheckpointPath(dir, sequence), CheckpointMigrations(), &used);
    if (document) oldest = std::move(document->manifest.offsets);
  }
  return oldest;
}

std::vector<std::string> CheckpointReader::sections() const {
  std::vector<std::string> names;
  for (const auto& [name, section] : sections_) names.push_back(name);
  return names;
}

bool CheckpointReader::Has(const std::string& section) const { return sections_.contains(section); }

Result<void> CheckpointReader::Read(const std::string& section,
                                    const std::function<Result<void>(ByteSource&)>& read) const {
  const auto found = sections_.find(section);
  if (found == sections_.end()) {
    return Fail(Error(Code::kNotFound, path_ + ": no section " + section).WithHint("Ask Has() first."));
  }
  const std::string file = path_ + "/" + found->second.file;
  auto source = SectionFileSource::Open(file);
  if (!source) return Fail(source.error());

  const bool migrates = std::any_of(migrations_.begin(), migrations_.end(),
                                    [](const CheckpointMigration& step) { return step.section != nullptr; });
  Result<void> result;
  std::string bytes;
  if (migrates) {
    bytes = ReadAll(**source);
  } else {
    result = read(**source);
  }
  if ((*source)->Finish() != found->second.checksum || (*source)->failed()) {
    return Fail(Error(Code::kDataLoss, file + ": the checksum is wrong")
                    .WithHint("Remove this checkpoint; the one before it and the log bring the state back."));
  }
  if (!migrates) return result;
  for (const auto& step : migrations_) {
    if (step.section == nullptr) continue;
    auto migrated = step.section(section, std::move(bytes));
    if (!migrated) return Fail(migrated.error());
    bytes = std::move(*migrated);
  }
  TextSource migrated(bytes);
  return read(migrated);
}

}  // namespace signalbox::state
