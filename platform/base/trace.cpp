// Checking by position: every part has its length.
#include "base/trace.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace signalbox {
namespace {

constexpr size_t kLength = 55, kTraceAt = 3, kTraceDigits = 32, kParentAt = 36, kParentDigits = 16,
                 kFlagsAt = 53;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(std::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

bool IsTraceParent(std::string_view text) {
  if (text.size() < kLength) return false;
  const std::string_view version = text.substr(0, 2);
  if (!IsHex(version) || version == "ff") return false;
  if (text.size() > kLength && (version == "00" || text[kLength] != '-')) return false;
  return text[kTraceAt - 1] == '-' && text[kParentAt - 1] == '-' && text[kFlagsAt - 1] == '-' &&
         IsId(text.substr(kTraceAt, kTraceDigits)) && IsId(text.substr(kParentAt, kParentDigits)) &&
         IsHex(text.substr(kFlagsAt, 2));
}

std::string TraceParentOf(const std::string* given) {
  if (given != nullptr && given->size() <= 512 && IsTraceParent(*given)) return *given;
  return "00-" + RandomId() + '-' + RandomId().substr(0, kParentDigits) + "-00";
}

std::string_view TraceIdOf(std::string_view trace_parent) {
  return IsTraceParent(trace_parent) ? trace_parent.substr(kTraceAt, kTraceDigits) : std::string_view();
}

}  // namespace signalbox
