// signalbox import: a data set's files into a running server.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "app/import/importer.hpp"
#include "app/import/progress.hpp"
#include "app/import/server_check.hpp"
#include "base/clock.hpp"

namespace signalbox::app {
namespace {

struct Arguments {
  ImportOptions options;
  std::string format;
  std::string url = "http://127.0.0.1:8080";
};

int Complain(const Error& error, int exit_code) {
  std::fprintf(stderr, "signalbox import: %s%s%s\n", error.message().c_str(),
               error.hint().empty() ? "" : ". ", error.hint().c_str());
  return exit_code;
}

int Run(Arguments arguments) {
  const auto format = train::ParseFormat(arguments.format);
  if (!format) return Complain(format.error(), 2);
  arguments.options.format = *format;
  const auto clients = ClientsOf(arguments.url);
  if (const auto there = CheckServer(clients, arguments.url); !there) {
    return Complain(there.error(), there.error().code() == Code::kInvalidArgument ? 2 : 1);
  }
  ImportReport report;
  Progress progress;
  const int64_t start_us = MonotonicMicros();
  const auto line = [&] {
    const double seconds = static_cast<double>(MonotonicMicros() - start_us) / 1e6;
    const uint64_t done = report.accepted() + report.duplicates() + report.rejected();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    return "import: " + WithCommas(done) + " sent, " + WithCommas(static_cast<uint64_t>(rate)) + "/s, " +
           WithCommas(report.rejected()) + " rejected";
  };
  const auto imported = Import(
      arguments.options, clients, SystemClock().now_ms(),
      [&] {
        if (progress.due()) progress.Show(line());
      },
      &report);
  progress.Finish(line());
  std::fputs(report.Text().c_str(), stdout);
  if (!imported) return Complain(imported.error(), 1);
  return report.accepted() + report.duplicates() > 0 ? 0 : 1;
}

}  // namespace

void AddImportCommand(CLI::App& program, int* exit_code) {
  auto* command = program.add_subcommand("import", "send a data set to a running server");
  command->footer(
      "Run it again after an interruption: events that have arrived are not counted twice.\n"
      "Exit code 1 if nothing was accepted or the server went away.");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("PATH", arguments->options.path, "a file or a folder")->required();
  command
      ->add_option("--format", arguments->format,
                   "movielens-100k, movielens-1m, yoochoose, sessions or jsonl")
      ->required();
  command->add_flag("--rebase", arguments->options.rebase, "shift all times so that the newest is now");
  command->add_option("--url", arguments->url, "the server's ingest port")->capture_default_str();
  command->add_option("--batch", arguments->options.batch_size, "lines of one request")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_option("--connections", arguments->options.connections, "requests under way at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace signalbox::app
