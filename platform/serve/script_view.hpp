// What a scenario's script sees: candidates as items, the request as ctx.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "scripting/scenario.hpp"
#include "serve/visitor.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

// Items by row. Times are Unix seconds; age_days is computed. Threads: one.
class CandidateReader final : public scripting::ItemReader {
 public:
  // One request's; the view stays the same until the next Begin.
  void Begin(const state::TenantState& tenant, std::shared_ptr<const state::CatalogueView> view,
             int64_t now_ms);
  void SetItems(std::span<const sb_item> items) { items_ = items; }
  void End() { view_.reset(); }

  std::string_view Id(uint32_t row) const override { return tenant_->Name(items_[row]).id; }
  int FieldByName(std::string_view name) const override;
  scripting::FieldValue Field(uint32_t row, int field) const override;
  sb_item item(uint32_t row) const { return items_[row]; }

 private:
  scripting::FieldValue ListOf(state::AttributeRef attribute, sb_item item) const;

  const state::TenantState* tenant_ = nullptr;
  std::shared_ptr<const state::CatalogueView> view_;
  std::span<const sb_item> items_;
  int64_t now_ms_ = 0;
  state::AttributeRef created_at_;
  mutable std::vector<state::AttributeRef> fields_;
};

struct RequestContext final : scripting::Context {
  const state::TenantState* tenant = nullptr;
  const Visitor* visitor = nullptr;
  const CandidateReader* reader = nullptr;

  bool In(Set set, std::string_view item_id) const override;
  bool InRow(Set set, const scripting::ItemReader& items, uint32_t row) const override;
};

}  // namespace signalbox::serve
