// A plain client of several nodes: each request goes to the next one, and once more to the one after
// it where there is no answer, or a 503.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ports/http_client.hpp"

namespace signalbox::fault {

// Threads: one.
class RoundRobin {
 public:
  explicit RoundRobin(std::vector<uint16_t> ports, size_t first = 0);

  // The last answer; its error where there was none either.
  Result<ports::HttpResponse> Send(const std::string& method, const std::string& target,
                                   const std::string& body = {});
  uint64_t retries() const { return retries_; }

 private:
  Result<ports::HttpResponse> SendOnce(const std::string& method, const std::string& target,
                                       const std::string& body);

  std::vector<uint16_t> ports_;
  std::vector<std::unique_ptr<ports::HttpClient>> clients_;
  size_t next_;
  uint64_t retries_ = 0;
};

}  // namespace signalbox::fault
