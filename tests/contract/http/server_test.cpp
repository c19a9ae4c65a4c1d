// What handlers see and clients get, whatever server is behind the port.
#include <gmock/gmock.h>

#include "echo_server.hpp"
#include "raw_client.hpp"

namespace signalbox::contract {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::string_literals;  // literals that hold a NUL

class HttpServerContract : public EchoServer {
 protected:
  void SetUp() override { Start({}); }
};

TEST_F(HttpServerContract, Request_WithQueryAndBody_ReachesHandlerDecoded) {
  RawClient client(port());

  const RawResponse answer =
      client.Ask("POST /echo?a=1&b=x%20y+z&a=2&flag HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");

  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.header, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(answer.header, HasSubstr("Date: "));
  EXPECT_EQ(answer.body, "POST /echo a=1 b=x y z a=2 flag=|hello");
}

TEST_F(HttpServerContract, Requests_OnOneConnection_AreAnsweredInOrder) {
  RawClient client(port());

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /echo|");
  }
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\naGET /items/b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.Receive().body, "POST /echo|a");
  EXPECT_EQ(client.Receive().body, "b");
}

TEST_F(HttpServerContract, Request_InSingleBytes_IsUnderstood) {
  RawClient client(port());

  for (const char byte : std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")) {
    client.Send({&byte, 1});
  }

  EXPECT_EQ(client.Receive().body, "POST /echo|abc");
}

TEST_F(HttpServerContract, ChunkedBody_IsPutTogether) {
  RawClient client(port());

  const RawResponse answer = client.Ask(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Trailer: ignored\r\n\r\n");

  EXPECT_EQ(answer.body, "POST /echo|abcdefg");
  EXPECT_EQ(client.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpServerContract, Head_HasLengthAndNoBody) {
  RawClient client(port());

  client.Send("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  const RawResponse head = client.Receive(true);

  EXPECT_EQ(head.status, 200);
  EXPECT_THAT(head.header, HasSubstr("Content-Length: 11\r\n"));  // "HEAD /echo|"
  EXPECT_EQ(client.Ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /echo|");
}

TEST_F(HttpServerContract, ExpectContinue_IsToldToGoOnBeforeTheBody) {
  RawClient client(port());

  const RawResponse go_on =
      client.Ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  const RawResponse answer = client.Ask("abc");

  EXPECT_EQ(go_on.status, 100);
  EXPECT_EQ(answer.body, "POST /echo|abc");
}

TEST_F(HttpServerContract, HandlerThrows_Answers500AndGoesOn) {
  RawClient client(port());

  for (const char* path : {"/throws", "/throws-int", "/forgets"}) {
    const RawResponse answer = client.Ask(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(answer.status, 500) << path;
    EXPECT_THAT(answer.body, StartsWith(R"({"error":{"code":"internal")"));
    EXPECT_THAT(answer.body, Not(HasSubstr("broken")));
  }
}

TEST_F(HttpServerContract, AnswerFromAnotherThread_ReachesTheClient) {
  RawClient client(port());

  EXPECT_EQ(client.Ask("GET /later HTTP/1.1\r\nHost: x\r\n\r\n").body, "later");
}

TEST_F(HttpServerContract, LargeAnswer_IsWhole) {
  RawClient client(port());

  EXPECT_EQ(client.Ask("GET /big HTTP/1.1\r\nHost: x\r\n\r\n").body.size(), size_t{3} << 20);
}

TEST_F(HttpServerContract, HeaderValueWithLineBreak_AddsNoHeader) {
  RawClient client(port());

  const RawResponse answer = client.Ask("GET /split HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_THAT(answer.header, HasSubstr("X-Request-Id: a  Set-Cookie: b\r\n"));
}

TEST_F(HttpServerContract, ConnectionClose_IsHonoured) {
  RawClient client(port());

  const RawResponse answer = client.Ask("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer.header, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerContract, Http10_ClosesUnlessAskedToStay) {
  RawClient leaving(port()), staying(port());

  EXPECT_EQ(leaving.Ask("GET /echo HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(leaving.Ended());
  EXPECT_THAT(staying.Ask("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header,
              HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_EQ(staying.Ask("GET /echo HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(HttpServerContract, UnknownRouteAndMethod_AreAnsweredWithErrorBodies) {
  RawClient client(port());

  EXPECT_EQ(client.Ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
  const RawResponse wrong = client.Ask("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_THAT(wrong.header, HasSubstr("Allow: GET, HEAD, POST\r\n"));
}

// Who has an answer finds it counted: nothing is waited for.
TEST_F(HttpServerContract, Metrics_CountByPatternAndStatus) {
  RawClient client(port());

  client.Ask("GET /items/a HTTP/1.1\r\nHost: x\r\n\r\n");
  client.Ask("GET /items/b HTTP/1.1\r\nHost: x\r\n\r\n");
  client.Ask("GET /secret-path HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_EQ(
      metrics_.Value("http_requests_total", {{"method", "GET"}, {"route", "/items/{id}"}, {"status", "200"}}),
      2);
  EXPECT_EQ(metrics_.Value("http_requests_errors_total", {{"route", "none"}, {"status", "404"}}), 1);
  EXPECT_EQ(metrics_.Observations("http_request_duration_seconds", {{"route", "/items/{id}"}}).size(), 2u);
  EXPECT_THAT(metrics_.Expose(), Not(HasSubstr("secret-path")));
}

// Each would let a proxy and this server disagree about where a request ends, or hide bytes.
TEST_F(HttpServerContract, AmbiguousOrBrokenRequests_AreRefusedAndTheConnectionClosed) {
  const std::string smuggled = "GET /items/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
       400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello", 400},
      {"GET /echo HTTP/1.1\r\n\r\n", 400},
      {"GET /echo HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
      {"GET /echo HTTP/1.1\nHost: x\n\n" + std::string("\r\n\r\n"), 400},
      {"GET /echo HTTP/1.1\r\nHost: x\nX-A: y\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", 415},
      {"GET /echo HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /a%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /a%4 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /echo?a=%f HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n"s, 400},
      {"GET /echo HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n"s, 400},
      {"GET echo HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /echo HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417},
      {"\x16\x03\x01\x02 not http at all\r\n\r\n", 400},
  };

  for (const auto& [bytes, status] : cases) {
    RawClient client(port());
    const RawResponse answer = client.Ask(bytes + smuggled);
    EXPECT_EQ(answer.status, status) << bytes << "\n" << answer.body;
    EXPECT_THAT(answer.header, HasSubstr("Connection: close")) << bytes;
    EXPECT_THAT(answer.body, StartsWith(R"({"error":)")) << bytes;
    EXPECT_TRUE(client.Ended()) << bytes;
  }
  EXPECT_EQ(
      metrics_.Value("http_requests_total", {{"method", "GET"}, {"route", "/items/{id}"}, {"status", "200"}}),
      0);
}

TEST_F(HttpServerContract, AbsoluteTargetAndEmptyLineBefore_AreAccepted) {
  RawClient client(port());

  EXPECT_EQ(client.Ask("\r\nGET http://x/items/a%2Fb?q=1 HTTP/1.1\r\nHost: x\r\n\r\n").body, "a/b");
}

}  // namespace
}  // namespace signalbox::contract
