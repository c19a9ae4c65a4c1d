// Waiting and printing.
#include "app/operate/backtest_table.hpp"

#include <chrono>
#include <cstdio>
#include <thread>

#include "app/import/progress.hpp"
#include "app/operate/script_actions.hpp"

namespace signalbox::app {
namespace {

using nlohmann::json;

std::string Measure(const json& measure) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.4f [%.4f, %.4f]", measure.value("value", 0.0),
                measure["interval"][0].get<double>(), measure["interval"][1].get<double>());
  return text;
}

std::string Number(double number) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", number);
  return text;
}

void AppendRow(const std::string& name, const std::string& published, const std::string& draft,
               std::string* out) {
  char row[160];
  std::snprintf(row, sizeof(row), "%-16s %-26s %-26s\n", name.c_str(), published.c_str(), draft.c_str());
  *out += row;
}

}  // namespace

std::string BacktestTable(const json& job) {
  const json& report = job["report"];
  const json &published = report["published"], &draft = report["draft"];
  const std::string k = "@" + std::to_string(report.value("k", 10));
  const auto name = [](const json& id, const char* fallback) {
    return id.is_string() ? id.get<std::string>() : std::string(fallback);
  };
  std::string out;
  AppendRow("", name(job["published"], "native"), name(job["draft"], "draft"), &out);
  AppendRow("hit rate" + k, Measure(published["hit_rate"]), Measure(draft["hit_rate"]), &out);
  AppendRow("mrr" + k, Measure(published["mrr"]), Measure(draft["mrr"]), &out);
  AppendRow("ndcg" + k, Measure(published["ndcg"]), Measure(draft["ndcg"]), &out);
  AppendRow("coverage", Number(published.value("coverage", 0.0)), Number(draft.value("coverage", 0.0)), &out);
  AppendRow("mean popularity", Number(published.value("mean_popularity", 0.0)),
            Number(draft.value("mean_popularity", 0.0)), &out);
  out += WithCommas(report.value("queries", uint64_t{0})) + " held-out events of " +
         WithCommas(report.value("events", uint64_t{0})) + "; 95 % intervals\n";
  return out;
}

Result<void> RunBacktest(AdminClient& client, const BacktestOptions& options) {
  json body = {{"scenario", options.scenario}, {"days", options.days}, {"queries", options.queries}};
  if (options.draft.empty()) {
    const auto newest = client.Call("GET", ScenarioPath(options.scenario) + "/revisions?limit=1");
    if (!newest) return Fail(newest.error());
    if ((*newest)["revisions"].empty())
      return Fail(Code::kNotFound, "there is no revision of " + options.scenario);
    body["number"] = (*newest)["revisions"][0]["number"];
  } else {
    const auto source = ReadScriptFile(options.draft);
    if (!source) return Fail(source.error());
    body["source"] = *source;
  }
  const auto started = client.Call("POST", "/admin/v1/backtests", body);
  if (!started) return Fail(started.error());
  const std::string path = "/admin/v1/backtests/" + std::to_string(started->value("id", uint64_t{0}));
  Progress progress;
  for (;;) {
    const auto job = client.Call("GET", path);
    if (!job) return Fail(job.error());
    const std::string state = job->value("state", "");
    const json& at = (*job)["progress"];
    const std::string line = "backtest: " + at.value("step", "") + " " +
                             WithCommas(at.value("done", uint64_t{0})) + " of " +
                             WithCommas(at.value("all", uint64_t{0}));
    if (state == "done") {
      progress.Finish(line);
      std::fputs(BacktestTable(*job).c_str(), stdout);
      return {};
    }
    if (state != "running")
      return Fail(Code::kInternal, "the backtest " + state + ": " + job->value("error", ""));
    if (progress.due()) progress.Show(line);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace signalbox::app
