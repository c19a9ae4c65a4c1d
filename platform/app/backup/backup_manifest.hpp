// What a backup holds: every file with its size and checksum.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.hpp"

namespace signalbox::app {

inline constexpr int kBackupFormat = 1;
inline constexpr char kBackupManifest[] = "MANIFEST.json";

struct BackupFile {
  uint64_t size = 0;
  std::string checksum;  // of the XXH3-64 of each MiB, 16 hexadecimal digits
  bool operator==(const BackupFile&) const = default;
};

struct BackupManifest {
  int64_t created_ms = 0;
  std::map<std::string, BackupFile> files;  // by path within the backup
};

// Errors: kUnavailable, naming the file.
Result<BackupFile> Examine(const std::string& path);

// Makes it the backup's last file, by a rename. Errors: kUnavailable.
Result<void> WriteManifest(const std::string& dir, const BackupManifest& manifest);

// Errors: kNotFound: no backup, or one that was not finished; kDataLoss: damaged, or with a path
//         that leads out of the backup; kInvalidArgument: made by a newer program.
Result<BackupManifest> ReadManifest(const std::string& dir);

}  // namespace signalbox::app
