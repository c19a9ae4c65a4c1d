// What a script costs: 500 candidates through the filters and boosts of the shipped home scenario,
// and each thing a function can do, natively and in Lua.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "report.hpp"
#include "scripting/scenario.hpp"
#include "serve/ranker.hpp"

namespace {

using namespace signalbox;             // NOLINT(google-build-using-namespace)
using namespace signalbox::scripting;  // NOLINT(google-build-using-namespace)

constexpr uint32_t kCandidates = 500;

// Attributes in columns, as the catalogue has them.
class Columns final : public ItemReader, public ports::ItemIndex {
 public:
  Columns() {
    for (uint32_t i = 0; i < kCandidates; ++i) {
      ids_.push_back("item-" + std::to_string(100'000 + i));
      price_.push_back(i % 7 == 0 ? NAN : i * 0.25);
      age_.push_back(i + 10 < kCandidates ? 30 + i % 60 : 3);  // only the last ones are fresh
    }
  }
  std::string_view Id(uint32_t row) const override { return ids_[row]; }
  int FieldByName(std::string_view name) const override {
    return name == "price" ? 0 : name == "age_days" ? 1 : name == "brand" ? 2 : -1;
  }
  FieldValue Field(uint32_t row, int field) const override {
    if (field == 2) return brands_[row % 4];
    const double value = (field == 0 ? price_ : age_)[row];
    if (std::isnan(value)) return {};
    return value;
  }
  int SignalByName(std::string_view) const override { return 0; }
  double Score(uint32_t row, int, bool) const override { return row * 0.001; }
  double Blend(uint32_t row) const override { return 1 - row * 0.001; }

  ports::ItemName Name(ports::Handle item) const override { return {"item", ids_[item]}; }
  ports::Handle Find(std::string_view, std::string_view) const override { return ports::kNoHandle; }
  uint32_t size() const override { return kCandidates; }
  void ReadNumbers(std::string_view, std::span<const ports::Handle>, double*) const override {}
  void ReadTexts(std::string_view, std::span<const ports::Handle>, std::string_view*) const override {}

 private:
  std::vector<std::string> ids_;
  std::vector<double> price_, age_;
  std::string_view brands_[4] = {"Acme", "Kiln", "Fjord", "Lumen"};
};

struct Visitor final : Context {
  bool In(Set, std::string_view id) const override { return id.back() == '9'; }
  bool InRow(Set set, const ItemReader&, uint32_t row) const override {
    if (set == Set::kBought) ++looked_at;
    return row % 10 == 9;
  }
  mutable uint64_t looked_at = 0;
};

// Microseconds of this thread's time: the median of many calls.
template <typename Call>
double MedianMicros(const Call& call) {
  const int rounds = static_cast<int>(bench::Setting("SIGNALBOX_BENCH_ROUNDS", 400));
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const double before = bench::ThreadSeconds();
    call();
    times.push_back((bench::ThreadSeconds() - before) * 1e6);
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[static_cast<size_t>(rounds) / 2];
}

std::string Shipped(std::string_view name) {
  std::ifstream file(SIGNALBOX_SOURCE_DIR "/scripts-lua/scenarios/" + std::string(name) + ".lua");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::shared_ptr<const Scenario> Compile(const std::string& source) {
  return bench::Need(
      Scenario::Compile("home", "home.lua", source, {},
                        [](std::string_view base) -> Result<std::string> { return Shipped(base); }),
      "compiling");
}

// How far apart blends are: with little between them, a boost could bring the last one up.
constexpr float kUsual = 0.9F, kAllLookedAt = 0.05F;

// One request as the ranker runs it: the best ten of 500.
double RankMicros(const Scenario& scenario, float spread) {
  const Columns columns;
  const Visitor visitor;
  std::vector<sb_item> items(kCandidates);
  std::vector<float> scores(kCandidates);
  for (uint32_t i = 0; i < kCandidates; ++i) {
    items[i] = i;
    scores[i] = 1 - spread * static_cast<float>(i) / kCandidates;
  }
  serve::Ranker ranker;
  std::vector<serve::RankedRow> ranked;
  bool all = false;
  const double micros = MedianMicros([&] {
    visitor.looked_at = 0;
    const auto run = bench::Need(scenario.Begin(visitor), "beginning");
    bench::Need(run->Weights(), "weights");
    serve::RankInput input{items, scores, 10};
    input.index = &columns;
    input.rules = run.get();
    input.declaration = &scenario.declaration();
    input.reader = &columns;
    bench::Need(ranker.Rank(input, &ranked, &all), "ranking");
  });
  std::printf("%llu candidates looked at\n", static_cast<unsigned long long>(visitor.looked_at));
  if (spread == kAllLookedAt && visitor.looked_at != kCandidates) bench::GiveUp("not all were looked at");
  return micros;
}

// Nanoseconds of one call of the filter.
double FilterNanos(const std::string& function) {
  const auto scenario = Compile("filter('f', " + function + ")");
  const Columns columns;
  const Visitor visitor;
  return MedianMicros([&] {
           const auto run = bench::Need(scenario->Begin(visitor), "beginning");
           for (uint32_t row = 0; row < kCandidates; ++row)
             bench::Need(run->Filter(0, columns, row), "filter");
         }) /
         kCandidates * 1000;
}

void Measure() {
  bench::Report report("scripting");
  const auto home = Compile(Shipped("home"));
  std::string in_lua = Shipped("home");
  // A block in front of each function leaves it to Lua, and costs nothing there.
  for (size_t at = in_lua.find("(item, ctx)"); at != std::string::npos;
       at = in_lua.find("(item, ctx)", at + 11)) {
    in_lua.insert(at + 11, " do end ");
  }
  const auto lua = Compile(in_lua);

  report.AddAtMost("home's filters and boost, the best 10 of 500", RankMicros(*home, kUsual), 40, "us");
  report.AddAtMost("the same, all 500 looked at", RankMicros(*home, kAllLookedAt), 120, "us");
  report.Add("the same in Lua, the best 10 of 500", RankMicros(*lua, kUsual), "us");
  report.Add("the same in Lua, all 500 looked at", RankMicros(*lua, kAllLookedAt), "us");

  const Visitor visitor;
  report.Add("a request's begin, weights and end", MedianMicros([&] {
               const auto run = bench::Need(home->Begin(visitor), "beginning");
               bench::Need(run->Weights(), "weights");
             }),
             "us");
  report.Add("compiling home", MedianMicros([] { Compile(Shipped("home")); }), "us");

  const std::pair<const char*, const char*> bodies[] = {
      {"nothing", "return true"},
      {"a number compared", "return item.price == nil or item.price < 50"},
      {"a text compared", "return item.brand ~= 'Acme'"},
      {"bought", "return not ctx.bought[item.id]"},
      {"a score", "return (item.score.session or 0) < 0.9"},
      {"five conditions",
       "return item.price ~= nil and item.price < 50 and item.age_days < 100 and item.brand ~= 'Acme' and "
       "not "
       "ctx.seen[item.id]"},
  };
  for (const auto& [name, body] : bodies) {
    const std::string text = body;
    report.Add(std::string("filter, native: ") + name, FilterNanos("function(item, ctx) " + text + " end"),
               "ns");
    report.Add(std::string("filter, Lua: ") + name,
               FilterNanos("function(item, ctx) do end " + text + " end"), "ns");
  }
  report.Add("filter, Lua: a text method",
             FilterNanos("function(item) return item.brand:sub(1, 1) ~= 'A' end"), "ns");
  report.Add("filter, Lua: random", FilterNanos("function(item, ctx) return ctx.random() < 0.5 end"), "ns");
  report.Write();
}

}  // namespace

int main() {
  Measure();
  return 0;
}
