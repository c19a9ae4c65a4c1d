// A small Lua state that collects tables.
#include "scripting/script_tests.hpp"

#include <lua.hpp>
#include <memory>

#include "scripting/word_arguments.hpp"

namespace signalbox::scripting {
namespace {

struct Reading {
  const std::string& file;
  const std::string& source;
  std::vector<ScriptTest> tests;
};

Reading& Of(lua_State* lua) { return **static_cast<Reading**>(lua_getextraspace(lua)); }

// test("name", { … })
int AddTest(lua_State* lua) {
  ScriptTest test;
  test.name = CheckRuleName(lua, "test");
  luaL_checktype(lua, 2, LUA_TTABLE);
  test.body = ReadValue(lua, 2, test.name);
  lua_Debug caller{};
  if (lua_getstack(lua, 1, &caller) != 0 && lua_getinfo(lua, "l", &caller) != 0)
    test.line = caller.currentline;
  Of(lua).tests.push_back(std::move(test));
  return 0;
}

// Runs the file; protected.
int RunTop(lua_State* lua) {
  const Reading& reading = Of(lua);
  luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
  for (const char* name : {"load", "loadfile", "dofile", "collectgarbage"}) {
    lua_pushnil(lua);
    lua_setfield(lua, -2, name);
  }
  luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 1);
  luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 1);
  luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
  lua_register(lua, "test", AddTest);
  const std::string name = "@" + reading.file;
  if (luaL_loadbufferx(lua, reading.source.data(), reading.source.size(), name.c_str(), "t") != LUA_OK)
    return lua_error(lua);
  lua_call(lua, 0, 0);
  return 0;
}

}  // namespace

Result<std::vector<ScriptTest>> ReadScriptTests(const std::string& file, const std::string& source) {
  const std::unique_ptr<lua_State, decltype(&lua_close)> lua(luaL_newstate(), &lua_close);
  if (lua == nullptr) return Fail(Code::kResourceExhausted, file + ":1: no memory for a Lua state");
  Reading reading{file, source, {}};
  *static_cast<Reading**>(lua_getextraspace(lua.get())) = &reading;
  lua_pushcfunction(lua.get(), RunTop);
  if (lua_pcall(lua.get(), 0, 0, 0) != LUA_OK) {
    const char* reason = lua_tostring(lua.get(), -1);
    const std::string text = reason == nullptr ? "an error that is no text" : reason;
    return Fail(Code::kInvalidArgument, text.rfind(file, 0) == 0 ? text : file + ":1: " + text);
  }
  if (reading.tests.empty())
    return Fail(Code::kInvalidArgument, file + ":1: there is no test(\"name\", { … })");
  return std::move(reading.tests);
}

}  // namespace signalbox::scripting
