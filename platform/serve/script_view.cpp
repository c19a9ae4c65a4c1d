// Reading attributes for scripts.
#include "serve/script_view.hpp"

#include <algorithm>
#include <cmath>

#include "serve/plan.hpp"

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
  if (names_ != nullptr) names_->emplace(name);
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

int CandidateReader::SignalByName(std::string_view name) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i] == name) return static_cast<int>(i);
  }
  return history_ && name == kHistorySource ? static_cast<int>(columns_.size()) : -1;
}

double CandidateReader::Score(uint32_t row, int signal, bool normalised) const {
  const auto column = static_cast<size_t>(signal);
  if (matrix_ == nullptr || column >= matrix_->signals()) return NAN;
  const float raw = matrix_->column(column)[row];
  if (!std::isfinite(raw)) return NAN;
  return normalised ? blend_->columns[column].Normalise(raw) : raw;
}

double CandidateReader::Blend(uint32_t row) const { return matrix_ == nullptr ? NAN : blend_->scores[row]; }

scripting::Context::HistoryEvent RequestContext::History(uint32_t back) const {
  const auto event = visitor->history(history_length - 1 - back);
  const ports::ItemName name = tenant->Name(event.item);
  return {name.id, name.type, tenant->types().at(event.type).name, event.time_ms};
}

std::vector<std::pair<std::string_view, uint32_t>> RequestContext::Categories() const {
  std::vector<std::pair<std::string_view, uint32_t>> counts;
  reader->NoteField("category");
  const state::AttributeRef category = catalogue->Find("category");
  if (category.column < 0 || category.kind != model::AttributeKind::kText) return counts;
  for (uint32_t i = 0; i < visitor->history_length(); ++i) {
    const sb_item item = visitor->history(i).item;
    if (item >= catalogue->size()) continue;
    const std::string_view text = catalogue->Text(category, item);
    if (text.data() == nullptr) continue;
    const auto known =
        std::find_if(counts.begin(), counts.end(), [text](const auto& entry) { return entry.first == text; });
    if (known == counts.end()) {
      counts.emplace_back(text, 1);
    } else {
      ++known->second;
    }
  }
  return counts;
}

bool RequestContext::In(Set set, std::string_view item_id) const {
  const ports::Handle item = tenant->Find(model::kDefaultItemType, item_id);
  return item != ports::kNoHandle && visitor->In(set, item);
}

bool RequestContext::InRow(Set set, const scripting::ItemReader&, uint32_t row) const {
  return visitor->In(set, reader->item(row));
}

}  // namespace signalbox::serve
