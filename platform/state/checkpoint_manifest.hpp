// MANIFEST.json of a checkpoint, and the folders that checkpoints lie in.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "state/checkpoint.hpp"

namespace signalbox::state {

inline constexpr const char* kManifestName = "MANIFEST.json";

struct ManifestDocument {
  CheckpointManifest manifest;
  std::map<std::string, CheckpointReader::Section> sections;
};

// Of letters, digits, '_', '.', '-' and '/' between parts; none of the parts is "", "." or "..".
bool IsSectionName(const std::string& name);

std::string EncodeManifest(const ManifestDocument& document);
// Requires the current format. Errors: kDataLoss.
Result<ManifestDocument> DecodeManifest(const std::string& text);
// Errors: kDataLoss: not JSON, or its own checksum is wrong.
Result<int> FormatOf(const std::string& text);

// Sequences of the folders under `dir`, complete or not, newest first.
std::vector<uint64_t> CheckpointSequences(const std::string& dir);
std::string CheckpointPath(const std::string& dir, uint64_t sequence);
// Logs where it cannot.
void RemoveCheckpoint(const std::string& path);

// The manifest and sections of a complete checkpoint with files of the right sizes, brought up to
// the current format; `used` gets the migrations it took.
// Errors: kDataLoss: incomplete or damaged; kInvalidArgument: a format this build cannot read.
Result<ManifestDocument> LoadCheckpoint(const std::string& path,
                                        const std::vector<CheckpointMigration>& migrations,
                                        std::vector<CheckpointMigration>* used);

}  // namespace signalbox::state
