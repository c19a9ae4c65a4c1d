// The server under test, with routes that show what a handler saw.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http/http_server.hpp"
#include "ports/fakes/recording_metrics.hpp"
#include "ports/http.hpp"

namespace signalbox::contract {

// Responders that wait for the test to answer them. Threads: any.
class Pile {
 public:
  void Add(std::string id, ports::Responder respond) {
    const std::lock_guard lock(mutex_);
    held_.emplace_back(std::move(id), std::move(respond));
    added_.notify_all();
  }
  // Waits until there are so many, and takes them.
  std::vector<std::pair<std::string, ports::Responder>> Take(size_t count) {
    std::unique_lock lock(mutex_);
    added_.wait(lock, [&] { return held_.size() >= count; });
    return std::exchange(held_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::vector<std::pair<std::string, ports::Responder>> held_;  // guarded by mutex_
};

// Routes: /echo answers method, path, queries and body; /items/{id} answers the id; /throws;
// /forgets; /later answers from another thread; /never keeps its responder; /held/{id} piles it up;
// /wait answers when `release` is set, and so does /goes-on, which begins inline; /big. What is
// under /blocking runs as blocking.
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
        adapters::http::StartHttpServer(options, std::make_shared<const ports::Router>(Routes()), metrics_);
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
    const auto kInline = ports::Execution::kInline;
    router.Add("GET", "/echo", echo, kInline);
    router.Add("POST", "/echo", echo, kInline);
    router.Add("POST", "/blocking/echo", echo);
    const auto item = [](HttpRequest request, Responder respond) { respond({.body = *request.Param("id")}); };
    router.Add("GET", "/items/{id}", item, kInline);
    for (const char* at : {"", "/blocking"}) {
      const std::string prefix = at;
      const auto execution = prefix.empty() ? kInline : ports::Execution::kBlocking;
      router.Add(
          "GET", prefix + "/throws", [](HttpRequest, Responder) { throw std::runtime_error("broken"); },
          execution);
      router.Add(
          "GET", prefix + "/throws-int", [](HttpRequest, Responder) { throw 7; }, execution);
      router.Add(
          "GET", prefix + "/forgets", [](HttpRequest, Responder) {}, execution);
    }
    const auto later = [this](HttpRequest, Responder respond) {
      helper_ = std::thread([held = std::move(respond)]() mutable { held({.body = "later"}); });
    };
    router.Add("GET", "/later", later, kInline);
    const auto never = [this](HttpRequest, Responder respond) { held_ = std::move(respond); };
    router.Add("GET", "/never", never, kInline);
    router.Add(
        "GET", "/held/{id}",
        [this](HttpRequest request, Responder respond) {
          pile_.Add(*request.Param("id"), std::move(respond));
        },
        kInline);
    const auto wait = [this](Responder respond) {
      entered_.set_value();
      release_.get_future().wait();
      respond({.body = "done"});
    };
    router.Add("GET", "/wait", [wait](HttpRequest, Responder respond) { wait(std::move(respond)); });
    router.Add(
        "GET", "/goes-on",
        [wait](HttpRequest, Responder respond) {
          if (!respond.GoOnBlocking(wait)) respond(ports::Overloaded());
        },
        kInline);
    router.Add(
        "GET", "/big", [](HttpRequest, Responder respond) { respond({.body = std::string(3 << 20, 'x')}); },
        kInline);
    router.Add(
        "GET", "/split",
        [](HttpRequest, Responder respond) {
          respond({.headers = {{"X-Request-Id", "a\r\nSet-Cookie: b"}}});
        },
        kInline);
    return router;
  }

  ~EchoServer() override {
    if (helper_.joinable()) helper_.join();
    if (server_) server_->Stop();
  }

  ports::fakes::RecordingMetrics metrics_;
  std::thread helper_;
  ports::Responder held_;
  Pile pile_;
  std::promise<void> entered_;
  std::promise<void> release_;
  std::unique_ptr<ports::HttpServer> server_;
};

}  // namespace signalbox::contract
