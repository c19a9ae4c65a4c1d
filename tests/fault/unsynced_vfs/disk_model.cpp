// Content and names of the files, each with what is sure and what is not.
#include "disk_model.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace signalbox::fault {
namespace fs = std::filesystem;
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void DiskModel::Apply(const Change& change, std::string* content) {
  if (!change.bytes) return content->resize(change.offset);
  const size_t end = change.offset + change.bytes->size();
  if (content->size() < end) content->resize(end);
  content->replace(change.offset, change.bytes->size(), *change.bytes);
}

void DiskModel::Open(const std::string& path) {
  const auto [it, fresh] = files_.try_emplace(path);
  File& file = it->second;
  if (fresh) {
    file.name_synced = fs::exists(path);
    if (file.name_synced) file.synced = ReadFile(path);
  } else if (!file.present) {
    // A new file of the same name; until the names are synced the old one may come back.
    std::optional<std::string> former = file.name_synced ? std::nullopt : file.former;
    file = File();
    file.former = std::move(former);
  }
}

void DiskModel::Write(const std::string& path, uint64_t offset, std::string bytes) {
  files_[path].since.push_back({offset, std::move(bytes)});
}

void DiskModel::Truncate(const std::string& path, uint64_t size) {
  files_[path].since.push_back({size, std::nullopt});
}

void DiskModel::Remove(const std::string& path) {
  const auto it = files_.find(path);
  if (it == files_.end() || !it->second.present) return;
  File& file = it->second;
  if (file.name_synced) file.former = file.synced;
  file.present = false;
  file.name_synced = false;
  file.since.clear();
}

void DiskModel::Sync(const std::string& path) {
  File& file = files_[path];
  for (const auto& change : file.since) Apply(change, &file.synced);
  file.since.clear();
}

void DiskModel::SyncNames() {
  for (auto& [path, file] : files_) {
    file.name_synced = true;
    file.former.reset();
  }
}

void DiskModel::Restore(Unsynced unsynced, std::mt19937& random) {
  const auto keeps = [&] { return unsynced == Unsynced::kKeptAtRandom && random() % 2 == 0; };
  for (auto& [path, file] : files_) {
    std::optional<std::string> content;
    if (!file.name_synced && !keeps()) {
      content = file.former;
    } else if (file.present) {
      content = file.synced;
      for (const auto& change : file.since) {
        if (keeps()) Apply(change, &*content);
      }
    }
    fs::remove(path);
    fs::remove(path + "-shm");  // SQLite's shared memory: never outlives the machine
    if (content) std::ofstream(path, std::ios::binary) << *content;
  }
  files_.clear();
}

}  // namespace signalbox::fault
