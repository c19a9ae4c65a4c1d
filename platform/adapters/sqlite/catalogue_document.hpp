// How an item lies in the database: its attributes as a JSON text, its vectors as bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/item.hpp"

namespace signalbox::sqlite {

// An object of the attributes; a time is {"time_ms": 1700000000000}, which no other kind is.
// Errors: kInvalidArgument for text that is not UTF-8.
Result<std::string> EncodeAttributes(const model::Item& item);

// Per vector, by name: the name (LEB128 length and bytes), u32 dimension, float32 values.
std::string EncodeVectors(const model::Item& item);

// Fills attributes and vectors. Errors: kDataLoss where the bytes are not what Encode gave.
Result<void> DecodeItem(const std::string& attributes, std::string_view vectors, model::Item* item);

}  // namespace signalbox::sqlite
