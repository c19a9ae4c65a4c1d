// Reading attributes for scripts.
#include "serve/script_view.hpp"

#include <cmath>

namespace signalbox::serve {
namespace {

constexpr int kAgeDays = 0, kType = 1, kAttributes = 2;
constexpr double kDayMs = 86'400'000;

}  // namespace

void CandidateReader::Begin(const state::TenantState& tenant,
                            std::shared_ptr<const state::CatalogueView> view, int64_t now_ms) {
  tenant_ = &tenant;
  view_ = std::move(view);
  now_ms_ = now_ms;
  created_at_ = view_->Find("created_at");
  fields_.clear();
}

int CandidateReader::FieldByName(std::string_view name) const {
  if (name == "age_days") return kAgeDays;
  if (name == "type") return kType;
  const state::AttributeRef attribute = view_->Find(name);
  if (attribute.column < 0) return -1;
  fields_.push_back(attribute);
  return kAttributes + static_cast<int>(fields_.size()) - 1;
}

scripting::FieldValue CandidateReader::ListOf(state::AttributeRef attribute, sb_item item) const {
  if (!view_->HasList(attribute, item)) return {};
  std::vector<std::string_view> texts;
  for (const int32_t code : view_->ListCodes(attribute, item))
    texts.push_back(view_->TextOfCode(attribute, code));
  return texts;
}

scripting::FieldValue CandidateReader::Field(uint32_t row, int field) const {
  const sb_item item = items_[row];
  if (field == kType) return tenant_->Name(item).type;
  if (field == kAgeDays) {
    double created_ms = item < view_->size() ? view_->Number(created_at_, item) : NAN;
    // Without one it is when the item was first seen.
    if (std::isnan(created_ms)) tenant_->ReadNumbers("created_at", {&item, 1}, &created_ms);
    if (std::isnan(created_ms)) return {};
    return (static_cast<double>(now_ms_) - created_ms) / kDayMs;
  }
  if (item >= view_->size()) return {};
  const state::AttributeRef attribute = fields_[static_cast<size_t>(field - kAttributes)];
  if (attribute.kind == model::AttributeKind::kList) return ListOf(attribute, item);
  if (attribute.kind == model::AttributeKind::kText) {
    const std::string_view text = view_->Text(attribute, item);
    if (text.data() == nullptr) return {};
    return text;
  }
  const double number = view_->Number(attribute, item);
  if (std::isnan(number)) return {};
  if (attribute.kind == model::AttributeKind::kBool) return number != 0;
  return attribute.kind == model::AttributeKind::kTime ? number / 1000 : number;
}

bool RequestContext::In(Set set, std::string_view item_id) const {
  const ports::Handle item = tenant->Find(model::kDefaultItemType, item_id);
  return item != ports::kNoHandle && visitor->In(set, item);
}

bool RequestContext::InRow(Set set, const scripting::ItemReader&, uint32_t row) const {
  return visitor->In(set, reader->item(row));
}

}  // namespace signalbox::serve
