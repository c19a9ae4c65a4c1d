// Fake: scenarios whose "scripts" are words, and that remember what they were told.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ports/scenario_runtime.hpp"

namespace signalbox::ports::fakes {

// A source is words: "items=a,b,c" is what a draft of it recommends, "extends=base" needs that scenario in
// force, "tunable=x" declares one (values of others are refused), "broken" does not compile. The tenant
// "default" exists. Threads: any.
class RecordingRuntime final : public ScenarioRuntime {
 public:
  Result<ScenarioFacts> Check(const model::ObjectName& scenario,
                              const model::RevisionContent& content) const override;
  Result<void> PutInForce(const model::Revision& revision) override;
  Result<void> Retire(const model::ObjectName& scenario) override;
  void SetSafeMode(bool on) override;
  Result<std::unique_ptr<Recommender>> Draft(const model::Revision& revision) const override;
  std::map<std::string, std::string> Running(std::string_view tenant) const override;

  bool safe_mode() const;
  // Every revision put in force, in order: "home@1".
  std::vector<std::string> put() const;

 private:
  Result<ScenarioFacts> CheckLocked(const model::ObjectName& scenario,
                                    const model::RevisionContent& content) const;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> running_;  // guarded by mutex_, as all below
  std::vector<std::string> put_;
  bool safe_mode_ = false;
};

// Recommends these items to everybody.
class ListRecommender final : public Recommender {
 public:
  ListRecommender(std::string revision, std::vector<std::string> items)
      : revision_(std::move(revision)), items_(std::move(items)) {}
  Result<model::RecommendResponse> Recommend(const model::RecommendRequest& request) override;

 private:
  const std::string revision_;
  const std::vector<std::string> items_;
};

}  // namespace signalbox::ports::fakes
