// Writing down what a request touched.
#include "serve/tape.hpp"

#include <algorithm>
#include <cmath>

namespace signalbox::serve {
namespace {

class TapedSession final : public signals::RequestSession {
 public:
  TapedSession(std::unique_ptr<signals::RequestSession> session, Tape* tape)
      : session_(std::move(session)), tape_(tape) {}

  bool Candidates(size_t index, uint32_t quota, std::vector<sb_item>* items,
                  std::vector<float>* scores) override {
    const size_t items_before = items->size(), scores_before = scores->size();
    const bool said = session_->Candidates(index, quota, items, scores);
    TapedCall& call = tape_->calls.emplace_back();
    call.said = said;
    if (!said) return false;
    call.items.assign(items->begin() + static_cast<std::ptrdiff_t>(items_before), items->end());
    call.scores.assign(scores->begin() + static_cast<std::ptrdiff_t>(scores_before), scores->end());
    return true;
  }
  bool Score(size_t index, std::span<const sb_item> items, std::span<float> scores) override {
    const bool said = session_->Score(index, items, scores);
    TapedCall& call = tape_->calls.emplace_back();
    call.score = true;
    call.said = said;
    if (said) call.scores.assign(scores.begin(), scores.end());
    return said;
  }
  bool Explain(size_t index, sb_item item, sb_explanation* explanation) override {
    return session_->Explain(index, item, explanation);
  }

 private:
  std::unique_ptr<signals::RequestSession> session_;
  Tape* tape_;
};

// Each handle once, in the order of the handles.
std::vector<sb_item> Touched(const state::TenantState& state, const Tape& tape) {
  std::vector<sb_item> all = tape.newest;
  const auto add = [&](const std::vector<sb_item>& items) {
    all.insert(all.end(), items.begin(), items.end());
  };
  for (const auto& call : tape.calls) add(call.items);
  for (const auto& facts : tape.facts) add(facts.visitor.items);
  for (const auto& deed : tape.did.did) all.push_back(deed.item);
  const auto find = [&](const model::ItemKey& key) {
    if (const sb_item item = state.Find(key.type, key.id); item != ports::kNoHandle) all.push_back(item);
  };
  for (const auto& key : tape.request.exclude) find(key);
  for (const auto& key : tape.request.items) find(key);
  if (tape.request.context) find(*tape.request.context);
  for (const auto& key : tape.named) find(key);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

TapedItem ItemOf(const state::TenantState& state, const state::CatalogueView& view, sb_item item,
                 const Tape& tape) {
  TapedItem taped;
  const ports::ItemName name = state.Name(item);
  taped.key = {std::string(name.type), std::string(name.id)};
  double created_ms = NAN;
  state.ReadNumbers("created_at", {&item, 1}, &created_ms);
  taped.first_seen_ms = std::isnan(created_ms) ? 0 : static_cast<int64_t>(created_ms);
  if (item >= view.size()) return taped;
  taped.present = view.Present(item);
  taped.gone = view.Deleted(item) || view.Hidden(item);
  for (const auto& name : tape.vectors) {
    const auto* vectors = view.Vectors(name);
    auto values = vectors == nullptr ? std::vector<float>() : vectors->Values(item);
    if (!values.empty()) taped.document.vectors.emplace(name, std::move(values));
  }
  auto document = taped.present ? view.Document(item, state.items()) : std::nullopt;
  if (!document) return taped;
  for (auto& [attribute, value] : document->attributes) {
    if (tape.request.attributes || tape.attributes.count(attribute) != 0)
      taped.document.attributes.emplace(attribute, std::move(value));
  }
  return taped;
}

}  // namespace

std::unique_ptr<signals::RequestSession> Taped(std::unique_ptr<signals::RequestSession> session, Tape* tape) {
  return std::make_unique<TapedSession>(std::move(session), tape);
}

void Tape::Collect(const state::TenantState& state, const state::CatalogueView& view) {
  const std::vector<sb_item> touched = Touched(state, *this);
  const auto number = [&](sb_item& item) {
    item = static_cast<sb_item>(std::lower_bound(touched.begin(), touched.end(), item) - touched.begin());
  };
  for (const sb_item item : touched) items.push_back(ItemOf(state, view, item, *this));
  for (auto& call : calls) std::for_each(call.items.begin(), call.items.end(), number);
  for (auto& part : facts) {
    std::for_each(part.visitor.items.begin(), part.visitor.items.end(), number);
    for (const sb_item item : touched) part.eligible_items.push_back(part.eligible->Has(item));
    part.eligible.reset();
  }
  std::for_each(newest.begin(), newest.end(), number);
  for (auto& deed : did.did) number(deed.item);
}

}  // namespace signalbox::serve
