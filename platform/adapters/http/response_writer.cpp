// Status lines, headers and the Date of responses.
#include "adapters/http/response_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace signalbox::adapters::http {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

void AppendNumber(uint64_t number, std::string* out) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out->append(digits.data(), end);
}

void AppendLine(std::string_view name, std::string_view value, std::string* out) {
  out->append(name).append(": ");
  const size_t from = out->size();
  out->append(value);
  std::replace_if(
      out->begin() + static_cast<std::ptrdiff_t>(from), out->end(),
      [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  out->append("\r\n");
}

// The whole Date line; made once a second and thread.
std::string_view DateLine() {
  thread_local std::time_t made_at = 0;
  thread_local std::array<char, 64> line;
  thread_local size_t size = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    size = std::strftime(line.data(), line.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    made_at = now;
  }
  return {line.data(), size};
}

}  // namespace

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

void AppendHeader(const ports::HttpResponse& response, Framing framing, std::string* out) {
  out->append("HTTP/1.1 ");
  AppendNumber(static_cast<uint64_t>(response.status), out);
  out->append(" ").append(Reason(response.status)).append("\r\n").append(DateLine());
  if (HasBody(response.status)) {
    AppendLine("Content-Type", response.content_type, out);
    out->append("Content-Length: ");
    AppendNumber(response.body.size(), out);
    out->append("\r\n");
  }
  for (const auto& [name, value] : response.headers) AppendLine(name, value, out);
  if (!framing.keep_alive) {
    out->append("Connection: close\r\n");
  } else if (framing.http_1_0) {
    out->append("Connection: keep-alive\r\n");
  }
  out->append("\r\n");
}

}  // namespace signalbox::adapters::http
