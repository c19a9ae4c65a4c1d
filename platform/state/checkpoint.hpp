// A checkpoint on disk: a directory of checksummed files, committed by renaming its manifest.
//
//   <dir>/<sequence, 20 digits>/MANIFEST.json   format version, offsets, last records' checksums,
//                                               hash key, tenants, {file: size, checksum}
//                              <section>.bin    any number, named by the writer
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "model/position.hpp"

namespace signalbox::state {

inline constexpr int kCheckpointFormat = 1;

struct CheckpointManifest {
  int format = kCheckpointFormat;
  uint64_t sequence = 0;
  int64_t created_ms = 0;
  model::Offsets offsets;                // next to apply, per partition
  std::vector<uint32_t> last_checksums;  // of the last applied record per partition; 0 = none
  HashKey hash_key{};
  std::map<std::string, std::string> properties;  // free: tenants, signals' configurations, ...
};

// Brings checkpoints of format `from` up to from + 1 while they are read; files stay as they are.
struct CheckpointMigration {
  int from = 0;
  // The manifest's JSON text in and out. A section keeps its file under another name when the entry
  // says "file": "<path within the checkpoint>". The "checksum" of the whole may be left out.
  std::function<Result<std::string>(const std::string& manifest)> manifest;
  // A section's bytes in and out, by its name in the migrated manifest; null = all stay as they are.
  std::function<Result<std::string>(const std::string& section, std::string bytes)> section;
};

// The migrations of this build, in the order of `from`.
const std::vector<CheckpointMigration>& CheckpointMigrations();

// Writes one checkpoint. Not committed, or destroyed before Commit: nothing is left that a reader takes.
class CheckpointWriter {
 public:
  // Errors: kUnavailable (disk full, no rights), with the path.
  // A sequence of 0 takes the next number; then there is one writer at a time. Sweeps what writes of
  // lower sequences left unfinished: a writer that was replaced loses its write to its successor, whose
  // sequences are higher, and never the other way round.
  static Result<std::unique_ptr<CheckpointWriter>> Begin(const std::string& dir, CheckpointManifest manifest);
  ~CheckpointWriter();

  // Opens the next section; the sink is valid until the next call. Name: [a-zA-Z0-9_./-]+.
  Result<ByteSink*> Section(const std::string& name);
  // Flushes, fsyncs files and directory, renames the manifest; then drops all but the last `keep`.
  Result<void> Commit(int keep = 2);

 private:
  struct Impl;
  explicit CheckpointWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Reads one checkpoint; damaged ones are refused as a whole.
//
// Threads: const members from any.
class CheckpointReader {
 public:
  struct Section {
    uint64_t size = 0;
    uint64_t checksum = 0;  // XXH3-64
    std::string file;       // within the checkpoint's folder
  };

  // The newest complete checkpoint whose files' sizes are right; nullopt = there is none. Older
  // formats are brought up by migrations; newer ones, and those without a migration, are refused
  // (kInvalidArgument). Incomplete and damaged ones are logged and passed over.
  // before: only sequences below it. After a Read failed with kDataLoss, throw away what was
  //         restored and open the one before.
  static Result<std::optional<CheckpointReader>> OpenNewest(
      const std::string& dir, uint64_t before = std::numeric_limits<uint64_t>::max(),
      const std::vector<CheckpointMigration>& migrations = CheckpointMigrations());
  // The offsets of the oldest kept checkpoint: retention stays at or before them.
  static std::optional<model::Offsets> OldestOffsets(const std::string& dir);

  const CheckpointManifest& manifest() const { return manifest_; }
  std::vector<std::string> sections() const;
  bool Has(const std::string& section) const;
  // Calls `read` with the section's bytes. kDataLoss when the checksum is wrong afterwards, whatever
  // `read` returned; kNotFound for an unknown section.
  Result<void> Read(const std::string& section, const std::function<Result<void>(ByteSource&)>& read) const;

 private:
  std::string path_;
  CheckpointManifest manifest_;
  std::map<std::string, Section> sections_;
  std::vector<CheckpointMigration> migrations_;  // what this checkpoint's sections go through
};

}  // namespace signalbox::state
