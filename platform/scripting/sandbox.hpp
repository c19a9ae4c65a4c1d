// The environment of a script, built from empty: what is not put in is not there.
#pragma once

struct lua_State;

namespace signalbox::scripting {

// Leaves two tables on the stack: `names`, which holds what a script may use, and above it the
// proxy that a script has as its _ENV. Reading a name that is not in `names` raises an error that
// names it; assigning one calls on_assign(env, name, value).
// Requires: called inside a protected call on a new state; globals, package.loaded and the
// registry hold nothing reachable by scripts afterwards.
void PushSandbox(lua_State* lua, int (*on_assign)(lua_State*));

// Replaces the table on top with a proxy that reads it and refuses writes, as "<what> is
// read-only". Unknown keys give nil unless the table has a metatable of its own.
void MakeReadOnly(lua_State* lua, const char* what);

}  // namespace signalbox::scripting
