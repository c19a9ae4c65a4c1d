// Poco::Net::HTTPClientSession behind the port.
#include "adapters/http/poco_client.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/URI.h>

#include <array>

namespace signalbox::adapters::http {
namespace {

class PocoClient final : public ports::HttpClient {
 public:
  PocoClient(const Poco::URI& base, ports::HttpClientOptions options)
      : options_(options),
        prefix_(base.getPath() == "/" ? std::string() : base.getPath()),
        where_(base.getHost() + ":" + std::to_string(base.getPort())),
        session_(base.getHost(), base.getPort()) {
    session_.setKeepAlive(true);
    session_.setKeepAliveTimeout(Poco::Timespan(3600, 0));  // whether it is still open is looked at
    session_.setTimeout(Poco::Timespan(options.connect_timeout_seconds, 0),
                        Poco::Timespan(options.timeout_seconds, 0),
                        Poco::Timespan(options.timeout_seconds, 0));
  }

  Result<ports::HttpResponse> Send(std::string_view method, std::string_view target, const Headers& headers,
                                   std::string_view body) override {
    try {
      DropClosedConnection();
      auto response = Exchange(method, target, headers, body);
      if (!response) session_.reset();
      return response;
    } catch (const Poco::Exception& error) {
      session_.reset();
      return Fail(Away(error.displayText()));
    } catch (const std::exception& error) {
      session_.reset();
      return Fail(Away(error.what()));
    }
  }

 private:
  // An idle connection has nothing to read; where it has, the server has ended it.
  void DropClosedConnection() {
    if (session_.connected() && session_.socket().poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ)) {
      session_.reset();
    }
  }

  Result<ports::HttpResponse> Exchange(std::string_view method, std::string_view target,
                                       const Headers& headers, std::string_view body) {
    Poco::Net::HTTPRequest request(std::string(method), prefix_ + std::string(target),
                                   Poco::Net::HTTPMessage::HTTP_1_1);
    request.setKeepAlive(true);
    if (!body.empty()) request.setContentType("application/json");
    for (const auto& [name, value] : headers) request.set(name, value);
    if (!body.empty() || (method != "GET" && method != "HEAD")) {
      request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    }
    std::ostream& out = session_.sendRequest(request);
    out.write(body.data(), static_cast<std::streamsize>(body.size())).flush();
    if (!out) return Fail(Away("the request could not be sent"));

    Poco::Net::HTTPResponse answer;
    std::istream& in = session_.receiveResponse(answer);
    ports::HttpResponse response;
    response.status = answer.getStatus();
    response.content_type = answer.getContentType();
    for (const auto& [name, value] : answer) response.headers.emplace_back(name, value);
    std::array<char, 16 << 10> part;
    while (in.read(part.data(), part.size()).gcount() > 0) {
      response.body.append(part.data(), static_cast<size_t>(in.gcount()));
      if (response.body.size() > options_.max_response_bytes) {
        return Fail(Code::kTooLarge, where_ + " answered more than " +
                                         std::to_string(options_.max_response_bytes) +
                                         " bytes; ask for less at once");
      }
    }
    // Poco reads a body that was cut off as one that ended.
    const bool has_body = method != "HEAD" && response.status != 204 && response.status != 304;
    if (has_body && answer.hasContentLength() &&
        static_cast<size_t>(answer.getContentLength64()) != response.body.size()) {
      return Fail(Away("the answer was cut off"));
    }
    if (!answer.getKeepAlive()) session_.reset();
    return response;
  }

  Error Away(const std::string& why) const {
    return Error(Code::kUnavailable, "no answer from " + where_ + ": " + why)
        .WithHint("Is the server running there?");
  }

  const ports::HttpClientOptions options_;
  const std::string prefix_;
  const std::string where_;
  Poco::Net::HTTPClientSession session_;
};

}  // namespace

Result<std::unique_ptr<ports::HttpClient>> MakePocoClient(const std::string& base_url,
                                                          ports::HttpClientOptions options) {
  const auto refuse = [&](const std::string& why) {
    return Fail(Error(Code::kInvalidArgument, "\"" + base_url + "\" " + why)
                    .WithField("url")
                    .WithHint("Give an address such as http://127.0.0.1:8080."));
  };
  try {
    const Poco::URI base(base_url);
    if (base.getScheme() != "http") return refuse("is not an http address");
    if (base.getHost().empty()) return refuse("names no host");
    return std::make_unique<PocoClient>(base, options);
  } catch (const Poco::Exception& error) {
    return refuse("is not an address: " + error.displayText());
  }
}

}  // namespace signalbox::adapters::http
