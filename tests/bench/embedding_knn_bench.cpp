// embedding_knn at scale, against hnswlib called directly in the same run: recall@100, queries per
// second, time to build, to merge and to restore, and memory.
//
//   embedding_knn_bench [vectors = 1000000] [dimension = 32] [threads to build = 2]
//
// The plugin is loaded and asked as the platform does it. Queries are items; neighbours are not
// kept (cache_items 0), so each answer is one search. Writes build/bench/embedding_knn.json.
#include <dlfcn.h>
#include <hnswlib/hnswlib.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "signalbox/plugin_abi.h"
#include "synthetic.hpp"

namespace {

using signalbox::embedding_knn::ClusteredVectors;

constexpr size_t kNeighbours = 100, kEf = 100, kTruths = 300, kQueries = 10'000, kMerged = 5'000;

double Seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Of this thread's own computing, so that a busy machine does not count.
double CpuSeconds(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  const double start = now();
  work();
  return now() - start;
}

// "VmRSS" or "VmHWM", in bytes.
double Resident(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field, 0) == 0) return std::strtod(line.c_str() + std::strlen(field) + 1, nullptr) * 1024;
  }
  return 0;
}
void ResetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

[[noreturn]] void Fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

struct Data {
  Data(size_t all, size_t dimension)
      : dimension(dimension), rows(ClusteredVectors(all, dimension, all / 500 + 1, 0.8f, 42)) {}
  const float* Row(size_t i) const { return &rows[i * dimension]; }
  size_t dimension;
  std::vector<float> rows;
};

// Of items spread over the first `count`.
size_t QueryItem(size_t query, size_t count) { return query * 7'919 % count; }

std::vector<std::set<uint32_t>> ExactNeighbours(const Data& data, size_t count) {
  std::vector<std::set<uint32_t>> truths(kTruths);
  std::vector<std::pair<float, uint32_t>> scored(count);
  for (size_t query = 0; query < kTruths; ++query) {
    const size_t item = QueryItem(query, count);
    for (uint32_t i = 0; i < count; ++i) {
      const float similarity = signalbox::embedding_knn::Dot(data.Row(item), data.Row(i), data.dimension);
      scored[i] = {i == item ? -2.0f : similarity, i};
    }
    std::partial_sort(scored.begin(), scored.begin() + kNeighbours, scored.end(), std::greater<>());
    for (size_t k = 0; k < kNeighbours; ++k) truths[query].insert(scored[k].second);
  }
  return truths;
}

// Fills `found` with the neighbours of an item.
using Ask = std::function<void(uint32_t item, std::vector<uint32_t>* found)>;

double Recall(const std::vector<std::set<uint32_t>>& truths, size_t count, const Ask& ask) {
  size_t hits = 0;
  std::vector<uint32_t> found;
  for (size_t query = 0; query < kTruths; ++query) {
    found.clear();
    ask(static_cast<uint32_t>(QueryItem(query, count)), &found);
    for (const uint32_t item : found) hits += truths[query].count(item);
  }
  return static_cast<double>(hits) / (kTruths * kNeighbours);
}

double QueriesPerSecond(size_t count, const Ask& ask) {
  std::vector<uint32_t> found;
  return kQueries / CpuSeconds([&] {
           for (size_t query = 0; query < kQueries; ++query) {
             found.clear();
             ask(static_cast<uint32_t>(QueryItem(query, count)), &found);
           }
         });
}

// The plugin behind its table, with just the services that it asks for.
class Plugin {
 public:
  Plugin(const std::string& path, const Data& data, size_t threads, double cache_items) : data_(data) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) Fail(dlerror());
    table_ = reinterpret_cast<sb_entry>(dlsym(library, SB_ENTRY_SYMBOL))();
    services_.struct_size = sizeof services_;
    services_.context = this;
    services_.items = [](void* self) { return static_cast<Plugin*>(self)->count_; };
    services_.metric_set = [](void*, sb_text, double) {};
    const std::vector<sb_setting> settings = Settings(static_cast<double>(threads), cache_items);
    sb_config config{};
    config.struct_size = sizeof config;
    config.count = static_cast<uint32_t>(settings.size());
    config.settings = settings.data();
    Check(table_->create(&services_, &config, &instance_, &error_));
  }
  ~Plugin() { table_->destroy(instance_); }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  void Put(size_t first, size_t count) {
    constexpr size_t kBatch = 1'000;
    for (size_t begin = first; begin < first + count; begin += kBatch) {
      const size_t size = std::min(kBatch, first + count - begin);
      std::vector<sb_item> items(size);
      for (size_t i = 0; i < size; ++i) items[i] = static_cast<sb_item>(begin + i);
      const std::vector<uint8_t> present(size, 1);
      sb_vector_column column{sizeof column,
                              static_cast<uint32_t>(data_.dimension),
                              {"embedding", 9},
                              data_.Row(begin),
                              present.data()};
      sb_items batch{};
      batch.struct_size = sizeof batch;
      batch.count = static_cast<uint32_t>(size);
      batch.items = items.data();
      batch.vectors = &column;
      batch.vector_count = 1;
      count_ = static_cast<uint32_t>(begin + size);
      Check(table_->items_changed(instance_, &batch, nullptr, 0, &error_));
    }
  }
  void Maintain() {
    for (int32_t more = 1; more != 0;) Check(table_->maintain(instance_, 100'000, &more, &error_));
  }
  void Neighbours(uint32_t item, std::vector<uint32_t>* found) {
    sb_request request{};
    request.struct_size = sizeof request;
    request.quota = kNeighbours;
    request.context_item = item;
    sb_candidate_sink sink{sizeof sink, 0, found,
                           [](void* out, const sb_item* items, const float*, size_t count) {
                             auto* all = static_cast<std::vector<uint32_t>*>(out);
                             all->insert(all->end(), items, items + count);
                           }};
    void* scratch = nullptr;
    Check(table_->begin(instance_, &request, &scratch, &error_));
    Check(table_->candidates(instance_, &request, scratch, &sink, &error_));
    table_->end(instance_, scratch);
  }
  // Microseconds to begin a request of ten items and score 500 others.
  double ScoreMicroseconds() {
    constexpr size_t kRequests = 2'000, kCandidates = 500;
    std::vector<sb_item> items(kCandidates), history(10);
    std::vector<float> scores(kCandidates);
    const std::vector<float> weights(10, 1);
    uint32_t next = 1;
    const double seconds = CpuSeconds([&] {
      for (size_t i = 0; i < kRequests; ++i) {
        for (auto& item : history) item = (next = next * 1'664'525 + 1'013'904'223) % count_;
        for (auto& item : items) item = (next = next * 1'664'525 + 1'013'904'223) % count_;
        sb_request request{};
        request.struct_size = sizeof request;
        request.context_item = SB_NO_ITEM;
        request.history_count = 10;
        request.history_items = history.data();
        request.history_weights = weights.data();
        void* scratch = nullptr;
        Check(table_->begin(instance_, &request, &scratch, &error_));
        Check(
            table_->score(instance_, &request, scratch, items.data(), items.size(), scores.data(), &error_));
        table_->end(instance_, scratch);
      }
    });
    return seconds / kRequests * 1e6;
  }
  std::string Snapshot() {
    std::string bytes;
    const sb_writer writer{sizeof writer, 0, &bytes, [](void* out, const void* data, size_t size) -> int32_t {
                             static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
                             return SB_OK;
                           }};
    void* frozen = nullptr;
    freeze_ms = 1e3 * Seconds([&] { Check(table_->freeze(instance_, &frozen, &error_)); });
    Check(table_->write_snapshot(instance_, frozen, &writer, &error_));
    table_->thaw(instance_, frozen);
    return bytes;
  }
  void Restore(std::string_view bytes, size_t count) {
    count_ = static_cast<uint32_t>(count);
    const sb_reader reader{sizeof reader, 0, &bytes, [](void* in, void* data, size_t size) {
                             auto* left = static_cast<std::string_view*>(in);
                             const size_t part = std::min(size, left->size());
                             std::memcpy(data, left->data(), part);
                             left->remove_prefix(part);
                             return part;
                           }};
    Check(table_->restore(instance_, table_->state_version, &reader, &error_));
  }
  double freeze_ms = 0;

 private:
  // The defaults of the schema, but for the dimension, the threads and the cache.
  std::vector<sb_setting> Settings(double threads, double cache_items) const {
    std::vector<sb_setting> settings;
    const auto number = [&](const char* key, double value) {
      settings.push_back({sizeof(sb_setting), SB_SETTING_NUMBER, {key, std::strlen(key)}, {}, value});
    };
    const auto text = [&](const char* key, const char* value) {
      settings.push_back(
          {sizeof(sb_setting), SB_SETTING_TEXT, {key, std::strlen(key)}, {value, std::strlen(value)}, 0});
    };
    text("vector", "embedding"), text("candidates_by", "last_item");
    number("dimension", static_cast<double>(data_.dimension));
    number("title_weight", 1), number("category_weight", 2), number("brand_weight", 1);
    number("list_weight", 1), number("links", 16), number("ef_construction", 200);
    number("ef_search", kEf), number("neighbours", kNeighbours), number("history", 10);
    number("history_decay", 0.8), number("context_weight", 3), number("tail_limit", 4'096);
    number("build_threads", threads), number("cache_items", cache_items);
    settings.push_back({sizeof(sb_setting), SB_SETTING_BOOL, {"weigh_events", 12}, {}, 1});
    return settings;
  }
  void Check(int32_t code) {
    if (code != SB_OK) Fail(error_.message);
  }

  const Data& data_;
  const sb_plugin* table_;
  sb_host services_{};
  sb_error error_{sizeof(sb_error), 0, {}};
  void* instance_ = nullptr;
  uint32_t count_ = 0;
};

struct Report {
  void Add(const char* name, double value) {
    std::printf("%-34s %14.3f\n", name, value);
    std::fflush(stdout);
    json += (json.empty() ? "{\"" : ", \"") + std::string(name) + "\": " + std::to_string(value);
  }
  std::string json;
};

void MeasurePlugin(const std::string& path, const Data& data, size_t count, size_t threads,
                   const std::vector<std::set<uint32_t>>& truths, Report* report) {
  malloc_trim(0);
  const double before = Resident("VmRSS:");
  std::string snapshot;
  {
    Plugin plugin(path, data, threads, 0);
    const Ask ask = [&](uint32_t item, std::vector<uint32_t>* found) { plugin.Neighbours(item, found); };
    report->Add("plugin_put_s", Seconds([&] { plugin.Put(0, count); }));
    report->Add("plugin_build_s", Seconds([&] { plugin.Maintain(); }));
    malloc_trim(0);
    report->Add("plugin_bytes_per_item", (Resident("VmRSS:") - before) / static_cast<double>(count));
    report->Add("plugin_recall_at_100", Recall(truths, count, ask));
    report->Add("plugin_queries_per_s", QueriesPerSecond(count, ask));
    report->Add("plugin_score_500_us", plugin.ScoreMicroseconds());
    plugin.Put(count, kMerged);
    ResetPeak();
    report->Add("plugin_merge_5000_s", Seconds([&] { plugin.Maintain(); }));
    report->Add("plugin_merge_peak_bytes_per_item",
                (Resident("VmHWM:") - before) / static_cast<double>(count + kMerged));
    report->Add("plugin_snapshot_s", Seconds([&] { snapshot = plugin.Snapshot(); }));
    report->Add("plugin_freeze_ms", plugin.freeze_ms);
    report->Add("plugin_snapshot_bytes_per_item",
                static_cast<double>(snapshot.size()) / static_cast<double>(count + kMerged));
  }
  Plugin restored(path, data, threads, 4'096);
  report->Add("plugin_restore_s", Seconds([&] { restored.Restore(snapshot, count + kMerged); }));
  std::vector<uint32_t> found;
  for (uint32_t item = 0; item < 1'000; ++item) restored.Neighbours(item, &found);
  report->Add("plugin_kept_neighbours_per_s", 100'000 / CpuSeconds([&] {
                                                for (uint32_t i = 0; i < 100'000; ++i) {
                                                  found.clear();
                                                  restored.Neighbours(i * 7 % 1'000, &found);
                                                }
                                              }));
}

void MeasureDirect(const Data& data, size_t count, size_t threads,
                   const std::vector<std::set<uint32_t>>& truths, Report* report) {
  malloc_trim(0);
  const double before = Resident("VmRSS:");
  hnswlib::InnerProductSpace space(data.dimension);
  hnswlib::HierarchicalNSW<float> index(&space, count, 16, 200);
  report->Add("hnswlib_build_s", Seconds([&] {
                index.addPoint(data.Row(0), 0);
                std::atomic<size_t> next{1};
                std::vector<std::jthread> builders;
                for (size_t i = 0; i < threads; ++i) {
                  builders.emplace_back([&] {
                    for (size_t item = next++; item < count; item = next++)
                      index.addPoint(data.Row(item), item);
                  });
                }
              }));
  report->Add("hnswlib_bytes_per_item", (Resident("VmRSS:") - before) / static_cast<double>(count));
  index.setEf(kEf);
  const Ask ask = [&](uint32_t item, std::vector<uint32_t>* found) {
    auto queue = index.searchKnn(data.Row(item), kNeighbours + 1);
    for (; !queue.empty(); queue.pop()) {
      if (queue.top().second != item) found->push_back(static_cast<uint32_t>(queue.top().second));
    }
  };
  report->Add("hnswlib_recall_at_100", Recall(truths, count, ask));
  report->Add("hnswlib_queries_per_s", QueriesPerSecond(count, ask));
}

}  // namespace

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const size_t dimension = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 32;
  const size_t threads = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 2;
  if (count < 10'000 || dimension < 4 || threads < 1) {
    std::fprintf(stderr, "usage: embedding_knn_bench [vectors >= 10000] [dimension >= 4] [threads >= 1]\n");
    return 2;
  }
  Report report;
  report.Add("vectors", static_cast<double>(count));
  report.Add("dimension", static_cast<double>(dimension));
  const Data data(count + kMerged, dimension);
  const auto truths = ExactNeighbours(data, count);
  MeasurePlugin(SIGNALBOX_BINARY_DIR "/bin/plugins/embedding_knn.so", data, count, threads, truths, &report);
  MeasureDirect(data, count, threads, truths, &report);
  std::filesystem::create_directories(SIGNALBOX_SOURCE_DIR "/build/bench");
  std::ofstream(SIGNALBOX_SOURCE_DIR "/build/bench/embedding_knn.json") << report.json << "}\n";
  return 0;
}
