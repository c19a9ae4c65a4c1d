// Asking the visitor's state and the catalogue.
#include "serve/rules/screen.hpp"

#include <algorithm>

namespace signalbox::serve {
namespace {

constexpr double kDayMs = 86'400'000;

}  // namespace

ExcludeSeen::ExcludeSeen(const scripting::ListRule& rule, const RuleContext& context, const Visitor& visitor)
    : rule_(&rule), visitor_(&visitor) {
  if (!rule.event_type.empty()) {
    const int type = context.state->types().Find(rule.event_type);
    acts_ = type >= 0;
    if (acts_) strength_ = context.state->types().at(static_cast<size_t>(type)).weight;
  }
  if (!acts_ || rule.within_days <= 0) return;
  since_ms_ = context.now_ms - static_cast<int64_t>(rule.within_days * kDayMs);
  for (uint32_t i = 0; i < visitor.history_length(); ++i) {
    const auto event = visitor.history(i);
    if (event.weight >= strength_ && event.time_ms >= since_ms_) recent_.push_back(event.item);
  }
  std::sort(recent_.begin(), recent_.end());
}

bool ExcludeSeen::Excludes(sb_item item) const {
  if (!acts_) return false;
  return std::binary_search(recent_.begin(), recent_.end(), item) ||
         visitor_->Did(item, strength_, since_ms_);
}

Bury::Bury(const scripting::ListRule& rule, const RuleContext& context) : rule_(&rule) {
  if (!rule.item.empty()) {
    const std::string_view type = rule.item_type.empty() ? model::kDefaultItemType : rule.item_type;
    item_ = context.state->Find(type, rule.item);
  }
  if (rule.where) {
    where_ = std::make_unique<ItemPredicate>(*context.state, *context.catalogue, context.now_ms, *rule.where);
  }
}

bool Bury::Buries(sb_item item) const {
  return (item_ != SB_NO_ITEM && item == item_) || (where_ != nullptr && where_->Holds(item));
}

void Screen::Begin(std::span<const scripting::ListRule* const> rules, const RuleContext& context,
                   const Visitor& visitor) {
  seen_.clear();
  buried_.clear();
  for (const auto* rule : rules) {
    if (rule->kind == scripting::RuleKind::kExcludeSeen) seen_.emplace_back(*rule, context, visitor);
    if (rule->kind == scripting::RuleKind::kBury) buried_.emplace_back(*rule, context);
  }
}

Screen::Verdict Screen::Of(sb_item item, const scripting::ListRule** rule) const {
  for (const ExcludeSeen& seen : seen_) {
    if (!seen.Excludes(item)) continue;
    *rule = &seen.rule();
    return Verdict::kExclude;
  }
  for (const Bury& bury : buried_) {
    if (!bury.Buries(item)) continue;
    *rule = &bury.rule();
    return Verdict::kBury;
  }
  return Verdict::kKeep;
}

}  // namespace signalbox::serve
