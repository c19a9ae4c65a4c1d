// Events over HTTP into the durable log, against bare fsynced writes of the same bytes and against
// an echo of the same bodies through the same adapter.
//
// Seconds of each load: SIGNALBOX_BENCH_SECONDS (3). Writes build/bench/ingest.json.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "echo_process.hpp"
#include "harness/server_process.hpp"
#include "load_generator.hpp"
#include "report.hpp"

namespace signalbox::bench {
namespace {

using Bodies = std::vector<std::string>;

constexpr size_t kBatch = 100;

// Events as a shop sends them, about 190 bytes each.
class EventMaker {
 public:
  std::string One() {
    const auto number = [this](size_t below) { return std::to_string(random_() % below); };
    return R"({"user_id":"visitor-)" + number(200'000) + R"(","session_id":"session-)" + number(400'000) +
           R"(","item_id":"product-)" + number(50'000) + R"(","event_type":")" + kTypes[random_() % 8 % 4] +
           R"(","timestamp":)" + std::to_string(SystemClock().now_ms() - 60'000) +
           R"(,"properties":{"page":"category","device":"phone","list":)" + number(40) + "}}";
  }
  std::string Batch() {
    std::string body = "[";
    for (size_t i = 0; i < kBatch; ++i) body += (i == 0 ? "" : ",") + One();
    return body + "]";
  }

 private:
  static constexpr const char* kTypes[] = {"view", "click", "cart", "purchase"};
  std::mt19937_64 random_{1};
};

double Measure(uint16_t port, const std::string& target, const Bodies& bodies, int connections) {
  std::vector<std::string> requests;
  for (const auto& body : bodies) requests.push_back(PostRequest(target, body));
  Load load;
  load.port = port;
  load.requests = &requests;
  load.connections = connections;
  load.seconds = Setting("SIGNALBOX_BENCH_SECONDS", 3);
  const auto result = Need(RunLoad(load), "load of " + target);
  if (result.refused > result.answers / 100) GiveUp("events were refused: " + result.first_refused);
  return static_cast<double>(result.answers - result.refused) /
         (static_cast<double>(result.answers) / result.per_second);
}

// Bodies a second, each written and synced alone.
double BareAppends(const std::string& folder, const Bodies& bodies) {
  const std::string path = folder + "/bare";
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const int64_t start = MonotonicMicros();
  const auto seconds = [&] { return static_cast<double>(MonotonicMicros() - start) / 1e6; };
  size_t count = 0;
  for (; seconds() < Setting("SIGNALBOX_BENCH_SECONDS", 3); ++count) {
    const auto& body = bodies[count % bodies.size()];
    if (write(file, body.data(), body.size()) < 0 || fdatasync(file) != 0) GiveUp("cannot write " + path);
  }
  const double rate = static_cast<double>(count) / seconds();
  close(file);
  std::filesystem::remove(path);
  return rate;
}

void Batches(const std::string& folder, const EchoProcess& echo, uint16_t port, Report* report) {
  EventMaker maker;
  Bodies bodies(3'000);
  for (auto& body : bodies) body = maker.Batch();
  const double bare = BareAppends(folder, bodies);
  const double echoed = Measure(echo.port(), "/echo", bodies, 16);
  const double taken = Measure(port, "/events", bodies, 16);
  report->Add("ingest: bare fsynced appends of 100 events' bytes", bare, "/s");
  report->Add("ingest: echo of 100 events", echoed, "/s");
  report->Add("ingest: events in batches of 100", taken * kBatch, "events/s");
  report->AddAtLeast("ingest: batches of 100", taken, std::min(0.7 * bare, 0.5 * echoed), "/s");
  report->Add("ingest: batches of 100, ratio to bare appends", taken / bare, "");
  report->Add("ingest: batches of 100, ratio to the echo", taken / echoed, "");
}

void Singles(const std::string& folder, const EchoProcess& echo, uint16_t port, Report* report) {
  EventMaker maker;
  Bodies bodies(200'000);
  for (auto& body : bodies) body = maker.One();
  const double bare = BareAppends(folder, bodies);
  const double echoed = Measure(echo.port(), "/echo", bodies, 64);
  const double taken = Measure(port, "/events", bodies, 64);
  report->Add("ingest: one event, one fsync each", bare, "/s");
  report->Add("ingest: echo of one event, 64 clients", echoed, "/s");
  report->AddAtLeast("ingest: single events, 64 clients", taken, std::min(20 * bare, 0.5 * echoed), "/s");
  report->Add("ingest: single events, ratio to one fsync each", taken / bare, "");
  report->Add("ingest: single events, ratio to the echo", taken / echoed, "");
}

}  // namespace
}  // namespace signalbox::bench

int main() {
  using namespace signalbox::bench;
  const EchoProcess echo;
  if (echo.port() == 0) GiveUp("the echo server did not start");
  Report report("ingest");
  const std::string folder = FreshFolder("ingest");
  for (const auto& [name, measure] : {std::pair{"batches", &Batches}, std::pair{"singles", &Singles}}) {
    auto server = Need(signalbox::harness::ServerProcess::Start(folder + "/" + name), "server");
    measure(folder, echo, server->ingest_port(), &report);
    if (server->Terminate() != 0) GiveUp("the server did not stop well:\n" + server->log());
  }
  std::filesystem::remove_all(folder);
  report.Write();
  return 0;
}
