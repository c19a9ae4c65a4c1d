// Tests of scenarios as they are written: Lua files of test("name", { … }).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "scripting/rule_value.hpp"

namespace signalbox::scripting {

struct ScriptTest {
  std::string name;
  int line = 0;    // of the call
  RuleValue body;  // a table
};

// Runs the file's top level with Lua's maths, text and table functions and `test`, and gives the tests
// in order. For files of one's own: unlike scenarios they run without limits.
// Errors: kInvalidArgument with "<file>:<line>: reason", also where there is no test.
Result<std::vector<ScriptTest>> ReadScriptTests(const std::string& file, const std::string& source);

}  // namespace signalbox::scripting
