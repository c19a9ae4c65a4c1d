// Runs tests of scenarios through the real pipeline, without a server.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace signalbox::app {

struct ScriptTestReport {
  size_t passed = 0;
  std::vector<std::string> failures;  // "home_test.lua:12: no repeats: expected a, b; got b, a"
};

// Runs every test of a "<scenario>_test.lua" against the scenarios of a folder. The signals are those of
// the configuration by name, and give each item the scores the test says; everything else is as in a node.
// config: empty = the usual places.
// Errors: kInvalidArgument with "file:line: reason"; kNotFound; those of the node.
Result<ScriptTestReport> RunScriptTests(const std::string& test_file, const std::string& scenario_dir,
                                        const std::string& config);

}  // namespace signalbox::app
