// A node's first checkpoint, from the nodes that write them.
#pragma once

#include <functional>
#include <string>

#include "app/config/config.hpp"
#include "ports/event_log.hpp"

namespace signalbox::app {

// Fetches the newest checkpoint of cluster.process_urls into checkpoint.dir unless that has one as far
// in the log. Does nothing where no node is named. Waits on the calling thread; `tell` hears how far it
// got. Where none is to be had, the node starts from its own, or from a log that is whole.
// Errors: kInvalidArgument naming cluster.token; others where the node could only start with less than
//         what the cluster knows: nothing of its own, and a log whose beginning is gone.
Result<void> FetchCheckpoint(const Settings& settings, ports::EventLog& log,
                             const std::function<void(std::string detail)>& tell);

}  // namespace signalbox::app
