// Any text as a script: it is refused with its place, or it runs within its limits.
#include <cstdint>
#include <cstdlib>

#include "scripting/scenario.hpp"

namespace {

using signalbox::scripting::Context;
using signalbox::scripting::FieldValue;
using signalbox::scripting::ItemReader;

class OneItem final : public ItemReader {
 public:
  std::string_view Id(uint32_t) const override { return "a"; }
  int FieldByName(std::string_view name) const override { return name.empty() ? -1 : name[0] % 5; }
  FieldValue Field(uint32_t, int field) const override {
    switch (field) {
      case 0:
        return 1.5;
      case 1:
        return std::string_view("text");
      case 2:
        return true;
      case 3:
        return std::vector<std::string_view>{"x", "y"};
      default:
        return {};
    }
  }
};

struct Nobody final : Context {
  bool In(Set, std::string_view) const override { return false; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signalbox::scripting;
  RunLimits limits;
  limits.instructions = 20'000;
  const auto scenario =
      Scenario::Compile("s", "s.lua", std::string(reinterpret_cast<const char*>(data), size), limits);
  if (!scenario) {
    if (scenario.error().message().compare(0, 6, "s.lua:") != 0) std::abort();
    return 0;
  }
  const Nobody context;
  const OneItem items;
  const auto run = (*scenario)->Begin(context);
  if (!run) return 0;
  const Declaration& declared = (*scenario)->declaration();
  if (declared.has_weights) static_cast<void>((*run)->Weights());
  for (size_t i = 0; i < declared.filters.size(); ++i) static_cast<void>((*run)->Filter(i, items, 0));
  for (size_t i = 0; i < declared.boosts.size(); ++i) static_cast<void>((*run)->Boost(i, items, 0));
  return 0;
}
