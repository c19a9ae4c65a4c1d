// A tenant's signals: named instances of plugins, with their managed state.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/epoch.hpp"
#include "base/result.hpp"
#include "ports/item_index.hpp"
#include "ports/metrics.hpp"
#include "signalbox/plugin_abi.h"

namespace signalbox::signals {

class CallObserver;

// What the configuration says of one instance.
struct SignalConfig {
  std::string name;    // the instance's
  std::string plugin;  // file name in the plugin folder without ".so"
  std::string json;    // the instance's own configuration as a JSON object's text, "plugin" taken out
};

struct SignalSetOptions {
  std::string plugin_dir;
  std::string copy_dir;                  // content-addressed copies are loaded from here
  int64_t score_budget_us = 5000;        // candidates or score of one request
  uint32_t faults_to_quarantine = 20;    // within 60 s
  uint32_t overruns_to_quarantine = 50;  // of the budget, within 60 s
  CallObserver* calls = nullptr;         // told before and after each hook; null = nobody; outlives the set
};

enum class Health { kOk, kQuarantined };

// One instance. Threads: const members from any; Update, ItemsChanged, Maintain and snapshots are
// serialised by the caller (process), and run beside the const ones.
class Signal {
 public:
  virtual ~Signal() = default;

  virtual const std::string& name() const = 0;
  virtual const std::string& plugin() const = 0;
  virtual const std::string& version() const = 0;
  virtual const std::string& family() const = 0;
  virtual Health health() const = 0;
  virtual std::string health_reason() const = 0;  // of a quarantine

  virtual Result<void> ItemsChanged(const sb_items& upserts, std::span<const sb_item> deletes) = 0;
  virtual Result<void> Update(const sb_events& events) = 0;
  virtual Result<void> Maintain(int64_t budget_us, bool* more) = 0;
  // From managed tables and private state.
  virtual Result<void> Forget(uint64_t user) = 0;

  // Snapshot in two phases; the frozen object holds what it needs until destroyed.
  class Frozen {
   public:
    virtual ~Frozen() = default;
    virtual Result<void> Write(ByteSink& sink) = 0;  // while updates go on
  };
  virtual Result<std::unique_ptr<Frozen>> Freeze() = 0;  // at most 50 ms, no update runs
  // On a fresh instance. Errors: kInvalidArgument when plugin, configuration of "state" keys or
  // state version differ (the caller replays), kDataLoss.
  virtual Result<void> Restore(ByteSource& source) = 0;
  // Sorted text lines with ids in place of handles.
  virtual Result<std::vector<std::string>> Export() const = 0;
  virtual size_t memory_bytes() const = 0;  // of the managed tables
};

// The part of Signal that a request uses; created by SignalSet::Begin, on the request's thread.
// A quarantined or failing signal says nothing: `failed()` names it and its column stays NaN.
class RequestSession {
 public:
  virtual ~RequestSession() = default;  // calls every `end`

  // Asks signal `index` for candidates with the given quota; appended to the two vectors.
  // Ineligible and unknown items, NaN and infinite scores are left out (infinity counts a fault).
  // False = it failed or is quarantined.
  virtual bool Candidates(size_t index, uint32_t quota, std::vector<sb_item>* items,
                          std::vector<float>* scores) = 0;
  // Fills the NaN entries of `scores`. False = it failed: the column must be taken as no opinion.
  virtual bool Score(size_t index, std::span<const sb_item> items, std::span<float> scores) = 0;
  virtual bool Explain(size_t index, sb_item item, sb_explanation* explanation) = 0;
};

class SignalSet {
 public:
  // Loads every plugin and creates every instance, or none. Errors: kInvalidArgument naming the
  // signal, the key and the fix; kNotFound naming the file.
  static Result<std::unique_ptr<SignalSet>> Create(const std::vector<SignalConfig>& configs,
                                                   const SignalSetOptions& options,
                                                   const ports::ItemIndex& items, const Clock& clock,
                                                   EpochDomain& epochs, ports::Metrics& metrics);
  virtual ~SignalSet() = default;

  virtual size_t size() const = 0;
  virtual Signal& at(size_t index) = 0;
  virtual const Signal& at(size_t index) const = 0;
  virtual int Find(std::string_view name) const = 0;  // -1 = none

  // Starts a request. `request` and everything it points to outlives the session; the quota in it
  // is replaced per call. Begins each signal when first used. The session holds an epoch pin.
  virtual std::unique_ptr<RequestSession> Begin(const sb_request& request) = 0;
};

}  // namespace signalbox::signals
