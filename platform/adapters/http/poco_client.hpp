// The HTTP client port on Poco's HTTPClientSession.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "ports/http_client.hpp"

namespace signalbox::adapters::http {

// base_url: "http://127.0.0.1:8080", optionally with a path that is put before every target.
// Connects at the first Send. Errors: kInvalidArgument for another scheme or no host.
Result<std::unique_ptr<ports::HttpClient>> MakePocoClient(const std::string& base_url,
                                                          ports::HttpClientOptions options = {});

}  // namespace signalbox::adapters::http
