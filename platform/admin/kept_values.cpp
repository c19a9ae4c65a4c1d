// Checks until no value is in the way.
#include "admin/kept_values.hpp"

namespace signalbox::admin {

Result<std::vector<std::string>> KeepFittingValues(const ports::ScenarioRuntime& runtime,
                                                   const model::ObjectName& object,
                                                   model::RevisionContent* content) {
  constexpr std::string_view kValues = "values.";
  std::vector<std::string> dropped;
  for (;;) {
    const auto checked = runtime.Check(object, *content);
    if (checked) return dropped;
    const std::string& field = checked.error().field();
    if (field.rfind(kValues, 0) != 0 || content->values.erase(field.substr(kValues.size())) == 0) {
      return Fail(checked.error());
    }
    dropped.push_back(field.substr(kValues.size()));
  }
}

}  // namespace signalbox::admin
