// The manifest as JSON with a checksum of its own.
#include "app/backup/backup_manifest.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/hash.hpp"

namespace signalbox::app {
namespace {

using nlohmann::json;

std::string Hex(uint64_t number) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

std::string ChecksumOf(const std::string& text) { return Hex(Checksum64(text.data(), text.size())); }

// Within the folder, that is.
bool IsInside(const std::string& path) {
  const std::filesystem::path parts(path);
  if (path.empty() || parts.is_absolute()) return false;
  for (const auto& part : parts) {
    if (part == ".." || part == ".") return false;
  }
  return true;
}

}  // namespace

Result<BackupFile> Examine(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> chunk(1 << 20);
  std::string checksums;
  BackupFile examined;
  while (file) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto size = static_cast<size_t>(file.gcount());
    examined.size += size;
    if (size > 0) checksums += Hex(Checksum64(chunk.data(), size));
  }
  if (!file.eof()) return Fail(Code::kUnavailable, "cannot read " + path + "; check the disk");
  examined.checksum = ChecksumOf(checksums);
  return examined;
}

Result<void> WriteManifest(const std::string& dir, const BackupManifest& manifest) {
  json files = json::object();
  for (const auto& [path, file] : manifest.files) {
    files[path] = {{"size", file.size}, {"checksum", file.checksum}};
  }
  json document = {
      {"format", kBackupFormat}, {"created_ms", manifest.created_ms}, {"files", std::move(files)}};
  document["checksum"] = ChecksumOf(document.dump());
  const std::string text = document.dump(2) + "\n", path = dir + "/" + kBackupManifest, fresh = path + ".tmp";
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = file >= 0 &&
                       write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       fsync(file) == 0;
  if (file >= 0) close(file);
  if (!written || std::rename(fresh.c_str(), path.c_str()) != 0) {
    return Fail(Code::kUnavailable, "cannot write " + path + "; check the disk");
  }
  return {};
}

Result<BackupManifest> ReadManifest(const std::string& dir) {
  std::ifstream file(dir + "/" + kBackupManifest, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open()) {
    return Fail(Code::kNotFound, dir + " holds no finished backup: there is no " + kBackupManifest);
  }
  const auto damaged = [&](const std::string& what) {
    return Fail(Code::kDataLoss,
                dir + "/" + kBackupManifest + " is damaged (" + what + "); take another backup");
  };
  json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return damaged("not JSON");
  try {
    if (document.at("format").get<int>() > kBackupFormat) {
      return Fail(Code::kInvalidArgument,
                  "the backup in " + dir + " was made by a newer program; restore it with that");
    }
    const std::string checksum = document.at("checksum");
    document.erase("checksum");
    if (ChecksumOf(document.dump()) != checksum) return damaged("checksum");
    BackupManifest manifest;
    manifest.created_ms = document.at("created_ms");
    for (const auto& [path, entry] : document.at("files").items()) {
      if (!IsInside(path)) return damaged("path " + path);
      manifest.files[path] = {entry.at("size"), entry.at("checksum")};
    }
    return manifest;
  } catch (const json::exception&) {
    return damaged("a field is missing");
  }
}

}  // namespace signalbox::app
