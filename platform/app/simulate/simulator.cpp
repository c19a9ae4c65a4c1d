// Paces, sends, and lets visitors see what is recommended to them.
#include "app/simulate/simulator.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include <nlohmann/json.hpp>

#include "app/simulate/traffic.hpp"
#include "ports/http.hpp"

namespace signalbox::app {
namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;
// A visitor does something about every ten seconds.
constexpr double kSecondsBetweenEvents = 10;
constexpr size_t kMostVisitsAtOnce = 5000;
// How often a visitor who looks at a product also reads the list below it.
constexpr double kReadsList = 0.3;
constexpr size_t kBulk = 1000;

class Simulation {
 public:
  Simulation(const Shop& shop, const SimulationOptions& options, const Lanes::MakeClient& make_client,
             const Clock& clock, const std::atomic<bool>& stop, SimulationCounts* counts)
      : shop_(shop),
        options_(options),
        make_client_(make_client),
        clock_(clock),
        stop_(stop),
        counts_(*counts),
        visitors_(shop, options.visitors, options.seed, RunName(options, clock)),
        reads_(options.seed + 3) {}

  Result<void> SendItems(Lanes& lanes) {
    uint64_t line = 0;
    for (const Product& product : shop_.products()) {
      if (!lanes.Add("/items", "items", {shop_.DocumentAt(product, clock_.now_ms()), 0, ++line})) break;
    }
    return lanes.Flush();
  }

  Result<void> SendHistory(Lanes& lanes) {
    const int64_t now_ms = clock_.now_ms();
    const auto records = visitors_.History(options_.events, now_ms - options_.history_days * kDayMs, now_ms);
    for (const auto& record : records) {
      if (stop_ || !Send(lanes, record)) break;
    }
    return lanes.Flush();
  }

  Result<void> SendLive(Lanes& lanes) {
    if (options_.follow_recommendations) {
      auto client = make_client_();
      if (!client) return Fail(client.error());
      reader_ = std::move(*client);
    }
    const double at_once = std::ceil(options_.rate * kSecondsBetweenEvents);
    Traffic traffic(shop_, visitors_, std::clamp<size_t>(static_cast<size_t>(at_once), 4, kMostVisitsAtOnce),
                    options_.seed);
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; !Over(i, start); ++i) {
      std::this_thread::sleep_until(
          start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                      std::chrono::duration<double>(static_cast<double>(i) / options_.rate)));
      const Traffic::Step step = traffic.Next(clock_.now_ms());
      if (!Send(lanes, step.record)) break;
      if (reader_ != nullptr && step.record.type == "view" && reads_.Chance(kReadsList)) {
        if (!ReadList(lanes, step)) break;
      }
    }
    return lanes.Flush();
  }

 private:
  // A history is the same each time it is sent; live traffic is new each time.
  static std::string RunName(const SimulationOptions& options, const Clock& clock) {
    const std::string seed = std::to_string(options.seed);
    if (options.history_days > 0) return "history-" + seed;
    return "live-" + seed + "-" + std::to_string(clock.now_ms());
  }

  bool Over(size_t made, std::chrono::steady_clock::time_point start) const {
    if (stop_ || (options_.events > 0 && made >= options_.events)) return true;
    return options_.duration_seconds > 0 &&
           std::chrono::steady_clock::now() - start >= std::chrono::seconds(options_.duration_seconds);
  }

  bool Send(Lanes& lanes, const model::LogRecord& record) {
    ++counts_.made;
    return lanes.Add("/events", model::PartitionKey(record), {EventJson(record), 0, counts_.made});
  }

  // The visitor reads what is recommended beside the product and may click. False: sending failed.
  bool ReadList(Lanes& lanes, const Traffic::Step& step) {
    std::string target = "/recommendations?count=8&item_id=";
    ports::PercentEncode(step.record.item, &target);
    target += "&session_id=";
    ports::PercentEncode(step.record.session, &target);
    if (!step.record.user.empty()) {
      target += "&user_id=";
      ports::PercentEncode(step.record.user, &target);
    }
    const auto answer = reader_->Send("GET", target, {}, "");
    const auto body = answer && answer->status == 200 ? nlohmann::json::parse(answer->body, nullptr, false)
                                                      : nlohmann::json();
    if (!body.is_object() || !body.contains("recommendations")) {
      ++counts_.list_failures;
      return true;
    }
    std::vector<std::string> shown;
    for (const auto& each : body["recommendations"]) {
      std::string id = each.is_object() ? each.value("item_id", "") : std::string();
      if (id != step.record.item) shown.push_back(std::move(id));  // nobody clicks the page they are on
    }
    ++counts_.lists;
    const size_t product = visitors_.ClickOn(step.taste, shown, step.record.event_time_ms);
    if (product == shop_.products().size()) return true;
    ++counts_.list_clicks;
    model::LogRecord click = step.record;
    click.event_id += "-list";
    click.item = shop_.products()[product].id;
    click.type = "click";
    click.recommendation_id = body.value("recommendation_id", "");
    return Send(lanes, click);
  }

  const Shop& shop_;
  const SimulationOptions& options_;
  const Lanes::MakeClient& make_client_;
  const Clock& clock_;
  const std::atomic<bool>& stop_;
  SimulationCounts& counts_;
  Visitors visitors_;
  Dice reads_;
  std::unique_ptr<ports::HttpClient> reader_;
};

}  // namespace

Result<void> Simulate(const Shop& shop, const SimulationOptions& options,
                      const Lanes::MakeClient& make_client, const Clock& clock, const std::atomic<bool>& stop,
                      const std::function<void()>& progress, SimulationCounts* counts, ImportReport* report) {
  const auto count = [&](std::span<const Document> documents, const std::vector<DocumentResult>& results) {
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i].outcome == Outcome::kAccepted) report->Accept(1);
      if (results[i].outcome == Outcome::kDuplicate) report->Duplicate(1);
      if (results[i].outcome == Outcome::kRejected)
        report->Reject("event", documents[i].line, results[i].reason);
    }
    progress();
  };
  Simulation simulation(shop, options, make_client, clock, stop, counts);
  if (options.items) {
    auto lanes = Lanes::Open(1, kBulk, {}, make_client, count);
    if (!lanes) return Fail(lanes.error());
    if (auto sent = simulation.SendItems(**lanes); !sent) return sent;
  }
  const bool live = options.history_days == 0;
  auto lanes = Lanes::Open(options.connections, live ? 1 : kBulk, {}, make_client, count);
  if (!lanes) return Fail(lanes.error());
  return live ? simulation.SendLive(**lanes) : simulation.SendHistory(**lanes);
}

}  // namespace signalbox::app
