// An item's JSON to the catalogue's document: what POST and PATCH of items accept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/item.hpp"
#include "ports/catalogue_store.hpp"

namespace signalbox::ingest {

inline constexpr size_t kMaxItemBytes = size_t{1} << 20;
inline constexpr size_t kMaxAttributes = 100;
inline constexpr size_t kMaxTextBytes = 8 << 10;
inline constexpr size_t kMaxListEntries = 100;
inline constexpr size_t kMaxVectors = 16;
inline constexpr size_t kMaxDimensions = 4096;

struct ItemInput {
  model::Item item;  // id empty = not given
  bool has_type = false;
  ports::ErasedNames nulls;  // given as null
};

// {"item_id", "item_type"?, <attribute>: number | text | bool | [text], "vectors"?: {name: [number]}}.
// A name that ends in "_at" is a time, given as RFC 3339 text. Names: a letter, then letters,
// digits and underscores, 64 at most. Known attributes must have their kind; what kind another
// name has in the tenant is the store's to check.
//
// Requires: 64 readable bytes after the text.
// Errors: kInvalidArgument and kTooLarge with the field and a hint; kInvalidArgument for a name
//         given twice and for a created_at more than kMaxAheadMs after now_ms.
Result<ItemInput> ReadItem(std::string_view json, int64_t now_ms);

}  // namespace signalbox::ingest
