// signalbox: one program, its subcommands.
#include <pthread.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "app/commands.hpp"

namespace {

// Every thread inherits this, so that only the one that waits for a request to end sees it.
void BlockTerminationSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGQUIT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    umask(077);  // what visitors did is nobody else's to read
    int exit_code = 0;
    CLI::App program("Signalbox: real-time recommendations from signals, blended by Lua scripts",
                     "signalbox");
    program.set_version_flag("--version", SIGNALBOX_VERSION);
    program.require_subcommand(1);
    signalbox::app::AddServeCommand(program, &exit_code);
    signalbox::app::AddImportCommand(program, &exit_code);
    signalbox::app::AddSimulateCommand(program, &exit_code);
    signalbox::app::AddEvaluateCommand(program, &exit_code);
    signalbox::app::AddScriptsCommand(program, &exit_code);
    signalbox::app::AddSafeModeCommand(program, &exit_code);
    signalbox::app::AddBacktestCommand(program, &exit_code);
    signalbox::app::AddReplayCommand(program, &exit_code);
    signalbox::app::AddExportCommand(program, &exit_code);
    signalbox::app::AddBackupCommands(program, &exit_code);
    // Parsing also runs the subcommand, in its callback.
    bool serving = false;
    for (int i = 1; i < argc; ++i) serving |= std::string_view(argv[i]) == "serve";
    if (serving) BlockTerminationSignals();
    try {
      program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return program.exit(error) == 0 ? 0 : 2;
    }
    return exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "signalbox: %s\n", error.what());
    return 1;
  }
}
