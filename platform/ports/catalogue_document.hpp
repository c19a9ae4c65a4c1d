// How an item lies in a database: its attributes as a JSON text, its vectors as bytes, in a row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/item.hpp"
#include "model/recommendation.hpp"

namespace signalbox::ports {

// An object of the attributes; a time is {"time_ms": 1700000000000}, which no other kind is.
// Errors: kInvalidArgument for text that is not UTF-8.
Result<std::string> EncodeAttributes(const model::Item& item);

// Per vector, by name: the name (LEB128 length and bytes), u32 dimension, float32 values.
std::string EncodeVectors(const model::Item& item);

// Fills attributes and vectors. Errors: kDataLoss where the bytes are not what Encode gave.
Result<void> DecodeItem(const std::string& attributes, std::string_view vectors, model::Item* item);

// Rows of a table of items, column by column; equal lengths, but for added_ms, which only what is
// read has.
struct ItemRows {
  std::vector<std::string> types, ids, attributes, vectors;
  std::vector<uint64_t> epochs;
  std::vector<bool> deleted;
  std::vector<int64_t> added_ms;

  // Adds the item as written at the epoch. Errors: as EncodeAttributes.
  Result<void> Add(const model::Item& item, uint64_t epoch);
  // Row i as an item; of a deleted one only type and id. Errors: as DecodeItem.
  Result<model::Item> ItemAt(size_t i) const;
  // Of at most one row: its item; nullopt = there is none, or it is deleted. Errors: as DecodeItem.
  Result<std::optional<model::Item>> Found() const;
};

// The row of an item that is gone.
ItemRows DeletedRow(const model::ItemKey& item, uint64_t epoch);

// Every row as a change. Errors: as DecodeItem.
Result<std::vector<model::ItemChange>> ToChanges(const ItemRows& rows);

// kNotFound, with the item's name.
tl::unexpected<Error> NoSuchItem(const model::ItemKey& key);

}  // namespace signalbox::ports
