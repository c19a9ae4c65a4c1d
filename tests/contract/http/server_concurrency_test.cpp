// Many connections on few threads: nobody waits for somebody else's request.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "echo_server.hpp"
#include "raw_client.hpp"

namespace signalbox::contract {
namespace {

using testing::HasSubstr;
using Clients = std::vector<std::unique_ptr<RawClient>>;

constexpr size_t kMany = 300;

std::string Get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

std::string Post(const std::string& path, size_t bytes) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
         std::string(bytes, 'x');
}

size_t ThreadsOfThisProcess() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

class HttpServerConcurrency : public EchoServer {
 protected:
  // One I/O thread: what holds it up holds up everybody.
  static ports::HttpServerOptions OneThread() {
    ports::HttpServerOptions options;
    options.io_threads = 1;
    return options;
  }
  Clients Connect(size_t count) {
    Clients clients;
    for (size_t i = 0; i < count; ++i) clients.push_back(std::make_unique<RawClient>(port()));
    return clients;
  }
  // path: of a handler that waits for release_.
  void ExpectNoDelayBy(const std::string& path) {
    Start(OneThread());
    RawClient waiting(port()), quick(port());
    waiting.Send(Get(path));
    entered_.get_future().wait();

    EXPECT_EQ(quick.Ask(Get("/items/a")).body, "a");

    release_.set_value();
    EXPECT_EQ(waiting.Receive().body, "done");
  }
};

TEST_F(HttpServerConcurrency, HundredsOfIdleConnections_TakeNoThreadsOfTheirOwn) {
  const size_t before = ThreadsOfThisProcess();
  ports::HttpServerOptions options;
  options.io_threads = 2;
  Start(options);

  const Clients clients = Connect(kMany);
  for (const auto& client : clients) ASSERT_EQ(client->Ask(Get("/items/a")).body, "a");

  EXPECT_LE(ThreadsOfThisProcess(), before + 4);
  for (const auto& client : clients) EXPECT_EQ(client->Ask(Get("/items/b")).body, "b");
}

TEST_F(HttpServerConcurrency, AnswersFromOtherThreads_InAnyOrder_ReachTheirOwnConnection) {
  ports::HttpServerOptions options;
  options.io_threads = 3;
  Start(options);
  const Clients clients = Connect(kMany);
  for (size_t i = 0; i < kMany; ++i) clients[i]->Send(Get("/held/" + std::to_string(i)));

  auto held = pile_.Take(kMany);
  std::reverse(held.begin(), held.end());
  std::vector<std::thread> threads;
  for (size_t first = 0; first < 2; ++first) {
    threads.emplace_back([&held, first] {
      for (size_t i = first; i < held.size(); i += 2) held[i].second({.body = held[i].first});
    });
  }
  for (auto& thread : threads) thread.join();

  for (size_t i = 0; i < kMany; ++i) EXPECT_EQ(clients[i]->Receive().body, std::to_string(i));
}

TEST_F(HttpServerConcurrency, PipelinedRequests_AnsweredLaterFromElsewhere_KeepTheirOrder) {
  Start({});
  RawClient client(port());

  client.Send(Get("/held/a") + Get("/items/b") + Get("/held/c") + Get("/later") + Get("/blocking/forgets") +
              Post("/blocking/echo", 3));
  for (const char* id : {"a", "c"}) {
    auto held = pile_.Take(1);
    EXPECT_EQ(held[0].first, id);
    std::thread([&held] { held[0].second({.body = held[0].first}); }).join();
  }

  for (const char* body : {"a", "b", "c", "later"}) EXPECT_EQ(client.Receive().body, body);
  EXPECT_EQ(client.Receive().status, 500);
  EXPECT_EQ(client.Receive().body, "POST /blocking/echo|xxx");
}

TEST_F(HttpServerConcurrency, ManyPipelinedRequests_AreAllAnswered) {
  Start(OneThread());
  RawClient client(port());
  std::string requests;
  for (size_t i = 0; i < 2'000; ++i) requests += Get("/items/" + std::to_string(i));

  client.Send(requests);

  for (size_t i = 0; i < 2'000; ++i) ASSERT_EQ(client.Receive().body, std::to_string(i));
}

TEST_F(HttpServerConcurrency, BlockingHandler_DoesNotDelayInlineOnes) { ExpectNoDelayBy("/wait"); }

TEST_F(HttpServerConcurrency, InlineHandlerThatGoesOnBlocking_DoesNotDelayOthers) {
  ExpectNoDelayBy("/goes-on");
}

TEST_F(HttpServerConcurrency, MoreWorkThanThePoolAndItsQueueTake_Is503) {
  auto options = OneThread();
  options.blocking_threads = 1;
  options.blocking_queue = 0;
  Start(options);
  RawClient waiting(port()), other(port());
  waiting.Send(Get("/wait"));
  entered_.get_future().wait();

  const RawResponse refused = other.Ask(Post("/blocking/echo", 1));
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.header, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refused.body, HasSubstr("\"overloaded\""));
  EXPECT_EQ(other.Ask(Get("/goes-on")).status, 503);
  // Work on a large body is not for the I/O thread either.
  EXPECT_EQ(other.Ask(Post("/echo", 100'000)).status, 503);
  EXPECT_EQ(other.Ask(Post("/echo", 1)).status, 200);

  release_.set_value();
  EXPECT_EQ(waiting.Receive().status, 200);
  int status = 503;  // the worker gives its answer before it is free again
  for (int attempt = 0; attempt < 1000 && status == 503; ++attempt) {
    status = other.Ask(Post("/echo", 100'000)).status;
  }
  EXPECT_EQ(status, 200);
}

TEST_F(HttpServerConcurrency, BlockingHandlerThrows_Answers500AndGoesOn) {
  Start({});
  RawClient client(port());

  for (const char* path : {"/blocking/throws", "/blocking/throws-int", "/blocking/forgets"}) {
    const RawResponse answer = client.Ask(Get(path));
    EXPECT_EQ(answer.status, 500) << path;
    EXPECT_THAT(answer.body, testing::StartsWith(R"({"error":{"code":"internal")"));
  }
}

TEST_F(HttpServerConcurrency, SlowReader_DelaysNobodyAndGetsAllOfItsAnswers) {
  Start(OneThread());
  RawClient slow(port()), quick(port());
  constexpr int kAnswers = 10;  // of 3 MB: more than the kernel keeps for it

  for (int i = 0; i < kAnswers; ++i) slow.Send(Get("/big"));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(quick.Ask(Get("/items/a")).body, "a");

  for (int i = 0; i < kAnswers; ++i) EXPECT_EQ(slow.Receive().body.size(), size_t{3} << 20);
}

TEST_F(HttpServerConcurrency, ClientThatNeverReads_IsCutOff) {
  Start(ShortTimeouts());
  RawClient deaf(port()), clock(port());
  constexpr int kAnswers = 20;
  for (int i = 0; i < kAnswers; ++i) deaf.Send(Get("/big"));

  // Each takes the request timeout, which is also the one for sending.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(clock.Ask(Get("/never")).status, 503);

  int whole = 0;
  while (whole < kAnswers && deaf.Receive().body.size() == size_t{3} << 20) ++whole;
  EXPECT_LT(whole, kAnswers);
}

TEST_F(HttpServerConcurrency, ClientThatLeaves_ItsAnswerIsDropped) {
  Start({});
  { RawClient(port()).Send(Get("/held/a")); }
  auto held = pile_.Take(1);

  held[0].second({.body = "nobody reads this"});

  EXPECT_EQ(RawClient(port()).Ask(Get("/items/b")).body, "b");
}

}  // namespace
}  // namespace signalbox::contract
