// The server under test, with routes that show what a handler saw.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "adapters/http/poco_server.hpp"
#include "ports/fakes/recording_metrics.hpp"
#include "ports/http.hpp"

namespace signalbox::contract {

// Routes: /echo answers method, path, queries and body; /throws; /forgets; /later answers from
// another thread; /never keeps its responder; /wait answers when `release` is set; /big.
class EchoServer : public testing::Test {
 protected:
  static ports::HttpServerOptions ShortTimeouts() {
    ports::HttpServerOptions options;
    options.max_body_bytes = 1000;
    options.keep_alive_seconds = 1;
    options.request_timeout_seconds = 1;
    return options;
  }

  void Start(ports::HttpServerOptions options) {
    auto server =
        adapters::http::StartPocoServer(options, std::make_shared<const ports::Router>(Routes()), metrics_);
    ASSERT_TRUE(server.has_value()) << server.error().message();
    server_ = std::move(*server);
  }
  uint16_t port() const { return server_->port(); }

  ports::Router Routes() {
    using ports::HttpRequest;
    using ports::HttpResponse;
    using ports::Responder;
    ports::Router router;
    const auto echo = [](HttpRequest request, Responder respond) {
      HttpResponse response;
      response.content_type = "text/plain";
      response.body = request.method + " " + request.path;
      for (const auto& [name, value] : request.query) response.body += " " + name + "=" + value;
      response.body += "|" + request.body;
      respond(std::move(response));
    };
    router.Add("GET", "/echo", echo);
    router.Add("POST", "/echo", echo);
    router.Add("GET", "/items/{id}", [](HttpRequest request, Responder respond) {
      HttpResponse response;
      response.body = *request.Param("id");
      respond(std::move(response));
    });
    router.Add("GET", "/throws", [](HttpRequest, Responder) { throw std::runtime_error("broken"); });
    router.Add("GET", "/throws-int", [](HttpRequest, Responder) { throw 7; });
    router.Add("GET", "/forgets", [](HttpRequest, Responder) {});
    router.Add("GET", "/later", [this](HttpRequest, Responder respond) {
      helper_ = std::thread([held = std::move(respond)]() mutable { held({.body = "later"}); });
    });
    router.Add("GET", "/never", [this](HttpRequest, Responder respond) { held_ = std::move(respond); });
    router.Add("GET", "/wait", [this](HttpRequest, Responder respond) {
      entered_.set_value();
      release_.get_future().wait();
      respond({.body = "done"});
    });
    router.Add("GET", "/big",
               [](HttpRequest, Responder respond) { respond({.body = std::string(3 << 20, 'x')}); });
    router.Add("GET", "/split", [](HttpRequest, Responder respond) {
      respond({.headers = {{"X-Request-Id", "a\r\nSet-Cookie: b"}}});
    });
    return router;
  }

  ~EchoServer() override {
    if (helper_.joinable()) helper_.join();
    if (server_) server_->Stop();
  }

  ports::fakes::RecordingMetrics metrics_;
  std::thread helper_;
  ports::Responder held_;
  std::promise<void> entered_;
  std::promise<void> release_;
  std::unique_ptr<ports::HttpServer> server_;
};

}  // namespace signalbox::contract
