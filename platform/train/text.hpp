// Text from files that nobody has checked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace signalbox::train {

bool IsUtf8(std::string_view text);
// Each byte as the character of that number.
std::string Latin1ToUtf8(std::string_view text);

// What may be an id: 1 to 256 bytes of UTF-8 without control characters.
// Returns what is wrong with it, or "" if nothing is.
std::string_view IdFault(std::string_view id);

// The parts between separators; at least one, parts may be empty. Views into text.
std::vector<std::string_view> Split(std::string_view text, std::string_view separator);
// The words between runs of spaces and tabs. Views into text.
std::vector<std::string_view> SplitBlanks(std::string_view text);

// The whole text as a finite number; false if it is not one.
bool ParseNumber(std::string_view text, double* number);

}  // namespace signalbox::train
