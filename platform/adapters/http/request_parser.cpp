// Boost.Beast's parser behind RequestParser.
#include "adapters/http/request_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

namespace signalbox::adapters::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

constexpr size_t kUsualHeaderLines = 8;
// Of a body that is only announced; more is taken as it comes.
constexpr uint64_t kReservedBodyBytes = 256 << 10;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

// Splits and decodes "a=1&b=2". False for bad percent-encoding.
bool ParseQuery(std::string_view text, std::vector<std::pair<std::string, std::string>>* query) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const size_t equals = std::min(part.find('='), part.size());
    auto& [name, value] = query->emplace_back();
    if (!ports::PercentDecode(part.substr(0, equals), true, &name)) return false;
    if (equals < part.size() && !ports::PercentDecode(part.substr(equals + 1), true, &value)) return false;
  }
  return true;
}

// "http://host/path" (the form for proxies, which servers must accept too) to "/path".
std::string_view PathAndQuery(std::string_view target) {
  const size_t scheme = target.find("://");
  if (target.empty() || target.front() == '/' || scheme == std::string_view::npos) return target;
  const size_t path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

// Whether the first line ends in a line feed alone.
bool HasBareLineFeed(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  return end != std::string_view::npos && (end == 0 || bytes[end - 1] != '\r');
}

// bytes: from the one on that could not be parsed as a whole.
ports::HttpResponse FailureOf(const error_code& error, std::string_view bytes, size_t max_body_bytes) {
  using Beast = beast::http::error;
  if (error == Beast::body_limit) {
    return ports::ErrorResponse(413, "too_large",
                                "the body is larger than " + std::to_string(max_body_bytes) + " bytes",
                                "Send it in smaller batches.");
  }
  if (error == Beast::header_limit) {
    return ports::ErrorResponse(
        431, "too_large", "the request's header is larger than " + std::to_string(kMaxHeaderBytes) + " bytes",
        "Send fewer or shorter header lines; POST /recommendations takes long lists.");
  }
  if (error == Beast::bad_version && HasBareLineFeed(bytes)) {
    return ports::ErrorResponse(400, "invalid_argument", "a header line ends in a line feed alone",
                                "End every header line in CR LF.");
  }
  if (error == Beast::bad_version) {
    return ports::ErrorResponse(505, "invalid_argument", "only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  return ports::ErrorResponse(400, "invalid_argument", "not a well-formed HTTP request: " + error.message(),
                              "The connection is closed.");
}

}  // namespace

class RequestParser::Impl final : public beast::http::basic_parser<true> {
 public:
  explicit Impl(size_t max_body_bytes) noexcept : max_body_bytes_(max_body_bytes) {
    eager(true);
    header_limit(kMaxHeaderBytes);
    body_limit(max_body_bytes);
  }

  size_t Feed(std::string_view bytes) {
    size_t taken = 0;
    if (!started_) {
      // RFC 9112, 2.2: an empty line before a request is to be ignored.
      while (taken < bytes.size() && (bytes[taken] == '\r' || bytes[taken] == '\n')) ++taken;
      if (taken == bytes.size()) return taken;
      started_ = true;
    }
    while (taken < bytes.size() && !is_done()) {
      error_code error;
      const size_t used = put(boost::asio::buffer(bytes.data() + taken, bytes.size() - taken), error);
      if (error && error != beast::http::error::need_more && !failure_) {
        failure_ = FailureOf(error, bytes.substr(taken), max_body_bytes_);
      }
      taken += used;
      if (error) break;
      if (used == 0) break;
    }
    return taken;
  }

  ports::HttpRequest& request() { return request_; }
  std::optional<ports::HttpResponse>& failure() { return failure_; }
  bool expects_continue() const { return expects_continue_; }
  bool is_1_1() const { return is_1_1_; }

 private:
  // Any error makes Beast stop; what is answered is failure_.
  void Refuse(error_code& error, int status, std::string_view message, std::string_view hint = {}) {
    failure_ = ports::ErrorResponse(status, "invalid_argument", message, hint);
    error = beast::http::error::bad_value;
  }

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                       error_code& error) override {
    if (version != 10 && version != 11) {
      error = beast::http::error::bad_version;
      return;
    }
    is_1_1_ = version == 11;
    request_.method = View(method);
    const std::string_view path_and_query = PathAndQuery(View(target));
    const size_t mark = std::min(path_and_query.find('?'), path_and_query.size());
    const std::string_view path = path_and_query.substr(0, mark);
    std::string decoded;
    if ((path.empty() || path.front() != '/') && path != "*") {
      return Refuse(error, 400, "the request's target is not a path");
    }
    if (path.find('%') != std::string_view::npos && !ports::PercentDecode(path, false, &decoded)) {
      return Refuse(error, 400, "bad percent-encoding in the path",
                    "Encode a percent sign as %25; %00 is not taken.");
    }
    request_.path = path;
    request_.headers.reserve(kUsualHeaderLines);
    if (mark < path_and_query.size() && !ParseQuery(path_and_query.substr(mark + 1), &request_.query)) {
      return Refuse(error, 400, "bad percent-encoding in the query",
                    "Encode a percent sign as %25; %00 is not taken.");
    }
  }

  void on_response_impl(int, beast::string_view, int, error_code&) override {}

  void on_field_impl(beast::http::field field, beast::string_view name, beast::string_view value,
                     error_code& error) override {
    if (is_header_done()) return;  // trailers: nobody here asks for them
    if (request_.headers.size() == kMaxHeaderLines) {
      return Refuse(error, 431, "more than " + std::to_string(kMaxHeaderLines) + " header lines");
    }
    switch (field) {
      case beast::http::field::host:
        if (++hosts_ > 1) return Refuse(error, 400, "more than one Host header");
        break;
      case beast::http::field::content_length:
        if (++lengths_ > 1 || value.find(',') != beast::string_view::npos) {
          return Refuse(error, 400, "more than one Content-Length");
        }
        break;
      case beast::http::field::transfer_encoding:
        if (++codings_ > 1 || !ports::EqualsIgnoreCase(View(value), "chunked")) {
          return Refuse(error, 501, "the only Transfer-Encoding understood is chunked");
        }
        break;
      case beast::http::field::content_encoding:
        if (!ports::EqualsIgnoreCase(View(value), "identity")) {
          return Refuse(error, 415, "no Content-Encoding is understood", "Send the body uncompressed.");
        }
        break;
      case beast::http::field::expect:
        if (!ports::EqualsIgnoreCase(View(value), "100-continue")) {
          return Refuse(error, 417, "the only Expect understood is 100-continue");
        }
        expects_continue_ = true;
        break;
      default:
        break;
    }
    request_.headers.emplace_back(View(name), View(value));
  }

  void on_header_impl(error_code& error) override {
    if (lengths_ > 0 && codings_ > 0) {
      return Refuse(error, 400, "Content-Length together with Transfer-Encoding", "Send one of them.");
    }
    if (hosts_ == 0 && is_1_1_) return Refuse(error, 400, "the Host header is missing");
    if (codings_ > 0 && !is_1_1_) return Refuse(error, 400, "HTTP/1.0 has no Transfer-Encoding");
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // Parsers of JSON want some readable bytes behind the end; having them here saves a copy.
    if (length) request_.body.reserve(std::min<std::uint64_t>(*length, kReservedBodyBytes) + 64);
  }
  std::size_t on_body_impl(beast::string_view body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  const size_t max_body_bytes_;
  ports::HttpRequest request_;
  std::optional<ports::HttpResponse> failure_;
  bool started_ = false;
  bool is_1_1_ = true;
  bool expects_continue_ = false;
  int hosts_ = 0;
  int lengths_ = 0;
  int codings_ = 0;
};

RequestParser::RequestParser(size_t max_body_bytes)
    : max_body_bytes_(max_body_bytes), impl_(std::make_unique<Impl>(max_body_bytes)) {}
RequestParser::~RequestParser() = default;

// In place: Beast's parser cannot be used twice, its memory can.
void RequestParser::Start() {
  std::destroy_at(impl_.get());
  std::construct_at(impl_.get(), max_body_bytes_);
}

size_t RequestParser::Feed(std::string_view bytes) { return impl_->Feed(bytes); }

RequestParser::State RequestParser::state() const {
  if (impl_->failure()) return State::kFailed;
  return impl_->is_done() ? State::kComplete : State::kNeedsMore;
}

bool RequestParser::is_header_done() const { return impl_->is_header_done(); }

bool RequestParser::wants_continue() const {
  return impl_->expects_continue() && impl_->is_header_done() && impl_->is_1_1() && !impl_->is_done() &&
         impl_->request().body.empty();
}

bool RequestParser::keep_alive() const { return impl_->is_header_done() && impl_->keep_alive(); }
bool RequestParser::is_http_1_0() const { return !impl_->is_1_1(); }
bool RequestParser::is_head() const { return impl_->request().method == "HEAD"; }

size_t RequestParser::body_bytes_missing() const {
  if (!impl_->is_header_done() || impl_->is_done() || impl_->chunked()) return 0;
  const auto missing = impl_->content_length_remaining();
  return missing ? static_cast<size_t>(*missing) : 0;
}

ports::HttpRequest RequestParser::TakeRequest() { return std::move(impl_->request()); }
ports::HttpResponse RequestParser::TakeFailure() { return std::move(*impl_->failure()); }

}  // namespace signalbox::adapters::http
