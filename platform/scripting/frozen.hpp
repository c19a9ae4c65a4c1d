// Tables that scripts can read and not change, in place.
#pragma once

struct lua_State;

namespace signalbox::scripting {

// Makes the table on top read-only for every holder of it: its entries move to a table of their
// own behind its metatable. Writes raise "<why>". A table that has a metatable is left alone.
void Freeze(lua_State* lua, const char* why);

// Replaces a frozen (or otherwise proxied) table at the index by the one that holds its entries;
// false = it is an ordinary table.
bool OpenFrozen(lua_State* lua, int index);

// Freezes every table that the function on top can reach through its locals of outside, and
// raises an error for the first function among these that changes such a local: so that nothing
// one request does is seen by another. Leaves the stack as it was.
// Errors raised begin with "<file>:<line>:".
void Seal(lua_State* lua);

}  // namespace signalbox::scripting
