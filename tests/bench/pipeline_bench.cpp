// What each step of a recommendation costs in one thread, without HTTP: the figures to optimise by.
//
// Usage: pipeline_bench [ml-1m|diginetica]   both by default; passes by SIGNALBOX_BENCH_PASSES (5)
#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "app/node/scenarios.hpp"
#include "bench_state.hpp"
#include "report.hpp"
#include "serve/service.hpp"

namespace signalbox::bench {
namespace {

using Requests = std::vector<model::RecommendRequest>;

// The steps' sums in microseconds and counts, by labels.
std::map<std::string, std::pair<double, double>> ReadSteps(ports::Metrics& metrics) {
  std::map<std::string, std::pair<double, double>> steps;
  std::istringstream lines(metrics.Expose());
  const std::string name = "signalbox_serve_step_seconds_";
  for (std::string line; std::getline(lines, line);) {
    const size_t brace = line.find('{'), end = line.find("} ");
    if (line.rfind(name, 0) != 0 || end == std::string::npos) continue;
    const std::string kind = line.substr(name.size(), brace - name.size());
    auto& [sum, count] = steps[line.substr(brace, end - brace + 1)];
    if (kind == "sum") sum = std::stod(line.substr(end + 2)) * 1e6;
    if (kind == "count") count = std::stod(line.substr(end + 2));
  }
  return steps;
}

void Measure(const std::string& what, Core& core, const std::string& scripts, const std::string& scenario,
             const Requests& requests, Report* report) {
  const auto& slot = core.core->tenants().begin()->second;
  serve::TenantParts parts;
  parts.state = slot.state;
  parts.signals = slot.signals;
  parts.scenarios = Need(app::LoadScenarios(scripts, scenario, *slot.signals), "scripts");
  parts.default_scenario = scenario;
  serve::Tenant tenant(std::move(parts), *core.metrics);
  serve::ServiceParts service_parts;
  service_parts.tenants = [&tenant](std::string_view) { return &tenant; };
  service_parts.clock = &core.clock;
  serve::ServiceOptions options;
  options.step_sample_every = 0;
  serve::Service fast(service_parts, options);
  options.step_sample_every = 1;
  serve::Service timed(service_parts, options);
  double best = 1e9;
  const int passes = static_cast<int>(Setting("SIGNALBOX_BENCH_PASSES", 5));
  for (int pass = 0; pass < passes; ++pass) {
    const double start = ThreadSeconds();
    for (const auto& request : requests) Need(fast.Recommend(request), "answer");
    best = std::min(best, (ThreadSeconds() - start) / static_cast<double>(requests.size()));
  }
  report->Add(what + ": one answer", best * 1e6, "us");
  std::map<std::string, double> least;
  for (int pass = 0; pass < passes; ++pass) {
    const auto before = ReadSteps(*core.metrics);
    for (const auto& request : requests) Need(timed.Recommend(request), "answer");
    for (const auto& [step, end] : ReadSteps(*core.metrics)) {
      const auto start = before.find(step);
      const double sum = end.first - (start == before.end() ? 0 : start->second.first);
      const double each = sum / static_cast<double>(requests.size());
      const auto known = least.emplace(step, each);
      known.first->second = std::min(known.first->second, each);
    }
  }
  for (const auto& [step, each] : least) {
    if (each > 0.05) report->Add(what + ": step " + step, each, "us");
  }
}

void MovieLens(Report* report) {
  const std::string data_dir = FreshFolder("pipeline-ml-1m");
  const auto data = MovieLens1M();
  BuildState(data_dir, data);
  auto core = OpenCore(data_dir, {});
  Need(core->core->Recover([](uint64_t, uint64_t) {}), "state");
  Requests requests;
  for (size_t i = 0; i < data.visitors.size(); ++i) {
    model::RecommendRequest request;
    request.user = data.visitors[i * 7'919 % data.visitors.size()];
    request.count = 20;
    requests.push_back(std::move(request));
  }
  const std::string scripts = SIGNALBOX_SOURCE_DIR "/scripts-lua/scenarios";
  Measure("ml-1m, default", *core, scripts, "default", requests, report);
  Measure("ml-1m, home", *core, scripts, "home", requests, report);
  core.reset();
  std::filesystem::remove_all(data_dir);
}

void Sessions(Report* report) {
  const std::string data_dir = FreshFolder("pipeline-diginetica");
  const auto data = Diginetica();
  BuildState(data_dir, data);
  auto core = OpenCore(data_dir, {});
  Need(core->core->Recover([](uint64_t, uint64_t) {}), "state");
  std::vector<std::vector<uint32_t>> sessions(data.visitors.size());
  for (const auto& row : data.rows) sessions[row.visitor].push_back(row.item);
  Requests requests;
  for (const auto& items : sessions) {
    if (items.size() < 6 || requests.size() == 5'000) continue;
    model::RecommendRequest request;
    request.count = 21;
    for (size_t i = items.size() - 6; i < items.size(); ++i)
      request.items.push_back({std::string(model::kDefaultItemType), std::string(data.items[items[i]])});
    requests.push_back(std::move(request));
  }
  Measure("diginetica, session alone", *core, SIGNALBOX_SOURCE_DIR "/tests/bench/scripts/scenarios",
          "default", requests, report);
}

}  // namespace
}  // namespace signalbox::bench

int main(int argc, char** argv) {
  using namespace signalbox::bench;
  Report report("pipeline");
  const std::string only = argc > 1 ? argv[1] : "";
  if (only != "diginetica") MovieLens(&report);
  if (only != "ml-1m") Sessions(&report);
  report.Write();
  return 0;
}
