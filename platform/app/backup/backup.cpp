// Copying in the right order, and renaming at the end.
#include "app/backup/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "adapters/sqlite/backup.hpp"
#include "state/checkpoint.hpp"
#include "state/checkpoint_manifest.hpp"

namespace signalbox::app {
namespace {

namespace fs = std::filesystem;

constexpr char kHashKey[] = "hash.key";
constexpr int kAttempts = 3;

tl::unexpected<Error> CannotUse(const std::string& path, const std::error_code& failed) {
  return Fail(Error(Code::kUnavailable, path + ": " + failed.message())
                  .WithHint("check the disk and the permissions"));
}

Result<void> MakeFolder(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) return CannotUse(path.string(), failed);
  return {};
}

bool HasContent(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path) && !(fs::is_directory(path) && fs::is_empty(path, ignored));
}

Result<void> CopyFile(const fs::path& from, const fs::path& to) {
  if (auto made = MakeFolder(to.parent_path()); !made) return made;
  std::error_code failed;
  fs::copy_file(from, to, failed);
  if (failed) return CannotUse(from.string(), failed);
  const int file = open(to.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && fsync(file) == 0;
  if (file >= 0) close(file);
  if (!synced) return Fail(Code::kUnavailable, to.string() + ": cannot be made durable; check the disk");
  return {};
}

// The newest complete checkpoint; none is fine. Errors: kNotFound when it was dropped meanwhile.
Result<void> CopyCheckpoint(const std::string& from, const std::string& to, model::Offsets* offsets) {
  const auto newest = state::CheckpointReader::OpenNewest(from);
  if (!newest) return Fail(newest.error());
  if (!*newest) return {};
  *offsets = (*newest)->manifest().offsets;
  const uint64_t sequence = (*newest)->manifest().sequence;
  const std::string source = state::CheckpointPath(from, sequence),
                    target = state::CheckpointPath(to, sequence);
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::recursive_directory_iterator it(source, failed), end; !failed && it != end; it.increment(failed)) {
    if (it->is_regular_file()) files.push_back(it->path());
  }
  for (const auto& file : files) {
    if (auto copied = CopyFile(file, target / fs::relative(file, source)); !copied) {
      return fs::exists(file) ? copied : Fail(Code::kNotFound, source + " was dropped meanwhile");
    }
  }
  return {};
}

Result<void> CopyDatabases(const std::string& from, const std::string& to) {
  std::error_code failed;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(from, failed), end; !failed && it != end; it.increment(failed)) {
    if (it->is_regular_file() && it->path().extension() == ".db") files.push_back(it->path());
  }
  if (failed) return CannotUse(from, failed);
  for (const auto& file : files) {
    if (auto copied = sqlite::CopyDatabase(file.string(), to + "/" + file.filename().string()); !copied)
      return copied;
  }
  return {};
}

// Errors: kNotFound when retention took a segment meanwhile.
Result<void> CopyLog(const std::string& from, const std::string& to, const model::Offsets& checkpoint) {
  const auto names = sqlite::SegmentFiles(from);
  if (!names) return Fail(names.error());
  if (auto made = MakeFolder(to); !made) return made;
  for (const auto& name : *names) {
    if (auto copied = sqlite::CopyDatabase(from + "/" + name, to + "/" + name); !copied) return copied;
  }
  const uint64_t needed = checkpoint.empty() ? 0 : checkpoint.front();
  if (!names->empty() && !checkpoint.empty() && sqlite::FirstOffsetOf(names->front()) > needed) {
    return Fail(Code::kNotFound, "the log's retention passed the checkpoint meanwhile");
  }
  return {};
}

Result<void> CopyAll(const Settings& settings, const std::string& dir) {
  model::Offsets offsets;
  if (auto copied = CopyCheckpoint(settings.checkpoint.dir, dir + "/checkpoints", &offsets); !copied)
    return copied;
  if (auto copied = CopyDatabases(settings.data_dir, dir); !copied) return copied;
  const std::string key = settings.data_dir + "/" + kHashKey;
  if (fs::exists(key)) {
    if (auto copied = CopyFile(key, dir + "/" + kHashKey); !copied) return copied;
  }
  return CopyLog(settings.event_log.dir, dir + "/log", offsets);
}

Result<BackupManifest> ExamineAll(const std::string& dir, int64_t now_ms) {
  BackupManifest manifest;
  manifest.created_ms = now_ms;
  std::error_code failed;
  for (fs::recursive_directory_iterator it(dir, failed), end; !failed && it != end; it.increment(failed)) {
    if (!it->is_regular_file()) continue;
    auto examined = Examine(it->path().string());
    if (!examined) return Fail(examined.error());
    manifest.files[fs::relative(it->path(), dir).string()] = std::move(*examined);
  }
  if (failed) return CannotUse(dir, failed);
  return manifest;
}

// One folder that restore makes: first beside its place, then renamed.
struct Place {
  std::string target;
  std::string staging() const { return target + ".restoring"; }
};

bool IsWithin(const std::string& path, const std::string& folder) { return path.rfind(folder + "/", 0) == 0; }

}  // namespace

Result<BackupManifest> BackUp(const Settings& settings, const std::string& dir, const Clock& clock) {
  if (HasContent(dir)) return Fail(Code::kConflict, dir + " is not empty; name a new folder");
  if (!fs::exists(settings.event_log.dir)) {
    return Fail(Code::kNotFound, "there is no event log in " + settings.event_log.dir + "; check --data-dir");
  }
  Result<void> copied;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::error_code ignored;
    fs::remove_all(dir, ignored);
    if (auto made = MakeFolder(dir); !made) return Fail(made.error());
    copied = CopyAll(settings, dir);
    if (copied || copied.error().code() != Code::kNotFound) break;
  }
  if (!copied) return Fail(copied.error());
  auto manifest = ExamineAll(dir, clock.now_ms());
  if (!manifest) return manifest;
  if (auto written = WriteManifest(dir, *manifest); !written) return Fail(written.error());
  return manifest;
}

Result<BackupManifest> Restore(const Settings& settings, const std::string& dir) {
  auto manifest = ReadManifest(dir);
  if (!manifest) return manifest;
  for (const auto& [path, file] : manifest->files) {
    const auto examined = Examine(dir + "/" + path);
    if (!examined || *examined != file) {
      return Fail(Code::kDataLoss, dir + "/" + path + " is not what was backed up; use another backup");
    }
  }
  const Place data{fs::path(settings.data_dir).lexically_normal().string()};
  std::vector<Place> places;  // those outside the data directory first
  const auto place_of = [&](const std::string& folder) {
    const std::string target = fs::path(folder).lexically_normal().string();
    if (IsWithin(target, data.target)) return data.staging() + target.substr(data.target.size());
    places.push_back({target});
    return places.back().staging();
  };
  const std::string log = place_of(settings.event_log.dir), checkpoints = place_of(settings.checkpoint.dir);
  places.push_back(data);
  for (const auto& place : places) {
    if (HasContent(place.target)) {
      return Fail(Code::kConflict, place.target + " is not empty; restore into a new data directory");
    }
    std::error_code ignored;
    fs::remove_all(place.staging(), ignored);
    if (auto made = MakeFolder(place.staging()); !made) return Fail(made.error());
  }
  for (const auto& [path, file] : manifest->files) {
    const std::string to = IsWithin(path, "log")           ? log + path.substr(3)
                           : IsWithin(path, "checkpoints") ? checkpoints + path.substr(11)
                                                           : data.staging() + "/" + path;
    if (auto copied = CopyFile(dir + "/" + path, to); !copied) return Fail(copied.error());
  }
  for (const auto& place : places) {
    std::error_code failed;
    fs::rename(place.staging(), place.target, failed);
    if (failed) return CannotUse(place.target, failed);
  }
  return manifest;
}

}  // namespace signalbox::app
