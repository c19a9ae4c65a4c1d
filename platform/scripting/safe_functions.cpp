// Capped library functions. Texts they take and make are at most 64 KB.
#include "scripting/safe_functions.hpp"

#include <cstring>
#include <lua.hpp>
#include <string_view>

#include "scripting/budget.hpp"

namespace signalbox::scripting {
namespace {

constexpr size_t kMaxText = Budget::kMaxText;
constexpr size_t kMaxNumberText = 200;
constexpr int kMaxArguments = 200;

std::string_view CheckText(lua_State* lua, int index) {
  size_t size = 0;
  const char* text = luaL_checklstring(lua, index, &size);
  if (size > kMaxText) luaL_argerror(lua, index, "text longer than 64 KB");
  return {text, size};
}

// Calls upvalue 1, the library's own function, with the arguments given.
int Forward(lua_State* lua) {
  BudgetOf(lua).RaiseIfSpent(lua);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

int ToString(lua_State* lua) {
  luaL_checkany(lua, 1);
  switch (lua_type(lua, 1)) {
    case LUA_TNIL:
      lua_pushliteral(lua, "nil");
      break;
    case LUA_TBOOLEAN:
      lua_pushstring(lua, lua_toboolean(lua, 1) ? "true" : "false");
      break;
    case LUA_TNUMBER:
    case LUA_TSTRING:
      lua_pushvalue(lua, 1);
      lua_tolstring(lua, -1, nullptr);
      break;
    default:  // an address would tell where things lie
      lua_pushstring(lua, luaL_typename(lua, 1));
  }
  return 1;
}

int ToNumber(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TSTRING && lua_rawlen(lua, 1) > kMaxNumberText) return lua_pushnil(lua), 1;
  return Forward(lua);
}

// A protected call does not save a script whose budget is spent.
int ProtectedCall(lua_State* lua) {
  luaL_checkany(lua, 1);
  const int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
  if (status != LUA_OK) BudgetOf(lua).RaiseIfSpent(lua);
  lua_pushboolean(lua, status == LUA_OK);
  lua_insert(lua, 1);
  return lua_gettop(lua);
}

int Repeat(lua_State* lua) {
  const std::string_view text = CheckText(lua, 1);
  const lua_Integer times = luaL_checkinteger(lua, 2);
  const std::string_view between = lua_isnoneornil(lua, 3) ? std::string_view() : CheckText(lua, 3);
  const size_t piece = text.size() + between.size();
  if (times <= 0 || piece == 0) {
    lua_pushliteral(lua, "");
    return 1;
  }
  if (static_cast<lua_Unsigned>(times) > kMaxText / piece) luaL_error(lua, "string.rep: more than 64 KB");
  BudgetOf(lua).RaiseIfSpent(lua);
  luaL_Buffer buffer;
  luaL_buffinit(lua, &buffer);
  for (lua_Integer i = 0; i < times; ++i) {
    luaL_addlstring(&buffer, text.data(), text.size());
    if (i + 1 < times) luaL_addlstring(&buffer, between.data(), between.size());
  }
  luaL_pushresult(&buffer);
  return 1;
}

// Plain search: memmem is linear, patterns are not.
int Find(lua_State* lua) {
  const std::string_view text = CheckText(lua, 1), wanted = CheckText(lua, 2);
  lua_Integer from = luaL_optinteger(lua, 3, 1);
  const auto size = static_cast<lua_Integer>(text.size());
  if (from < 0) from = from < -size ? 1 : size + from + 1;
  if (from == 0) from = 1;
  if (from > size + 1) return lua_pushnil(lua), 1;
  BudgetOf(lua).RaiseIfSpent(lua);
  const char* start = text.data() + from - 1;
  const auto* found = static_cast<const char*>(
      memmem(start, static_cast<size_t>(size - from + 1), wanted.data(), wanted.size()));
  if (found == nullptr) return lua_pushnil(lua), 1;
  lua_pushinteger(lua, found - text.data() + 1);
  lua_pushinteger(lua, found - text.data() + static_cast<lua_Integer>(wanted.size()));
  return 2;
}

// The library's format, with every text checked and nothing that prints an address.
int Format(lua_State* lua) {
  const std::string_view format = CheckText(lua, 1);
  if (format.size() > 1024) luaL_argerror(lua, 1, "format longer than 1 KB");
  for (size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    i = format.find_first_not_of("-+ #0123456789.", i + 1);
    if (i == std::string_view::npos) break;
    if (format[i] == 'p' || format[i] == 'q') luaL_argerror(lua, 1, "%p and %q are not available");
  }
  for (int i = 2; i <= lua_gettop(lua); ++i) {
    if (lua_type(lua, i) == LUA_TSTRING) CheckText(lua, i);
    if (lua_type(lua, i) <= LUA_TSTRING) continue;
    lua_pushstring(lua, luaL_typename(lua, i));
    lua_replace(lua, i);
  }
  return Forward(lua);
}

int ForwardText(lua_State* lua) {
  CheckText(lua, 1);
  return Forward(lua);
}

int ForwardBounded(lua_State* lua) { return ForwardNumbers(lua); }

}  // namespace

int ForwardNumbers(lua_State* lua) {
  if (lua_gettop(lua) > kMaxArguments) luaL_error(lua, "more than 200 arguments");
  for (int i = 1; i <= lua_gettop(lua); ++i) {  // Lua would read each as a number, however long
    if (lua_type(lua, i) == LUA_TSTRING) luaL_argerror(lua, i, "a number is needed, not a text");
  }
  return Forward(lua);
}

const luaL_Reg kSafeBase[] = {
    {"tostring", ToString}, {"tonumber", ToNumber}, {"pcall", ProtectedCall}, {nullptr, nullptr}};

const luaL_Reg kSafeString[] = {{"byte", ForwardText},  {"char", ForwardBounded}, {"find", Find},
                                {"format", Format},     {"len", ForwardText},     {"lower", ForwardText},
                                {"rep", Repeat},        {"reverse", ForwardText}, {"sub", ForwardText},
                                {"upper", ForwardText}, {nullptr, nullptr}};

}  // namespace signalbox::scripting
