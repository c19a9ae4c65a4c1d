// The words of the DSL: what a script declares at its top level.
#pragma once

struct lua_State;

namespace signalbox::scripting {

// Each puts its words into the table on top.
void AddWords(lua_State* lua);          // tunable, candidates, where, normalise, missing, cache_seconds,
                                        // fallback, extends
void AddFunctionWords(lua_State* lua);  // filter, boost
void AddRuleWords(lua_State* lua);      // rules, and at_most, pin and the like for it

// __newindex of a script's environment: takes the function `weights`, refuses everything else.
int AssignGlobal(lua_State* lua);

}  // namespace signalbox::scripting
