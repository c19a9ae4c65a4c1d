// Listings as JSON, and from the disk.
#include "process/checkpoint_listing.hpp"

#include <nlohmann/json.hpp>

#include "state/checkpoint_manifest.hpp"
#include "state/section_file.hpp"

namespace signalbox::process {

using nlohmann::json;

uint64_t CheckpointListing::applied() const {
  uint64_t sum = 0;
  for (const uint64_t offset : offsets) sum += offset;
  return sum;
}

uint64_t CheckpointListing::bytes() const {
  uint64_t sum = 0;
  for (const auto& file : files) sum += file.size;
  return sum;
}

std::string EncodeListing(const CheckpointListing& listing) {
  json files = json::array();
  for (const auto& file : listing.files) {
    files.push_back({{"path", file.path}, {"size", file.size}, {"checksum", file.checksum}});
  }
  const json document = {{"sequence", listing.sequence},
                         {"offsets", listing.offsets},
                         {"manifest", listing.manifest},
                         {"files", std::move(files)}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<CheckpointListing> DecodeListing(const std::string& text) {
  CheckpointListing listing;
  try {
    const json document = json::parse(text);
    listing.sequence = document.at("sequence");
    listing.offsets = document.at("offsets").get<model::Offsets>();
    listing.manifest = document.at("manifest");
    for (const auto& entry : document.at("files")) {
      listing.files.push_back({entry.at("path"), entry.at("size"), entry.at("checksum")});
    }
  } catch (const json::exception& error) {
    return Fail(Error(Code::kInvalidArgument, std::string("not a listing of a checkpoint: ") + error.what())
                    .WithHint("Is that a node of this cluster, of a version near this one's?"));
  }
  for (const auto& file : listing.files) {
    if (!state::IsSectionName(file.path) || file.path == state::kManifestName) {
      return Fail(Error(Code::kInvalidArgument, "\"" + file.path + "\" is no file of a checkpoint")
                      .WithHint("Is that a node of this cluster?"));
    }
  }
  if (listing.sequence == 0) {
    return Fail(Error(Code::kInvalidArgument, "a checkpoint without a sequence")
                    .WithHint("Is that a node of this cluster?"));
  }
  return listing;
}

Result<CheckpointListing> ListNewestCheckpoint(const std::string& dir) {
  for (const uint64_t sequence : state::CheckpointSequences(dir)) {
    const std::string path = state::CheckpointPath(dir, sequence);
    std::vector<state::CheckpointMigration> used;
    auto document = state::LoadCheckpoint(path, state::CheckpointMigrations(), &used);
    auto manifest = state::ReadSmallFile(path + "/" + state::kManifestName);
    if (!document || !manifest) continue;
    CheckpointListing listing{sequence, document->manifest.offsets, std::move(*manifest), {}};
    for (const auto& [name, section] : document->sections) {
      listing.files.push_back({section.file, section.size, section.checksum});
    }
    return listing;
  }
  return Fail(Error(Code::kNotFound, "there is no checkpoint yet").WithHint("The process node writes them."));
}

}  // namespace signalbox::process
