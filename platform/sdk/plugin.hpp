// The C++ face of a signal plugin: derive from Plugin, override what you need, end the file with
// SIGNALBOX_PLUGIN(YourClass). Header-only; the truth beneath it is plugin_abi.h.
//
// Your class has
//   static constexpr auto kName = "my_signal", kVersion = "1.0.0", kConfigSchema = R"({...})";
//   MySignal(signalbox::Host host, const signalbox::Config& config);
// and may have
//   static constexpr auto kFamily = "content";        // else "collaborative"; or "popularity"
//   static constexpr uint32_t kStateVersion = 2;      // of the private state, else 1
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "signalbox/failure.hpp"
#include "signalbox/host.hpp"
#include "signalbox/plugin_abi.h"
#include "signalbox/stream.hpp"
#include "signalbox/tables.hpp"
#include "signalbox/views.hpp"

namespace signalbox {

// A consistent view of private state; written while updates go on.
class FrozenState {
 public:
  virtual ~FrozenState() = default;
  virtual void Write(Writer& writer) const = 0;
};

// A signal. A hook that is not overridden is NULL in the table: the host does not call it.
//
// Threads: const members run on many threads, also during the others, which run one at a time.
// Errors:  throw Failure (or anything): the wrapper turns it into a code and a message.
class Plugin {
 public:
  virtual ~Plugin() = default;

  // Events from the log. Gives the same state however the log is cut into batches; uses only
  // times from the events; never reads the catalogue.
  virtual void Update(const Events& /*events*/) {}
  // The catalogue: items put in or replaced, items gone; on start, everything newer than the
  // restored snapshot.
  virtual void ItemsChanged(const Items& /*upserts*/, std::span<const Item> /*deletes*/) {}

  // A request's shared work, once, before its Candidates, Score and Explain; they find it as
  // request.scratch<T>(). May return null.
  virtual std::unique_ptr<Scratch> Begin(const Request& /*request*/) const { return nullptr; }
  // Gives up to about request.quota() items with their scores.
  virtual void Candidates(const Request& /*request*/, CandidateSink& /*sink*/) const {}
  // Fills scores[i] for items[i]; they arrive NaN, and stay NaN where there is no opinion.
  // Budget: 5 ms. Requires nothing of the order of items.
  virtual void Score(const Request& /*request*/, std::span<const Item> /*items*/,
                     std::span<float> /*scores*/) const {}
  virtual void Explain(const Request& /*request*/, Item /*item*/, Explanation& /*explanation*/) const {}

  // Background upkeep within about budget_us; true asks to be called again soon.
  virtual bool Maintain(int64_t /*budget_us*/) { return false; }

  // Private state (what is not in managed tables): override all four or none. Freeze takes at
  // most 50 ms. Restore runs on a fresh plugin before anything else. Export gives the same lines
  // for two plugins that learnt the same.
  virtual std::unique_ptr<FrozenState> Freeze() { return nullptr; }
  virtual void Restore(uint32_t /*state_version*/, Reader& /*reader*/) {}
  virtual void Export(ExportLines& /*lines*/) const {}
  // Erases what is known of a user or session (keyed hash) from private state.
  virtual void Forget(uint64_t /*user*/) {}

  // A trained model: a file or folder, and its manifest as JSON.
  virtual void LoadArtifact(std::string_view /*path*/, std::string_view /*manifest*/) {}
};

}  // namespace signalbox

#include "signalbox/entry.hpp"
