// Load over loopback: keep-alive connections on one thread, as fast as answers come or at a rate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace signalbox::bench {

struct Load {
  uint16_t port = 0;
  // Whole HTTP/1.1 requests, sent in turn over all connections.
  const std::vector<std::string>* requests = nullptr;
  int connections = 16;
  double seconds = 3;
  // Requests a second, 0 = each connection sends as soon as it is answered. A request that is late
  // because every connection waits is timed from when it was due.
  double rate = 0;
};

struct LoadResult {
  double per_second = 0;
  double p50_us = 0, p99_us = 0;
  double mean_answer_bytes = 0;  // of bodies
  uint64_t answers = 0;
  uint64_t refused = 0;  // answers of another status than 2xx; among `answers`
  std::string first_refused;
};

// Errors: kUnavailable where a connection cannot be opened or is closed by the server.
Result<LoadResult> RunLoad(const Load& load);

std::string GetRequest(const std::string& target);
std::string PostRequest(const std::string& target, const std::string& body);

}  // namespace signalbox::bench
