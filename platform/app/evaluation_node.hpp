// The real pipeline (log, processor, plugins, script) without sockets, for evaluation.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config/config.hpp"
#include "base/result.hpp"
#include "model/event.hpp"
#include "model/item.hpp"
#include "ports/recommender.hpp"
#include "ports/scenario_runtime.hpp"

namespace signalbox::app {

struct EvaluationOptions {
  std::string config;                  // empty = defaults
  std::vector<std::string> overrides;  // section.key=value
  std::string scenario;                // a name, or a path ending in ".lua"; empty = the default
  const Settings* settings = nullptr;  // in place of config and overrides: a running node's
};

// A node in a temporary folder, removed with it. The tenant's clock stands where it is set.
//
// Threads: one, but for the recommender, which takes any.
class EvaluationNode {
 public:
  // Errors: those of the configuration, the plugins and the script.
  static Result<std::unique_ptr<EvaluationNode>> Create(const EvaluationOptions& options);
  ~EvaluationNode();

  // Appends to the log and returns when all is applied and every signal has seen it.
  Result<void> Teach(std::vector<model::LogRecord> records);
  // The same without the log: each record is applied at once. For many small calls; not after Teach.
  Result<void> TeachNow(const std::vector<model::LogRecord>& records);
  // Takes what scenarios need of the catalogue, such as vectors. After Draft or PutInForce of runtime().
  Result<void> CatchUp();
  Result<void> PutItems(std::vector<model::Item> items);
  ports::Recommender& recommender();
  // For drafts beside the scenario.
  ports::ScenarioRuntime& runtime();
  // The name to ask for in RecommendRequest::scenario.
  const std::string& scenario() const;
  std::vector<std::string> signals() const;
  void SetNow(int64_t now_ms);
  // Bytes held by the signals' tables and the visitors' state.
  size_t memory_bytes() const;

 private:
  struct Impl;
  explicit EvaluationNode(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::app
