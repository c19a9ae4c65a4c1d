// Words instead of Lua.
#include "ports/fakes/recording_runtime.hpp"

#include <sstream>

namespace signalbox::ports::fakes {
namespace {

// The values of "key=…" in the source, split at commas.
std::vector<std::string> ValuesOf(const std::string& source, const std::string& key) {
  std::vector<std::string> values;
  std::istringstream words(source);
  for (std::string word; words >> word;) {
    if (word.rfind(key + "=", 0) != 0) continue;
    std::istringstream parts(word.substr(key.size() + 1));
    for (std::string part; std::getline(parts, part, ',');) values.push_back(part);
  }
  return values;
}

}  // namespace

Result<ScenarioFacts> RecordingRuntime::CheckLocked(const model::ObjectName& scenario,
                                                    const model::RevisionContent& content) const {
  if (scenario.tenant != "default") return Fail(Code::kNotFound, "no such tenant");
  if (content.source.find("broken") != std::string::npos) {
    return Fail(Code::kInvalidArgument, scenario.name + ".lua:1: broken");
  }
  ScenarioFacts facts;
  for (const auto& base : ValuesOf(content.source, "extends")) {
    facts.extends = base;
    if (running_.count(base) == 0)
      return Fail(Code::kInvalidArgument, scenario.name + ".lua:1: there is no scenario \"" + base + "\"");
  }
  auto values = content.values;
  for (const auto& name : ValuesOf(content.source, "tunable")) {
    const auto given = values.find(name);
    facts.tunables.push_back({name, given == values.end() ? 0.5 : given->second, 0.5});
    values.erase(name);
  }
  if (!values.empty()) {
    return Fail(Error(Code::kInvalidArgument, "there is no tunable " + values.begin()->first)
                    .WithField("values." + values.begin()->first));
  }
  facts.rules = content.rules;
  return facts;
}

Result<ScenarioFacts> RecordingRuntime::Check(const model::ObjectName& scenario,
                                              const model::RevisionContent& content) const {
  const std::lock_guard lock(mutex_);
  return CheckLocked(scenario, content);
}

Result<void> RecordingRuntime::PutInForce(const model::Revision& revision) {
  const std::lock_guard lock(mutex_);
  if (auto checked = CheckLocked(revision.object, revision.content); !checked) return Fail(checked.error());
  const std::string id = model::RevisionId(revision.object.name, revision.number);
  running_[revision.object.name] = id;
  put_.push_back(id);
  return {};
}

Result<void> RecordingRuntime::Retire(const model::ObjectName& scenario) {
  const std::lock_guard lock(mutex_);
  running_.erase(scenario.name);
  return {};
}

void RecordingRuntime::SetSafeMode(bool on) {
  const std::lock_guard lock(mutex_);
  safe_mode_ = on;
}

Result<std::unique_ptr<Recommender>> RecordingRuntime::Draft(const model::Revision& revision) const {
  const std::lock_guard lock(mutex_);
  if (auto checked = CheckLocked(revision.object, revision.content); !checked) return Fail(checked.error());
  return std::make_unique<ListRecommender>(model::RevisionId(revision.object.name, revision.number),
                                           ValuesOf(revision.content.source, "items"));
}

std::map<std::string, std::string> RecordingRuntime::Running(std::string_view tenant) const {
  const std::lock_guard lock(mutex_);
  return tenant == "default" ? running_ : std::map<std::string, std::string>();
}

bool RecordingRuntime::safe_mode() const {
  const std::lock_guard lock(mutex_);
  return safe_mode_;
}

std::vector<std::string> RecordingRuntime::put() const {
  const std::lock_guard lock(mutex_);
  return put_;
}

Result<model::RecommendResponse> ListRecommender::Recommend(const model::RecommendRequest& request) {
  model::RecommendResponse response;
  response.scenario = request.scenario;
  response.revision = revision_;
  for (const auto& id : items_) {
    if (response.recommendations.size() == request.count) break;
    response.recommendations.emplace_back().item.id = id;
  }
  return response;
}

}  // namespace signalbox::ports::fakes
