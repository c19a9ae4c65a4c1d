// PostgreSQL's array literals: whole columns as one parameter each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox::postgres {

// For $n::text[]. The texts are UTF-8 without NUL.
std::string TextArray(const std::vector<std::string>& values);
// The bytes in hexadecimal, for decode(<element>, 'hex').
std::string HexArray(const std::vector<std::string>& values);
// For $n::bigint[].
std::string NumberArray(const std::vector<uint64_t>& values);
// For $n::boolean[].
std::string FlagArray(const std::vector<bool>& values);

void AppendHex(std::string_view bytes, std::string* out);

}  // namespace signalbox::postgres
