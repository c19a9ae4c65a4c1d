// The rules that every plugin must keep, tried on one with random visitors and a fake host.
#pragma once

#include <cmath>
#include <exception>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "signalbox/testing/compare.hpp"

namespace signalbox::testing {

struct ConformanceOptions {
  std::string config = "{}";
  unsigned seed = 1;
  size_t events = 1500;
  size_t items = 60;
  size_t visitors = 40;
};

// One run over one plugin. Lifetime: the table outlives it.
class Conformance {
 public:
  Conformance(const sb_plugin* table, ConformanceOptions options)
      : table_(table), options_(std::move(options)), random_(options_.seed) {
    FillCatalogue();
    FillFeed();
  }

  // What is wrong, one sentence each; empty = nothing.
  std::vector<std::string> Run() {
    Try("an untaught plugin answers", [&] { CheckAnswers(/*taught=*/false); });
    Try("a taught plugin answers", [&] { CheckAnswers(/*taught=*/true); });
    Try("the state does not depend on how the log is cut",
        [&] { Expect(CompareBatchCuts(host_, table_, options_.config, feed_, options_.seed)); });
    Try("a restored snapshot is the same state", [&] {
      FakeHost host;
      CopyItems(host_, &host);
      TestPlugin plugin(host, table_, options_.config);
      plugin.PutItems(AllItems());
      plugin.Update(feed_);
      plugin.Maintain();
      Expect(CompareRestored(host, plugin));
    });
    Try("a visitor can be forgotten", [&] {
      FakeHost host;
      CopyItems(host_, &host);
      TestPlugin plugin(host, table_, options_.config);
      plugin.Update(feed_);
      plugin.Forget(KeyOf("visitor 0"));
      plugin.Export();
    });
    return std::move(problems_);
  }

 private:
  static constexpr int64_t kStart = 1'700'000'000'000;
  static constexpr int64_t kMinute = 60'000;

  void Try(const std::string& rule, const std::function<void()>& check) {
    rule_ = rule;
    try {
      check();
    } catch (const std::exception& failure) {
      Expect(failure.what());
    }
  }
  void Expect(const std::string& problem) {
    if (!problem.empty()) problems_.push_back(rule_ + ": " + problem);
  }

  std::vector<Item> AllItems() const {
    std::vector<Item> all(host_.items());
    for (Item item = 0; item < host_.items(); ++item) all[item] = item;
    return all;
  }
  void FillCatalogue() {
    std::normal_distribution<float> normal;
    for (size_t i = 0; i < options_.items; ++i) {
      const Item item = host_.AddItem("item " + std::to_string(i));
      host_.SetText(item, "title", "a thing of kind " + std::to_string(i % 7));
      if (i % 5 != 0) host_.SetText(item, "category", "category " + std::to_string(i % 4));
      if (i % 3 != 0) host_.SetNumber(item, "price", static_cast<double>(1 + random_() % 100));
      host_.SetNumber(item, "created_at", static_cast<double>(kStart - static_cast<int64_t>(i) * 86'400'000));
      if (i % 2 != 0) host_.SetList(item, "tags", {"tag " + std::to_string(i % 3), "all"});
      if (i % 4 != 0) {
        std::vector<float> vector(8);
        for (float& value : vector) value = normal(random_);
        host_.SetVector(item, "embedding", std::move(vector));
      }
    }
  }
  void FillFeed() {
    constexpr float kWeights[] = {1, 3, 5, 10};
    int64_t now_ms = kStart;
    for (size_t i = 0; i < options_.events; ++i) {
      now_ms += static_cast<int64_t>(random_() % (4 * kMinute));
      const int64_t late = random_() % 20 == 0 ? static_cast<int64_t>(random_() % (90 * kMinute)) : 0;
      const auto type = static_cast<uint16_t>(random_() % 4);
      // Squared: some items are popular.
      const double draw = static_cast<double>(random_()) / 4294967296.0;
      const auto item = static_cast<Item>(draw * draw * static_cast<double>(options_.items));
      feed_.Add("visitor " + std::to_string(random_() % options_.visitors), item, now_ms - late,
                {.type = type, .weight = kWeights[type]});
    }
    host_.SetNow(now_ms);
  }

  void CheckAnswers(bool taught) {
    FakeHost host;
    CopyItems(host_, &host);
    TestPlugin plugin(host, table_, options_.config);
    if (taught) {
      plugin.PutItems(AllItems());
      plugin.Update(feed_);
      for (int i = 0; i < 100 && plugin.Maintain(); ++i) {
      }
    }
    TestRequest request;
    request.now_ms = host.now_ms();
    CheckAnswer(plugin, request, "a request by nobody");
    request.By(feed_, "visitor 1");
    CheckAnswer(plugin, request, "a request with a history");
    request.context_item = 3;
    request.window_days = 7;
    CheckAnswer(plugin, request, "a request on an item's page");
    request.Only({1, 2});
    CheckAnswer(plugin, request, "a request with two eligible items");
    request.quota = 0;
    CheckAnswer(plugin, request, "a request for no candidates");
  }
  void CheckAnswer(const TestPlugin& plugin, const TestRequest& request, const std::string& which) {
    const Ranked ranked = plugin.Candidates(request);
    for (size_t i = 0; i < ranked.items.size(); ++i) {
      if (ranked.items[i] >= host_.items()) Expect(which + ": a candidate is no known item");
      if (!std::isfinite(ranked.scores[i])) Expect(which + ": a candidate's score is not finite");
    }
    const auto scores = plugin.Score(request, AllItems());
    for (const float score : scores) {
      if (std::isinf(score)) Expect(which + ": a score is infinite; NaN is no opinion");
    }
    const auto again = plugin.Score(request, AllItems());
    for (size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] != again[i] && !(std::isnan(scores[i]) && std::isnan(again[i]))) {
        Expect(which + ": the same question gave another score");
        break;
      }
    }
    for (Item item = 0; item < 3; ++item) plugin.Explain(request, item);
  }

  const sb_plugin* table_;
  ConformanceOptions options_;
  std::mt19937 random_;
  FakeHost host_;
  EventFeed feed_;
  std::string rule_;
  std::vector<std::string> problems_;
};

// What is wrong with a plugin, one sentence each; empty = it keeps the rules.
inline std::vector<std::string> CheckConformance(const sb_plugin* table, ConformanceOptions options = {}) {
  return Conformance(table, std::move(options)).Run();
}

}  // namespace signalbox::testing
