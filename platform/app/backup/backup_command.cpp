// signalbox backup and signalbox restore.
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "app/backup/backup.hpp"
#include "app/commands.hpp"
#include "base/log.hpp"

namespace signalbox::app {
namespace {

struct Arguments {
  ConfigSources sources;
  std::string dir;
};

void AddOptions(CLI::App* command, const std::shared_ptr<Arguments>& arguments) {
  command->add_option("dir", arguments->dir, "the backup's folder")->required();
  command->add_option("--config", arguments->sources.file, "configuration file");
  command->add_option("--data-dir", arguments->sources.data_dir, "the data directory");
  command->add_option("--set", arguments->sources.overrides, "section.key=value");
}

int Report(const char* name, const char* done, const Arguments& arguments, const Settings& settings,
           const Result<BackupManifest>& result) {
  if (!result) {
    std::fprintf(stderr, "signalbox %s: %s%s%s\n", name, result.error().message().c_str(),
                 result.error().hint().empty() ? "" : "; ", result.error().hint().c_str());
    return 1;
  }
  uint64_t bytes = 0;
  for (const auto& [path, file] : result->files) bytes += file.size;
  std::printf("%s %s: %zu files, %.1f MB\n", done, arguments.dir.c_str(), result->files.size(),
              static_cast<double>(bytes) / 1e6);
  if (settings.stores.control_store == "postgres") {
    std::printf("The catalogue is in PostgreSQL and not among them: see docs/guides/scaling.md\n");
  }
  return 0;
}

template <typename Do>
void Run(const char* name, const char* done, Arguments* arguments, int* exit_code, Do action) {
  arguments->sources.environment = Environment();
  const auto settings = LoadSettings(arguments->sources);
  if (!settings) {
    std::fprintf(stderr, "signalbox %s: %s\n", name, settings.error().message().c_str());
    *exit_code = 2;
    return;
  }
  (void)ConfigureLog("warn", "text");
  *exit_code = Report(name, done, *arguments, *settings, action(*settings));
}

}  // namespace

void AddBackupCommands(CLI::App& program, int* exit_code) {
  auto* backup = program.add_subcommand("backup", "copy a data directory, also while a node serves from it");
  auto to = std::make_shared<Arguments>();
  AddOptions(backup, to);
  backup->callback([to, exit_code] {
    Run("backup", "backed up to", to.get(), exit_code,
        [&](const Settings& settings) { return BackUp(settings, to->dir, SystemClock()); });
  });
  auto* restore = program.add_subcommand("restore", "make a new data directory from a backup");
  auto from = std::make_shared<Arguments>();
  AddOptions(restore, from);
  restore->callback([from, exit_code] {
    Run("restore", "restored from", from.get(), exit_code,
        [&](const Settings& settings) { return Restore(settings, from->dir); });
  });
}

}  // namespace signalbox::app
