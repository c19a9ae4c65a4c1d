// When to wait for other nodes, and when to start without them.
#include "app/node/bootstrap.hpp"

#include <algorithm>
#include <utility>

#include "adapters/http/poco_client.hpp"
#include "base/log.hpp"
#include "process/checkpoint_fetch.hpp"
#include "process/checkpoint_listing.hpp"

namespace signalbox::app {
namespace {

constexpr int64_t kPatienceMs = 30'000;
constexpr uint64_t kTellEveryBytes = uint64_t{64} << 20;

// There is a checkpoint here, and the log still holds what comes after it.
bool HasOwn(const std::string& dir, const ports::EventLog& log) {
  const auto own = process::ListNewestCheckpoint(dir);
  if (!own) return false;
  for (uint32_t p = 0; p < std::min<size_t>(log.partitions(), own->offsets.size()); ++p) {
    const auto range = log.Range(p);
    if (range && own->offsets[p] < range->first) return false;
  }
  return true;
}

// Nothing was dropped from it yet.
Result<bool> IsWhole(const ports::EventLog& log) {
  for (uint32_t p = 0; p < log.partitions(); ++p) {
    const auto range = log.Range(p);
    if (!range) return Fail(range.error());
    if (range->first > 0) return false;
  }
  return true;
}

process::FetchProgress Report(const std::function<void(std::string)>& tell) {
  return [&tell, told = uint64_t{0}](uint64_t bytes, uint64_t of) mutable {
    if (bytes - told < kTellEveryBytes && bytes != of) return;
    told = bytes;
    tell(std::to_string(bytes >> 20) + " of " + std::to_string(of >> 20) + " MB of a checkpoint");
  };
}

}  // namespace

Result<void> FetchCheckpoint(const Settings& settings, ports::EventLog& log,
                             const std::function<void(std::string)>& tell) {
  if (settings.cluster.process_urls.empty()) return {};
  const bool has_own = HasOwn(settings.checkpoint.dir, log);
  process::FetchOptions options;
  options.dir = settings.checkpoint.dir;
  options.urls = settings.cluster.process_urls;
  options.token = settings.cluster.token;
  options.limit_ms = int64_t{settings.cluster.fetch_timeout_seconds} * 1000;
  // Of the nodes that process, one has to be the first.
  options.patience_ms = has_own || settings.HasRole("process") ? 0 : kPatienceMs;
  const auto fetched = process::FetchNewestCheckpoint(
      options, [](const std::string& url) { return adapters::http::MakePocoClient(url, {}); }, Report(tell));
  if (fetched) {
    if (fetched->sequence > 0) {
      LogInfo("fetched a checkpoint", {{"from", fetched->url},
                                       {"sequence", static_cast<int64_t>(fetched->sequence)},
                                       {"bytes", static_cast<int64_t>(fetched->bytes)}});
    }
    return {};
  }
  if (fetched.error().code() == Code::kInvalidArgument) return Fail(fetched.error());
  if (!has_own) {
    const auto whole = IsWhole(log);
    if (!whole) return Fail(whole.error());
    if (!*whole) {
      return Fail(
          Error(fetched.error().code(), "no checkpoint could be fetched, and the log's beginning is gone: " +
                                            fetched.error().message())
              .WithField("cluster.process_urls")
              .WithHint("Start a process node that has one; or empty cluster.process_urls to begin with "
                        "what the log holds."));
    }
  }
  LogWarn("no checkpoint could be fetched", {{"error", fetched.error().message()},
                                             {"starting_from", has_own ? "its own checkpoint" : "the log"}});
  return {};
}

}  // namespace signalbox::app
