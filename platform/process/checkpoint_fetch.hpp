// The newest checkpoint from another node's disk to this one's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/http_client.hpp"

namespace signalbox::process {

struct FetchOptions {
  std::string dir;                // where this node's checkpoints lie; the fetched one joins them
  std::vector<std::string> urls;  // of nodes that hand theirs out: "http://process-1:8083"
  std::string token;              // the cluster's
  int64_t patience_ms = 30'000;   // without a single byte; 0 = one attempt
  int64_t limit_ms = 900'000;     // for all of it
  int64_t retry_ms = 500;
};

using ConnectTo = std::function<Result<std::unique_ptr<ports::HttpClient>>(const std::string& url)>;
// Told now and then. Of the calling thread.
using FetchProgress = std::function<void(uint64_t bytes, uint64_t of)>;

struct Fetched {
  uint64_t sequence = 0;  // 0 = no node has a newer one than `dir`, or any
  uint64_t bytes = 0;
  std::string url;
};

// Asks every node, takes the checkpoint that is furthest in the log, in parts, into <dir>/incoming,
// compares sizes and checksums, and renames it into place when it is whole; the others in `dir`, which
// are behind it, go. One that its node drops meanwhile is begun again with that node's newest.
// Waits on the calling thread.
// Errors: kUnavailable: no node answered, or not to the end, in time; kInvalidArgument naming
//         cluster.token: refused; kDataLoss: it arrived damaged three times. `dir` is as before then.
Result<Fetched> FetchNewestCheckpoint(const FetchOptions& options, const ConnectTo& connect,
                                      const FetchProgress& progress);

}  // namespace signalbox::process
