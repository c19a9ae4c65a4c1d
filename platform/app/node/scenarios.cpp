// Reading and compiling scenario files.
#include "app/node/scenarios.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/nearest.hpp"

namespace signalbox::app {
namespace fs = std::filesystem;

scripting::Scenario::SourceOf ScriptsBeside(const std::string& path) {
  return [folder = fs::path(path).parent_path()](std::string_view name) -> Result<std::string> {
    const fs::path beside = folder / (std::string(name) + ".lua");
    std::ifstream file(beside, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file.is_open() || file.bad()) return Fail(Code::kNotFound, "there is no " + beside.string());
    return text;
  };
}

Result<std::shared_ptr<const scripting::Scenario>> LoadScenario(const std::string& path,
                                                                const signals::SignalSet& signals,
                                                                scripting::RunLimits limits) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) {
    return Fail(Code::kNotFound, "cannot read the scenario " + path + "; check scripts.dir");
  }
  const fs::path name(path);
  auto scenario = scripting::Scenario::Compile(name.stem().string(), name.filename().string(), text, limits,
                                               ScriptsBeside(path));
  if (!scenario) return scenario;
  std::vector<std::string> known;
  for (size_t i = 0; i < signals.size(); ++i) known.push_back(signals.at(i).name());
  for (const auto& [signal, quota] : (*scenario)->declaration().candidates) {
    if (signals.Find(signal) >= 0 || signal == serve::kHistorySource) continue;
    const std::string nearest = Nearest(signal, known);
    return Fail(Error(Code::kInvalidArgument,
                      path + ": candidates names the signal \"" + signal + "\", which is not configured")
                    .WithField("candidates." + signal)
                    .WithHint(nearest.empty() ? "Add it under signals, or take it out."
                                              : "Did you mean \"" + nearest + "\"?"));
  }
  return scenario;
}

Result<serve::Scripts> LoadScenarios(const std::string& dir, const std::string& default_scenario,
                                     const signals::SignalSet& signals, scripting::RunLimits limits) {
  std::error_code failed;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(dir, failed)) {
    if (entry.path().extension() == ".lua") files.push_back(entry.path());
  }
  if (failed) {
    return Fail(Code::kNotFound, "cannot read the scenarios in " + dir + ": " + failed.message() +
                                     "; start in the installation's folder or set scripts.dir");
  }
  std::sort(files.begin(), files.end());
  serve::Scripts scripts;
  for (const auto& file : files) {
    auto scenario = LoadScenario(file.string(), signals, limits);
    if (!scenario) return Fail(scenario.error());
    scripts.emplace(file.stem().string(), std::move(*scenario));
  }
  if (scripts.find(default_scenario) == scripts.end()) {
    return Fail(Code::kNotFound, "there is no " + dir + "/" + default_scenario +
                                     ".lua; set scripts.default_scenario to one of the files there");
  }
  return scripts;
}

}  // namespace signalbox::app
