// Data sets, and data directories with their state for the real program to start from.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/node/state_core.hpp"
#include "train/interactions.hpp"

namespace signalbox::bench {

// The data sets of SIGNALBOX_TEST_DATA, their times shifted so that the last event is now; where
// one is not there, random data of the same size (6,040 users, 3,883 items with genres, a million
// ratings, items by Zipf's law; 150,000 sessions over 43,000 items).
train::Interactions MovieLens1M();
train::Interactions Diginetica();

// A node without sockets, and what it needs to live.
struct Core {
  SystemClock clock;
  std::unique_ptr<ports::Metrics> metrics;
  app::Settings settings;
  std::unique_ptr<app::StateCore> core;
};

// overrides: as --set takes them. only_signals: those of the configuration to keep; null = all.
// Ends the program when it cannot.
std::unique_ptr<Core> OpenCore(const std::string& data_dir, std::vector<std::string> overrides,
                               const std::vector<std::string>* only_signals = nullptr);

// Appends `count` records as make(i) gives them, with event_id "e<i>" chosen by the client where
// has_id(i), and returns when all are durable. Ends the program when it cannot.
void AppendRecords(ports::EventLog& log, uint64_t count,
                   const std::function<model::LogRecord(uint64_t)>& make,
                   const std::function<bool(uint64_t)>& has_id);

// Log, catalogue and checkpoint of the data in data_dir.
void BuildState(const std::string& data_dir, const train::Interactions& data);

}  // namespace signalbox::bench
