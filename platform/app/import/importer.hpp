// Sends a data set to a running server through its public API.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "app/import/import_report.hpp"
#include "app/import/lanes.hpp"
#include "base/result.hpp"
#include "train/dataset.hpp"

namespace signalbox::app {

struct ImportOptions {
  std::string path;
  train::Format format = train::Format::kJsonl;
  bool rebase = false;  // shift all times so that the newest is now
  size_t batch_size = 1000;
  size_t connections = 4;
  RetryPolicy retry;
};

// Items go first and are all answered before the first event is sent; a visitor's events keep
// their order. now_ms: where a rebased data set ends, and one without times.
// progress: called often, from several threads.
// Errors: those of the files; kUnavailable when the server cannot be reached. What was done until
// then is in *report.
Result<void> Import(const ImportOptions& options, const Lanes::MakeClient& make_client, int64_t now_ms,
                    const std::function<void()>& progress, ImportReport* report);

}  // namespace signalbox::app
