// Clients of a running server, and whether it is there at all.
#pragma once

#include <string>

#include "app/import/lanes.hpp"

namespace signalbox::app {

// Connections to `url`, each a client of its own.
Lanes::MakeClient ClientsOf(const std::string& url);

// Asks once, so that a mistyped address is told at once instead of after many retries.
// Errors: kInvalidArgument (url), kUnavailable.
Result<void> CheckServer(const Lanes::MakeClient& make_client, const std::string& url);

}  // namespace signalbox::app
