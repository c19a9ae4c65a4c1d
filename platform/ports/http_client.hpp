// Port: asking an HTTP server, over one connection that is kept.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "ports/http.hpp"

namespace signalbox::ports {

struct HttpClientOptions {
  int connect_timeout_seconds = 5;
  int timeout_seconds = 30;  // between any two bytes of an answer
  size_t max_response_bytes = size_t{64} << 20;
};

// Threads: one at a time; use a client per thread.
class HttpClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  virtual ~HttpClient() = default;

  // target: path and query, percent-encoded ("/similar/a%2Fb?count=5"). A body is sent with the
  // Content-Type of `headers`, else application/json. Any status is a response, not an error.
  // A connection that the server has closed meanwhile is opened again; a request that got no
  // answer is not repeated.
  // Errors: kUnavailable: not connected, no whole answer in time (the request may have taken
  //         effect), or not HTTP; kTooLarge: the answer is over max_response_bytes.
  virtual Result<HttpResponse> Send(std::string_view method, std::string_view target, const Headers& headers,
                                    std::string_view body) = 0;
};

}  // namespace signalbox::ports
