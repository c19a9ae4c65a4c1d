// Playing what was written down.
#include <algorithm>

#include "serve/taped_world.hpp"

namespace signalbox::serve {
namespace {

tl::unexpected<Error> NotHere() {
  return Fail(Code::kInternal, "a signal on a tape has no state; ask the live one");
}

class TapedSignal final : public signals::Signal {
 public:
  TapedSignal(std::string name, std::string family) : name_(std::move(name)), family_(std::move(family)) {}

  const std::string& name() const override { return name_; }
  const std::string& plugin() const override { return name_; }
  const std::string& version() const override { return name_; }
  const std::string& family() const override { return family_; }
  signals::Health health() const override { return signals::Health::kOk; }
  std::string health_reason() const override { return {}; }
  Result<void> ItemsChanged(const sb_items&, std::span<const sb_item>) override { return NotHere(); }
  Result<void> Update(const sb_events&) override { return NotHere(); }
  Result<void> Maintain(int64_t, bool*) override { return NotHere(); }
  Result<void> Forget(uint64_t) override { return NotHere(); }
  Result<std::unique_ptr<Frozen>> Freeze() override { return NotHere(); }
  Result<void> Restore(ByteSource&) override { return NotHere(); }
  Result<std::vector<std::string>> Export() const override { return NotHere(); }
  size_t memory_bytes() const override { return 0; }

 private:
  std::string name_, family_;
};

class PlayingSession final : public signals::RequestSession {
 public:
  explicit PlayingSession(Tape* tape) : tape_(tape) {}

  bool Candidates(size_t, uint32_t, std::vector<sb_item>* items, std::vector<float>* scores) override {
    const TapedCall* call = Next(false);
    if (call == nullptr || !call->said) return false;
    items->insert(items->end(), call->items.begin(), call->items.end());
    scores->insert(scores->end(), call->scores.begin(), call->scores.end());
    return true;
  }
  bool Score(size_t, std::span<const sb_item> items, std::span<float> scores) override {
    const TapedCall* call = Next(true);
    if (call == nullptr || !call->said) return false;
    if (call->scores.size() != items.size()) {
      tape_->broken = true;
      return false;
    }
    std::copy(call->scores.begin(), call->scores.end(), scores.begin());
    return true;
  }
  bool Explain(size_t, sb_item, sb_explanation*) override { return false; }

 private:
  const TapedCall* Next(bool score) {
    if (tape_->next_call >= tape_->calls.size() || tape_->calls[tape_->next_call].score != score) {
      tape_->broken = true;
      return nullptr;
    }
    return &tape_->calls[tape_->next_call++];
  }
  Tape* tape_;
};

class Signals final : public signals::SignalSet {
 public:
  explicit Signals(Tape* tape) : tape_(tape) {
    for (size_t i = 0; i < tape->signals.size(); ++i) {
      signals_.push_back(std::make_unique<TapedSignal>(tape->signals[i], tape->families[i]));
    }
  }
  size_t size() const override { return signals_.size(); }
  signals::Signal& at(size_t index) override { return *signals_[index]; }
  const signals::Signal& at(size_t index) const override { return *signals_[index]; }
  int Find(std::string_view name) const override {
    const auto found = std::find(tape_->signals.begin(), tape_->signals.end(), name);
    return found == tape_->signals.end() ? -1 : static_cast<int>(found - tape_->signals.begin());
  }
  std::unique_ptr<signals::RequestSession> Begin(const sb_request&) override {
    return std::make_unique<PlayingSession>(tape_);
  }

 private:
  Tape* tape_;
  std::vector<std::unique_ptr<TapedSignal>> signals_;
};

}  // namespace

std::unique_ptr<signals::SignalSet> TapedSignals(Tape* tape) { return std::make_unique<Signals>(tape); }

}  // namespace signalbox::serve
