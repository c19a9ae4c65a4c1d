// What a node knows of revisions: the store, what is in force here, and the admin API over both.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/config/config.hpp"
#include "app/control/follower.hpp"
#include "app/control/script_folder.hpp"
#include "app/node/state_core.hpp"
#include "app/operate/log_backtester.hpp"
#include "ports/control_store.hpp"
#include "serve/replayer.hpp"
#include "serve/scenario_service.hpp"

namespace signalbox::app {

// Threads: Open, Start and Stop from the owner; the parts as their headers say.
// Lifetime: shorter than what it is given.
class ControlPlane {
 public:
  // Opens <data_dir>/control.db, or the core's database where it has one. node: this process's name in
  // heartbeats. Errors: those of the store.
  static Result<std::unique_ptr<ControlPlane>> Open(const Settings& settings, const Clock& clock,
                                                    ports::Metrics& metrics, StateCore& core,
                                                    std::string node);
  ~ControlPlane();

  // For every tenant's parts, before Start.
  serve::OnFailing on_failing();

  // Puts in force what the store says, seeds scenarios from files, and follows the store from then on.
  // A script that does not compile, or a store that is away, is reported and no error: native default
  // weights are served until then. Errors: kDataLoss, kConflict, ... of the store.
  Result<void> Start(std::vector<serve::Tenant*> tenants);
  void Stop();

  // Adds the admin API. recommender: what visitors get; served: null where no answers are kept here.
  // Requires: started.
  void RegisterRoutes(ports::Router& router, ports::Recommender& recommender,
                      const ports::ServedAnswers* served);

  // {"epoch", "safe_mode", "store_error", "running", "problems", "files", "reverts"}.
  nlohmann::json Status() const;

 private:
  ControlPlane(const Settings& settings, const Clock& clock, ports::Metrics& metrics, StateCore& core,
               std::string node);
  Result<void> Seed();
  void BeforeSync();

  const Settings& settings_;
  const Clock& clock_;
  ports::Metrics& metrics_;
  StateCore& core_;
  const std::string node_;
  LogBacktester backtester_;
  std::unique_ptr<ports::ControlStore> store_;
  std::unique_ptr<serve::ScenarioService> runtime_;
  std::unique_ptr<serve::Replayer> replayer_;
  std::unique_ptr<ScriptFolder> folder_;
  bool seeded_ = false;  // of Start, then of the follower's thread
  std::unique_ptr<ControlFollower> follower_;
};

}  // namespace signalbox::app
