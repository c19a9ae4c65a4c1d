// Items in, numbers exchanged for handles.
#include "serve/taped_world.hpp"

#include <algorithm>

namespace signalbox::serve {
namespace {

state::TenantOptions OptionsOf(const Tenant& live) {
  state::TenantOptions options;
  options.name = live.state().name();
  options.hash_key = live.state().options().hash_key;
  options.users = live.state().options().users;
  options.clock = live.state().options().clock;
  return options;
}

}  // namespace

TapedWorld::TapedWorld(Tape* tape, const Tenant& live)
    : tape_(tape), state_(OptionsOf(live), live.state().types(), epochs_), signals_(TapedSignals(tape)) {
  AddItems();
  UseHandles();
  TenantParts parts;
  parts.state = &state_;
  parts.signals = signals_.get();
  parts.default_scenario = live.parts().default_scenario;
  parts.defaults = live.parts().defaults;
  tenant_ = std::make_unique<Tenant>(std::move(parts), metrics_);
}

void TapedWorld::AddItems() {
  for (const TapedItem& item : tape_->items) {
    handles_.push_back(state_.items().Intern(item.key.type, item.key.id, item.first_seen_ms));
    if (!item.present && !item.gone) continue;
    model::ItemChange& change = changes_.emplace_back();
    change.epoch = changes_.size();
    change.item = item.document;
    change.item.type = item.key.type;
    change.item.id = item.key.id;
    change.added_ms = item.first_seen_ms;
    if (item.gone) change.item.attributes.insert_or_assign("hidden", true);
  }
  state_.catalogue().Apply(changes_);
}

void TapedWorld::PutInForce(std::vector<PlanSource> sources) {
  tenant_->PutInForce(std::move(sources));
  state_.catalogue().LoadVectors(changes_);
}

void TapedWorld::UseHandles() {
  const auto exchange = [this](std::vector<sb_item>* items) {
    for (sb_item& item : *items) item = handles_[item];
  };
  for (auto& call : tape_->calls) exchange(&call.items);
  for (auto& facts : tape_->facts) {
    exchange(&facts.visitor.items);
    std::vector<sb_item> eligible;
    for (size_t i = 0; i < handles_.size(); ++i) {
      if (facts.eligible_items[i] != 0) eligible.push_back(handles_[i]);
    }
    facts.eligible = EligibilityOf(eligible);
  }
  exchange(&tape_->newest);
  for (auto& deed : tape_->did.did) deed.item = handles_[deed.item];
}

}  // namespace signalbox::serve
