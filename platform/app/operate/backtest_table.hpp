// signalbox backtest: starts one on a server, waits, and prints both columns.
#pragma once

#include <string>

#include "app/operate/admin_client.hpp"

namespace signalbox::app {

struct BacktestOptions {
  AdminOptions admin;
  std::string scenario, draft;  // draft: a file; empty = the newest revision
  int days = 7;
  size_t queries = 2000;
};

// Errors: those of the server; kInternal with its reason where the backtest failed.
Result<void> RunBacktest(AdminClient& client, const BacktestOptions& options);

// The report of a backtest as a table for people.
std::string BacktestTable(const nlohmann::json& job);

}  // namespace signalbox::app
