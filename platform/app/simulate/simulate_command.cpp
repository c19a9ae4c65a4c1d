// signalbox simulate: visitors of a sample shop on a running server.
#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "app/import/progress.hpp"
#include "app/import/server_check.hpp"
#include "app/simulate/simulator.hpp"

namespace signalbox::app {
namespace {

struct Arguments {
  SimulationOptions options;
  std::string url = "http://127.0.0.1:8080";
  std::string shop = "infra/sample-shop";
};

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // set in a signal handler

int Complain(const Error& error, int exit_code) {
  std::fprintf(stderr, "signalbox simulate: %s%s%s\n", error.message().c_str(),
               error.hint().empty() ? "" : ". ", error.hint().c_str());
  return exit_code;
}

std::string Line(const SimulationCounts& counts, double seconds, const SimulationOptions& options) {
  char rate[32];
  std::snprintf(rate, sizeof(rate), "%.1f", seconds > 0 ? static_cast<double>(counts.made) / seconds : 0);
  std::string line = "simulate: " + WithCommas(counts.made) + " events, " + rate + "/s";
  if (options.follow_recommendations) {
    line += ", " + WithCommas(counts.lists) + " lists read, " + WithCommas(counts.list_clicks) + " clicked";
    if (counts.list_failures > 0) line += ", " + WithCommas(counts.list_failures) + " failed";
  }
  return line;
}

int Run(const Arguments& arguments) {
  const SimulationOptions& options = arguments.options;
  if (options.history_days > 0 && options.events == 0) {
    std::fputs("signalbox simulate: --history-days needs --events\n", stderr);
    return 2;
  }
  const auto shop = Shop::Load(arguments.shop);
  if (!shop) return Complain(shop.error(), 2);
  const auto clients = ClientsOf(arguments.url);
  if (const auto there = CheckServer(clients, arguments.url); !there) {
    return Complain(there.error(), there.error().code() == Code::kInvalidArgument ? 2 : 1);
  }
  std::signal(SIGINT, [](int) { stop_requested = true; });
  std::signal(SIGTERM, [](int) { stop_requested = true; });
  const SystemClock clock;
  SimulationCounts counts;
  ImportReport report;
  Progress progress;
  const int64_t start_us = MonotonicMicros();
  const auto line = [&] {
    return Line(counts, static_cast<double>(MonotonicMicros() - start_us) / 1e6, options);
  };
  const auto ran = Simulate(
      *shop, options, clients, clock, stop_requested,
      [&] {
        if (progress.due()) progress.Show(line());
      },
      &counts, &report);
  progress.Finish(line());
  std::fputs(report.Text().c_str(), stdout);
  if (!ran) return Complain(ran.error(), 1);
  return report.accepted() + report.duplicates() > 0 ? 0 : 1;
}

}  // namespace

void AddSimulateCommand(CLI::App& program, int* exit_code) {
  auto* command = program.add_subcommand("simulate", "visitors of a sample shop, sent to a running server");
  auto arguments = std::make_shared<Arguments>();
  SimulationOptions& options = arguments->options;
  command->add_option("--url", arguments->url, "a public port of the server")->capture_default_str();
  command->add_option("--shop", arguments->shop, "folder with items.jsonl and tastes.json")
      ->capture_default_str();
  command->add_option("--rate", options.rate, "events per second")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 100000.0));
  command->add_option("--visitors", options.visitors, "how many there are")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  command->add_option("--duration", options.duration_seconds, "seconds; 0 = until stopped")
      ->capture_default_str();
  command->add_option("--events", options.events, "stop after so many; with --history-days, how many");
  command
      ->add_option("--history-days", options.history_days,
                   "instead of live traffic, a past of so many days that ends now, sent at once")
      ->check(CLI::Range(1, 3650));
  command->add_option("--seed", options.seed, "the same seed gives the same visits")->capture_default_str();
  command->add_option("--connections", options.connections, "requests under way at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_flag("--no-items{false}", options.items, "do not post the catalogue first");
  command->add_flag("--follow-recommendations", options.follow_recommendations,
                    "visitors also ask for recommendations and click what they like");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace signalbox::app
