// The __index functions behind item, ctx and tune.
#include "scripting/proxies.hpp"

#include <cmath>
#include <lua.hpp>

#include "scripting/request_tables.hpp"
#include "scripting/sandbox.hpp"
#include "scripting/script_state.hpp"

namespace signalbox::scripting {
namespace {

constexpr int64_t kDayMs = 86'400'000;

std::string_view Key(lua_State* lua, const char* owner) {
  size_t size = 0;
  if (lua_type(lua, 2) != LUA_TSTRING) luaL_error(lua, "%s is asked by name", owner);
  const char* text = lua_tolstring(lua, 2, &size);
  return {text, size};
}

void PushText(lua_State* lua, std::string_view text) {
  if (text.data() == nullptr) {
    lua_pushnil(lua);
  } else {
    lua_pushlstring(lua, text.data(), text.size());
  }
}

int RefuseWrite(lua_State* lua) {
  return luaL_error(lua, "%s is read-only", lua_tostring(lua, lua_upvalueindex(1)));
}

// A userdata without bytes whose metatable holds `index`, closed over `upvalue`.
void PushProxy(lua_State* lua, lua_CFunction index, const char* what, int upvalue = 0) {
  lua_newuserdatauv(lua, 0, 0);
  lua_createtable(lua, 0, 3);
  lua_pushinteger(lua, upvalue);
  lua_pushcclosure(lua, index, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushstring(lua, what);
  lua_pushcclosure(lua, RefuseWrite, 1);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

// NaN is no opinion.
int PushScore(lua_State* lua, double score) {
  std::isnan(score) ? lua_pushnil(lua) : lua_pushnumber(lua, score);
  return 1;
}

// item.score.<signal>, item.normalised.<signal>
int ReadScore(lua_State* lua) {
  View& view = ScriptState::Of(lua).view();
  const bool normalised = lua_tointeger(lua, lua_upvalueindex(1)) != 0;
  const std::string_view key = Key(lua, normalised ? "item.normalised" : "item.score");
  if (view.items == nullptr) return luaL_error(lua, "item can be read in filters and boosts only");
  const int signal = view.NumberOf(View::Kind::kSignal, key);
  return PushScore(lua, signal < 0 ? NAN : view.items->Score(view.row, signal, normalised));
}

void PushField(lua_State* lua, const FieldValue& value) {
  if (const auto* number = std::get_if<double>(&value)) {
    lua_pushnumber(lua, *number);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    PushText(lua, *text);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    lua_pushboolean(lua, *flag);
  } else if (const auto* list = std::get_if<std::vector<std::string_view>>(&value)) {
    lua_createtable(lua, static_cast<int>(list->size()), 0);
    for (size_t i = 0; i < list->size(); ++i) {
      PushText(lua, (*list)[i]);
      lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
    }
  } else {
    lua_pushnil(lua);
  }
}

int ReadItem(lua_State* lua) {
  View& view = ScriptState::Of(lua).view();
  const std::string_view key = Key(lua, "item");
  if (view.items == nullptr) return luaL_error(lua, "item can be read in filters and boosts only");
  if (key == "id") {
    PushText(lua, view.Id());
    return 1;
  }
  const int field = view.NumberOf(View::Kind::kField, key);
  switch (field) {
    case View::kScore:
    case View::kNormalised:
      lua_rawgeti(lua, LUA_REGISTRYINDEX, ScriptState::Of(lua).scores(field == View::kNormalised));
      return 1;
    case View::kBlend:
      return PushScore(lua, view.items->Blend(view.row));
    default:
      field < 0 ? lua_pushnil(lua) : PushField(lua, view.items->Field(view.row, field));
      return 1;
  }
}

int ReadSet(lua_State* lua) {
  View& view = ScriptState::Of(lua).view();
  const auto set = static_cast<Context::Set>(lua_tointeger(lua, lua_upvalueindex(1)));
  if (view.context == nullptr) return luaL_error(lua, "ctx can be read while a request runs only");
  const std::string_view id = Key(lua, "a set of items");
  const bool in_hand = view.items != nullptr && view.Id() == id;
  lua_pushboolean(lua, in_hand ? view.context->InRow(set, *view.items, view.row) : view.context->In(set, id));
  return 1;
}

// ctx.random(): from 0 up to 1; ctx.random(n): a whole number from 1 to n.
int Random(lua_State* lua) {
  View& view = ScriptState::Of(lua).view();
  if (view.context == nullptr) return luaL_error(lua, "ctx can be read while a request runs only");
  // SplitMix64 (Steele, Lea, Flood 2014).
  uint64_t bits = view.random_state += 0x9e3779b97f4a7c15U;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111ebU;
  bits ^= bits >> 31;
  const double unit = static_cast<double>(bits >> 11) * 0x1p-53;
  if (lua_isnoneornil(lua, 1)) return lua_pushnumber(lua, unit), 1;
  const lua_Integer most = luaL_checkinteger(lua, 1);
  if (most < 1 || most > (lua_Integer{1} << 53)) return luaL_argerror(lua, 1, "1 to 2^53 is needed");
  lua_pushinteger(lua, 1 + static_cast<lua_Integer>(unit * static_cast<double>(most)));
  return 1;
}

// What the tenant's clocks show; false for any other key.
bool PushTime(lua_State* lua, const Context& context, std::string_view key) {
  const int64_t clock_ms = context.now_ms + context.zone_offset_ms;
  int64_t day = clock_ms / kDayMs;
  if (clock_ms % kDayMs < 0) --day;
  const int64_t in_day_ms = clock_ms - day * kDayMs;
  if (key == "hour") {
    lua_pushinteger(lua, in_day_ms / 3'600'000);
  } else if (key == "minute") {
    lua_pushinteger(lua, in_day_ms / 60'000 % 60);
  } else if (key == "weekday") {
    lua_pushinteger(lua, ((day + 3) % 7 + 7) % 7 + 1);  // 1 January 1970 was a Thursday
  } else {
    return false;
  }
  return true;
}

// Reads ctx.<key> for all keys but the sets and random.
int ReadContext(lua_State* lua) {
  const Context* context = ScriptState::Of(lua).view().context;
  const std::string_view key = Key(lua, "ctx");
  if (context == nullptr) return luaL_error(lua, "ctx can be read while a request runs only");
  const auto text = [&](std::string_view value) {
    value.empty() ? lua_pushnil(lua) : PushText(lua, value);
    return 1;
  };
  const auto number = [&](int64_t value) {
    lua_pushinteger(lua, value);
    return 1;
  };
  if (key == "history_length") return number(context->history_length);
  if (key == "user") return text(context->user);
  if (key == "scenario") return text(context->scenario);
  if (key == "item") return text(context->item);
  if (key == "last") return text(context->last);
  if (key == "count") return number(context->count);
  if (key == "now") return number(context->now_ms / 1000);
  if (PushTime(lua, *context, key) || PushRequestTable(lua, key)) return 1;
  return luaL_error(lua, "ctx.%s is not known", key.data());
}

int ReadUnknownTunable(lua_State* lua) {
  return luaL_error(lua, "tune.%s is not declared; add tunable(\"%s\", ...)", Key(lua, "tune").data(),
                    Key(lua, "tune").data());
}

}  // namespace

void PushItem(lua_State* lua) { PushProxy(lua, ReadItem, "item"); }

void PushScores(lua_State* lua, bool normalised) {
  PushProxy(lua, ReadScore, normalised ? "item.normalised" : "item.score", normalised ? 1 : 0);
}

// The sets lie in a table that Lua looks into by itself, which saves a call for each item.
void PushContext(lua_State* lua) {
  PushProxy(lua, ReadContext, "ctx");
  lua_getmetatable(lua, -1);
  lua_createtable(lua, 0, 4);
  lua_pushcfunction(lua, Random);
  lua_setfield(lua, -2, "random");
  const auto add = [&](const char* name, Context::Set set) {
    PushProxy(lua, ReadSet, name, static_cast<int>(set));
    lua_setfield(lua, -2, name);
  };
  add("seen", Context::Set::kSeen);
  add("carted", Context::Set::kCarted);
  add("bought", Context::Set::kBought);
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, ReadContext);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
}

void MakeTune(lua_State* lua) {
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, ReadUnknownTunable);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  MakeReadOnly(lua, "tune");
}

}  // namespace signalbox::scripting
