// W3C trace context (www.w3.org/TR/trace-context): which request something came with.
#pragma once

#include <string>
#include <string_view>

namespace signalbox {

// "00-<32 hexadecimal digits>-<16>-<2>", lower case, neither id all zeros. Of a later version, whatever
// follows these behind another '-' is let pass; version ff is none.
bool IsTraceParent(std::string_view text);

// The given one if it is valid, else a new one, not sampled: every request can be followed.
std::string TraceParentOf(const std::string* given);

// The 32 digits that all that one request caused has in common; empty where the text is none.
std::string_view TraceIdOf(std::string_view trace_parent);

}  // namespace signalbox
