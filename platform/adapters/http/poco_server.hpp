// The HTTP server: Poco's TCP server and thread pool, one thread per open connection.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "ports/http.hpp"
#include "ports/metrics.hpp"

namespace signalbox::adapters::http {

// Listens at once. Its Stop closes idle connections, lets running requests end for 10 s, answers
// the others 503, and returns; destroying stops it too.
// A connection's thread waits while its request's responder is held elsewhere; past
// request_timeout_seconds it answers 503 and drops the late answer.
//
// Errors: kUnavailable where the port is taken or may not be opened, kInvalidArgument for a host
//         that is no address.
// Lifetime: metrics outlives the server.
Result<std::unique_ptr<ports::HttpServer>> StartPocoServer(ports::HttpServerOptions options,
                                                           std::shared_ptr<const ports::Router> router,
                                                           ports::Metrics& metrics);

}  // namespace signalbox::adapters::http
