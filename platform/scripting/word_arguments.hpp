// Reading what a word of the DSL is called with. Everything here raises Lua errors that name the
// word and the key.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "scripting/rule_value.hpp"
#include "scripting/scenario.hpp"

struct lua_State;

namespace signalbox::scripting {

// Where declarations go; refuses a word that is called while a request runs.
Declaration& Declaring(lua_State* lua, const char* word);

// Letters, digits, '_' and '-'; 1 to 64.
bool IsName(std::string_view text);

// The argument as a finite number.
double CheckNumber(lua_State* lua, int index, const std::string& what);
// The argument as a text of 1 to 64 bytes, "<word>: its name ..." otherwise.
std::string CheckRuleName(lua_State* lua, const char* word);
// The argument as a name; what: "fallback".
std::string CheckName(lua_State* lua, int index, const char* what);

// A table, text, number or flag as plain data. Lists come first, by index; then keys in name
// order. `what` begins messages.
RuleValue ReadValue(lua_State* lua, int index, const std::string& what);

// Raises the error with its hint.
[[noreturn]] void Raise(lua_State* lua, const Error& error);

}  // namespace signalbox::scripting
