// The words of the DSL: what a script declares at its top level.
#pragma once

struct lua_State;

namespace signalbox::scripting {

// Puts tunable, candidates, where, filter, boost and cache_seconds into the table on top.
void AddWords(lua_State* lua);

// __newindex of a script's environment: takes the function `weights`, refuses everything else.
int AssignGlobal(lua_State* lua);

}  // namespace signalbox::scripting
