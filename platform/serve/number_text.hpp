// Numbers in messages.
#pragma once

#include <charconv>
#include <string>

namespace signalbox::serve {

// The shortest text that gives the number back: "0.5", "14".
inline std::string NumberText(double number) {
  char digits[40];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

}  // namespace signalbox::serve
