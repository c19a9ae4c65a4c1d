// Tables of the request, kept until it ends.
#include "scripting/request_tables.hpp"

#include <lua.hpp>
#include <map>
#include <string>
#include <vector>

#include "scripting/frozen.hpp"
#include "scripting/script_state.hpp"

namespace signalbox::scripting {
namespace {

constexpr double kMinuteMs = 60'000;
constexpr const char* kReadOnly = "what ctx shows is read-only";

void SetText(lua_State* lua, const char* key, std::string_view text) {
  if (text.empty()) return;
  lua_pushlstring(lua, text.data(), text.size());
  lua_setfield(lua, -2, key);
}

// ctx.history[i], 1 the newest: { id =, type =, event =, age_minutes = }, made when first read.
int ReadHistory(lua_State* lua) {
  const Context* context = ScriptState::Of(lua).view().context;
  if (context == nullptr || !lua_isinteger(lua, 2)) return lua_pushnil(lua), 1;
  const lua_Integer place = lua_tointeger(lua, 2);
  if (place < 1 || place > context->history_length) return lua_pushnil(lua), 1;
  const auto event = context->History(static_cast<uint32_t>(place - 1));
  lua_createtable(lua, 0, 4);
  SetText(lua, "id", event.item);
  SetText(lua, "type", event.item_type);
  SetText(lua, "event", event.event_type);
  lua_pushnumber(lua, static_cast<double>(context->now_ms - event.time_ms) / kMinuteMs);
  lua_setfield(lua, -2, "age_minutes");
  Freeze(lua, kReadOnly);
  lua_pushvalue(lua, -1);
  lua_rawseti(lua, 1, place);  // read from there the next time
  return 1;
}

int HistoryLength(lua_State* lua) {
  const Context* context = ScriptState::Of(lua).view().context;
  lua_pushinteger(lua, context == nullptr ? 0 : context->history_length);
  return 1;
}

int RefuseWrite(lua_State* lua) { return luaL_error(lua, "%s", kReadOnly); }

void PushHistory(lua_State* lua) {
  lua_newtable(lua);
  lua_createtable(lua, 0, 4);
  lua_pushcfunction(lua, ReadHistory);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, HistoryLength);
  lua_setfield(lua, -2, "__len");
  lua_pushcfunction(lua, RefuseWrite);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

void PushList(lua_State* lua, const std::vector<std::string>& texts) {
  lua_createtable(lua, static_cast<int>(texts.size()), 0);
  for (size_t i = 0; i < texts.size(); ++i) {
    lua_pushlstring(lua, texts[i].data(), texts[i].size());
    lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
  }
  Freeze(lua, kReadOnly);
}

void PushValues(lua_State* lua, const std::map<std::string, model::ContextValue>* values) {
  lua_newtable(lua);
  if (values != nullptr) {
    for (const auto& [key, value] : *values) {
      lua_pushlstring(lua, key.data(), key.size());
      if (const auto* number = std::get_if<double>(&value)) {
        lua_pushnumber(lua, *number);
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        lua_pushlstring(lua, text->data(), text->size());
      } else if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        PushList(lua, *list);
      } else {
        lua_pushboolean(lua, std::get<bool>(value));
      }
      lua_rawset(lua, -3);
    }
  }
  Freeze(lua, kReadOnly);
}

void PushCategories(lua_State* lua, const Context& context) {
  lua_newtable(lua);
  for (const auto& [category, count] : context.Categories()) {
    lua_pushlstring(lua, category.data(), category.size());
    lua_pushinteger(lua, count);
    lua_rawset(lua, -3);
  }
  Freeze(lua, kReadOnly);
}

}  // namespace

bool PushRequestTable(lua_State* lua, std::string_view key) {
  const bool known = key == "history" || key == "request" || key == "user_attributes" || key == "categories";
  if (!known) return false;
  ScriptState& state = ScriptState::Of(lua);
  const Context& context = *state.view().context;
  luaL_checkstack(lua, 8, nullptr);
  if (lua_rawgeti(lua, LUA_REGISTRYINDEX, state.request_tables()) != LUA_TTABLE) {
    lua_pop(lua, 1);
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_rawseti(lua, LUA_REGISTRYINDEX, state.request_tables());
  }
  lua_pushlstring(lua, key.data(), key.size());
  if (lua_rawget(lua, -2) == LUA_TNIL) {
    lua_pop(lua, 1);
    if (key == "history") {
      PushHistory(lua);
    } else if (key == "categories") {
      PushCategories(lua, context);
    } else {
      PushValues(lua, key == "request" ? context.request_values : context.user_attributes);
    }
    lua_pushlstring(lua, key.data(), key.size());
    lua_pushvalue(lua, -2);
    lua_rawset(lua, -4);
  }
  lua_remove(lua, -2);
  return true;
}

}  // namespace signalbox::scripting
