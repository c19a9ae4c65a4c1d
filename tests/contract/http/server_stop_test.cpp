// Starting and stopping a server.
#include <gmock/gmock.h>

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
      adapters::http::StartPocoServer(options, std::make_shared<const ports::Router>(Routes()), metrics_);

  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), Code::kUnavailable);
  EXPECT_THAT(second.error().message(), HasSubstr("127.0.0.1:" + std::to_string(port())));
  EXPECT_THAT(second.error().hint(), HasSubstr("http.ingest_port"));
}

TEST_F(HttpServerLife, Start_HostOfAnotherMachine_IsRefused) {
  ports::HttpServerOptions options;
  options.host = "192.0.2.1";  // TEST-NET-1, nobody's

  EXPECT_FALSE(
      adapters::http::StartPocoServer(options, std::make_shared<const ports::Router>(Routes()), metrics_)
          .has_value());
}

}  // namespace
}  // namespace signalbox::contract
