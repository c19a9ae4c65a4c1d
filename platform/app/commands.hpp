// The program's subcommands. Each adds itself to the command line; its callback sets *exit_code:
// 0 done, 1 failed, 2 wrong usage.
#pragma once

namespace CLI {
class App;
}

namespace signalbox::app {

void AddServeCommand(CLI::App& program, int* exit_code);
void AddExportCommand(CLI::App& program, int* exit_code);
void AddImportCommand(CLI::App& program, int* exit_code);
void AddSimulateCommand(CLI::App& program, int* exit_code);
void AddEvaluateCommand(CLI::App& program, int* exit_code);
void AddBackupCommands(CLI::App& program, int* exit_code);  // backup, restore
void AddScriptsCommand(CLI::App& program, int* exit_code);
void AddSafeModeCommand(CLI::App& program, int* exit_code);
void AddBacktestCommand(CLI::App& program, int* exit_code);
void AddReplayCommand(CLI::App& program, int* exit_code);

}  // namespace signalbox::app
