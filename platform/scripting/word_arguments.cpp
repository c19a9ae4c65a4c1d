// Lua values as plain data.
#include "scripting/word_arguments.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <lua.hpp>

#include "scripting/script_state.hpp"

namespace signalbox::scripting {
namespace {

constexpr size_t kMaxText = 4 << 10;

// What a table's key sorts by: positions, then names.
struct Entry {
  lua_Integer position = 0;
  std::string key;
  RuleValue value;
};

// What one declaration may hold in all: a table that is used twice counts twice.
struct Allowance {
  size_t entries = 10'000;
  size_t bytes = 256 << 10;
};

RuleValue ReadAny(lua_State* lua, int index, const std::string& what, int depth, Allowance* left);

// The key at the index, of the table called `what`.
Entry ReadKey(lua_State* lua, int index, const std::string& what) {
  Entry entry;
  if (lua_type(lua, index) == LUA_TSTRING) {
    entry.key.assign(lua_tostring(lua, index), lua_rawlen(lua, index));
    if (entry.key.empty() || entry.key.size() > 64)
      luaL_error(lua, "%s: a key has 1 to 64 bytes", what.c_str());
  } else if (lua_isinteger(lua, index)) {
    entry.position = lua_tointeger(lua, index);
  } else {
    luaL_error(lua, "%s: a key is a name or a place in a list", what.c_str());
  }
  return entry;
}

RuleValue ReadTable(lua_State* lua, int index, const std::string& what, int depth, Allowance* left) {
  if (depth > kMaxRuleDepth) luaL_error(lua, "%s: nested too deep", what.c_str());
  luaL_checkstack(lua, 4, nullptr);
  std::vector<Entry> entries;
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    if (entries.size() >= kMaxRuleEntries || left->entries-- == 0) {
      luaL_error(lua, "%s: more than 1000 entries", what.c_str());
    }
    entries.push_back(ReadKey(lua, lua_gettop(lua) - 1, what));
    Entry& entry = entries.back();
    const std::string name = entry.key.empty() ? what : what + "." + entry.key;
    entry.value = ReadAny(lua, lua_gettop(lua), name, depth + 1, left);
    lua_pop(lua, 1);
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (a.key.empty() != b.key.empty()) return a.key.empty();
    return a.key.empty() ? a.position < b.position : a.key < b.key;
  });
  RuleValue table = RuleValue::Table();
  for (auto& entry : entries) table.Add(std::move(entry.key), std::move(entry.value));
  return table;
}

std::string ReadText(lua_State* lua, int index, const std::string& what, Allowance* left) {
  const size_t size = lua_rawlen(lua, index);
  if (size > kMaxText || size > left->bytes) luaL_error(lua, "%s: a text is longer than 4 KB", what.c_str());
  left->bytes -= size;
  return {lua_tostring(lua, index), size};
}

RuleValue ReadAny(lua_State* lua, int index, const std::string& what, int depth, Allowance* left) {
  switch (lua_type(lua, index)) {
    case LUA_TBOOLEAN:
      return RuleValue::Flag(lua_toboolean(lua, index) != 0);
    case LUA_TNUMBER:
      return RuleValue::Number(CheckNumber(lua, index, what));
    case LUA_TSTRING:
      return RuleValue::Text(ReadText(lua, index, what, left));
    case LUA_TTABLE:
      return ReadTable(lua, index, what, depth, left);
    default:
      luaL_error(lua, "%s: a %s cannot stand here", what.c_str(), luaL_typename(lua, index));
  }
  return {};
}

}  // namespace

Declaration& Declaring(lua_State* lua, const char* word) {
  Declaration* declaration = ScriptState::Of(lua).declaring();
  if (declaration == nullptr) luaL_error(lua, "%s belongs at the top of the script, not in a function", word);
  return *declaration;
}

bool IsName(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

double CheckNumber(lua_State* lua, int index, const std::string& what) {
  const double value = lua_tonumber(lua, index);
  if (lua_type(lua, index) != LUA_TNUMBER || !std::isfinite(value)) {
    luaL_error(lua, "%s: a number is needed, not %s", what.c_str(), luaL_typename(lua, index));
  }
  return value;
}

std::string CheckRuleName(lua_State* lua, const char* word) {
  size_t size = 0;
  const char* text = luaL_checklstring(lua, 1, &size);
  if (size == 0 || size > 64) luaL_error(lua, "%s: its name must have 1 to 64 bytes", word);
  return {text, size};
}

std::string CheckName(lua_State* lua, int index, const char* what) {
  size_t size = 0;
  const char* text = lua_type(lua, index) == LUA_TSTRING ? lua_tolstring(lua, index, &size) : "";
  if (!IsName({text, size}))
    luaL_error(lua, "%s: a name in quotes is needed (letters, digits, _ and -)", what);
  return {text, size};
}

RuleValue ReadValue(lua_State* lua, int index, const std::string& what) {
  Allowance left;
  return ReadAny(lua, lua_absindex(lua, index), what, 0, &left);
}

void Raise(lua_State* lua, const Error& error) {
  const std::string hint = error.hint().empty() ? "" : ". " + error.hint();
  luaL_error(lua, "%s%s", error.message().c_str(), hint.c_str());
  std::abort();  // luaL_error does not return
}

}  // namespace signalbox::scripting
