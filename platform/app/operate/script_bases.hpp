// Which revision each script file was last pulled from or published as.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace signalbox::app {

// Kept per server in <folder of the script>/.signalbox/bases.json, which belongs into no repository. A
// missing or unreadable file means nothing is known.
class ScriptBases {
 public:
  ScriptBases(const std::string& folder, std::string url);

  std::optional<uint64_t> Find(const std::string& name) const;
  // Errors: kUnavailable.
  Result<void> Record(const std::string& name, uint64_t number);

 private:
  const std::string path_, url_;
};

}  // namespace signalbox::app
