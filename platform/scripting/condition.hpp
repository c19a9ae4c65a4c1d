// One native comparison of an item's attribute with constants.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace signalbox::scripting {

struct Condition {
  enum class Op { kEquals, kIn, kAbove, kBelow, kAtLeast, kAtMost };
  std::string field;
  Op op = Op::kEquals;
  std::vector<std::variant<double, std::string, bool>> operands;  // one, but for kIn
  bool or_absent = false;
  bool operator==(const Condition&) const = default;
};

}  // namespace signalbox::scripting
