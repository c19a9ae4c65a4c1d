// The inputs of one request: written down while it is answered, read when it is answered again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/item.hpp"
#include "model/recommendation.hpp"
#include "serve/eligibility.hpp"
#include "serve/visitor.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::serve {

// What one pipeline of the request knew: the scenario's own, then each fallback's.
struct TapedFacts {
  int64_t zone_offset_ms = 0;
  uint64_t seed = 0;
  VisitorState visitor;                         // items as they are in memory
  std::shared_ptr<const Eligibility> eligible;  // while it is written
  std::vector<uint8_t> eligible_items;          // by number in Tape::items
};

// What a signal answered, in the order in which they were asked.
struct TapedCall {
  bool score = false;  // else candidates
  bool said = false;   // false = it failed
  std::vector<sb_item> items;
  std::vector<float> scores;  // of `items`, or the whole column
};

// An item that the request touched.
struct TapedItem {
  model::ItemKey key;
  bool present = false;  // in the catalogue; else known by events only
  bool gone = false;     // deleted or hidden
  int64_t first_seen_ms = 0;
  model::Item document;  // the attributes that were read, the vectors that were compared
};

// Threads: one. Handles in `facts`, `calls`, `did` and `newest` are those of
// the process that uses it; on disk they are numbers in `items`.
struct Tape {
  bool playing = false;
  int64_t now_ms = 0;
  model::RecommendRequest request;
  bool stale = false;
  std::vector<std::string> signals, families;
  std::map<std::string, uint64_t> scenarios;  // each that took part, with its content's checksum
  std::vector<TapedFacts> facts;
  std::vector<TapedCall> calls;
  std::vector<uint8_t> narrowed;      // whether the filter had a bitmap, each time it was tried
  std::vector<sb_item> newest;        // as they were looked at
  std::vector<model::ItemKey> named;  // by rules: pinned, buried
  SeenNotes did;                      // what the visitor had done, as far as it was asked
  std::set<std::string> attributes;   // that scripts and rules read
  std::set<std::string> vectors;      // that rules compare
  std::vector<TapedItem> items;

  // While playing: what comes next.
  size_t next_facts = 0, next_call = 0, next_narrowed = 0;
  bool broken = false;  // more was asked for than is on it

  // Takes from the state what the request touched. Requires: it is being written, the pin still lives.
  void Collect(const state::TenantState& state, const state::CatalogueView& view);
  std::string Encode() const;
  // Handles are numbers in `items`. Errors: kDataLoss.
  static Result<Tape> Decode(std::string_view bytes);
};

// Passes on what a session says and writes it down.
std::unique_ptr<signals::RequestSession> Taped(std::unique_ptr<signals::RequestSession> session, Tape* tape);

}  // namespace signalbox::serve
