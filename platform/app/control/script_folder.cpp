// Reading the folder, seeding and publishing.
#include "app/control/script_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "admin/kept_values.hpp"
#include "base/log.hpp"

namespace signalbox::app {
namespace {

namespace fs = std::filesystem;

Result<std::string> ReadScript(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) return Fail(Code::kUnavailable, "cannot read " + path);
  return text;
}

model::ObjectName Scenario(const std::string& tenant, const std::string& name) {
  return {tenant, model::ObjectKind::kScenario, name};
}

}  // namespace

ScriptFolder::ScriptFolder(std::string dir, std::vector<std::string> tenants, ports::ControlStore& store,
                           ports::ScenarioRuntime& runtime)
    : dir_(std::move(dir)), tenants_(std::move(tenants)), store_(store), runtime_(runtime) {}

Result<std::vector<ScriptFolder::File>> ScriptFolder::List() const {
  std::error_code failed;
  std::vector<File> files;
  for (const auto& entry : fs::directory_iterator(dir_, failed)) {
    if (entry.path().extension() != ".lua") continue;
    std::error_code gone;
    File file{entry.path().string(), entry.path().stem().string()};
    file.bytes = entry.file_size(gone);
    file.changed_ns = entry.last_write_time(gone).time_since_epoch().count();
    if (!gone) files.push_back(std::move(file));
  }
  if (failed) {
    return Fail(Code::kNotFound, "cannot read the scenarios in " + dir_ + ": " + failed.message() +
                                     "; start in the installation's folder or set scripts.dir");
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

std::map<std::string, std::string> ScriptFolder::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

void ScriptFolder::NoteProblem(const File& file, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (reason.empty()) {
    problems_.erase(file.path);
    return;
  }
  if (std::exchange(problems_[file.path], reason) == reason) return;
  LogError("a scenario file is not published", {{"file", file.path}, {"error", reason}});
}

Result<bool> ScriptFolder::SeedOne(const std::string& tenant, const File& file) {
  const auto object = Scenario(tenant, file.name);
  const auto known = store_.History(object, 0, 1);
  if (!known) return Fail(known.error());
  if (!known->empty()) return true;
  auto source = ReadScript(file.path);
  if (!source) {
    NoteProblem(file, source.error().message());
    return false;
  }
  model::RevisionContent content;
  content.source = std::move(*source);
  if (const auto checked = runtime_.Check(object, content); !checked) {
    NoteProblem(file, checked.error().message());
    return false;
  }
  const auto seeded = store_.Seed(object, content, {"seed", "from " + file.name + ".lua"});
  if (!seeded && seeded.error().code() != Code::kInvalidArgument) return Fail(seeded.error());
  if (!seeded) {
    NoteProblem(file, seeded.error().message());
    return false;
  }
  NoteProblem(file, "");
  // In force at once, so that scenarios that extend it compile.
  if (const auto current = store_.Current(object); current && *current) {
    if (const auto put = runtime_.PutInForce(**current); !put) NoteProblem(file, put.error().message());
  }
  return true;
}

Result<void> ScriptFolder::Seed() {
  const auto files = List();
  if (!files) return Fail(files.error());
  for (const auto& tenant : tenants_) {
    std::vector<const File*> left;
    for (const auto& file : *files) left.push_back(&file);
    for (bool progress = true; progress && !left.empty();) {
      const size_t before = left.size();
      for (auto it = left.begin(); it != left.end();) {
        const auto done = SeedOne(tenant, **it);
        if (!done) return Fail(done.error());
        it = *done ? left.erase(it) : std::next(it);
      }
      progress = left.size() < before;
    }
  }
  TellOfOtherFiles(*files);
  return {};
}

void ScriptFolder::TellOfOtherFiles(const std::vector<File>& files) const {
  for (const auto& tenant : tenants_) {
    std::string shipped, edited;
    for (const auto& file : files) {
      const auto current = store_.Current(Scenario(tenant, file.name));
      const auto source = ReadScript(file.path);
      if (!current || !*current || !source || (*current)->content.source == *source) continue;
      // Nobody has changed it since it came from a file: that file is of a former version.
      std::string& list = (*current)->author == "seed" ? shipped : edited;
      list += (list.empty() ? "" : ", ") + file.name;
    }
    const std::string hint = "see signalbox scripts diff --shipped; signalbox scripts push publishes one";
    if (!shipped.empty()) {
      LogWarn("scenario files are newer than what is in force, which came from former ones",
              {{"tenant", tenant}, {"scenarios", shipped}, {"folder", dir_}, {"hint", hint}});
    }
    if (!edited.empty()) {
      LogInfo("scenario files are not what is in force, which was published since",
              {{"tenant", tenant}, {"scenarios", edited}, {"folder", dir_}, {"hint", hint}});
    }
  }
}

Result<bool> ScriptFolder::Publish(const std::string& tenant, const File& file, const std::string& source) {
  const auto object = Scenario(tenant, file.name);
  const auto current = store_.Current(object);
  if (!current) return Fail(current.error());
  model::RevisionContent content;
  if (*current) content = (*current)->content;
  if (*current && content.source == source) return false;
  content.source = source;
  const auto dropped = admin::KeepFittingValues(runtime_, object, &content);
  if (!dropped) return Fail(dropped.error());
  const ports::Author dev{"dev", "saved " + file.name + ".lua"};
  const auto draft = store_.AddDraft(object, *current ? (*current)->number : 0, content, dev);
  if (!draft) return Fail(draft.error());
  if (const auto valid = store_.MarkValidated(object, draft->number, dev); !valid) return Fail(valid.error());
  if (const auto done = store_.Publish(object, draft->number, dev); !done) return Fail(done.error());
  LogInfo("published a file that changed",
          {{"revision", model::RevisionId(object.name, draft->number)}, {"file", file.path}});
  return true;
}

bool ScriptFolder::PublishChanges() {
  const auto files = List();
  if (!files) return false;
  bool published = false;
  for (const auto& file : *files) {
    const auto seen = seen_.find(file.path);
    if (seen != seen_.end() && seen->second.changed_ns == file.changed_ns && seen->second.bytes == file.bytes)
      continue;
    auto source = ReadScript(file.path);
    if (!source) continue;
    bool retry = false;
    std::string reason;
    for (const auto& tenant : tenants_) {
      const auto done = Publish(tenant, file, *source);
      if (done) {
        published |= *done;
      } else if (done.error().code() == Code::kInvalidArgument) {
        reason = done.error().message();
      } else {
        retry = true;  // the store is away, or somebody else published: what is in force is read again
      }
    }
    NoteProblem(file, reason);
    if (!retry) seen_[file.path] = file;
  }
  return published;
}

}  // namespace signalbox::app
