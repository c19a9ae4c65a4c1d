// What clients are told of a failure of the log or the catalogue.
#pragma once

#include "base/result.hpp"

namespace signalbox::ingest {

// The error without what only the operator may see: the message of a failure of the storage names
// files of the server. It is written to the server's log instead, at most once a second. Errors
// of the request (kInvalidArgument, kResourceExhausted …) stay as they are. Threads: any.
Error ForClient(const Error& error);

}  // namespace signalbox::ingest
