// A million items, a million users, ten million interactions: memory of each structure, how long
// updates stand still for a checkpoint, a restart of the real program from it, and memory while the
// neighbour graph is rebuilt.
//
// Items and users: SIGNALBOX_BENCH_SCALE (1000000; ten interactions a user). Writes
// build/bench/scale.json; with SIGNALBOX_BENCH_KEEP=1 the state stays, and serves the next such run. A
// million items take about ten minutes and 5 GB of disk.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "bench_state.hpp"
#include "harness/server_process.hpp"
#include "load_generator.hpp"
#include "report.hpp"

namespace signalbox::bench {
namespace {

using harness::ServerProcess;

constexpr size_t kDimension = 32, kClusters = 2'000;
constexpr int64_t kDayMs = 86'400'000;

const std::vector<std::string> kOverrides = {
    "signals.co_view.neighbours=30", "signals.content_knn.dimension=32",
    "signals.content_knn.build_threads=2", "checkpoint.interval_seconds=10"};

// The same bits for the same number, on every machine.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
double Unit(uint64_t x) { return static_cast<double>(Mix(x) >> 11) * 0x1p-53; }

// A shop of `size` items, its items in clusters of a size, and `size` visitors with tastes.
class Shop {
 public:
  explicit Shop(uint64_t size) : size_(size), clusters_(std::min<uint64_t>(kClusters, size / 10 + 1)) {}
  uint64_t size() const { return size_; }
  uint64_t events() const { return size_ * 10; }

  model::Item Item(uint64_t i, uint64_t version = 0) const {
    const std::string number = std::to_string(i), cluster = std::to_string(i % clusters_);
    model::Item item;
    item.id = "product-" + number;
    item.attributes = {
        {"title", "A product of the usual kind, number " + number + " of cluster " + cluster},
        {"category", "category-" + std::to_string(i % clusters_ / 10)},
        {"brand", "brand-" + std::to_string(Mix(i) % 5'000)},
        {"price", std::floor(Unit(i) * 20'000) / 100},
        {"stock", static_cast<double>(1 + Mix(i) % 50)},
        {"image_url", "https://images.example.com/products/" + number + "/front-large.jpg"},
        {"url",
         "https://shop.example.com/category-" + std::to_string(i % clusters_ / 10) + "/product-" + number},
        {"created_at", model::TimeMs{end_ms_ - static_cast<int64_t>(Mix(i) % 1'000) * kDayMs}}};
    item.vectors["embedding"] = Vector(i, version);
    return item;
  }

  // Visits of four events by a visitor in one of three clusters of his, spread over 30 days.
  model::LogRecord Event(uint64_t i) const {
    const uint64_t visit = i / 4, visitor = Mix(visit) % size_;
    const uint64_t cluster = Mix(visitor * 3 + Mix(visit + 7) % 3) % clusters_;
    // Half of all events go to the tenth of a cluster that is liked most.
    const uint64_t members = std::max<uint64_t>(1, size_ / clusters_);
    const auto rank = static_cast<uint64_t>(std::pow(Unit(i * 2 + 1), 3.3) * static_cast<double>(members));
    model::LogRecord record;
    record.user = "visitor-" + std::to_string(visitor);
    record.item = "product-" + std::to_string((rank * clusters_ + cluster) % size_);
    record.type = Mix(i) % 10 == 0 ? "cart" : Mix(i) % 30 == 1 ? "purchase" : "view";
    record.event_time_ms =
        end_ms_ - 30 * kDayMs +
        static_cast<int64_t>(static_cast<double>(i) / static_cast<double>(events()) * 30 * kDayMs);
    return record;
  }
  // Ids are remembered for a day of the thirty.
  bool HasClientId(uint64_t i) const { return i >= events() - events() / 30; }

 private:
  std::vector<float> Vector(uint64_t i, uint64_t version) const {
    std::vector<float> vector(kDimension);
    for (size_t d = 0; d < kDimension; ++d) {
      vector[d] = static_cast<float>(Unit(i % clusters_ * kDimension + d) - 0.5 +
                                     0.6 * (Unit((i + version * size_) * kDimension + d + 1'000'003) - 0.5));
    }
    return vector;
  }

  uint64_t size_, clusters_;
  int64_t end_ms_ = SystemClock().now_ms();
};

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// "VmRSS" or "VmHWM" of a process, in bytes.
double Resident(pid_t pid, const char* field) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field, 0) == 0) return std::strtod(line.c_str() + std::strlen(field) + 1, nullptr) * 1024;
  }
  return 0;
}

void Structures(const app::StateCore& core, const Shop& shop, Report* report) {
  const auto& slot = core.tenants().begin()->second;
  const auto per = [&](const std::string& what, size_t bytes, uint64_t count, const char* unit) {
    report->Add("scale: " + what, static_cast<double>(bytes) / static_cast<double>(count), unit);
  };
  per("item dictionary", slot.state->items().memory_bytes(), shop.size(), "B/item");
  per("catalogue columns", slot.state->catalogue().memory_bytes(), shop.size(), "B/item");
  per("users: histories and seen sets", slot.state->users().memory_bytes(), shop.size(), "B/user");
  for (size_t i = 0; i < slot.signals->size(); ++i) {
    const auto& signal = slot.signals->at(i);
    if (signal.memory_bytes() == 0) continue;  // keeps its state to itself
    per("signal " + signal.name(), signal.memory_bytes(), shop.size(), "B/item");
    per("signal " + signal.name(), signal.memory_bytes(), shop.events(), "B/event");
  }
  per("all that is counted, an interaction", core.memory_bytes(), shop.events(), "B/event");
}

void PutItems(app::StateCore& core, const Shop& shop) {
  constexpr uint64_t kBatch = 5'000;
  std::vector<model::Item> items;
  for (uint64_t begin = 0; begin < shop.size(); begin += kBatch) {
    items.clear();
    for (uint64_t i = begin; i < std::min(shop.size(), begin + kBatch); ++i) items.push_back(shop.Item(i));
    Need(core.catalogue().Put(model::kDefaultTenant, items), "catalogue");
    core.processor().NoteCatalogueChange();
  }
}

// The processor follows while log and catalogue are filled; then the graph is finished.
void Build(const std::string& data_dir, const Shop& shop, Report* report) {
  const auto node = OpenCore(data_dir, kOverrides);
  auto& core = *node->core;
  const auto start = std::chrono::steady_clock::now();
  core.Start();
  PutItems(core, shop);
  report->Add("scale: items put", SecondsSince(start), "s");
  AppendRecords(
      core.log(), shop.events(), [&](uint64_t i) { return shop.Event(i); },
      [&](uint64_t i) { return shop.HasClientId(i); });
  report->Add("scale: ... and events appended", SecondsSince(start), "s");
  while (core.processor().applied_count() < shop.events()) {
    if (!core.processor().failure().empty()) GiveUp(core.processor().failure());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  report->Add("scale: ... and applied", SecondsSince(start), "s");
  core.processor().Stop();
  Need(core.processor().CatchUpCatalogue(), "catalogue");
  core.processor().MaintainUntilIdle(30 * 60 * 1000);
  report->Add("scale: ... and the graph built", SecondsSince(start), "s");
  Structures(core, shop, report);
  const auto write = std::chrono::steady_clock::now();
  Need(core.checkpointer().WriteNow(), "checkpoint");
  report->Add("scale: checkpoint written", SecondsSince(write), "s");
  report->AddAtMost("scale: updates stand still for a checkpoint, first",
                    Sample(node->metrics->Expose(), "signalbox_checkpoint_pause_seconds_sum") * 1e3, 50,
                    "ms");
}

void Ask(ServerProcess& server, const Shop& shop, Report* report) {
  std::vector<std::string> requests;
  for (uint64_t i = 0; i < 20'000; ++i) {
    requests.push_back(
        GetRequest("/recommendations?count=20&user_id=visitor-" + std::to_string(Mix(i) % shop.size())));
  }
  Load load;
  load.port = server.recommend_port();
  load.requests = &requests;
  load.seconds = Setting("SIGNALBOX_BENCH_SECONDS", 3);
  const auto result = Need(RunLoad(load), "load");
  if (result.refused > 0) GiveUp("a request was refused: " + result.first_refused);
  report->Add("scale: recommendations", result.per_second, "/s");
  report->Add("scale: recommendations, p99 at full load", result.p99_us / 1e3, "ms");
}

// New vectors for more items than the graph's tail holds.
void PostItems(ServerProcess& server, const Shop& shop) {
  const uint64_t count = std::min<uint64_t>(5'000, shop.size());
  const auto version = static_cast<uint64_t>(SystemClock().now_ms());  // others than a run before
  for (uint64_t i = 0; i < count;) {
    auto batch = nlohmann::json::array();
    for (; i < count && batch.size() < 500; ++i) {
      const auto item = shop.Item(i * (shop.size() / count), version);
      batch.push_back({{"item_id", item.id},
                       {"title", std::get<std::string>(item.attributes.at("title"))},
                       {"category", std::get<std::string>(item.attributes.at("category"))},
                       {"stock", 3},
                       {"vectors", {{"embedding", item.vectors.at("embedding")}}}});
    }
    const auto answer = server.Post("/items", batch);
    if (answer.status / 100 != 2) GiveUp("items were refused: " + answer.text);
  }
}

void Rebuild(ServerProcess& server, const Shop& shop, Report* report) {
  std::ofstream("/proc/" + std::to_string(server.pid()) + "/clear_refs") << "5";  // the peak from now on
  PostItems(server, shop);
  const auto start = std::chrono::steady_clock::now();
  const auto building = [&] {
    return Sample(server.Send(server.ops_port(), "GET", "/metrics").text, "signalbox_signal_graph_building");
  };
  bool seen = false;
  for (double now = 0; SecondsSince(start) < 600;
       std::this_thread::sleep_for(std::chrono::milliseconds(100))) {
    now = building();
    seen = seen || now == 1;
    if (seen ? now == 0 : SecondsSince(start) > 20) break;
  }
  report->Add("scale: the graph rebuilt", seen ? SecondsSince(start) : NAN, "s");
  report->Add("scale: resident at the peak meanwhile", Resident(server.pid(), "VmHWM") / 1e9, "GB");
}

// Waits for a checkpoint under way of the running server.
void Pause(ServerProcess& server, Report* report) {
  const auto answer =
      server.Post("/events", {{"user_id", "visitor-1"}, {"item_id", "product-1"}, {"event_type", "view"}});
  if (answer.status != 202) GiveUp("an event was refused: " + answer.text);
  const std::string name = "signalbox_checkpoint_pause_seconds_";
  std::string metrics;
  for (int i = 0; i < 600; ++i) {
    metrics = server.Send(server.ops_port(), "GET", "/metrics").text;
    if (Sample(metrics, name + "count") >= 1) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const double pause = Sample(metrics, name + "sum") / Sample(metrics, name + "count");
  report->AddAtMost("scale: updates stand still for a checkpoint, running", pause * 1e3, 50, "ms");
}

void Run(Report* report) {
  const Shop shop(static_cast<uint64_t>(Setting("SIGNALBOX_BENCH_SCALE", 1e6)));
  // A state that a run before was told to keep.
  const bool keep = Setting("SIGNALBOX_BENCH_KEEP", 0) != 0;
  const std::string kept = SIGNALBOX_SOURCE_DIR "/build/bench/data/scale";
  const bool reuse = keep && std::filesystem::exists(kept + "/checkpoints");
  const std::string data_dir = reuse ? kept : FreshFolder("scale");
  if (!reuse) Build(data_dir, shop, report);
  const auto start = std::chrono::steady_clock::now();
  auto server = Need(ServerProcess::Start(data_dir, kOverrides), "server");
  report->AddAtMost("scale: restart", SecondsSince(start), 15, "s");
  report->Add("scale: resident at the peak of the restart", Resident(server->pid(), "VmHWM") / 1e9, "GB");
  report->Add(
      "scale: signal content_knn, graph and vectors",
      Sample(server->Send(server->ops_port(), "GET", "/metrics").text, "signalbox_signal_graph_bytes") /
          static_cast<double>(shop.size()),
      "B/item");
  Ask(*server, shop, report);
  const double resident = Resident(server->pid(), "VmRSS");
  report->AddAtMost("scale: resident", resident / 1e9, 1.5, "GB");
  report->Add("scale: resident, an item, a user and ten interactions",
              resident / static_cast<double>(shop.size()), "B");
  Pause(*server, report);
  Rebuild(*server, shop, report);
  if (server->Terminate() != 0) GiveUp("the server did not stop well:\n" + server->log());
  if (!keep) std::filesystem::remove_all(data_dir);
}

}  // namespace
}  // namespace signalbox::bench

int main() {
  signalbox::bench::Report report("scale");
  signalbox::bench::Run(&report);
  report.Write();
  return 0;
}
