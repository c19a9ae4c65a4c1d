// signalbox scripts, safe-mode and backtest: what operators and engineers do with scenarios.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "app/node/scenarios.hpp"
#include "app/operate/backtest_table.hpp"
#include "app/operate/script_actions.hpp"
#include "app/operate/script_tester.hpp"
#include "base/log.hpp"
#include "scripting/scenario.hpp"

namespace signalbox::app {
namespace {

using nlohmann::json;

struct Arguments {
  AdminOptions admin;
  std::vector<std::string> files;
  std::string dir = "scripts-lua/scenarios", comment, state, config;
  PushOptions push;
  PublishOptions publish;
  std::optional<uint64_t> to;
  size_t limit = 20;
  bool force = false, shipped = false;
};
using Shared = std::shared_ptr<Arguments>;

// Connects and acts. The exit code: 0 done, 1 refused or failed, 2 for a bad --url.
int WithServer(const std::string& command, const AdminOptions& options,
               const std::function<Result<void>(AdminClient&)>& act) {
  auto client = AdminClient::Connect(options);
  if (!client) return Complain(command, client.error(), 2);
  const auto done = act(*client);
  if (done) return 0;
  // What a script is refused for stands alone, as compilers print it.
  if (done.error().message().find(".lua:") != std::string::npos && done.error().hint().empty()) {
    std::fprintf(stderr, "%s\n", done.error().message().c_str());
    return 1;
  }
  return Complain(command, done.error());
}

// Without a server: the text and what it extends in the same folder; which signals there are is not known.
Result<void> CheckHere(const std::string& file) {
  auto source = ReadScriptFile(file);
  if (!source) return Fail(source.error());
  const auto compiled =
      scripting::Scenario::Compile(ScriptName(file), file, std::move(*source), {}, ScriptsBeside(file));
  if (!compiled) return Fail(compiled.error());
  return {};
}

int Check(const Arguments& arguments, bool with_server) {
  int exit_code = 0;
  for (const auto& file : arguments.files) {
    int checked = 0;
    if (with_server) {
      checked = WithServer("scripts check", arguments.admin,
                           [&](AdminClient& client) { return CheckScript(client, file); });
    } else if (const auto here = CheckHere(file); !here) {
      std::fprintf(stderr, "%s\n", here.error().message().c_str());
      checked = 1;
    }
    if (checked == 0) std::printf("%s: ok\n", file.c_str());
    exit_code = std::max(exit_code, checked);
  }
  return exit_code;
}

void AddCheck(CLI::App& scripts, const Shared& arguments, int* exit_code) {
  auto* command = scripts.add_subcommand("check", "compile files; with --url by a server, which knows more");
  command->add_option("files", arguments->files, "scenario files")->required()->check(CLI::ExistingFile);
  AddAdminOptions(*command, &arguments->admin);
  command->callback([=] { *exit_code = Check(*arguments, command->count("--url") > 0); });
}

// scripts-lua/tests beside scripts-lua/scenarios.
int Test(const Arguments& arguments) {
  namespace fs = std::filesystem;
  std::vector<std::string> files = arguments.files;
  if (files.empty()) {
    std::error_code failed;
    const fs::path folder = fs::path(arguments.dir).parent_path() / "tests";
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
      if (entry.path().string().ends_with("_test.lua")) files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    if (files.empty()) {
      return Complain("scripts test", Error(Code::kNotFound, "there are no tests in " + folder.string()), 2);
    }
  }
  (void)ConfigureLog("error", "text");  // a node for each test has nothing to tell
  size_t passed = 0, failures = 0;
  for (const auto& file : files) {
    const auto report = RunScriptTests(file, arguments.dir, arguments.config);
    if (!report) {
      std::fprintf(stderr, "%s\n", report.error().message().c_str());
      ++failures;
      continue;
    }
    for (const auto& failure : report->failures) std::fprintf(stderr, "%s\n", failure.c_str());
    passed += report->passed;
    failures += report->failures.size();
  }
  std::printf("%zu passed, %zu failed\n", passed, failures);
  return failures == 0 ? 0 : 1;
}

void AddTest(CLI::App& scripts, const Shared& arguments, int* exit_code) {
  auto* command = scripts.add_subcommand("test", "run the tests of scenario files, without a server");
  command->add_option("files", arguments->files, "<scenario>_test.lua; default: all of the folder \"tests\"")
      ->check(CLI::ExistingFile);
  command->add_option("--dir", arguments->dir, "where the scenarios are")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  command->add_option("--config", arguments->config, "configuration file, for the signals' names");
  command->callback([=] { *exit_code = Test(*arguments); });
}

void AddPush(CLI::App& scripts, const Shared& arguments, int* exit_code) {
  auto* command =
      scripts.add_subcommand("push", "make a validated draft of a file; --publish puts it in force");
  auto& push = arguments->push;
  command->add_option("file", push.file, "a scenario file")->required()->check(CLI::ExistingFile);
  command->add_option("--base", push.base,
                      "the revision it was made from; default: as last pulled or pushed");
  command->add_option("--comment", push.comment, "why");
  command->add_flag("--publish", push.publish, "put it in force");
  AddAdminOptions(*command, &arguments->admin);
  command->callback([=] {
    *exit_code = WithServer("scripts push", arguments->admin,
                            [&](AdminClient& client) { return PushScript(client, arguments->push); });
  });
}

void AddPull(CLI::App& scripts, const Shared& arguments, int* exit_code) {
  auto* command = scripts.add_subcommand("pull", "write what is in force into files");
  command->add_option("names", arguments->files, "scenarios; default: all");
  command->add_option("--dir", arguments->dir, "where the files are")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  command->add_flag("--force", arguments->force, "overwrite files that were changed here");
  AddAdminOptions(*command, &arguments->admin);
  command->callback([=] {
    *exit_code = WithServer("scripts pull", arguments->admin, [&](AdminClient& client) {
      return PullScripts(client, arguments->files, arguments->dir, arguments->force);
    });
  });
}

// The files of a folder, by name.
Result<std::vector<std::string>> ScriptsIn(const std::string& dir) {
  std::error_code failed;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(dir, failed)) {
    if (entry.path().extension() == ".lua") files.push_back(entry.path().string());
  }
  if (failed)
    return Fail(Error(Code::kNotFound, "cannot read " + dir).WithHint("Name the folder with --dir."));
  std::sort(files.begin(), files.end());
  return files;
}

Result<bool> Diff(AdminClient& client, const Arguments& arguments) {
  if (!arguments.shipped) return DiffScript(client, arguments.push.file);
  const auto files = ScriptsIn(arguments.dir);
  if (!files) return Fail(files.error());
  bool differ = false;
  for (const auto& file : *files) {
    const auto diff = DiffScript(client, file);
    if (!diff) return diff;
    differ |= *diff;
  }
  return differ;
}

void AddDiff(CLI::App& scripts, const Shared& arguments, int* exit_code) {
  auto* command =
      scripts.add_subcommand("diff", "what changes from what is in force to a file; 1 if anything");
  auto* file = command->add_option("file", arguments->push.file, "a scenario file")->check(CLI::ExistingFile);
  command->add_flag("--shipped", arguments->shipped, "every file of --dir, as after an upgrade")
      ->excludes(file);
  command->add_option("--dir", arguments->dir, "where the shipped files are")->capture_default_str();
  AddAdminOptions(*command, &arguments->admin);
  command->callback([=] {
    if (file->count() == 0 && !arguments->shipped) throw CLI::RequiredError("a file, or --shipped,");
    bool differ = false;
    *exit_code = WithServer("scripts diff", arguments->admin, [&](AdminClient& client) -> Result<void> {
      const auto diff = Diff(client, *arguments);
      if (!diff) return Fail(diff.error());
      differ = *diff;
      return {};
    });
    if (differ) *exit_code = 1;
  });
}

void AddLog(CLI::App& scripts, const Shared& arguments, int* exit_code) {
  auto* command = scripts.add_subcommand("log", "a scenario's revisions, newest first");
  command->add_option("name", arguments->publish.name, "a scenario")->required();
  command->add_option("--limit", arguments->limit, "how many")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  AddAdminOptions(*command, &arguments->admin);
  command->callback([=] {
    *exit_code = WithServer("scripts log", arguments->admin, [&](AdminClient& client) {
      return LogScript(client, ScriptName(arguments->publish.name), arguments->limit);
    });
  });
}

void AddRollback(CLI::App& scripts, const Shared& arguments, int* exit_code) {
  auto* command = scripts.add_subcommand("rollback", "put back what was in force before");
  command->add_option("name", arguments->publish.name, "a scenario")->required();
  command->add_option("--to", arguments->to, "the revision's number; default: the one before");
  command->add_option("--comment", arguments->comment, "why");
  AddAdminOptions(*command, &arguments->admin);
  command->callback([=] {
    *exit_code = WithServer("scripts rollback", arguments->admin, [&](AdminClient& client) {
      return RollbackScript(client, ScriptName(arguments->publish.name), arguments->to, arguments->comment);
    });
  });
}

void AddPublish(CLI::App& scripts, const Shared& arguments, int* exit_code) {
  auto* command = scripts.add_subcommand("publish", "validate a revision and put it in force");
  auto& publish = arguments->publish;
  command->add_option("name", publish.name, "a scenario")->required();
  command->add_option("--comment", publish.comment, "why")->required();
  command->add_option("--number", publish.number, "the revision's number; default: the newest");
  command->add_option("--at", publish.at, "not now but then, as 2026-12-01T09:00:00Z");
  command->add_option("--until", publish.until, "and put what was in force before back then");
  AddAdminOptions(*command, &arguments->admin);
  command->callback([=] {
    *exit_code = WithServer("scripts publish", arguments->admin, [&](AdminClient& client) {
      arguments->publish.name = ScriptName(arguments->publish.name);
      return PublishScript(client, arguments->publish);
    });
  });
}

Result<void> SafeMode(AdminClient& client, const std::string& state, const std::string& comment) {
  const bool ask = state == "status";
  const auto answer =
      ask ? client.Call("GET", "/admin/v1/safe-mode")
          : client.Call("PUT", "/admin/v1/safe-mode", {{"safe_mode", state == "on"}, {"comment", comment}});
  if (!answer) return Fail(answer.error());
  std::printf("safe mode is %s\n", answer->value("safe_mode", false) ? "on" : "off");
  return {};
}

Result<void> Replay(AdminClient& client, const std::string& id) {
  std::string path = "/admin/v1/served/";
  ports::PercentEncode(id, &path);
  const auto replayed = client.Call("POST", path + "/replay");
  if (!replayed) return Fail(replayed.error());
  std::printf("%s\n", (*replayed)["replayed"].dump(2).c_str());
  if (replayed->value("same", false)) {
    std::printf("the same byte for byte, by %s\n", replayed->value("revision", "").c_str());
    return {};
  }
  std::printf("served was\n%s\n", (*replayed)["answer"].dump(2).c_str());
  return Fail(Code::kConflict, "the answer is not the same");
}

}  // namespace

void AddScriptsCommand(CLI::App& program, int* exit_code) {
  auto* scripts = program.add_subcommand("scripts", "check, push, publish and roll back scenario files");
  scripts->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  AddCheck(*scripts, arguments, exit_code);
  AddTest(*scripts, arguments, exit_code);
  AddPush(*scripts, arguments, exit_code);
  AddPull(*scripts, arguments, exit_code);
  AddDiff(*scripts, arguments, exit_code);
  AddLog(*scripts, arguments, exit_code);
  AddRollback(*scripts, arguments, exit_code);
  AddPublish(*scripts, arguments, exit_code);
}

void AddSafeModeCommand(CLI::App& program, int* exit_code) {
  auto* command = program.add_subcommand("safe-mode", "serve native default weights and no scripts");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("state", arguments->state, "on, off or status")
      ->required()
      ->check(CLI::IsMember({"on", "off", "status"}));
  command->add_option("--comment", arguments->comment, "why");
  AddAdminOptions(*command, &arguments->admin);
  command->callback([=] {
    *exit_code = WithServer("safe-mode", arguments->admin, [&](AdminClient& client) {
      return SafeMode(client, arguments->state, arguments->comment);
    });
  });
}

void AddReplayCommand(CLI::App& program, int* exit_code) {
  auto* command = program.add_subcommand("replay", "compute a sampled answer again");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("recommendation_id", arguments->state, "of the answer")->required();
  AddAdminOptions(*command, &arguments->admin);
  command->callback([=] {
    *exit_code = WithServer("replay", arguments->admin,
                            [&](AdminClient& client) { return Replay(client, arguments->state); });
  });
}

void AddBacktestCommand(CLI::App& program, int* exit_code) {
  auto* command =
      program.add_subcommand("backtest", "compare a draft with what is in force on recent events");
  const auto options = std::make_shared<BacktestOptions>();
  command->add_option("--scenario", options->scenario, "a scenario")->required();
  command->add_option("--draft", options->draft, "a file; default: the newest revision")
      ->check(CLI::ExistingFile);
  command->add_option("--days", options->days, "of the event log")
      ->check(CLI::Range(1, 365))
      ->capture_default_str();
  command->add_option("--queries", options->queries, "held-out events asked for, at most")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  AddAdminOptions(*command, &options->admin);
  command->callback([=] {
    *exit_code = WithServer("backtest", options->admin,
                            [&](AdminClient& client) { return RunBacktest(client, *options); });
  });
}

}  // namespace signalbox::app
