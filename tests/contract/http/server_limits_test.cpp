// Sizes, times and numbers that a server bounds.
#include <gmock/gmock.h>

#include "echo_server.hpp"
#include "raw_client.hpp"

namespace signalbox::contract {
namespace {

using testing::HasSubstr;

class HttpServerLimits : public EchoServer {
 protected:
  void SetUp() override { Start(ShortTimeouts()); }
};

TEST_F(HttpServerLimits, BodyOverTheLimit_Answers413AndCloses) {
  const std::string header = "POST /echo HTTP/1.1\r\nHost: x\r\n";
  for (const std::string& request :
       {header + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'x'),
        header + "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n",
        header + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n",
        header + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'x') +
            "\r\n1\r\nx\r\n0\r\n\r\n"}) {
    RawClient client(port());
    const RawResponse answer = client.Ask(request);
    EXPECT_EQ(answer.status, 413) << request.substr(0, 80);
    EXPECT_THAT(answer.body, HasSubstr("too_large"));
    EXPECT_TRUE(client.Ended());
  }
}

TEST_F(HttpServerLimits, BodyAtTheLimit_IsTaken) {
  RawClient client(port());

  EXPECT_EQ(
      client.Ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'))
          .status,
      200);
}

TEST_F(HttpServerLimits, MuchMoreThanTheLimit_StillGetsItsAnswer) {
  RawClient client(port());

  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" +
              std::string(2'000'000, 'x'));

  EXPECT_EQ(client.Receive().status, 413);
}

TEST_F(HttpServerLimits, HeaderTooLargeOrTooManyLines_Answers431) {
  RawClient large(port()), many(port()), line_of_4092(port());
  std::string lines;
  for (int i = 0; i < 101; ++i) lines += "X-" + std::to_string(i) + ": a\r\n";

  EXPECT_EQ(
      large.Ask("GET /echo HTTP/1.1\r\nHost: x\r\nX-A: " + std::string(20'000, 'a') + "\r\n\r\n").status,
      431);
  EXPECT_EQ(many.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n").status, 431);
  EXPECT_EQ(line_of_4092
                .Ask("GET /echo HTTP/1.1\r\nHost: x\r\nX-A: " + std::string(4092 - 5, 'a') +
                     "\r\nContent-Length: 0\r\n\r\n")
                .body,
            "GET /echo|");
  EXPECT_EQ(line_of_4092.Ask("GET /items/next HTTP/1.1\r\nHost: x\r\n\r\n").body, "next");
}

TEST_F(HttpServerLimits, TruncatedRequest_Answers400) {
  for (const char* request :
       {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", "GET /echo HTTP/1.1\r\nHos",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    RawClient client(port());
    client.Send(request);
    client.EndSending();
    EXPECT_EQ(client.Receive().status, 400) << request;
    EXPECT_TRUE(client.Ended());
  }
}

TEST_F(HttpServerLimits, SlowRequest_Answers408) {
  RawClient header(port()), body(port());

  header.Send("GET /echo HTTP/1.1\r\nHo");
  body.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");

  EXPECT_EQ(header.Receive().status, 408);
  EXPECT_EQ(body.Receive().status, 408);
}

TEST_F(HttpServerLimits, HeaderThatDripsIn_Answers408LongBeforeARequestMust) {
  server_->Stop();
  ports::HttpServerOptions options;
  options.header_timeout_seconds = 1;
  options.request_timeout_seconds = 3600;
  Start(options);
  RawClient client(port());

  client.Send("GET /echo HTTP/1.1\r\nHost: x\r\n");

  EXPECT_EQ(client.Receive().status, 408);
}

TEST_F(HttpServerLimits, IdleConnection_IsClosedWithoutAnAnswer) {
  RawClient client(port());

  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerLimits, AnswerThatNeverComes_Is503AndALateOneIsDropped) {
  RawClient client(port());

  const RawResponse answer = client.Ask("GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
  held_({.body = "late"});

  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("\"timeout\""));
  EXPECT_EQ(client.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /echo|");
}

TEST_F(HttpServerLimits, ConnectionsOverTheLimit_Are503AndRoomReturns) {
  server_->Stop();
  ports::HttpServerOptions options;
  options.max_connections = 2;
  Start(options);
  {
    RawClient first(port()), second(port());
    EXPECT_EQ(first.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
    EXPECT_EQ(second.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);

    RawClient third(port());
    const RawResponse answer = third.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.header, HasSubstr("Retry-After: 1\r\n"));
    EXPECT_TRUE(third.Ended());
  }
  // The server sees the two leave at its own pace.
  int status = 503;
  for (int attempt = 0; attempt < 1000 && status != 200; ++attempt) {
    RawClient later(port());
    status = later.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").status;
  }
  EXPECT_EQ(status, 200);
}

}  // namespace
}  // namespace signalbox::contract
