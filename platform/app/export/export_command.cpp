// signalbox export: the canonical export of a data directory that no process is using.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>

#include "adapters/prometheus/prometheus_metrics.hpp"
#include "app/commands.hpp"
#include "app/node/state_core.hpp"
#include "base/log.hpp"

namespace signalbox::app {
namespace {

struct Arguments {
  ConfigSources sources;
  std::string out;
  bool replay = false;
};

Result<void> Run(const Arguments& arguments) {
  auto settings = LoadSettings(arguments.sources);
  if (!settings) return Fail(settings.error());
  if (auto configured = ConfigureLog("warn", "text"); !configured) return configured;
  if (!std::filesystem::exists(settings->event_log.dir)) {
    return Fail(Code::kNotFound,
                "there is no event log in " + settings->event_log.dir + "; check --data-dir");
  }
  if (arguments.replay) settings->checkpoint.dir = settings->data_dir + "/no-checkpoints";
  const SystemClock clock;
  const auto metrics = adapters::prometheus::MakePrometheusMetrics();
  auto core = StateCore::Open(*settings, clock, *metrics);
  if (!core) return Fail(core.error());
  if (auto recovered = (*core)->Recover(nullptr); !recovered) return Fail(recovered.error());
  const auto lines = (*core)->Export();
  if (!lines) return Fail(lines.error());
  std::ofstream file;
  if (!arguments.out.empty()) file.open(arguments.out, std::ios::binary | std::ios::trunc);
  std::ostream& out = arguments.out.empty() ? std::cout : file;
  for (const auto& line : *lines) out << line << '\n';
  out.flush();
  if (!out) return Fail(Code::kUnavailable, "cannot write " + arguments.out);
  return {};
}

}  // namespace

void AddExportCommand(CLI::App& program, int* exit_code) {
  auto* command = program.add_subcommand("export", "write the whole state as sorted text, for comparing");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--config", arguments->sources.file, "configuration file");
  command->add_option("--data-dir", arguments->sources.data_dir, "the data directory; no process may use it");
  command->add_option("--set", arguments->sources.overrides, "section.key=value");
  command->add_option("--out", arguments->out, "file to write; standard output if not given");
  command->add_flag("--replay", arguments->replay, "leave checkpoints aside: replay the whole log");
  command->callback([arguments, exit_code] {
    arguments->sources.environment = Environment();
    if (const auto done = Run(*arguments); !done) {
      std::fprintf(stderr, "signalbox export: %s\n", done.error().message().c_str());
      *exit_code = 1;
    }
  });
}

}  // namespace signalbox::app
