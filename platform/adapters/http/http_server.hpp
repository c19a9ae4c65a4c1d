// The HTTP server: a few I/O threads, each with its own connections.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "ports/http.hpp"
#include "ports/metrics.hpp"

namespace signalbox::adapters::http {

// Listens at once. Its Stop closes idle connections, lets running requests end for drain_seconds,
// answers the others 503, and returns once no handler runs any more; destroying stops it too.
// A request whose responder is held past request_timeout_seconds is answered 503 and the late
// answer dropped.
//
// Raises this process's limit of open files, where it may, to what max_connections needs.
// Memory: an idle connection takes about 0.7 KB here, besides the kernel's own; one that does not
//         read its answer keeps that answer, for at most request_timeout_seconds.
// Errors: kUnavailable where the port is taken or may not be opened, kInvalidArgument for a host
//         that is no address.
// Lifetime: metrics outlives the server. Responders may outlive it.
Result<std::unique_ptr<ports::HttpServer>> StartHttpServer(ports::HttpServerOptions options,
                                                           std::shared_ptr<const ports::Router> router,
                                                           ports::Metrics& metrics);

}  // namespace signalbox::adapters::http
