// Operators' rules as JSON: whatever is read can be written, and is then read as the same.
#include <cstdint>
#include <cstdlib>

#include "scripting/list_rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signalbox::scripting;
  const auto rules = ParseListRules({reinterpret_cast<const char*>(data), size});
  if (!rules) {
    if (rules.error().field().compare(0, 5, "rules") != 0) std::abort();
    return 0;
  }
  const std::string written = WriteListRules(*rules);
  const auto again = ParseListRules(written);
  if (again && WriteListRules(*again) != written) std::abort();
  if (!again && size < 512) std::abort();
  return 0;
}
