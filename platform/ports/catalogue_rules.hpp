// What every CatalogueStore enforces alike: kinds of attributes, dimensions of vectors, cursors.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/item.hpp"
#include "model/recommendation.hpp"

namespace signalbox::ports {

// A tenant's attributes and vector names with what they were first seen as.
struct CatalogueKinds {
  std::map<std::string, model::AttributeKind> attributes;
  std::map<std::string, uint32_t> dimensions;
};

// The attributes and vector names of `items` that `known` does not have yet.
//
// field: prefix of the field in errors, with "[i]" put after it for item i; empty = a single
//        item's own fields: "items" gives "items[3].price", "" gives "price".
// Errors: kInvalidArgument for an item without id, a kind or dimension that differs from `known`,
//         from the fixed kinds or from an earlier item; for an empty vector or a number not finite.
Result<CatalogueKinds> CheckKinds(const CatalogueKinds& known, std::span<const model::Item> items,
                                  std::string_view field);

// An opaque text of letters and digits that stands for "after this item".
std::string EncodeCursor(const model::ItemKey& last);
// Errors: kInvalidArgument, field "cursor".
Result<model::ItemKey> DecodeCursor(std::string_view cursor);

// Applies a patch: erases the attributes and vectors named, then sets those of `changes`.
void ApplyPatch(const model::Item& changes, const std::vector<std::string>& erase, model::Item* item);

}  // namespace signalbox::ports
