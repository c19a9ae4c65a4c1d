// Stand-ins for library functions that could run long in C, tell addresses, depend on where things
// lie in memory, or hide a spent budget.
#pragma once

struct lua_State;
struct luaL_Reg;

namespace signalbox::scripting {

// Each list ends with a null entry.
extern const luaL_Reg kSafeBase[];
extern const luaL_Reg kSafeOrder[];  // pairs, next: of the base library too
extern const luaL_Reg kSafeString[];
extern const luaL_Reg kSafeTable[];

// The iterator that pairs gives: a function with a place of its own.
int PairsStep(lua_State* lua);

// For every function of the library that is handed on: checks the budget, refuses texts where
// numbers are expected, then calls upvalue 1.
int ForwardNumbers(lua_State* lua);

}  // namespace signalbox::scripting
