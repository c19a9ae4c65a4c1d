// Scripts that mean harm, by what they try.
#pragma once

#include <vector>

namespace signalbox::scripting {

struct HostileCase {
  const char* name;
  const char* body;  // of weights(ctx), a filter or a boost; or a whole script
  // What the error holds; "" = whatever the script did was within bounds and did no harm; several
  // possible ones are parted by '|'.
  const char* error;
};

// Run as `function weights(ctx) <body> end`, which may fall through.
const std::vector<HostileCase>& HostileWeights();
// Run as a filter over 500 items.
const std::vector<HostileCase>& HostileFilters();
// Whole scripts, refused when they are compiled.
struct HostileSource {
  const char* name;
  const char* head;
  const char* repeated;  // as often as 64 KB allow
  const char* tail;
  const char* error;
};
const std::vector<HostileSource>& HostileSources();

}  // namespace signalbox::scripting
