// Routing, responders and the texts of HTTP.
#include "ports/http.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace signalbox::ports {
namespace {

HttpResponse Ask(const Router& router, std::string method, std::string path) {
  HttpResponse answer;
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  router.Dispatch(std::move(request),
                  Responder([&](HttpResponse response) { answer = std::move(response); }));
  return answer;
}

Router SampleRouter() {
  Router router;
  router.Add("GET", "/items", [](HttpRequest, Responder respond) { respond({.body = "list"}); });
  router.Add("GET", "/items/{id}", [](HttpRequest request, Responder respond) {
    respond({.body = "get " + *request.Param("id")});
  });
  router.Add("DELETE", "/items/{id}", [](HttpRequest, Responder respond) { respond({.body = "delete"}); });
  router.Add("POST", "/users/{id}/merge", [](HttpRequest request, Responder respond) {
    respond({.body = "merge " + *request.Param("id")});
  });
  return router;
}

TEST(RouterTest, Dispatch_PatternWithParameter_HandsItDecoded) {
  const Router router = SampleRouter();

  EXPECT_EQ(Ask(router, "GET", "/items").body, "list");
  EXPECT_EQ(Ask(router, "GET", "/items/a%2Fb%20c").body, "get a/b c");
  EXPECT_EQ(Ask(router, "POST", "/users/7/merge").body, "merge 7");
}

TEST(RouterTest, Dispatch_NoPatternMatches_Answers404) {
  const Router router = SampleRouter();

  for (const char* path : {"/", "", "/items/", "/items/a/b", "/item", "items", "/users//merge"}) {
    EXPECT_EQ(Ask(router, "GET", path).status, 404) << path;
  }
}

TEST(RouterTest, Dispatch_OtherMethod_Answers405WithAllow) {
  const HttpResponse answer = Ask(SampleRouter(), "PUT", "/items/a");

  EXPECT_EQ(answer.status, 405);
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0], (std::pair<std::string, std::string>("Allow", "GET, HEAD, DELETE")));
}

TEST(RouterTest, Gate_Refusal_EndsTheRequestBeforeItsHandler) {
  Router router = SampleRouter();
  router.Add(
      "GET", "/quick", [](HttpRequest, Responder respond) { respond({.body = "quick"}); },
      Execution::kInline);
  router.SetGate(
      [](const HttpRequest& request) -> std::optional<HttpResponse> {
        if (request.path != "/items") return std::nullopt;
        return ErrorResponse(429, "rate_limited", "too many");
      },
      true);

  EXPECT_EQ(Ask(router, "GET", "/items").status, 429);
  EXPECT_EQ(Ask(router, "GET", "/items/a").body, "get a");
  EXPECT_EQ(Ask(router, "GET", "/none").status, 404);
  EXPECT_EQ(router.execution(router.RouteOf("GET", "/quick")), Execution::kBlocking);
}

TEST(RouterTest, Dispatch_Head_IsAnsweredAsGet) {
  EXPECT_EQ(Ask(SampleRouter(), "HEAD", "/items/a").body, "get a");
  EXPECT_EQ(Ask(SampleRouter(), "HEAD", "/users/a/merge").status, 405);
}

TEST(RouterTest, PatternOf_MatchingAndNot_GivesPatternOrEmpty) {
  const Router router = SampleRouter();

  EXPECT_EQ(router.PatternOf("GET", "/items/x"), "/items/{id}");
  EXPECT_EQ(router.PatternOf("HEAD", "/items/x"), "/items/{id}");
  EXPECT_EQ(router.PatternOf("GET", "/nothing"), "");
  EXPECT_EQ(router.RouteOf("DELETE", "/items/x"), 2u);
  EXPECT_EQ(router.RouteOf("PUT", "/items/x"), router.size());
}

TEST(ResponderTest, Destroy_NotAnswered_Answers500) {
  int status = 0, calls = 0;
  const auto send = [&](HttpResponse response) {
    status = response.status;
    ++calls;
  };

  { Responder responder(send); }
  EXPECT_EQ(status, 500);

  {
    Responder responder(send);
    Responder moved = std::move(responder);
    moved({.status = 202});
  }
  EXPECT_EQ(status, 202);
  EXPECT_EQ(calls, 2);
}

TEST(ResponderTest, GoOnBlocking_ThereIsRoom_HandsTheRequestOn) {
  std::string body;
  Responder responder([&](HttpResponse response) { body = response.body; });

  EXPECT_TRUE(responder.GoOnBlocking([](Responder later) { later({.body = "later"}); }));

  EXPECT_EQ(body, "later");
}

TEST(ResponderTest, GoOnBlocking_NoRoom_LeavesTheResponder) {
  class Full final : public AnswerSink {
   public:
    void Send(HttpResponse response) override { status = response.status; }
    bool RunBlocking(std::function<void()>) override { return false; }
    int status = 0;
  };
  const auto sink = std::make_shared<Full>();
  Responder responder(sink);

  EXPECT_FALSE(responder.GoOnBlocking([](Responder later) { later({}); }));
  EXPECT_EQ(sink->status, 0);
  responder(Overloaded());

  EXPECT_EQ(sink->status, 503);
}

TEST(RouterTest, Execution_NotSaid_IsBlocking) {
  Router router;
  router.Add("GET", "/a", [](HttpRequest, Responder) {});
  router.Add(
      "GET", "/b", [](HttpRequest, Responder) {}, Execution::kInline);

  EXPECT_EQ(router.execution(router.RouteOf("GET", "/a")), Execution::kBlocking);
  EXPECT_EQ(router.execution(router.RouteOf("HEAD", "/b")), Execution::kInline);
  EXPECT_EQ(router.execution(router.RouteOf("GET", "/nothing")), Execution::kInline);
}

TEST(ErrorResponseTest, WithFieldAndHint_NamesBoth) {
  const HttpResponse answer = ErrorResponse(Error(Code::kInvalidArgument, "not a \"time\"")
                                                .WithField("events[3].timestamp")
                                                .WithHint("Use RFC 3339."));

  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, R"({"error":{"code":"invalid_argument","message":"not a \"time\"",)"
                         R"("field":"events[3].timestamp","hint":"Use RFC 3339."}})");
}

TEST(ErrorResponseTest, RetryableCodes_CarryRetryAfter) {
  for (const Code code : {Code::kResourceExhausted, Code::kUnavailable}) {
    const HttpResponse answer = ErrorResponse(Error(code, "later"));
    ASSERT_EQ(answer.headers.size(), 1u);
    EXPECT_EQ(answer.headers[0].first, "Retry-After");
  }
}

TEST(AppendJsonTextTest, ControlsQuotesAndBrokenUtf8_AreEscapedOrReplaced) {
  const auto json = [](std::string_view text) {
    std::string out;
    AppendJsonText(text, &out);
    return out;
  };

  EXPECT_EQ(json("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  EXPECT_EQ(json("Zelt für 2 ⛺"), "\"Zelt für 2 ⛺\"");
  EXPECT_EQ(json("\xff"
                 "a"),
            "\"\xef\xbf\xbd"
            "a\"");
  EXPECT_EQ(json("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");  // cut short
  EXPECT_EQ(json("\xed\xa0\x80").size(), 2u + 3 * 3);           // a surrogate half
  EXPECT_EQ(json("\xc0\xaf").size(), 2u + 2 * 3);               // overlong
}

TEST(PercentDecodeTest, BadEscapesAndNul_AreRefused) {
  std::string out;
  for (const char* bad : {"%", "%4", "%zz", "a%0", "%00"})
    EXPECT_FALSE(PercentDecode(bad, false, &out)) << bad;

  out.clear();
  ASSERT_TRUE(PercentDecode("a%2Bb+c%c3%a9", true, &out));
  EXPECT_EQ(out, "a+b c\xc3\xa9");

  out.clear();
  PercentEncode("a/b c+\xc3\xa9~", &out);
  EXPECT_EQ(out, "a%2Fb%20c%2B%C3%A9~");
}

TEST(HttpRequestTest, Header_OtherCase_IsFound) {
  HttpRequest request;
  request.headers = {{"X-Tenant-ID", "a"}};

  ASSERT_NE(request.Header("x-tenant-id"), nullptr);
  EXPECT_EQ(request.Header("x-tenant"), nullptr);
}

}  // namespace
}  // namespace signalbox::ports
