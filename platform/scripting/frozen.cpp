// Freezing, and the walk over what functions hold.
#include "scripting/frozen.hpp"

#include <lua.hpp>
#include <string>

#include "scripting/budget.hpp"
#include "scripting/kept_locals.hpp"
#include "scripting/safe_functions.hpp"

namespace signalbox::scripting {
namespace {

constexpr const char* kMadeAtTop =
    "a table made at the top of the script is read-only while requests run; make a new one in the function";
constexpr lua_Integer kMaxReached = 20'000;
constexpr size_t kMaxDumped = 4 << 20;

int RefuseWrite(lua_State* lua) { return luaL_error(lua, "%s", lua_tostring(lua, lua_upvalueindex(1))); }

int Length(lua_State* lua) {
  lua_pushinteger(lua, static_cast<lua_Integer>(lua_rawlen(lua, lua_upvalueindex(1))));
  return 1;
}

// Things found so far: a list, and a set of the same. Both are tables at fixed places of the stack.
struct Walk {
  int list, set;
  lua_Integer found = 0;
  size_t dumped = 0;
};

// Takes the value on top off; notes it if it is a table without a metatable, or a Lua function.
void Reach(lua_State* lua, Walk* walk) {
  const int type = lua_type(lua, -1);
  const bool table = type == LUA_TTABLE && !luaL_getmetafield(lua, -1, "__metatable");
  if (lua_tocfunction(lua, -1) == PairsStep)
    luaL_error(lua, "an iterator of pairs would be kept between requests");
  const bool function = type == LUA_TFUNCTION && !lua_iscfunction(lua, -1);
  if (type == LUA_TTABLE && !table) lua_pop(lua, 1);  // the field
  if (!table && !function) return lua_pop(lua, 1);
  lua_pushvalue(lua, -1);
  if (lua_rawget(lua, walk->set) != LUA_TNIL) return lua_pop(lua, 2);
  lua_pop(lua, 1);
  if (++walk->found > kMaxReached) luaL_error(lua, "the script keeps more than 20,000 tables and functions");
  lua_pushvalue(lua, -1);
  lua_pushboolean(lua, 1);
  lua_rawset(lua, walk->set);
  lua_rawseti(lua, walk->list, walk->found);
}

void ReachEntries(lua_State* lua, int table, Walk* walk) {
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    Reach(lua, walk);
    lua_pushvalue(lua, -1);
    Reach(lua, walk);
  }
}

int Collect(lua_State*, const void* bytes, size_t size, void* text) {
  auto& dump = *static_cast<std::string*>(text);
  if (dump.size() + size > kMaxDumped) return 1;
  dump.append(static_cast<const char*>(bytes), size);
  return 0;
}

// Of the Lua function on top.
void CheckFunction(lua_State* lua, Walk* walk) {
  std::string dump;
  if (lua_dump(lua, Collect, &dump, 0) != 0 || (walk->dumped += dump.size()) > kMaxDumped) {
    luaL_error(lua, "the script keeps too many functions; make fewer at its top");
  }
  lua_Debug where{};
  lua_pushvalue(lua, -1);
  lua_getinfo(lua, ">S", &where);
  const KeptLocal kept = FindKeptLocal(dump);
  if (!kept.understood)
    luaL_error(lua, "%s:%d: a function cannot be checked", where.short_src, where.linedefined);
  if (kept.line == 0) return;
  const char* name = lua_getupvalue(lua, -1, kept.upvalue + 1);
  lua_pushfstring(
      lua,
      "%s:%d: '%s' would be kept from one request to the next; a function may change only locals of "
      "its own",
      where.short_src, kept.line, name == nullptr ? "?" : name);
  lua_error(lua);
}

}  // namespace

void Freeze(lua_State* lua, const char* why) {
  if (lua_getmetatable(lua, -1)) return lua_pop(lua, 1);
  const int table = lua_gettop(lua);
  lua_newtable(lua);
  const int entries = table + 1;
  for (lua_pushnil(lua); lua_next(lua, table) != 0;) {
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, entries);
  }
  for (lua_pushnil(lua); lua_next(lua, entries) != 0; lua_pop(lua, 1)) {
    lua_pushvalue(lua, -2);
    lua_pushnil(lua);
    lua_rawset(lua, table);
  }
  lua_createtable(lua, 0, 4);
  lua_pushvalue(lua, entries);
  lua_setfield(lua, -2, "__index");
  lua_pushstring(lua, why);
  lua_pushcclosure(lua, RefuseWrite, 1);
  lua_setfield(lua, -2, "__newindex");
  lua_pushvalue(lua, entries);
  lua_pushcclosure(lua, Length, 1);
  lua_setfield(lua, -2, "__len");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, table);
  lua_settop(lua, table);
}

bool OpenFrozen(lua_State* lua, int index) {
  index = lua_absindex(lua, index);
  if (!luaL_getmetafield(lua, index, "__index")) return false;
  if (!lua_istable(lua, -1)) {
    lua_pop(lua, 1);
    return false;
  }
  lua_replace(lua, index);
  return true;
}

void Seal(lua_State* lua) {
  luaL_checkstack(lua, 16, nullptr);
  const int top = lua_gettop(lua);
  lua_newtable(lua);
  lua_newtable(lua);
  Walk walk{top + 1, top + 2};
  lua_pushvalue(lua, top);
  Reach(lua, &walk);
  for (lua_Integer next = 1; next <= walk.found; ++next) {
    if (next % 64 == 0) BudgetOf(lua).RaiseIfSpent(lua);
    if (lua_rawgeti(lua, walk.list, next) == LUA_TTABLE) {
      ReachEntries(lua, lua_gettop(lua), &walk);
    } else {
      CheckFunction(lua, &walk);
      for (int i = 1; lua_getupvalue(lua, -1, i) != nullptr; ++i) Reach(lua, &walk);
    }
    lua_pop(lua, 1);
  }
  for (lua_Integer next = 1; next <= walk.found; ++next) {
    if (lua_rawgeti(lua, walk.list, next) == LUA_TTABLE) Freeze(lua, kMadeAtTop);
    lua_pop(lua, 1);
  }
  lua_settop(lua, top);
}

}  // namespace signalbox::scripting
