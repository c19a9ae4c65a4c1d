// What clients are told of a failure of the log or the catalogue.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace signalbox::ingest {

// The error without what only the operator may see: the message of a failure of the storage names
// files of the server. It is written to the server's log instead, with the trace, at most once a second.
// Errors of the request (kInvalidArgument, kResourceExhausted …) stay as they are. Threads: any.
// trace_parent: of the request.
Error ForClient(const Error& error, std::string_view trace_parent = {});

}  // namespace signalbox::ingest
