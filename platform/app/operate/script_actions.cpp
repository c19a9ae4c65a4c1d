// Push, pull, publish, roll back.
#include "app/operate/script_actions.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "admin/text_diff.hpp"
#include "app/operate/script_bases.hpp"
#include "model/revision.hpp"

namespace signalbox::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct InForceHere {
  uint64_t number = 0;  // 0 = nothing
  std::string source;
};

// A scenario that does not exist has nothing in force.
Result<InForceHere> ReadInForce(AdminClient& client, const std::string& name) {
  const auto scenario = client.Call("GET", ScenarioPath(name));
  if (!scenario && scenario.error().code() == Code::kNotFound) return InForceHere{};
  if (!scenario) return Fail(scenario.error());
  const json& in_force = (*scenario)["in_force"];
  if (in_force.is_null()) return InForceHere{};
  return InForceHere{in_force.value("number", uint64_t{0}), in_force.value("source", "")};
}

Result<std::string> SourceOf(AdminClient& client, const std::string& name, uint64_t number) {
  if (number == 0) return std::string();
  const auto revision = client.Call("GET", ScenarioPath(name) + "/revisions/" + std::to_string(number));
  if (!revision) return Fail(revision.error());
  return revision->value("source", "");
}

std::string Id(const std::string& name, uint64_t number) {
  return number == 0 ? "nothing" : model::RevisionId(name, number);
}

Result<void> WriteScript(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return Fail(Code::kUnavailable, "cannot write " + path + "; check the folder");
  return {};
}

std::string FolderOf(const std::string& file) { return fs::path(file).parent_path().string(); }

}  // namespace

std::string ScriptName(const std::string& file) { return fs::path(file).stem().string(); }

Result<std::string> ReadScriptFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) return Fail(Code::kNotFound, "cannot read " + path);
  return text;
}

Result<void> CheckScript(AdminClient& client, const std::string& file) {
  const auto source = ReadScriptFile(file);
  if (!source) return Fail(source.error());
  const auto facts = client.Call("POST", ScenarioPath(ScriptName(file)) + "/check", {{"source", *source}});
  if (!facts) return Fail(facts.error());
  for (const auto& warning : facts->value("warnings", json::array()))
    std::printf("%s: warning: %s\n", file.c_str(), warning.get<std::string>().c_str());
  return {};
}

Result<void> PushScript(AdminClient& client, const PushOptions& options) {
  const std::string name = ScriptName(options.file);
  const auto source = ReadScriptFile(options.file);
  if (!source) return Fail(source.error());
  const auto now = ReadInForce(client, name);
  if (!now) return Fail(now.error());
  ScriptBases bases(FolderOf(options.file), client.url());
  if (now->number != 0 && now->source == *source) {
    std::printf("%s is in force as %s already\n", options.file.c_str(), Id(name, now->number).c_str());
    return bases.Record(name, now->number);
  }
  const auto known = options.base ? options.base : bases.Find(name);
  if (known.value_or(0) != now->number) {
    const std::string from = known ? Id(name, *known) : "nothing that is known here";
    const auto old = SourceOf(client, name, known.value_or(0));
    std::fputs(admin::UnifiedDiff(known ? from : options.file, known && old ? *old : *source,
                                  Id(name, now->number), now->source)
                   .c_str(),
               stdout);
    return Fail(
        Error(Code::kConflict, options.file + " was made from " + from + ", and " + Id(name, now->number) +
                                   " is in force by now")
            .WithHint("Bring in the difference above, then push with --base " + std::to_string(now->number)));
  }
  const auto drafted =
      client.Call("POST", ScenarioPath(name) + "/revisions",
                  {{"source", *source}, {"base", now->number}, {"comment", options.comment}});
  if (!drafted) return Fail(drafted.error());
  const uint64_t number = (*drafted)["revision"].value("number", uint64_t{0});
  for (const auto& value : drafted->value("dropped_values", json::array()))
    std::printf("the operators' value of %s does not fit any more and is dropped\n",
                value.get<std::string>().c_str());
  const std::string revision = ScenarioPath(name) + "/revisions/" + std::to_string(number);
  const auto valid = client.Call("POST", revision + "/validate", json::object());
  if (!valid) return Fail(valid.error());
  if (!options.publish) {
    std::printf("%s is validated; publish it with: signalbox scripts publish %s --comment TEXT\n",
                Id(name, number).c_str(), name.c_str());
    return {};
  }
  const auto published = client.Call("POST", revision + "/publish", {{"comment", options.comment}});
  if (!published) return Fail(published.error());
  std::printf("%s is in force\n", Id(name, number).c_str());
  return bases.Record(name, number);
}

Result<void> PullScripts(AdminClient& client, const std::vector<std::string>& names, const std::string& dir,
                         bool force) {
  std::vector<std::string> wanted = names;
  if (wanted.empty()) {
    const auto all = client.Call("GET", "/admin/v1/scenarios");
    if (!all) return Fail(all.error());
    for (const auto& scenario : (*all)["scenarios"]) {
      if (scenario.value("number", 0) != 0) wanted.push_back(scenario.value("name", ""));
    }
  }
  ScriptBases bases(dir, client.url());
  std::string kept;
  for (const auto& name : wanted) {
    const auto now = ReadInForce(client, name);
    if (!now) return Fail(now.error());
    if (now->number == 0) return Fail(Code::kNotFound, "nothing is in force of " + name);
    const std::string path = (dir.empty() ? "." : dir) + "/" + name + ".lua";
    const auto here = ReadScriptFile(path);
    if (here && *here != now->source && !force) {
      const auto base = bases.Find(name);
      const auto pulled = base ? SourceOf(client, name, *base) : Result<std::string>(std::string());
      if (!pulled || *pulled != *here) {
        kept += (kept.empty() ? "" : ", ") + path;
        continue;
      }
    }
    if (auto written = WriteScript(path, now->source); !written) return written;
    if (auto recorded = bases.Record(name, now->number); !recorded) return recorded;
    std::printf("%s is %s\n", path.c_str(), Id(name, now->number).c_str());
  }
  if (kept.empty()) return {};
  return Fail(Error(Code::kConflict, "changed here and kept: " + kept).WithHint("Overwrite with --force."));
}

Result<bool> DiffScript(AdminClient& client, const std::string& file) {
  const auto source = ReadScriptFile(file);
  if (!source) return Fail(source.error());
  const auto now = ReadInForce(client, ScriptName(file));
  if (!now) return Fail(now.error());
  const std::string diff = admin::UnifiedDiff(Id(ScriptName(file), now->number), now->source, file, *source);
  std::fputs(diff.c_str(), stdout);
  return !diff.empty();
}

Result<void> LogScript(AdminClient& client, const std::string& name, size_t limit) {
  const auto history = client.Call("GET", ScenarioPath(name) + "/revisions?limit=" + std::to_string(limit));
  if (!history) return Fail(history.error());
  for (const auto& revision : (*history)["revisions"]) {
    const std::string state = revision.value("failed", false) ? "failed" : revision.value("state", "");
    std::printf("%-20s %-10s %s  %s%s%s\n", revision.value("id", "").c_str(), state.c_str(),
                revision.value("created_at", "").c_str(), revision.value("author", "").c_str(),
                revision.value("comment", "").empty() ? "" : ": ", revision.value("comment", "").c_str());
  }
  return {};
}

Result<void> RollbackScript(AdminClient& client, const std::string& name, std::optional<uint64_t> to,
                            const std::string& comment) {
  const auto now = ReadInForce(client, name);
  if (!now) return Fail(now.error());
  if (!to) {
    const auto history = client.Call("GET", ScenarioPath(name) + "/revisions?limit=500");
    if (!history) return Fail(history.error());
    std::string newest;
    for (const auto& revision : (*history)["revisions"]) {
      if (revision["published_at"].is_null() || revision.value("failed", false)) continue;
      const auto number = revision.value("number", uint64_t{0});
      const std::string at = revision.value("published_at", "");
      if (number == now->number || at <= newest) continue;
      newest = at;
      to = number;
    }
    if (!to) return Fail(Code::kNotFound, "nothing else of " + name + " was in force before");
  }
  const auto done = client.Call("POST", ScenarioPath(name) + "/rollback",
                                {{"number", *to}, {"expected", now->number}, {"comment", comment}});
  if (!done) return Fail(done.error());
  std::printf("%s is in force again, in place of %s\n", Id(name, *to).c_str(), Id(name, now->number).c_str());
  return {};
}

Result<void> PublishScript(AdminClient& client, const PublishOptions& options) {
  const std::string scenario = ScenarioPath(options.name);
  uint64_t number = options.number.value_or(0);
  if (number == 0) {
    const auto history = client.Call("GET", scenario + "/revisions?limit=1");
    if (!history) return Fail(history.error());
    if ((*history)["revisions"].empty())
      return Fail(Code::kNotFound, "there is no revision of " + options.name);
    number = (*history)["revisions"][0].value("number", uint64_t{0});
  }
  const std::string revision = scenario + "/revisions/" + std::to_string(number);
  const auto valid = client.Call("POST", revision + "/validate", json::object());
  if (!valid) return Fail(valid.error());
  json body = {{"comment", options.comment}};
  if (!options.at.empty()) body["publish_at"] = options.at;
  if (!options.until.empty()) body["revert_at"] = options.until;
  const auto published = client.Call("POST", revision + "/publish", body);
  if (!published) return Fail(published.error());
  if (options.at.empty()) {
    std::printf("%s is in force%s%s\n", Id(options.name, number).c_str(),
                options.until.empty() ? "" : " until ", options.until.c_str());
  } else {
    std::printf("%s will be in force from %s (plan %llu)\n", Id(options.name, number).c_str(),
                options.at.c_str(), static_cast<unsigned long long>(published->value("id", uint64_t{0})));
  }
  return {};
}

}  // namespace signalbox::app
