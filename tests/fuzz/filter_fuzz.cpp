// The expression of `filter=`: whatever is read can be written, and is then read as the same.
#include <cstdint>
#include <cstdlib>

#include "scripting/predicate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signalbox::scripting;
  const auto predicate = ParseFilter({reinterpret_cast<const char*>(data), size});
  if (!predicate) {
    if (predicate.error().field() != "filter") std::abort();
    return 0;
  }
  const auto again = ParseFilter(WriteFilter(*predicate));
  // Written out it may be longer or deeper than what may be read.
  if (again ? *again != *predicate : WriteFilter(*predicate).size() <= 4096 && size < 512) std::abort();
  return 0;
}
