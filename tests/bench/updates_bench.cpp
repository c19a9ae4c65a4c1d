// What an event costs from the log to the state, on one core: the ratings of MovieLens-1M and the
// clicks of diginetica through deduplication, history and the signals, and each signal's part in it.
//
// Events: SIGNALBOX_BENCH_EVENTS (all). Times are those that the applying thread computed. Writes
// build/bench/updates.json.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "bench_state.hpp"
#include "model/record_codec.hpp"
#include "report.hpp"

namespace signalbox::bench {
namespace {

constexpr size_t kBatch = 512;

struct ReadCost {
  double read = 0, decode = 0;  // seconds of all
};

ReadCost MeasureReading(ports::EventLog& log) {
  ReadCost cost;
  const auto range = Need(log.Range(0), "log");
  auto reader = Need(log.OpenReader(0, range.first), "log");
  std::vector<ports::LogEntry> entries;
  for (uint64_t at = range.first; at < range.end; at += entries.size()) {
    entries.clear();
    const double start = ThreadSeconds();
    Need(reader->Read(kBatch, 100, &entries), "log");
    const double middle = ThreadSeconds();
    for (const auto& entry : entries) {
      if (!model::DecodeRecord(entry.payload)) GiveUp("a record is damaged");
    }
    cost.read += middle - start;
    cost.decode += ThreadSeconds() - middle;
  }
  return cost;
}

// Seconds of the applying thread, and of the clock.
struct Applied {
  double computed = 0, passed = 0;
};

Applied Apply(const std::string& folder, const std::string& log_dir, const train::Interactions& data,
              const std::vector<std::string>& signals) {
  const std::string data_dir = folder + "/node";
  std::filesystem::remove_all(data_dir);
  const auto node = OpenCore(data_dir, {"event_log.dir=" + log_dir}, &signals);
  auto& core = *node->core;
  if (!data.catalogue.empty()) {
    Need(core.catalogue().Put(model::kDefaultTenant, data.catalogue), "catalogue");
    Need(core.processor().CatchUpCatalogue(), "catalogue");
    core.processor().MaintainUntilIdle(60'000);
  }
  const double start = ThreadSeconds();
  const int64_t start_us = MonotonicMicros();
  Need(core.processor().Replay(nullptr), "replay");
  const Applied applied = {ThreadSeconds() - start, static_cast<double>(MonotonicMicros() - start_us) / 1e6};
  const std::string metrics = node->metrics->Expose();
  if (Sample(metrics, "event_processing_errors_total") > 0 ||
      Sample(metrics, "signalbox_process_duplicates_total") > 0) {
    GiveUp("not all events were applied");
  }
  return applied;
}

void Run(const std::string& name, const train::Interactions& data, Report* report) {
  const std::string folder = FreshFolder("updates"), log_dir = folder + "/log";
  const auto count =
      std::min<size_t>(data.rows.size(), static_cast<size_t>(Setting("SIGNALBOX_BENCH_EVENTS", 1e9)));
  const auto n = static_cast<double>(count);
  ReadCost reading;
  std::vector<std::string> names;
  {
    const auto node = OpenCore(folder + "/node", {"event_log.dir=" + log_dir});
    for (const auto& signal : node->settings.signals) names.push_back(signal.name);
    AppendRecords(
        node->core->log(), count, [&](uint64_t i) { return data.ToRecord(data.rows[i]); },
        [](uint64_t) { return true; });
    reading = MeasureReading(node->core->log());
  }
  const Applied all = Apply(folder, log_dir, data, names);
  const double decoded = all.computed - reading.read - reading.decode;
  report->AddAtLeast(name + ": decoded events a second and core, all signals", n / decoded, 60'000, "/s");
  report->Add(name + ": with reading the log and decoding", n / all.computed, "/s");
  report->Add(name + ": the same by the clock", n / all.passed, "/s");
  report->Add(name + ": read from the log", reading.read / n * 1e6, "us/event");
  report->Add(name + ": decode the record", reading.decode / n * 1e6, "us/event");
  const Applied none = Apply(folder, log_dir, data, {});
  report->Add(name + ": deduplication and history", (none.computed - reading.read - reading.decode) / n * 1e6,
              "us/event");
  for (const auto& signal : names) {
    const Applied one = Apply(folder, log_dir, data, {signal});
    report->Add(name + ": signal " + signal, (one.computed - none.computed) / n * 1e6, "us/event");
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace signalbox::bench

int main() {
  signalbox::bench::Report report("updates");
  signalbox::bench::Run("updates, MovieLens-1M", signalbox::bench::MovieLens1M(), &report);
  signalbox::bench::Run("updates, diginetica", signalbox::bench::Diginetica(), &report);
  report.Write();
  return 0;
}
