// Rules alone, on items in memory.
#include "rule_costs.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "serve/rules/at_least.hpp"
#include "serve/rules/at_most.hpp"
#include "serve/rules/dedupe.hpp"
#include "serve/rules/diversify.hpp"
#include "serve/rules/explore.hpp"
#include "serve/rules/pin.hpp"
#include "serve/rules/screen.hpp"

namespace signalbox::bench {
namespace {

using scripting::ListRule;
using scripting::RuleKind;
using serve::ListEntry;
using serve::RuleContext;

constexpr uint32_t kCount = 20, kPool = 60, kCandidates = 500, kDimensions = 64;
constexpr int kRounds = 2'000;
constexpr int64_t kNowMs = 1'700'226'000'000;

// 500 items of 20 brands, a visitor who has seen 50 of them.
class Shop {
 public:
  Shop() : types_({{"view", 1}, {"purchase", 10}}), state_(Options(), types_, epochs_) {
    std::vector<model::ItemChange> changes(kCandidates);
    for (uint32_t i = 0; i < kCandidates; ++i) {
      changes[i].epoch = i + 1;
      changes[i].item.id = "item-" + std::to_string(i);
      changes[i].item.attributes = {{"brand", "brand-" + std::to_string(i * 7 % 20)},
                                    {"price", static_cast<double>(i % 90)}};
      auto& vector = changes[i].item.vectors["content"];
      for (uint32_t d = 0; d < kDimensions; ++d)
        vector.push_back(static_cast<float>((i * 31 + d * 17) % 29) - 14);
    }
    state_.catalogue().KeepVectors({"content"});
    state_.catalogue().LoadVectors({});
    state_.catalogue().Apply(changes);
    for (uint32_t i = 0; i < 50; ++i) {
      state_.users().ApplyEvent(state_.KeyOfUser("u"), 0,
                                state_.Find("item", "item-" + std::to_string(i * 10)), 0, 1,
                                kNowMs - 60'000 * int64_t{50 - i});
    }
    view_ = state_.catalogue().view();
  }
  RuleContext Context() const {
    RuleContext context;
    context.state = &state_;
    context.catalogue = view_.get();
    context.now_ms = kNowMs;
    context.seed = 7;
    context.count = kCount;
    context.may_pin = [](sb_item) { return true; };
    return context;
  }
  std::vector<ListEntry> Pool(uint32_t size) const {
    std::vector<ListEntry> pool(size);
    for (uint32_t i = 0; i < size; ++i) {
      pool[i].item = state_.Find("item", "item-" + std::to_string(i));
      pool[i].score = 1 - i * 0.01;
      pool[i].reason = "co_view";
    }
    return pool;
  }
  serve::Visitor Visitor() const {
    serve::Visitor visitor;
    model::RecommendRequest request;
    request.user = "u";
    visitor.Read(state_, request, kNowMs);
    return visitor;
  }
  EpochDomain& epochs() { return epochs_; }

 private:
  static state::TenantOptions Options() {
    state::TenantOptions options;
    options.name = "bench";
    return options;
  }
  EpochDomain epochs_;
  state::EventTypes types_;
  state::TenantState state_;
  std::shared_ptr<const state::CatalogueView> view_;
};

double MedianMicros(const std::function<void()>& prepare, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < kRounds; ++i) {
    prepare();
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + kRounds / 2, times.end());
  return times[kRounds / 2];
}

ListRule RuleOf(RuleKind kind) {
  ListRule rule;
  rule.kind = kind;
  rule.name = "rule";
  rule.field = "brand";
  rule.count = 2;
  rule.window = 10;
  rule.share = 0.2;
  rule.item = "item-400";
  rule.position = 3;
  rule.where = scripting::Predicate{
      scripting::Predicate::Op::kCondition, {}, {"price", scripting::Condition::Op::kBelow, {20.0}, false}};
  return rule;
}

}  // namespace

void RuleCosts(Report* report) {
  Shop shop;
  const EpochDomain::Pin pin(shop.epochs());
  const RuleContext context = shop.Context();
  const auto visitor = shop.Visitor();
  std::vector<ListEntry> list;
  using Act = std::function<void(const ListRule&)>;
  const auto on_list = [&](const char* name, RuleKind kind, uint32_t size, const Act& act) {
    const ListRule rule = RuleOf(kind);
    const auto pool = shop.Pool(size);
    report->Add(std::string("rule ") + name + ", " + std::to_string(size) + " candidates",
                MedianMicros([&] { list = pool; }, [&] { act(rule); }), "us");
  };
  on_list("dedupe", RuleKind::kDedupe, kPool,
          [&](const ListRule& rule) { serve::Dedupe(rule, context, &list); });
  on_list("diversify", RuleKind::kDiversify, kPool,
          [&](const ListRule& rule) { serve::Diversify(rule, context, &list); });
  on_list("diversify by a vector of 64", RuleKind::kDiversify, kPool, [&](const ListRule& rule) {
    ListRule by_vector = rule;
    by_vector.field.clear();
    by_vector.vector = "content";
    serve::Diversify(by_vector, context, &list);
  });
  on_list("at_most", RuleKind::kAtMost, kPool,
          [&](const ListRule& rule) { serve::AtMost(rule, context, &list); });
  on_list("at_least", RuleKind::kAtLeast, kPool,
          [&](const ListRule& rule) { serve::AtLeast(rule, context, &list); });
  on_list("explore", RuleKind::kExplore, kCount + 100,
          [&](const ListRule& rule) { serve::Explore(rule, context, &list); });
  on_list("pin", RuleKind::kPin, kCount, [&](const ListRule& rule) {
    const ListRule* rules[] = {&rule};
    serve::Pin(rules, context, &list);
  });
  const auto judge = [&](const ListRule& rule) {
    const ListRule* rules[] = {&rule};
    serve::Screen screen;
    screen.Begin(rules, context, visitor);
    const ListRule* by = nullptr;
    size_t kept = 0;
    for (const ListEntry& entry : list) kept += screen.Of(entry.item, &by) == serve::Screen::Verdict::kKeep;
    if (kept > list.size()) GiveUp("more items than there are");
  };
  on_list("exclude_seen", RuleKind::kExcludeSeen, kCandidates, judge);
  on_list("bury", RuleKind::kBury, kCandidates, judge);
}

}  // namespace signalbox::bench
