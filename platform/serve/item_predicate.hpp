// Native conditions on items, with their attributes looked up once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "scripting/predicate.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

// One condition in one view of the catalogue. Times are Unix seconds, as scripts see them; "id",
// "type" and "age_days" are what they are to scripts.
//
// Threads: any. Lifetime: shorter than the state's and the view's.
class ItemCondition {
 public:
  ItemCondition(const state::TenantState& tenant, const state::CatalogueView& view, int64_t now_ms,
                const scripting::Condition& condition);

  bool Holds(ports::Handle item) const;
  // False = no item has such an attribute.
  bool known() const { return special_ != Special::kNone || attribute_.column >= 0; }

 private:
  enum class Special { kNone, kId, kType, kAgeDays };
  bool HoldsSpecial(ports::Handle item) const;
  bool HoldsText(ports::Handle item) const;
  bool HoldsList(ports::Handle item) const;
  bool HoldsNumber(double value) const;
  bool HasCode(int32_t code) const;
  bool HasText(std::string_view text) const;

  const state::TenantState& tenant_;
  const state::CatalogueView& view_;
  const int64_t now_ms_;
  Special special_ = Special::kNone;
  scripting::Condition::Op op_;
  bool or_absent_;
  state::AttributeRef attribute_;
  std::vector<std::string> texts_;
  std::vector<int32_t> codes_;
  std::vector<double> numbers_;
};

// A whole expression. Threads and lifetime as its conditions'.
class ItemPredicate {
 public:
  ItemPredicate(const state::TenantState& tenant, const state::CatalogueView& view, int64_t now_ms,
                const scripting::Predicate& predicate);
  bool Holds(ports::Handle item) const;

 private:
  scripting::Predicate::Op op_;
  std::vector<ItemPredicate> parts_;
  std::unique_ptr<ItemCondition> condition_;  // kCondition
};

// Whether the answer changes as time passes.
bool DependsOnTime(const scripting::Predicate& predicate);

}  // namespace signalbox::serve
