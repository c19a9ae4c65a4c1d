// Codes where texts are interned, bits of numbers, else a checksum of the text.
#include "serve/rules/field_values.hpp"

#include <bit>
#include <cmath>

#include "base/hash.hpp"

namespace signalbox::serve {

using model::AttributeKind;

FieldValues::FieldValues(const state::TenantState& tenant, const state::CatalogueView& view,
                         std::string_view field)
    : tenant_(tenant), view_(view), type_(field == "type"), attribute_(view.Find(field)) {}

void FieldValues::Read(ports::Handle item, std::vector<uint64_t>* values) const {
  values->clear();
  const auto add_text = [values](std::string_view text) {
    if (text.data() != nullptr) values->push_back(Checksum64(text.data(), text.size()));
  };
  if (type_) return add_text(tenant_.Name(item).type);
  if (attribute_.column < 0 || item >= view_.size()) return;
  if (attribute_.kind == AttributeKind::kList) {
    for (const int32_t code : view_.ListCodes(attribute_, item))
      values->push_back(static_cast<uint64_t>(code));
  } else if (attribute_.kind != AttributeKind::kText) {
    const double number = view_.Number(attribute_, item);
    if (!std::isnan(number)) values->push_back(std::bit_cast<uint64_t>(number + 0.0));  // -0 is 0
  } else if (!attribute_.interned) {
    add_text(view_.Text(attribute_, item));
  } else if (const int32_t code = view_.TextCode(attribute_, item); code >= 0) {
    values->push_back(static_cast<uint64_t>(code));
  }
}

}  // namespace signalbox::serve
