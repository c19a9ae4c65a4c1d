// Sends a simulated shop's catalogue, past and present to a running server.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "app/import/import_report.hpp"
#include "app/import/lanes.hpp"
#include "app/simulate/shop.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace signalbox::app {

struct SimulationOptions {
  double rate = 20;  // events per second
  size_t visitors = 300;
  uint64_t seed = 7;
  size_t events = 0;         // live: stop after so many, 0 = go on; history: how many
  int duration_seconds = 0;  // live: 0 = go on
  int history_days = 0;      // 0 = live
  bool items = true;         // post the catalogue first
  bool follow_recommendations = false;
  size_t connections = 4;
};

// Counts while a simulation runs.
struct SimulationCounts {
  std::atomic<uint64_t> made{0}, lists{0}, list_clicks{0}, list_failures{0};
};

// Runs until its options or `stop` end it. progress: called often, from several threads.
// Errors: kUnavailable when the server went away.
Result<void> Simulate(const Shop& shop, const SimulationOptions& options,
                      const Lanes::MakeClient& make_client, const Clock& clock, const std::atomic<bool>& stop,
                      const std::function<void()>& progress, SimulationCounts* counts, ImportReport* report);

}  // namespace signalbox::app
