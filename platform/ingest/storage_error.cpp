// Which errors speak of the storage.
#include "ingest/storage_error.hpp"

#include <atomic>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/trace.hpp"

namespace signalbox::ingest {
namespace {

constexpr int64_t kLogEveryMicros = 1'000'000;

// A full disk fails every request.
bool MayLog() {
  static std::atomic<int64_t> logged_us{INT64_MIN / 2};
  const int64_t now_us = MonotonicMicros();
  int64_t last_us = logged_us.load();
  return now_us - last_us >= kLogEveryMicros && logged_us.compare_exchange_strong(last_us, now_us);
}

}  // namespace

Error ForClient(const Error& error, std::string_view trace_parent) {
  if (error.code() != Code::kUnavailable && error.code() != Code::kDataLoss &&
      error.code() != Code::kInternal) {
    return error;
  }
  if (MayLog()) {
    LogError("the storage failed", {{"error", std::string(error.message())},
                                    {"hint", std::string(error.hint())},
                                    {"trace_id", std::string(TraceIdOf(trace_parent))}});
  }
  return Error(error.code(), "the server's storage failed")
      .WithHint(error.retryable() ? "Try again; the server's log says why." : "The server's log says why.");
}

}  // namespace signalbox::ingest
