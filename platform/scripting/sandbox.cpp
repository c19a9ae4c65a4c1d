// Which of Lua's own functions a script gets.
#include "scripting/sandbox.hpp"

#include <initializer_list>
#include <lua.hpp>

#include "scripting/safe_functions.hpp"

namespace signalbox::scripting {
namespace {

constexpr const char* kBase[] = {"assert", "error", "ipairs", "select", "type"};
constexpr const char* kMathAsIs[] = {"huge", "maxinteger", "mininteger", "pi", "tointeger", "type"};
constexpr const char* kMath[] = {"abs", "acos",  "asin", "atan", "ceil",      "cos",  "deg",
                                 "exp", "floor", "fmod", "log",  "max",       "min",  "modf",
                                 "rad", "sin",   "sqrt", "tan",  "tointeger", "type", "ult"};

int ReadUnknown(lua_State* lua) {
  return luaL_error(lua, "'%s' is not available yet",
                    lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?");
}

int RefuseWrite(lua_State* lua) {
  return luaL_error(lua, "%s is read-only; keep what you change in a local",
                    lua_tostring(lua, lua_upvalueindex(1)));
}

// Copies the named entries of the table at `from` into the one on top.
template <size_t count>
void Copy(lua_State* lua, int from, const char* const (&names)[count]) {
  for (const char* name : names) {
    lua_getfield(lua, from, name);
    lua_setfield(lua, -2, name);
  }
}

// Puts each function into the table on top, with the library's own of that name as its upvalue.
void Wrap(lua_State* lua, int library, const luaL_Reg* functions) {
  for (; functions->name != nullptr; ++functions) {
    lua_getfield(lua, library, functions->name);
    lua_pushcclosure(lua, functions->func, 1);
    lua_setfield(lua, -2, functions->name);
  }
}

// The same with functions on numbers.
template <size_t count>
void WrapNumbers(lua_State* lua, int from, const char* const (&names)[count]) {
  for (const char* name : names) {
    lua_getfield(lua, from, name);
    lua_pushcclosure(lua, ForwardNumbers, 1);
    lua_setfield(lua, -2, name);
  }
}

int OpenLibrary(lua_State* lua, const char* name, lua_CFunction open) {
  luaL_requiref(lua, name, open, 0);
  return lua_gettop(lua);
}

// Texts' methods come from the safe functions, and nothing can reach the metatable.
void LockTextMetatable(lua_State* lua, int functions) {
  lua_pushliteral(lua, "");
  lua_createtable(lua, 0, 2);
  lua_pushvalue(lua, functions);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_pop(lua, 1);
}

// What opening libraries left in the registry.
void ForgetLibraries(lua_State* lua) {
  lua_newtable(lua);
  lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  for (const char* key : {LUA_LOADED_TABLE, LUA_PRELOAD_TABLE}) {
    lua_pushnil(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, key);
  }
}

void PushNames(lua_State* lua) {
  const int base = OpenLibrary(lua, "_G", luaopen_base);
  const int math = OpenLibrary(lua, "math", luaopen_math);
  const int text = OpenLibrary(lua, "string", luaopen_string);
  const int table = OpenLibrary(lua, "table", luaopen_table);
  lua_newtable(lua);
  const int names = lua_gettop(lua);
  Copy(lua, base, kBase);
  Wrap(lua, base, kSafeBase);
  Wrap(lua, base, kSafeOrder);

  lua_newtable(lua);
  Copy(lua, math, kMathAsIs);
  WrapNumbers(lua, math, kMath);
  MakeReadOnly(lua, "math");
  lua_setfield(lua, names, "math");

  lua_newtable(lua);
  Wrap(lua, text, kSafeString);
  LockTextMetatable(lua, lua_gettop(lua));
  MakeReadOnly(lua, "string");
  lua_setfield(lua, names, "string");

  lua_newtable(lua);
  Wrap(lua, table, kSafeTable);
  MakeReadOnly(lua, "table");
  lua_setfield(lua, names, "table");

  lua_replace(lua, base);
  lua_settop(lua, base);
  ForgetLibraries(lua);
}

}  // namespace

void MakeReadOnly(lua_State* lua, const char* what) {
  lua_newtable(lua);
  lua_createtable(lua, 0, 3);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushstring(lua, what);
  lua_pushcclosure(lua, RefuseWrite, 1);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

void PushSandbox(lua_State* lua, int (*on_assign)(lua_State*)) {
  PushNames(lua);
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, ReadUnknown);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);

  lua_newtable(lua);
  lua_createtable(lua, 0, 3);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, on_assign);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

}  // namespace signalbox::scripting
