// Responses to bytes of HTTP/1.1.
#pragma once

#include <string>

#include "ports/http.hpp"

namespace signalbox::adapters::http {

struct Framing {
  bool keep_alive = true;
  bool http_1_0 = false;  // the request's version: keep-alive must then be said
};

// Appends status line and header, up to and with the empty line. Control characters in header
// values become blanks, so no value can add a line.
void AppendHeader(const ports::HttpResponse& response, Framing framing, std::string* out);

// Whether a response of this status has a body at all.
bool HasBody(int status);

}  // namespace signalbox::adapters::http
