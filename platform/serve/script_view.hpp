// What a scenario's script sees: candidates as items, the request as ctx.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "scripting/scenario.hpp"
#include "serve/blender.hpp"
#include "serve/score_matrix.hpp"
#include "serve/visitor.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

// Items by row. Times are Unix seconds; age_days is computed. Threads: one.
class CandidateReader final : public scripting::ItemReader {
 public:
  // One request's; the view stays the same until the next Begin.
  void Begin(const state::TenantState& tenant, std::shared_ptr<const state::CatalogueView> view,
             int64_t now_ms);
  // Rows without scores.
  void SetItems(std::span<const sb_item> items) {
    items_ = items;
    matrix_ = nullptr;
  }
  // With what the signals said; columns: their names. Lifetime: until the next call of either.
  void SetItems(std::span<const sb_item> items, const ScoreMatrix& matrix, const serve::Blend& blend) {
    items_ = items;
    matrix_ = &matrix;
    blend_ = &blend;
  }
  // Where the names of attributes that are read are written down; null = nowhere.
  void NoteFields(std::set<std::string>* names) { names_ = names; }
  void NoteField(std::string_view name) const {
    if (names_ != nullptr) names_->emplace(name);
  }
  // The columns' names; "history" may follow the signals'.
  void SetColumns(std::span<const std::string> names, bool history) {
    columns_ = names;
    history_ = history;
  }
  void End() {
    view_.reset();
    matrix_ = nullptr;
  }

  std::string_view Id(uint32_t row) const override { return tenant_->Name(items_[row]).id; }
  int FieldByName(std::string_view name) const override;
  scripting::FieldValue Field(uint32_t row, int field) const override;
  int SignalByName(std::string_view name) const override;
  double Score(uint32_t row, int signal, bool normalised) const override;
  double Blend(uint32_t row) const override;
  sb_item item(uint32_t row) const { return items_[row]; }

 private:
  scripting::FieldValue ListOf(state::AttributeRef attribute, sb_item item) const;

  const state::TenantState* tenant_ = nullptr;
  std::shared_ptr<const state::CatalogueView> view_;
  std::span<const sb_item> items_;
  int64_t now_ms_ = 0;
  state::AttributeRef created_at_;
  mutable std::vector<state::AttributeRef> fields_;
  std::set<std::string>* names_ = nullptr;
  std::span<const std::string> columns_;
  bool history_ = false;
  const ScoreMatrix* matrix_ = nullptr;  // null = rows have no scores
  const serve::Blend* blend_ = nullptr;
};

struct RequestContext final : scripting::Context {
  const state::TenantState* tenant = nullptr;
  const state::CatalogueView* catalogue = nullptr;
  const Visitor* visitor = nullptr;
  const CandidateReader* reader = nullptr;

  HistoryEvent History(uint32_t back) const override;
  std::vector<std::pair<std::string_view, uint32_t>> Categories() const override;
  bool In(Set set, std::string_view item_id) const override;
  bool InRow(Set set, const scripting::ItemReader& items, uint32_t row) const override;
};

}  // namespace signalbox::serve
