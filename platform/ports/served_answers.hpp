// Ports: a sample of served answers with their inputs, and computing them again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/revision.hpp"

namespace signalbox::ports {

struct ServedAnswer {
  std::string recommendation_id;
  std::string tenant, scenario;
  std::string revision;  // "home@17"
  int64_t at_ms = 0;
  std::string answer;  // the JSON as it was sent
  std::string inputs;  // what it takes to compute it again, compressed; serve's own format
};

// Bounded: the oldest go. Threads: any.
class ServedAnswers {
 public:
  virtual ~ServedAnswers() = default;
  // Never waits for a disk; what cannot be kept is dropped.
  virtual void Put(ServedAnswer answer) = 0;
  // nullopt = never sampled, or gone by now.
  virtual std::optional<ServedAnswer> Find(std::string_view recommendation_id) const = 0;
};

struct ReplayOutcome {
  std::string answer;  // computed again
  bool same = false;   // byte for byte what was served
};

// Threads: any. Implemented by serve, used by admin.
class Replayer {
 public:
  virtual ~Replayer() = default;
  // revision: the one that answered; null where the answer had none ("popular@1" without a script) or
  // what is in force is to be used.
  // Errors: kInvalidArgument where the revision, a base or a fallback is not the one that answered;
  //         kDataLoss for inputs that cannot be read; kNotFound (tenant).
  virtual Result<ReplayOutcome> Replay(const ServedAnswer& served, const model::Revision* revision) const = 0;
};

}  // namespace signalbox::ports
