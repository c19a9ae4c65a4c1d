// Backtests on this node's own log and catalogue, in a second node without sockets.
#pragma once

#include "app/config/config.hpp"
#include "ports/backtester.hpp"
#include "ports/catalogue_store.hpp"
#include "ports/event_log.hpp"

namespace signalbox::app {

// Reads at most the newest 500,000 events, 32 bytes each; the second node's signals need what the node's
// own need for as many. Its thread runs at the lowest priority.
//
// Lifetime: shorter than what it is given.
class LogBacktester final : public ports::Backtester {
 public:
  LogBacktester(const Settings& settings, ports::EventLog& log, ports::CatalogueStore& catalogue,
                const Clock& clock)
      : settings_(settings), log_(log), catalogue_(catalogue), clock_(clock) {}

  Result<ports::BacktestReport> Run(const ports::BacktestRequest& request, const Progress& progress) override;

 private:
  const Settings& settings_;
  ports::EventLog& log_;
  ports::CatalogueStore& catalogue_;
  const Clock& clock_;
};

}  // namespace signalbox::app
