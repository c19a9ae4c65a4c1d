// Fakes for tests of serving: signals that say what they are told, a tenant in memory.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "ports/fakes/recording_metrics.hpp"
#include "serve/service.hpp"
#include "signals/signal_set.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

// What a fake signal says, by item id.
struct FakeSignal final : signals::Signal {
  FakeSignal(std::string name, std::string family) : name_(std::move(name)), family_(std::move(family)) {}

  std::vector<std::pair<std::string, float>> proposes;  // candidates, in this order
  std::map<std::string, float> scores;                  // of items that it did not propose
  bool fails = false;
  std::vector<uint32_t> quotas;  // as asked

  const std::string& name() const override { return name_; }
  const std::string& plugin() const override { return name_; }
  const std::string& version() const override { return name_; }
  const std::string& family() const override { return family_; }
  signals::Health health() const override { return signals::Health::kOk; }
  std::string health_reason() const override { return {}; }
  Result<void> ItemsChanged(const sb_items&, std::span<const sb_item>) override { return {}; }
  Result<void> Update(const sb_events&) override { return {}; }
  Result<void> Maintain(int64_t, bool*) override { return {}; }
  Result<void> Forget(uint64_t) override { return {}; }
  Result<std::unique_ptr<Frozen>> Freeze() override { return Fail(Code::kInternal, "a fake"); }
  Result<void> Restore(ByteSource&) override { return {}; }
  Result<std::vector<std::string>> Export() const override { return std::vector<std::string>(); }
  size_t memory_bytes() const override { return 0; }

 private:
  std::string name_, family_;
};

// Applied up to an offset; remembers what was waited for.
class FakeApplier final : public ports::Applier {
 public:
  model::Offsets Applied() const override { return {applied}; }
  bool WaitFor(model::LogPosition position, int) override {
    waited.push_back(position.offset);
    return position.offset < applied;
  }
  uint64_t applied = 0;
  std::vector<uint64_t> waited;
};

class FakeWrites final : public ports::RecentWrites {
 public:
  void Note(const std::string& visitor, model::LogPosition position) override {
    positions[visitor] = position;
  }
  bool Find(const std::string& visitor, model::LogPosition* position) const override {
    const auto found = positions.find(visitor);
    if (found == positions.end()) return false;
    *position = found->second;
    return true;
  }
  std::map<std::string, model::LogPosition> positions;
};

// The last request's, as signals saw it.
struct SeenRequest {
  std::vector<std::string> history;
  uint32_t in_session = 0;
  uint32_t window_days = 0;
  std::string context;
  int64_t now_ms = 0;
};

class FakeSignals final : public signals::SignalSet {
 public:
  explicit FakeSignals(const ports::ItemIndex& items) : items_(items) {}

  FakeSignal& Add(std::string name, std::string family) {
    signals_.push_back(std::make_unique<FakeSignal>(std::move(name), std::move(family)));
    return *signals_.back();
  }
  FakeSignal& operator[](std::string_view name) { return *signals_[static_cast<size_t>(Find(name))]; }

  size_t size() const override { return signals_.size(); }
  signals::Signal& at(size_t index) override { return *signals_[index]; }
  const signals::Signal& at(size_t index) const override { return *signals_[index]; }
  int Find(std::string_view name) const override {
    for (size_t i = 0; i < signals_.size(); ++i) {
      if (signals_[i]->name() == name) return static_cast<int>(i);
    }
    return -1;
  }
  std::unique_ptr<signals::RequestSession> Begin(const sb_request& request) override {
    if (!remembers) return std::make_unique<Session>(*this, request);
    seen = {};
    for (uint32_t i = 0; i < request.history_count; ++i) {
      seen.history.emplace_back(items_.Name(request.history_items[i]).id);
    }
    seen.in_session = request.history_in_session;
    seen.window_days = request.window_days;
    seen.now_ms = request.now_ms;
    if (request.context_item != SB_NO_ITEM) seen.context = items_.Name(request.context_item).id;
    return std::make_unique<Session>(*this, request);
  }

  SeenRequest seen;
  bool remembers = true;  // what was asked; false for tests with several threads

 private:
  class Session final : public signals::RequestSession {
   public:
    Session(FakeSignals& set, const sb_request& request) : set_(set), request_(request) {}
    bool Candidates(size_t index, uint32_t quota, std::vector<sb_item>* items,
                    std::vector<float>* scores) override {
      FakeSignal& signal = *set_.signals_[index];
      if (set_.remembers) signal.quotas.push_back(quota);
      if (signal.fails) return false;
      for (const auto& [id, score] : signal.proposes) {
        const sb_item item = set_.items_.Find("item", id);
        if (items->size() >= quota || item == SB_NO_ITEM || !Eligible(item)) continue;
        items->push_back(item);
        scores->push_back(score);
      }
      return true;
    }
    bool Score(size_t index, std::span<const sb_item> items, std::span<float> scores) override {
      const FakeSignal& signal = *set_.signals_[index];
      if (signal.fails) return false;
      for (size_t i = 0; i < items.size(); ++i) {
        const auto found = signal.scores.find(std::string(set_.items_.Name(items[i]).id));
        if (std::isnan(scores[i]) && found != signal.scores.end()) scores[i] = found->second;
      }
      return true;
    }
    bool Explain(size_t, sb_item, sb_explanation*) override { return false; }

   private:
    bool Eligible(sb_item item) const {
      return item < request_.eligible_bits && (request_.eligible[item / 64] >> (item % 64) & 1) != 0;
    }
    FakeSignals& set_;
    const sb_request& request_;
  };

  const ports::ItemIndex& items_;
  std::vector<std::unique_ptr<FakeSignal>> signals_;
};

// One tenant "default" at 17 November 2023, 13:00 UTC, with event types view, click, cart,
// purchase of weights 1, 3, 5, 10.
struct ServeWorld {
  static constexpr int64_t kNowMs = 1'700'226'000'000;

  explicit ServeWorld(bool implicit_items = true)
      : types({{"view", 1}, {"click", 3}, {"cart", 5}, {"purchase", 10}}),
        state(Options(implicit_items), types, epochs),
        signals(state) {}

  // Posts an item; "created_at" is its age before now unless given.
  void Post(const std::string& id, std::map<std::string, model::AttributeValue, std::less<>> attributes = {},
            double age_days = 100, std::map<std::string, std::vector<float>, std::less<>> vectors = {}) {
    attributes.try_emplace("created_at", model::TimeMs{kNowMs - static_cast<int64_t>(age_days * 86'400'000)});
    model::ItemChange change{++epoch, false, {}};
    change.item.id = id;
    change.item.attributes = std::move(attributes);
    change.item.vectors = std::move(vectors);
    state.catalogue().Apply({&change, 1});
  }
  // What is stored of a user.
  void Tell(const std::string& user, std::map<std::string, model::AttributeValue, std::less<>> attributes) {
    model::ItemChange change{state.traits().epoch() + 1, attributes.empty(), {}};
    change.item.type = "user";
    change.item.id = user;
    change.item.attributes = std::move(attributes);
    state.ApplyTraits({change});
  }
  void Delete(const std::string& id) {
    model::ItemChange change{++epoch, true, {}};
    change.item.id = id;
    state.catalogue().Apply({&change, 1});
  }
  void Event(const std::string& user, const std::string& item, const std::string& type,
             int64_t time_ms = kNowMs) {
    const int index = types.Find(type);
    state.users().ApplyEvent(state.KeyOfUser(user), 0, state.items().Intern("item", item, time_ms),
                             static_cast<uint16_t>(index), types.at(static_cast<size_t>(index)).weight,
                             time_ms);
  }
  scripting::RunLimits limits;
  void Script(const std::string& name, const std::string& source) {
    auto script = scripting::Scenario::Compile(name, name + ".lua", source, limits);
    if (!script) throw std::runtime_error(script.error().message());
    parts.scenarios[name] = *script;
  }
  // After signals and scripts are there.
  Service& Start(ports::Applier* applier = nullptr, const ports::RecentWrites* recent = nullptr) {
    parts.state = &state;
    parts.signals = &signals;
    tenant = std::make_unique<Tenant>(parts, metrics);
    ServiceParts of;
    of.tenants = [this](std::string_view name) { return name == "default" ? tenant.get() : nullptr; };
    of.clock = &clock;
    of.applier = applier;
    of.recent = recent;
    service = std::make_unique<Service>(std::move(of));
    return *service;
  }
  // The ids of an answer, in order.
  static std::vector<std::string> Ids(const Result<model::RecommendResponse>& response) {
    if (!response) return {"error: " + response.error().message()};
    std::vector<std::string> ids;
    for (const auto& entry : response->recommendations) ids.push_back(entry.item.id);
    return ids;
  }

  ManualClock clock{kNowMs};
  ports::fakes::RecordingMetrics metrics;
  EpochDomain epochs;
  state::EventTypes types;
  state::TenantState state;
  FakeSignals signals;
  TenantParts parts;
  std::unique_ptr<Tenant> tenant;
  std::unique_ptr<Service> service;
  uint64_t epoch = 0;

 private:
  static state::TenantOptions Options(bool implicit_items) {
    state::TenantOptions options;
    options.name = "default";
    options.implicit_items = implicit_items;
    return options;
  }
};

}  // namespace signalbox::serve
