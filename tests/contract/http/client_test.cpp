// The HTTP client against the HTTP server.
#include <gtest/gtest.h>

#include "adapters/http/poco_client.hpp"
#include "echo_server.hpp"

namespace signalbox::contract {
namespace {

class HttpClientContract : public EchoServer {
 protected:
  void SetUp() override {
    Start({});
    Connect();
  }
  void Connect() {
    auto client = adapters::http::MakePocoClient("http://127.0.0.1:" + std::to_string(port()));
    ASSERT_TRUE(client.has_value());
    client_ = std::move(*client);
  }

  std::unique_ptr<ports::HttpClient> client_;
};

TEST_F(HttpClientContract, Send_WithBody_GetsStatusTypeAndBody) {
  for (int i = 0; i < 3; ++i) {
    const auto answer = client_->Send("POST", "/echo?a=1", {{"X-Tenant-ID", "t"}}, "hello");
    ASSERT_TRUE(answer.has_value()) << answer.error().message();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->content_type, "text/plain");
    EXPECT_EQ(answer->body, "POST /echo a=1|hello");
  }
}

TEST_F(HttpClientContract, Send_ErrorStatus_IsAResponse) {
  EXPECT_EQ(client_->Send("GET", "/nothing", {}, "")->status, 404);
  EXPECT_EQ(client_->Send("DELETE", "/echo", {}, "")->status, 405);
  EXPECT_EQ(client_->Send("HEAD", "/echo", {}, "")->status, 200);
  EXPECT_EQ(client_->Send("GET", "/echo", {}, "")->body, "GET /echo|");
}

TEST_F(HttpClientContract, Send_LargeAnswer_IsWhole) {
  EXPECT_EQ(client_->Send("GET", "/big", {}, "")->body.size(), size_t{3} << 20);
}

TEST_F(HttpClientContract, Send_AfterTheServerRestarted_ConnectsAgain) {
  ASSERT_TRUE(client_->Send("GET", "/echo", {}, "").has_value());
  ports::HttpServerOptions options;
  options.port = port();

  server_->Stop();
  EXPECT_EQ(client_->Send("GET", "/echo", {}, "").error().code(), Code::kUnavailable);
  server_ = nullptr;
  Start(options);

  EXPECT_TRUE(client_->Send("GET", "/echo", {}, "").has_value());
}

TEST(HttpClientTest, Make_NotAnHttpAddress_IsRefused) {
  for (const char* url : {"", "127.0.0.1:8080", "https://example.org", "ftp://x", "http://"}) {
    EXPECT_FALSE(adapters::http::MakePocoClient(url).has_value()) << url;
  }
}

}  // namespace
}  // namespace signalbox::contract
