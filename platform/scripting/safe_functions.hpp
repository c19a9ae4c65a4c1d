// Stand-ins for library functions that could run long in C, tell addresses, or hide a spent budget.
#pragma once

struct luaL_Reg;

namespace signalbox::scripting {

// Each list ends with a null entry.
extern const luaL_Reg kSafeBase[];
extern const luaL_Reg kSafeString[];
extern const luaL_Reg kSafeTable[];

}  // namespace signalbox::scripting
