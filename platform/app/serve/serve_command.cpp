// signalbox serve: a node until it is asked to end.
#include <cstdio>

#include <Poco/Util/ServerApplication.h>
#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "app/node/node.hpp"
#include "base/log.hpp"

namespace signalbox::app {
namespace {

// Poco's frame for a service: waits for SIGINT, SIGTERM or SIGQUIT, which main() has blocked in
// every thread.
class ServeApplication final : public Poco::Util::ServerApplication {
 public:
  explicit ServeApplication(Settings settings) : settings_(std::move(settings)) {}

 protected:
  int main(const std::vector<std::string>&) override {
    auto node = Node::Start(std::move(settings_));
    if (!node) {
      const Error& error = node.error();
      LogError(error.message(), {{"field", error.field()}, {"hint", error.hint()}});
      return EXIT_SOFTWARE;
    }
    const auto& ports = (*node)->ports();
    LogInfo("ready", {{"ingest_port", int64_t{ports.ingest}},
                      {"recommend_port", int64_t{ports.recommend}},
                      {"admin_port", int64_t{ports.admin}},
                      {"ops_port", int64_t{ports.ops}}});
    waitForTerminationRequest();
    LogInfo("ending: running requests finish, then a last checkpoint");
    (*node)->Stop();
    LogInfo("ended");
    return EXIT_OK;
  }

 private:
  Settings settings_;
};

int Run(const ConfigSources& sources) {
  auto settings = LoadSettings(sources);
  if (!settings) {
    const Error& error = settings.error();
    std::fprintf(stderr, "signalbox serve: %s%s%s\n", error.message().c_str(),
                 error.hint().empty() ? "" : " ", error.hint().c_str());
    return 2;
  }
  if (const auto configured = ConfigureLog(settings->log_level, settings->log_format); !configured) {
    std::fprintf(stderr, "signalbox serve: %s\n", configured.error().message().c_str());
    return 2;
  }
  ServeApplication application(std::move(*settings));
  std::string name = "signalbox";
  char* arguments[] = {name.data(), nullptr};
  return application.run(1, arguments) == Poco::Util::Application::EXIT_OK ? 0 : 1;
}

}  // namespace

void AddServeCommand(CLI::App& program, int* exit_code) {
  auto* command = program.add_subcommand("serve", "run a node");
  auto sources = std::make_shared<ConfigSources>();
  command->add_option("--config", sources->file, "configuration file");
  command->add_option("--data-dir", sources->data_dir, "where log, catalogue and checkpoints live");
  command->add_option("--roles", sources->roles,
                      "ingest,process,recommend,admin: any of them, comma separated");
  command->add_option("--set", sources->overrides, "section.key=value; may be repeated");
  command->add_flag_callback(
      "--dev", [sources] { sources->overrides.emplace_back("scripts.watch=true"); },
      "publish scenario files as they change");
  command->callback([sources, exit_code] {
    sources->environment = Environment();
    *exit_code = Run(*sources);
  });
}

}  // namespace signalbox::app
