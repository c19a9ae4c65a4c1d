// Port between stages: the scenarios in force in this process, and drafts tried beside them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "model/revision.hpp"
#include "ports/recommender.hpp"

namespace signalbox::ports {

struct TunableFacts {
  std::string name;
  double value = 0;  // in force: the operators', else the script's
  double script_value = 0;
  double min = 0, max = 1;
  std::string help;
};

// What a script declares, for forms and reports.
struct ScenarioFacts {
  std::vector<TunableFacts> tunables;
  std::vector<std::pair<std::string, uint32_t>> candidates;
  std::vector<std::string> filters, boosts;
  std::string rules;  // a JSON array: the script's, then the operators'
  std::string fallback, extends;
  int cache_seconds = 0;
  std::vector<std::string> warnings;  // allowed, and worth a look: an attribute that no item has
};

// Threads: any. Implemented by serve, used by admin.
class ScenarioRuntime {
 public:
  virtual ~ScenarioRuntime() = default;

  // Compiles and checks; changes nothing.
  // Errors: kInvalidArgument "file:line: reason", or with the field ("values.session", "rules[2].count");
  //         kNotFound (tenant).
  virtual Result<ScenarioFacts> Check(const model::ObjectName& scenario,
                                      const model::RevisionContent& content) const = 0;

  // Puts a revision in force. A request that is running ends with the one it began with; scenarios
  // that extend this one are compiled again. Errors: as Check; what was in force goes on then.
  virtual Result<void> PutInForce(const model::Revision& revision) = 0;
  virtual Result<void> Retire(const model::ObjectName& scenario) = 0;
  virtual void SetSafeMode(bool on) = 0;

  // A recommender that answers by this revision whatever is in force; it counts in no metric of
  // served answers and uses no response cache. Errors: as Check.
  virtual Result<std::unique_ptr<Recommender>> Draft(const model::Revision& revision) const = 0;

  // scenario -> revision id, of what is in force here.
  virtual std::map<std::string, std::string> Running(std::string_view tenant) const = 0;
};

}  // namespace signalbox::ports
