// Bytes of a connection to requests, strict where leniency would let two readers disagree.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "ports/http.hpp"

namespace signalbox::adapters::http {

inline constexpr size_t kMaxHeaderBytes = 16 << 10;
inline constexpr size_t kMaxHeaderLines = 100;

// Parses one request after the other with Boost.Beast's HTTP/1 parser.
//
// Refused, each with the status to answer before the connection is closed: Content-Length with
// Transfer-Encoding, repeated Content-Length or Host, a transfer coding other than chunked, a
// content coding, bare line feeds, NUL and bad percent-encoding in the target, more than
// kMaxHeaderBytes or kMaxHeaderLines, bodies over the limit (declared or chunked).
// Threads: one at a time.
class RequestParser {
 public:
  enum class State { kNeedsMore, kComplete, kFailed };

  explicit RequestParser(size_t max_body_bytes);
  ~RequestParser();

  // Forgets the former request.
  void Start();

  // Takes bytes from the front and returns how many; the caller offers the rest again, with more
  // behind it (a header is only taken whole). kComplete leaves the next request's bytes.
  size_t Feed(std::string_view bytes);

  State state() const;
  bool is_header_done() const;
  // The header is complete and the client waits for "100 Continue" before its body.
  bool wants_continue() const;
  // Where the header is complete: the connection may carry another request.
  bool keep_alive() const;
  bool is_http_1_0() const;
  bool is_head() const;
  // Bytes the declared body still lacks, 0 where unknown.
  size_t body_bytes_missing() const;

  // Requires: kComplete. The request is moved out.
  ports::HttpRequest TakeRequest();
  // Requires: kFailed.
  ports::HttpResponse TakeFailure();

 private:
  class Impl;
  size_t max_body_bytes_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::adapters::http
