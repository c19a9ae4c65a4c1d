// Names the parameter at fault, and the nearest that exists.
#include "ingest/query_check.hpp"

#include <algorithm>

#include "base/nearest.hpp"

namespace signalbox::ingest {
namespace {

Error Refuse(const std::string& name, const std::string& what, std::string hint) {
  const std::string shown = name.substr(0, 64);
  return Error(Code::kInvalidArgument, "'" + shown + "' " + what).WithField(shown).WithHint(std::move(hint));
}

std::string HintFor(const std::string& name, const std::vector<std::string>& known) {
  if (known.empty()) return "This route takes no query parameters.";
  const std::string nearest = Nearest(name.substr(0, 64), known);
  if (!nearest.empty()) return "Did you mean " + nearest + "?";
  std::string hint = "Known are";
  for (const std::string& parameter : known) hint += (&parameter == &known.front() ? " " : ", ") + parameter;
  return hint + '.';
}

}  // namespace

Result<void> CheckQuery(const ports::HttpRequest& request, const std::vector<std::string>& known) {
  for (auto it = request.query.begin(); it != request.query.end(); ++it) {
    const std::string& name = it->first;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Fail(Refuse(name, "is not a parameter of this request", HintFor(name, known)));
    }
    const auto same = [&](const auto& other) { return other.first == name; };
    if (std::any_of(request.query.begin(), it, same)) {
      return Fail(Refuse(name, "is given twice", "Give it once."));
    }
  }
  return {};
}

}  // namespace signalbox::ingest
