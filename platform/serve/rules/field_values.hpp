// An attribute's values as numbers that are equal where the values are.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "state/tenant_state.hpp"

namespace signalbox::serve {

// Lifetime: shorter than the state's and the view's. Threads: any.
class FieldValues {
 public:
  // field: an attribute, or "type".
  FieldValues(const state::TenantState& tenant, const state::CatalogueView& view, std::string_view field);

  // The item's value, or each of a list's; nothing where it has none.
  void Read(ports::Handle item, std::vector<uint64_t>* values) const;

 private:
  const state::TenantState& tenant_;
  const state::CatalogueView& view_;
  bool type_;
  state::AttributeRef attribute_;
};

}  // namespace signalbox::serve
