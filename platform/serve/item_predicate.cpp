// Evaluating conditions on catalogue columns.
#include "serve/item_predicate.hpp"

#include <algorithm>
#include <cmath>

namespace signalbox::serve {
namespace {

using model::AttributeKind;
using scripting::Condition;
using scripting::Predicate;

constexpr double kDayMs = 86'400'000;

}  // namespace

ItemCondition::ItemCondition(const state::TenantState& tenant, const state::CatalogueView& view,
                             int64_t now_ms, const Condition& condition)
    : tenant_(tenant),
      view_(view),
      now_ms_(now_ms),
      op_(condition.op),
      or_absent_(condition.or_absent),
      attribute_(view.Find(condition.field)) {
  if (condition.field == "id") special_ = Special::kId;
  if (condition.field == "type") special_ = Special::kType;
  if (condition.field == "age_days") special_ = Special::kAgeDays;
  for (const auto& operand : condition.operands) {
    if (const auto* text = std::get_if<std::string>(&operand)) {
      texts_.push_back(*text);
      if (attribute_.column >= 0) codes_.push_back(view.CodeOf(attribute_, *text));
    } else {
      const auto* flag = std::get_if<bool>(&operand);
      numbers_.push_back(flag != nullptr ? double(*flag) : std::get<double>(operand));
    }
  }
}

bool ItemCondition::HasCode(int32_t code) const {
  return std::find(codes_.begin(), codes_.end(), code) != codes_.end();
}

bool ItemCondition::HasText(std::string_view text) const {
  return std::find(texts_.begin(), texts_.end(), text) != texts_.end();
}

bool ItemCondition::Holds(ports::Handle item) const {
  if (special_ != Special::kNone) return HoldsSpecial(item);
  if (attribute_.column < 0 || item >= view_.size()) return or_absent_;
  switch (attribute_.kind) {
    case AttributeKind::kText:
      return HoldsText(item);
    case AttributeKind::kList:
      return HoldsList(item);
    case AttributeKind::kTime:
      return HoldsNumber(view_.Number(attribute_, item) / 1000);
    default:
      return HoldsNumber(view_.Number(attribute_, item));
  }
}

bool ItemCondition::HoldsSpecial(ports::Handle item) const {
  if (special_ == Special::kId) return HasText(tenant_.Name(item).id);
  if (special_ == Special::kType) return HasText(tenant_.Name(item).type);
  double created_ms = NAN;
  tenant_.ReadNumbers("created_at", {&item, 1}, &created_ms);
  return HoldsNumber((static_cast<double>(now_ms_) - created_ms) / kDayMs);
}

bool ItemCondition::HoldsText(ports::Handle item) const {
  if (attribute_.interned) {
    const int32_t code = view_.TextCode(attribute_, item);
    return code < 0 ? or_absent_ : HasCode(code);
  }
  const std::string_view text = view_.Text(attribute_, item);
  return text.data() == nullptr ? or_absent_ : HasText(text);
}

bool ItemCondition::HoldsList(ports::Handle item) const {
  if (!view_.HasList(attribute_, item)) return or_absent_;
  const auto codes = view_.ListCodes(attribute_, item);
  return std::any_of(codes.begin(), codes.end(), [&](int32_t code) { return HasCode(code); });
}

bool ItemCondition::HoldsNumber(double value) const {
  if (std::isnan(value)) return or_absent_;
  if (numbers_.empty()) return false;
  switch (op_) {
    case Condition::Op::kAbove:
      return value > numbers_[0];
    case Condition::Op::kBelow:
      return value < numbers_[0];
    case Condition::Op::kAtLeast:
      return value >= numbers_[0];
    case Condition::Op::kAtMost:
      return value <= numbers_[0];
    default:
      return std::find(numbers_.begin(), numbers_.end(), value) != numbers_.end();
  }
}

ItemPredicate::ItemPredicate(const state::TenantState& tenant, const state::CatalogueView& view,
                             int64_t now_ms, const Predicate& predicate)
    : op_(predicate.op) {
  for (const Predicate& part : predicate.parts) parts_.emplace_back(tenant, view, now_ms, part);
  if (op_ == Predicate::Op::kCondition) {
    condition_ = std::make_unique<ItemCondition>(tenant, view, now_ms, predicate.condition);
  }
}

bool ItemPredicate::Holds(ports::Handle item) const {
  const auto holds = [item](const ItemPredicate& part) { return part.Holds(item); };
  switch (op_) {
    case Predicate::Op::kAll:
      return std::all_of(parts_.begin(), parts_.end(), holds);
    case Predicate::Op::kAny:
      return std::any_of(parts_.begin(), parts_.end(), holds);
    case Predicate::Op::kNot:
      return std::none_of(parts_.begin(), parts_.end(), holds);
    case Predicate::Op::kCondition:
      break;
  }
  return condition_->Holds(item);
}

bool DependsOnTime(const Predicate& predicate) {
  return predicate.condition.field == "age_days" ||
         std::any_of(predicate.parts.begin(), predicate.parts.end(), DependsOnTime);
}

}  // namespace signalbox::serve
