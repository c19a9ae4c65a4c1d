// What a disk holds after a power cut: only what was synced is sure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace signalbox::fault {

// What becomes of writes that were never synced.
enum class Unsynced { kDropped, kKeptAtRandom };

// Files by path. A write is sure after its file's Sync; that a name exists, or no longer does, is
// sure after SyncNames, as POSIX has it. Threads: one at a time.
class DiskModel {
 public:
  // A file that is there already is sure with its content.
  void Open(const std::string& path);
  void Write(const std::string& path, uint64_t offset, std::string bytes);
  void Truncate(const std::string& path, uint64_t size);
  void Remove(const std::string& path);
  void Sync(const std::string& path);
  void SyncNames();

  // Makes the real files what the disk would hold, and starts from there.
  void Restore(Unsynced unsynced, std::mt19937& random);

 private:
  struct Change {
    uint64_t offset = 0;
    std::optional<std::string> bytes;  // absent: truncate to `offset`
  };
  struct File {
    bool present = true;                // as the running process sees it
    std::string synced;                 // content that is sure
    std::vector<Change> since;          // what came after
    bool name_synced = false;           // the directory surely points here, or surely nowhere if !present
    std::optional<std::string> former;  // what the directory points to otherwise
  };
  static void Apply(const Change& change, std::string* content);

  std::map<std::string, File> files_;
};

}  // namespace signalbox::fault
