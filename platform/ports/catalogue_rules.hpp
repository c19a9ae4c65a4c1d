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
#include "ports/catalogue_store.hpp"

namespace signalbox::ports {

// Names a tenant may have. Each costs every process that holds the catalogue a column, and stays
// for good.
inline constexpr size_t kMaxAttributeNames = 500;
inline constexpr size_t kMaxVectorNames = 16;

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
//         from the fixed kinds or from an earlier item; for an empty vector or a number not finite;
//         for a new name where the tenant has kMaxAttributeNames or kMaxVectorNames already (those
//         of fixed kind are always taken).
Result<CatalogueKinds> CheckKinds(const CatalogueKinds& known, std::span<const model::Item> items,
                                  std::string_view field);

// An opaque text of letters and digits that stands for "after this item".
std::string EncodeCursor(const model::ItemKey& last);
// Errors: kInvalidArgument, field "cursor".
Result<model::ItemKey> DecodeCursor(std::string_view cursor);

// Applies a patch: erases the attributes and vectors named, then sets those of `changes`.
void ApplyPatch(const model::Item& changes, const ErasedNames& erase, model::Item* item);

}  // namespace signalbox::ports
