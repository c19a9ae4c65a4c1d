// Turning documents into columns: one per attribute and per vector name found in the batch.
#include "process/item_batch.hpp"

#include <limits>
#include <map>
#include <string_view>

namespace signalbox::process {
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

sb_text ToText(std::string_view text) { return {text.data() == nullptr ? "" : text.data(), text.size()}; }

}  // namespace

struct ItemBatch::Column {
  std::string_view name;
  model::AttributeKind kind;
  std::vector<double> numbers;
  std::vector<sb_text> texts;
  std::vector<uint32_t> list_begin;
  std::vector<sb_text> list_values;

  void Append(const model::AttributeValue* value) {
    switch (kind) {
      case model::AttributeKind::kNumber:
        numbers.push_back(value != nullptr ? std::get<double>(*value) : kAbsent);
        break;
      case model::AttributeKind::kBool:
        numbers.push_back(value != nullptr ? (std::get<bool>(*value) ? 1 : 0) : kAbsent);
        break;
      case model::AttributeKind::kTime:
        numbers.push_back(value != nullptr ? static_cast<double>(std::get<model::TimeMs>(*value).ms)
                                           : kAbsent);
        break;
      case model::AttributeKind::kText:
        texts.push_back(value != nullptr ? ToText(std::get<std::string>(*value)) : sb_text{nullptr, 0});
        break;
      case model::AttributeKind::kList:
        if (value != nullptr) {
          for (const auto& entry : std::get<std::vector<std::string>>(*value))
            list_values.push_back(ToText(entry));
        }
        list_begin.push_back(static_cast<uint32_t>(list_values.size()));
        break;
    }
  }

  sb_attribute_column View() const {
    sb_attribute_column view{};
    view.struct_size = sizeof view;
    view.kind = static_cast<int32_t>(kind);
    view.name = ToText(name);
    view.numbers = numbers.data();
    view.texts = texts.data();
    view.list_begin = list_begin.data();
    view.list_values = list_values.data();
    return view;
  }
};

struct ItemBatch::Vectors {
  std::string_view name;
  uint32_t dimension;
  std::vector<float> values;
  std::vector<uint8_t> present;

  sb_vector_column View() const {
    sb_vector_column view{};
    view.struct_size = sizeof view;
    view.dimension = dimension;
    view.name = ToText(name);
    view.values = values.data();
    view.present = present.data();
    return view;
  }
};

ItemBatch::ItemBatch(std::span<const model::ItemChange> changes, const state::CatalogueMirror& mirror) {
  std::vector<const model::ItemChange*> upserts;
  for (const auto& change : changes) {
    const auto handle = mirror.HandleOf(change.item);
    if (change.deleted) {
      deletes_.push_back(handle);
    } else {
      items_.push_back(handle);
      upserts.push_back(&change);
    }
  }
  AddColumns(upserts);
  AddVectors(upserts);
  upserts_.struct_size = sizeof upserts_;
  upserts_.count = static_cast<uint32_t>(items_.size());
  upserts_.items = items_.data();
  upserts_.columns = column_views_.data();
  upserts_.column_count = static_cast<uint32_t>(column_views_.size());
  upserts_.vectors = vector_views_.data();
  upserts_.vector_count = static_cast<uint32_t>(vector_views_.size());
  upserts_.epoch = changes.empty() ? 0 : changes.back().epoch;
}

ItemBatch::~ItemBatch() = default;

void ItemBatch::AddColumns(std::span<const model::ItemChange* const> changes) {
  std::map<std::string_view, model::AttributeKind> kinds;
  for (const auto* change : changes) {
    for (const auto& [name, value] : change->item.attributes) kinds.emplace(name, model::KindOf(value));
  }
  for (const auto& [name, kind] : kinds) {
    auto column = std::make_unique<Column>();
    column->name = name;
    column->kind = kind;
    if (kind == model::AttributeKind::kList) column->list_begin.push_back(0);
    for (const auto* change : changes) {
      const auto found = change->item.attributes.find(name);
      const bool fits = found != change->item.attributes.end() && model::KindOf(found->second) == kind;
      column->Append(fits ? &found->second : nullptr);
    }
    column_views_.push_back(column->View());
    columns_.push_back(std::move(column));
  }
}

void ItemBatch::AddVectors(std::span<const model::ItemChange* const> changes) {
  std::map<std::string_view, size_t> dimensions;
  for (const auto* change : changes) {
    for (const auto& [name, values] : change->item.vectors) dimensions.emplace(name, values.size());
  }
  for (const auto& [name, dimension] : dimensions) {
    auto vectors = std::make_unique<Vectors>();
    vectors->name = name;
    vectors->dimension = static_cast<uint32_t>(dimension);
    for (const auto* change : changes) {
      const auto found = change->item.vectors.find(name);
      const bool present = found != change->item.vectors.end() && found->second.size() == dimension;
      vectors->present.push_back(present ? 1 : 0);
      if (present) {
        vectors->values.insert(vectors->values.end(), found->second.begin(), found->second.end());
      } else {
        vectors->values.resize(vectors->values.size() + dimension, 0.0f);
      }
    }
    vector_views_.push_back(vectors->View());
    vectors_.push_back(std::move(vectors));
  }
}

}  // namespace signalbox::process
