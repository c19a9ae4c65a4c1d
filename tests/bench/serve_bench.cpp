// Recommendations over HTTP against a bare echo through the same adapter, in one run on the same
// cores: with the default script and the shipped home scenario (three list rules, two filters, one boost,
// 500 candidates) on MovieLens-1M, and by the session signal alone on diginetica; what each list rule costs.
// Also how soon a click shows, and how long a restart takes.
//
// Seconds of each load: SIGNALBOX_BENCH_SECONDS (3). Writes build/bench/serve.json.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "bench_state.hpp"
#include "echo_process.hpp"
#include "harness/server_process.hpp"
#include "load_generator.hpp"
#include "report.hpp"
#include "rule_costs.hpp"

namespace signalbox::bench {
namespace {

using harness::ServerProcess;
using Requests = std::vector<std::string>;

constexpr int kRounds = 3, kClicks = 100;

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

LoadResult Measure(uint16_t port, const Requests& requests, double rate = 0, int connections = 16) {
  Load load;
  load.connections = connections;
  load.port = port;
  load.requests = &requests;
  load.seconds = Setting("SIGNALBOX_BENCH_SECONDS", 3);
  load.rate = rate;
  const auto result = Need(RunLoad(load), "load");
  if (result.refused > 0) GiveUp("a request was refused: " + result.first_refused);
  return result;
}

// Echo and server in turn, so that both meet the same machine; the medians.
void Compare(const std::string& what, const EchoProcess& echo, uint16_t port, const Requests& requests,
             double goal, Report* report) {
  const Requests nothing = {GetRequest("/echo")};
  Measure(port, requests);  // warms caches
  std::vector<double> echoes, rates, ratios;
  for (int round = 0; round < kRounds; ++round) {
    echoes.push_back(Measure(echo.port(), nothing).per_second);
    rates.push_back(Measure(port, requests).per_second);
    ratios.push_back(rates.back() / echoes.back());
  }
  for (auto* values : {&echoes, &rates, &ratios}) std::sort(values->begin(), values->end());
  report->Add(what + ": echo of 1 KB", echoes[kRounds / 2], "/s");
  report->Add(what + ": requests", rates[kRounds / 2], "/s");
  report->AddAtLeast(what + ": ratio to the echo", ratios[kRounds / 2], goal, "");
  const auto half = Measure(port, requests, rates[kRounds / 2] / 2);
  report->Add(what + ": p50 at half of the maximum", half.p50_us / 1e3, "ms");
  report->AddAtMost(what + ": p99 at half of the maximum", half.p99_us / 1e3, 5, "ms");
  report->Add(what + ": bytes of an answer", half.mean_answer_bytes, "B");
}

// Series of signalbox_serve_step_seconds: {sum, count} by labels.
std::map<std::string, std::pair<double, double>> ReadSteps(ServerProcess& server) {
  std::map<std::string, std::pair<double, double>> steps;
  std::istringstream lines(server.Send(server.ops_port(), "GET", "/metrics").text);
  const std::string name = "signalbox_serve_step_seconds_";
  for (std::string line; std::getline(lines, line);) {
    const size_t brace = line.find('{'), end = line.find("} ");
    if (line.rfind(name, 0) != 0 || end == std::string::npos) continue;
    const std::string kind = line.substr(name.size(), brace - name.size());
    auto& [sum, count] = steps[line.substr(brace, end - brace + 1)];
    if (kind == "sum") sum = std::stod(line.substr(end + 2));
    if (kind == "count") count = std::stod(line.substr(end + 2));
  }
  return steps;
}

// Mean times of the steps with one request at a time, so that none waits for another.
void Steps(ServerProcess& server, const Requests& requests, Report* report) {
  const auto before = ReadSteps(server);
  Measure(server.recommend_port(), requests, 0, 1);
  double total = 0;
  for (const auto& [step, end] : ReadSteps(server)) {
    const auto start = before.find(step);
    const double count = end.second - (start == before.end() ? 0 : start->second.second);
    const double sum = end.first - (start == before.end() ? 0 : start->second.first);
    if (count < 1) continue;
    total += sum / count * 1e6;
    report->Add("step " + step, sum / count * 1e6, "us");
  }
  report->Add("all steps", total, "us");
}

// From 202 to an answer that differs, for visitors who each click once.
void Clicks(ServerProcess& server, Report* report) {
  std::vector<double> times_ms;
  int at_once = 0;
  for (int i = 0; i < kClicks; ++i) {
    const std::string user = std::to_string(i * 37 % 6'000 + 1);
    const std::string target = "/recommendations?user_id=" + user + "&count=20";
    const auto list = [&] { return server.Get(target).body.value("recommendations", nlohmann::json()); };
    const auto before = list();
    if (before.empty()) GiveUp("no recommendations for user " + user);
    const auto answer = server.Post(
        "/events", {{"user_id", user}, {"item_id", before[10]["item_id"]}, {"event_type", "click"}});
    if (answer.status != 202) GiveUp("a click was refused: " + answer.text);
    const auto start = std::chrono::steady_clock::now();
    int asked = 1;
    while (list() == before) {
      if (++asked > 10'000) GiveUp("a click of user " + user + " never showed");
    }
    times_ms.push_back(SecondsSince(start) * 1e3);
    at_once += asked == 1;
  }
  std::sort(times_ms.begin(), times_ms.end());
  report->AddAtMost("click: from 202 to a changed answer, median", times_ms[kClicks / 2], 20, "ms");
  report->Add("click: the same, slowest of " + std::to_string(kClicks), times_ms.back(), "ms");
  report->AddAtLeast("click: shown by the very next answer", 1.0 * at_once / kClicks, 1, "");
}

std::unique_ptr<ServerProcess> Restart(const std::string& data_dir,
                                       const std::vector<std::string>& overrides = {}) {
  return Need(ServerProcess::Start(data_dir, overrides), "server");
}

// The same visitors on the home page.
void Home(const EchoProcess& echo, ServerProcess& server, Requests requests, Report* report) {
  const std::string from = "/recommendations?";
  for (std::string& request : requests)
    request.replace(request.find(from), from.size(), from + "scenario=home&");
  const auto answer = server.Get("/recommendations?scenario=home&count=20&user_id=1");
  if (answer.body.value("recommendations", nlohmann::json::array()).size() != 20) {
    GiveUp("the home scenario gives no full list: " + answer.text);
  }
  Compare("MovieLens-1M, home scenario", echo, server.recommend_port(), requests, 0.17, report);
}

void MovieLens(const EchoProcess& echo, Report* report) {
  const std::string data_dir = FreshFolder("ml-1m");
  const auto data = MovieLens1M();
  BuildState(data_dir, data);
  auto server = Restart(data_dir);
  std::vector<double> seconds;
  for (int i = 0; i < kRounds; ++i) {
    server->Terminate();
    const auto start = std::chrono::steady_clock::now();
    server = Restart(data_dir);
    seconds.push_back(SecondsSince(start));
  }
  std::sort(seconds.begin(), seconds.end());
  report->AddAtMost("restart with MovieLens-1M", seconds[kRounds / 2], 2, "s");

  Requests requests;
  for (size_t i = 0; i < data.visitors.size(); ++i) {
    requests.push_back(GetRequest("/recommendations?count=20&user_id=" + data.visitors[i]));
  }
  // Neighbouring numbers would ask for visitors whose state lies side by side.
  for (size_t i = 0; i < requests.size(); ++i) std::swap(requests[i], requests[i * 7'919 % requests.size()]);
  Compare("MovieLens-1M, default script", echo, server->recommend_port(), requests, 0.15, report);
  Steps(*server, requests, report);
  Home(echo, *server, requests, report);
  Clicks(*server, report);
  if (server->Terminate() != 0) GiveUp("the server did not stop well:\n" + server->log());
  std::filesystem::remove_all(data_dir);
}

// The last six items of sessions that have as many.
Requests SixItemSessions(const train::Interactions& data) {
  std::vector<std::vector<uint32_t>> sessions(data.visitors.size());
  for (const auto& row : data.rows) sessions[row.visitor].push_back(row.item);
  Requests requests;
  for (const auto& items : sessions) {
    if (items.size() < 6 || requests.size() == 5'000) continue;
    std::string target = "/recommendations?count=21";
    for (size_t i = items.size() - 6; i < items.size(); ++i) target += "&items=" + data.items[items[i]];
    requests.push_back(GetRequest(target));
  }
  if (requests.empty()) GiveUp("no session has six items");
  return requests;
}

// A benchmark of empty answers would be a fast one.
void MustMean(ServerProcess& server, const Requests& targets, Report* report) {
  size_t items = 0, meant = 0;
  for (size_t i = 0; i < 100; ++i) {
    const std::string& request = targets[i * 37 % targets.size()];
    const auto answer = server.Get(request.substr(4, request.find(" HTTP") - 4));
    for (const auto& item : answer.body.value("recommendations", nlohmann::json::array())) {
      ++items;
      meant += item["reason"] == "session";
    }
  }
  report->AddAtLeast("diginetica, session alone: answers that are the signal's",
                     items == 0 ? 0 : static_cast<double>(meant) / static_cast<double>(items), 0.5, "");
}

void SessionAlone(const EchoProcess& echo, Report* report) {
  const std::string data_dir = FreshFolder("diginetica");
  const auto data = Diginetica();
  BuildState(data_dir, data);
  auto server = Restart(data_dir, {"scripts.dir=" SIGNALBOX_SOURCE_DIR "/tests/bench/scripts"});
  const auto requests = SixItemSessions(data);
  MustMean(*server, requests, report);
  Compare("diginetica, session alone", echo, server->recommend_port(), requests, 0.35, report);
  Steps(*server, requests, report);
  server->Terminate();
  std::filesystem::remove_all(data_dir);
}

}  // namespace
}  // namespace signalbox::bench

int main() {
  using namespace signalbox::bench;
  const EchoProcess echo;
  if (echo.port() == 0) GiveUp("the echo server did not start");
  Report report("serve");
  RuleCosts(&report);
  if (Setting("SIGNALBOX_BENCH_ML", 1) != 0) MovieLens(echo, &report);
  SessionAlone(echo, &report);
  report.Write();
  return 0;
}
