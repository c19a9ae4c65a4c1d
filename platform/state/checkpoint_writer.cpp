// Writing a checkpoint: sections first, the manifest's rename last.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/log.hpp"
#include "state/checkpoint.hpp"
#include "state/checkpoint_manifest.hpp"
#include "state/section_file.hpp"

namespace signalbox::state {
namespace {

namespace fs = std::filesystem;

Result<void> MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return {};
  return Fail(Error(Code::kUnavailable, path + ": cannot create the folder: " + error.message())
                  .WithHint("Free space on the disk, or let the process write there; it is tried again."));
}

// Only those that could be read count as kept.
void RemoveOld(const std::string& dir, int keep) {
  int kept = 0;
  for (const uint64_t sequence : CheckpointSequences(dir)) {
    const std::string path = CheckpointPath(dir, sequence);
    std::vector<CheckpointMigration> used;
    if (kept >= keep) {
      RemoveCheckpoint(path);
    } else if (LoadCheckpoint(path, CheckpointMigrations(), &used)) {
      ++kept;
    }
  }
}

}  // namespace

// The manifest goes first: what is left of an interrupted removal is no checkpoint.
void RemoveCheckpoint(const std::string& path) {
  std::error_code error;
  fs::remove(path + "/" + kManifestName, error);
  fs::remove_all(path, error);
  if (error) LogWarn("an old checkpoint cannot be removed", {{"path", path}, {"reason", error.message()}});
}

struct CheckpointWriter::Impl {
  // Closes the open section, if any, and notes its size and checksum.
  Result<void> CloseSection() {
    if (sink == nullptr) return {};
    auto closed = sink->Close();
    auto& section = document.sections[open_section];
    section.size = sink->size();
    section.checksum = sink->checksum();
    sink.reset();
    return closed;
  }

  std::string dir;
  std::string path;
  ManifestDocument document;
  std::set<std::string> folders;  // under path, with files to make durable
  std::string open_section;
  std::unique_ptr<SectionFileSink> sink;
  bool committed = false;
};

CheckpointWriter::CheckpointWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CheckpointWriter::~CheckpointWriter() {
  impl_->sink.reset();
  std::error_code ignored;
  if (!impl_->committed) fs::remove_all(impl_->path, ignored);
}

Result<std::unique_ptr<CheckpointWriter>> CheckpointWriter::Begin(const std::string& dir,
                                                                  CheckpointManifest manifest) {
  if (auto made = MakeFolder(dir); !made) return Fail(made.error());
  const auto sequences = CheckpointSequences(dir);
  manifest.format = kCheckpointFormat;
  if (manifest.sequence == 0) manifest.sequence = sequences.empty() ? 1 : sequences.front() + 1;
  for (const uint64_t sequence : sequences) {
    if (sequence >= manifest.sequence) continue;  // another's, who came after us
    const std::string path = CheckpointPath(dir, sequence);
    std::error_code ignored;
    if (!fs::exists(path + "/" + kManifestName, ignored)) RemoveCheckpoint(path);
  }

  auto impl = std::make_unique<Impl>();
  impl->dir = dir;
  impl->path = CheckpointPath(dir, manifest.sequence);
  impl->document.manifest = std::move(manifest);
  std::error_code ignored;
  if (fs::exists(impl->path, ignored)) {
    return Fail(Error(Code::kConflict, impl->path + ": there is such a checkpoint already")
                    .WithHint("Leave the sequence 0 to take the next number."));
  }
  if (auto made = MakeFolder(impl->path); !made) return Fail(made.error());
  impl->folders.insert(impl->path);
  return std::unique_ptr<CheckpointWriter>(new CheckpointWriter(std::move(impl)));
}

Result<ByteSink*> CheckpointWriter::Section(const std::string& name) {
  if (!IsSectionName(name) || impl_->document.sections.contains(name)) {
    return Fail(Error(Code::kInvalidArgument, "\"" + name + "\" is not a new section's name")
                    .WithHint("Use each name once: letters, digits, '_', '.', '-', and '/' between parts."));
  }
  if (auto closed = impl_->CloseSection(); !closed) return Fail(closed.error());
  const std::string path = impl_->path + "/" + name + ".bin";
  for (auto folder = fs::path(path).parent_path(); folder.string().size() > impl_->path.size();
       folder = folder.parent_path()) {
    impl_->folders.insert(folder);
  }
  if (auto made = MakeFolder(fs::path(path).parent_path()); !made) return Fail(made.error());
  auto sink = SectionFileSink::Open(path);
  if (!sink) return Fail(sink.error());
  impl_->sink = std::move(*sink);
  impl_->open_section = name;
  impl_->document.sections[name] = {};
  return impl_->sink.get();
}

Result<void> CheckpointWriter::Commit(int keep) {
  if (auto closed = impl_->CloseSection(); !closed) return closed;
  const std::string manifest = impl_->path + "/" + kManifestName;
  const std::string temporary = manifest + ".tmp";
  auto sink = SectionFileSink::Open(temporary);
  if (!sink) return Fail(sink.error());
  const std::string text = EncodeManifest(impl_->document);
  if (auto written = (*sink)->Write(text.data(), text.size()); !written) return written;
  if (auto closed = (*sink)->Close(); !closed) return closed;
  for (const auto& folder : impl_->folders) {
    if (auto synced = SyncFolder(folder); !synced) return synced;
  }
  if (std::rename(temporary.c_str(), manifest.c_str()) != 0) {
    return Fail(Error(Code::kUnavailable, manifest + ": cannot rename: " + std::strerror(errno))
                    .WithHint("Let the process write there; it is tried again."));
  }
  impl_->committed = true;
  if (auto synced = SyncFolder(impl_->path); !synced) return synced;
  if (auto synced = SyncFolder(impl_->dir); !synced) return synced;
  RemoveOld(impl_->dir, std::max(keep, 1));
  return {};
}

}  // namespace signalbox::state
