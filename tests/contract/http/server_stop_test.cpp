// Starting and stopping a server.
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "echo_server.hpp"
#include "raw_client.hpp"

namespace signalbox::contract {
namespace {

using testing::HasSubstr;

class HttpServerLife : public EchoServer {};

TEST_F(HttpServerLife, Stop_WithIdleConnection_EndsItAndReturns) {
  Start({});
  RawClient client(port());
  ASSERT_EQ(client.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);

  server_->Stop();

  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerLife, Stop_WithRunningRequest_LetsItEnd) {
  Start({});
  RawClient client(port());
  client.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  entered_.get_future().wait();

  std::thread stopping([this] { server_->Stop(); });
  release_.set_value();
  const RawResponse answer = client.Receive();
  stopping.join();

  EXPECT_EQ(answer.body, "done");
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerLife, Stop_WhileAnswersArePending_SendsThemAndCloses) {
  Start({});
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
    clients.back()->Send("GET /held/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  auto held = pile_.Take(clients.size());

  std::thread stopping([this] { server_->Stop(); });
  for (auto& [id, respond] : held) respond({.body = id});
  for (size_t i = 0; i < clients.size(); ++i) EXPECT_EQ(clients[i]->Receive().body, std::to_string(i));
  stopping.join();

  for (const auto& client : clients) EXPECT_TRUE(client->Ended());
}

TEST_F(HttpServerLife, Stop_WhenAnAnswerNeverComes_GivesItUpWith503) {
  ports::HttpServerOptions options;
  options.drain_seconds = 0;
  Start(options);
  RawClient client(port());
  client.Send("GET /held/a HTTP/1.1\r\nHost: x\r\n\r\n");
  auto held = pile_.Take(1);

  server_->Stop();
  const RawResponse answer = client.Receive();
  held[0].second({.body = "late"});  // nobody is there for it

  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("shutting down"));
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerLife, Destroy_WhileAResponderIsHeld_IsSafe) {
  ports::HttpServerOptions options;
  options.drain_seconds = 0;
  Start(options);
  RawClient client(port());
  client.Send("GET /held/a HTTP/1.1\r\nHost: x\r\n\r\n");
  auto held = pile_.Take(1);

  server_ = nullptr;
  bool ran = false;

  EXPECT_FALSE(held[0].second.GoOnBlocking([&ran](ports::Responder) { ran = true; }));
  held[0].second({});
  EXPECT_FALSE(ran);
}

TEST_F(HttpServerLife, Stop_Twice_IsHarmless) {
  Start({});
  const uint16_t port = server_->port();

  server_->Stop();
  server_->Stop();

  RawClient client(port);
  EXPECT_FALSE(client.Send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"));
}

TEST_F(HttpServerLife, Start_PortTaken_NamesPortAndKey) {
  Start({});
  ports::HttpServerOptions options;
  options.port = port();
  options.config_key = "http.ingest_port";

  const auto second =
      adapters::http::StartHttpServer(options, std::make_shared<const ports::Router>(Routes()), metrics_);

  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), Code::kUnavailable);
  EXPECT_THAT(second.error().message(), HasSubstr("127.0.0.1:" + std::to_string(port())));
  EXPECT_THAT(second.error().hint(), HasSubstr("http.ingest_port"));
}

TEST_F(HttpServerLife, Start_HostOfAnotherMachine_IsRefused) {
  ports::HttpServerOptions options;
  options.host = "192.0.2.1";  // TEST-NET-1, nobody's

  EXPECT_FALSE(
      adapters::http::StartHttpServer(options, std::make_shared<const ports::Router>(Routes()), metrics_)
          .has_value());
}

}  // namespace
}  // namespace signalbox::contract
