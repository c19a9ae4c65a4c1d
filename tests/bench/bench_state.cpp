// Loading, making up, and teaching.
#include "bench_state.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <utility>

#include "adapters/prometheus/prometheus_metrics.hpp"
#include "app/config/config.hpp"
#include "model/record_codec.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "report.hpp"

namespace signalbox::bench {
namespace {

std::string FolderOf(const std::string& data_set) {
  const char* data = std::getenv("SIGNALBOX_TEST_DATA");
  const std::string folder = data == nullptr ? "" : std::string(data) + "/" + data_set;
  if (!folder.empty() && std::filesystem::exists(folder)) return folder;
  std::fprintf(stderr, "bench: %s is not there; using random data of its size\n", data_set.c_str());
  return {};
}

void EndNow(train::Interactions* data) {
  if (data->rows.empty()) GiveUp("a data set is empty");
  const int64_t shift = SystemClock().now_ms() - data->rows.back().time_ms;
  for (auto& row : data->rows) row.time_ms += shift;
}

// Events of visitors one after the other, items by Zipf's law.
train::Interactions MadeUp(size_t visitors, size_t items, size_t events, const char* type, bool sessions) {
  train::Interactions data;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform;
  data.types.Intern(type);
  for (size_t i = 0; i < visitors; ++i) data.visitors.Intern(std::to_string(i + 1));
  for (size_t i = 0; i < items; ++i) {
    data.items.Intern(std::to_string(i + 1));
    if (sessions) continue;
    model::Item item;
    item.id = std::to_string(i + 1);
    item.attributes = {{"title", "Film number " + std::to_string(i + 1)},
                       {"genres", std::vector<std::string>{"genre" + std::to_string(i % 18)}}};
    data.catalogue.push_back(std::move(item));
  }
  for (size_t i = 0; i < events; ++i) {
    train::Interaction row;
    row.time_ms = static_cast<int64_t>(i) * 1000;
    row.visitor = static_cast<uint32_t>(i * visitors / events);
    // The quantile function of a density as 1 / rank.
    row.item = static_cast<uint32_t>(std::pow(static_cast<double>(items), uniform(random)) - 1);
    row.value = sessions ? NAN : 4;
    row.session = sessions;
    data.rows.push_back(row);
  }
  return data;
}

}  // namespace

train::Interactions MovieLens1M() {
  const std::string folder = FolderOf("ml-1m");
  auto data = folder.empty() ? MadeUp(6'040, 3'883, 1'000'209, "rating", false)
                             : Need(train::LoadInteractions(train::Format::kMovieLens1m, folder, 0), "ml-1m");
  EndNow(&data);
  return data;
}

train::Interactions Diginetica() {
  const std::string folder = FolderOf("diginetica");
  auto data = folder.empty()
                  ? MadeUp(150'000, 43'000, 700'000, "view", true)
                  : Need(train::LoadInteractions(train::Format::kSessions, folder + "/train_sessions.txt",
                                                 SystemClock().now_ms()),
                         "diginetica");
  EndNow(&data);
  return data;
}

std::unique_ptr<Core> OpenCore(const std::string& data_dir, std::vector<std::string> overrides,
                               const std::vector<std::string>* only_signals) {
  auto core = std::make_unique<Core>();
  core->metrics = adapters::prometheus::MakePrometheusMetrics();
  app::ConfigSources sources;
  sources.file = SIGNALBOX_SOURCE_DIR "/config/signalbox.yaml";
  sources.overrides = std::move(overrides);
  sources.data_dir = data_dir;
  core->settings = Need(app::LoadSettings(sources), "configuration");
  if (only_signals != nullptr) {
    std::erase_if(core->settings.signals, [&](const auto& signal) {
      return std::find(only_signals->begin(), only_signals->end(), signal.name) == only_signals->end();
    });
  }
  core->core = Need(app::StateCore::Open(core->settings, core->clock, *core->metrics), "state");
  return core;
}

void AppendRecords(ports::EventLog& log, uint64_t count,
                   const std::function<model::LogRecord(uint64_t)>& make,
                   const std::function<bool(uint64_t)>& has_id) {
  constexpr uint64_t kBatch = 10'000;
  for (uint64_t begin = 0; begin < count; begin += kBatch) {
    std::vector<ports::AppendRequest> batch;
    for (uint64_t i = begin; i < std::min(count, begin + kBatch); ++i) {
      model::LogRecord record = make(i);
      record.event_id = "e" + std::to_string(i);
      record.client_event_id = has_id(i);
      ports::AppendRequest request{model::PartitionKey(record), {}};
      model::EncodeRecord(record, &request.payload);
      batch.push_back(std::move(request));
    }
    Need(ports::fakes::AppendAndWait(log, std::move(batch)), "log");
  }
}

void BuildState(const std::string& data_dir, const train::Interactions& data) {
  const auto node = OpenCore(data_dir, {});
  auto& core = *node->core;
  if (!data.catalogue.empty()) Need(core.catalogue().Put(model::kDefaultTenant, data.catalogue), "catalogue");
  AppendRecords(
      core.log(), data.rows.size(), [&](uint64_t i) { return data.ToRecord(data.rows[i]); },
      [](uint64_t) { return true; });
  Need(core.processor().CatchUpCatalogue(), "catalogue");
  Need(core.processor().Replay(nullptr), "replay");
  core.processor().MaintainUntilIdle(10 * 60 * 1000);
  Need(core.checkpointer().WriteNow(), "checkpoint");
}

}  // namespace signalbox::bench
