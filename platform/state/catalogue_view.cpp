// Reading a catalogue view.
#include "state/catalogue_view.hpp"

#include <cmath>

#include "state/catalogue_columns.hpp"

namespace signalbox::state {
namespace {

using model::AttributeKind;

bool KeptOutOfMemory(std::string_view name) {
  return name == "title" || name == "url" || name == "image_url";
}

std::optional<model::AttributeValue> ValueOf(const CatalogueView& view, AttributeRef ref, Handle item) {
  switch (ref.kind) {
    case AttributeKind::kText: {
      const auto text = view.Text(ref, item);
      if (text.data() == nullptr) return std::nullopt;
      return std::string(text);
    }
    case AttributeKind::kList: {
      if (!view.HasList(ref, item)) return std::nullopt;
      std::vector<std::string> texts;
      for (const int32_t code : view.ListCodes(ref, item)) texts.emplace_back(view.TextOfCode(ref, code));
      return texts;
    }
    default: {
      const double number = view.Number(ref, item);
      if (std::isnan(number)) return std::nullopt;
      if (ref.kind == AttributeKind::kBool) return number != 0;
      if (ref.kind == AttributeKind::kTime) return model::TimeMs{static_cast<int64_t>(number)};
      return number;
    }
  }
}

}  // namespace

AttributeColumn& CatalogueView::Impl::ColumnFor(const std::string& name, AttributeKind kind) {
  const auto [found, added] = names.try_emplace(name, static_cast<int>(columns.size()));
  if (added) {
    const bool interned = kind == AttributeKind::kText && !KeptOutOfMemory(name);
    AttributeColumn column{.name = name, .kind = kind, .interned = interned, .table = nullptr};
    if (interned || kind == AttributeKind::kList) {
      // The table refers to the texts: it keeps them alive.
      auto kept = texts;
      column.table = {new TextTable(kept->arena, kept->long_texts),
                      [kept](TextTable* table) { delete table; }};
    }
    columns.push_back(std::move(column));
  }
  return columns[static_cast<size_t>(found->second)];
}

size_t CatalogueView::Impl::memory_bytes() const {
  size_t bytes =
      sizeof *this + flags.memory_bytes() + texts->arena.memory_bytes() + texts->long_texts.memory_bytes();
  for (const auto& column : columns) {
    bytes += sizeof column + column.numbers.memory_bytes() + column.codes.memory_bytes() +
             column.places.memory_bytes();
    if (column.table != nullptr) bytes += column.table->memory_bytes();
  }
  for (const auto& [name, column] : vectors) bytes += column.memory_bytes();
  return bytes;
}

CatalogueView::CatalogueView(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

uint64_t CatalogueView::epoch() const { return impl_->epoch; }
uint32_t CatalogueView::size() const { return impl_->size; }
bool CatalogueView::Present(Handle item) const { return (impl_->flags.Get(item) & Impl::kPresent) != 0; }
bool CatalogueView::Deleted(Handle item) const { return (impl_->flags.Get(item) & Impl::kDeleted) != 0; }
bool CatalogueView::Hidden(Handle item) const { return (impl_->flags.Get(item) & Impl::kHidden) != 0; }

AttributeRef CatalogueView::Find(std::string_view attribute) const {
  const auto found = impl_->names.find(attribute);
  if (found == impl_->names.end()) return {};
  const auto& column = impl_->columns[static_cast<size_t>(found->second)];
  return {found->second, column.kind, column.interned || column.kind == AttributeKind::kList};
}

double CatalogueView::Number(AttributeRef attribute, Handle item) const {
  const AttributeColumn* column = impl_->Column(attribute);
  if (column != nullptr && column->kind == AttributeKind::kBool) {
    const int32_t code = column->codes.Get(item);
    if (code >= 0) return code;
  } else if (column != nullptr) {
    return column->numbers.Get(item);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::string_view CatalogueView::Text(AttributeRef attribute, Handle item) const {
  const AttributeColumn* column = impl_->Column(attribute);
  if (column == nullptr || column->kind != AttributeKind::kText) return {};
  if (column->interned) {
    const int32_t code = column->codes.Get(item);
    return code < 0 ? std::string_view() : column->table->Text(code);
  }
  const char* place = column->places.Get(item);
  return place == nullptr ? std::string_view() : LongTexts::Text(place);
}

int32_t CatalogueView::TextCode(AttributeRef attribute, Handle item) const {
  const AttributeColumn* column = impl_->Column(attribute);
  return column != nullptr && column->interned ? column->codes.Get(item) : -1;
}

int32_t CatalogueView::CodeOf(AttributeRef attribute, std::string_view text) const {
  const AttributeColumn* column = impl_->Column(attribute);
  return column != nullptr && column->table != nullptr ? column->table->Find(text) : -1;
}

bool CatalogueView::HasList(AttributeRef attribute, Handle item) const {
  const AttributeColumn* column = impl_->Column(attribute);
  return column != nullptr && column->kind == AttributeKind::kList && column->places.Get(item) != nullptr;
}

std::span<const int32_t> CatalogueView::ListCodes(AttributeRef attribute, Handle item) const {
  return HasList(attribute, item) ? impl_->Column(attribute)->List(item) : std::span<const int32_t>();
}

std::string_view CatalogueView::TextOfCode(AttributeRef attribute, int32_t code) const {
  const AttributeColumn* column = impl_->Column(attribute);
  const bool known = column != nullptr && column->table != nullptr && code >= 0 &&
                     static_cast<uint32_t>(code) < column->table->size();
  return known ? column->table->Text(code) : std::string_view();
}

const VectorColumn* CatalogueView::Vectors(std::string_view name) const {
  const auto found = impl_->vectors.find(name);
  return found == impl_->vectors.end() ? nullptr : &found->second;
}

std::optional<model::Item> CatalogueView::Document(Handle item, const ItemDictionary& dictionary) const {
  if (!Present(item)) return std::nullopt;
  const ItemName name = dictionary.Name(item);
  model::Item document{std::string(name.type), std::string(name.id), {}, {}};
  for (const auto& column : impl_->columns) {
    auto value = ValueOf(*this, Find(column.name), item);
    if (value) document.attributes.emplace(column.name, std::move(*value));
  }
  return document;
}

std::vector<std::pair<std::string, AttributeKind>> CatalogueView::attributes() const {
  std::vector<std::pair<std::string, AttributeKind>> attributes;
  for (const auto& column : impl_->columns) attributes.emplace_back(column.name, column.kind);
  return attributes;
}

}  // namespace signalbox::state
