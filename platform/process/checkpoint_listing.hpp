// What a checkpoint consists of, as one node tells another.
//
//   GET /cluster/v1/checkpoint                      the newest one's listing; 404 "no_checkpoint"
//   GET /cluster/v1/checkpoints/{sequence}/{file}   part of a file, by Range; 404 "checkpoint_gone"
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/position.hpp"

namespace signalbox::process {

inline constexpr const char* kNewestCheckpointPath = "/cluster/v1/checkpoint";
inline constexpr const char* kCheckpointFilePath = "/cluster/v1/checkpoints/";
// The most that one answer holds of a file.
inline constexpr uint64_t kCheckpointPartBytes = uint64_t{4} << 20;

struct CheckpointListing {
  struct File {
    std::string path;  // within the checkpoint's folder; a section name
    uint64_t size = 0;
    uint64_t checksum = 0;  // XXH3-64 of its bytes
  };
  uint64_t sequence = 0;
  model::Offsets offsets;  // next to apply, per partition
  std::string manifest;    // the text of its MANIFEST.json
  std::vector<File> files;

  // How far it got, to compare checkpoints of one log.
  uint64_t applied() const;
  uint64_t bytes() const;
};

std::string EncodeListing(const CheckpointListing& listing);
// Errors: kInvalidArgument: not a listing, or one with paths that lead elsewhere.
Result<CheckpointListing> DecodeListing(const std::string& text);

// Of the newest checkpoint in the directory that is whole. Errors: kNotFound: there is none.
Result<CheckpointListing> ListNewestCheckpoint(const std::string& dir);

}  // namespace signalbox::process
