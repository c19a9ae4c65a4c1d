// Hands this node's newest checkpoint to other nodes of the cluster.
#pragma once

#include <string>

#include "ports/http.hpp"

namespace signalbox::process {

// Adds the routes of checkpoint_listing.hpp, over the checkpoints in `dir`, which need not exist yet.
// They answer 401 without the token as Bearer, 403 with another one and where `token` is empty, and
// hold at most kCheckpointPartBytes of a file in memory.
void RegisterCheckpointRoutes(ports::Router& router, std::string dir, std::string token);

}  // namespace signalbox::process
