// A checkpoint on disk: a directory of checksummed files, committed by renaming its manifest.
//
//   <dir>/<sequence, 20 digits>/MANIFEST.json   format version, offsets, last records' checksums,
//                                               hash key, tenants, {file: size, checksum}
//                              <section>.bin    any number, named by the writer
#pragma once

#include <cstdint>
#include <functional>
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
  model::Offsets offsets;                 // next to apply, per partition
  std::vector<uint32_t> last_checksums;   // of the last applied record per partition; 0 = none
  HashKey hash_key{};
  std::map<std::string, std::string> properties;  // free: tenants, signals' configurations, ...
};

// Writes one checkpoint. Not committed, or destroyed before Commit: nothing is left that a reader takes.
class CheckpointWriter {
 public:
  // Errors: kUnavailable (disk full, no rights), with the path.
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
class CheckpointReader {
 public:
  // The newest complete checkpoint whose files' sizes are right; nullopt = there is none. Older
  // formats are brought up by migrations, newer ones refused (kInvalidArgument).
  static Result<std::optional<CheckpointReader>> OpenNewest(const std::string& dir);
  // The offsets of the oldest kept checkpoint: retention stays at or before them.
  static std::optional<model::Offsets> OldestOffsets(const std::string& dir);

  const CheckpointManifest& manifest() const { return manifest_; }
  std::vector<std::string> sections() const;
  bool Has(const std::string& section) const;
  // Calls `read` with the section's bytes; kDataLoss when the checksum is wrong afterwards.
  Result<void> Read(const std::string& section, const std::function<Result<void>(ByteSource&)>& read) const;

 private:
  std::string path_;
  CheckpointManifest manifest_;
  std::map<std::string, std::pair<uint64_t, uint64_t>> files_;  // size, XXH3-64
};

}  // namespace signalbox::state
