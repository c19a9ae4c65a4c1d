// A state's filters and boosts that need no Lua.
#include <lua.hpp>

#include "scripting/frozen.hpp"
#include "scripting/script_state.hpp"

namespace signalbox::scripting {
namespace {

constexpr double kLargestExact = 9007199254740992;  // 2^53

// The value on top; texts live as long as it.
NativeValue ValueOnTop(lua_State* lua) {
  switch (lua_type(lua, -1)) {
    case LUA_TNIL:
      return NativeValue::Nil();
    case LUA_TBOOLEAN:
      return NativeValue::Flag(lua_toboolean(lua, -1) != 0);
    case LUA_TNUMBER: {
      const double number = lua_tonumber(lua, -1);
      if (!lua_isinteger(lua, -1)) return NativeValue::Number(number);
      if (number <= kLargestExact && number >= -kLargestExact)
        return NativeValue::Integer(lua_tointeger(lua, -1));
      break;
    }
    case LUA_TSTRING: {
      size_t size = 0;
      const char* text = lua_tolstring(lua, -1, &size);
      return NativeValue::Text({text, size});
    }
    default:
      break;
  }
  return {NativeValue::Kind::kOther, false, 0, 0, {}};
}

}  // namespace

void ScriptState::SealFunctions(lua_State* lua) {
  const auto seal = [&](int function) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, function);
    Seal(lua);
    lua_pop(lua, 1);
  };
  if (declaration_.has_weights) seal(weights_);
  for (const int filter : filters_) seal(filter);
  for (const int boost : boosts_) seal(boost);
}

std::unique_ptr<NativeFunction> ScriptState::MakeNative(lua_State* lua, int function) {
  luaL_checkstack(lua, 8, nullptr);
  const int top = lua_gettop(lua);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, function);
  lua_Debug where{};
  lua_pushvalue(lua, -1);
  lua_getinfo(lua, ">S", &where);
  NativeFunction::Place place;
  if (const auto text = files_.find(where.source + 1); text != files_.end()) place.source = text->second;
  place.first_line = where.linedefined;
  place.last_line = where.lastlinedefined;
  lua_rawgeti(lua, LUA_REGISTRYINDEX, environment_);
  for (int i = 1;; ++i) {
    const char* name = lua_getupvalue(lua, top + 1, i);
    if (name == nullptr) break;
    if (std::string_view(name) == "_ENV") {
      place.sees_globals = lua_rawequal(lua, -1, top + 2) != 0;
    } else {
      place.outside[name] = ValueOnTop(lua);
    }
    lua_pop(lua, 1);  // what it holds is held by the function too
  }
  auto native = NativeFunction::Compile(place, scratch_);
  lua_settop(lua, top);
  return native;
}

void ScriptState::MakeAllNative(lua_State* lua) {
  for (const auto& tunable : declaration_.tunables) {
    scratch_.tunable_places.emplace(tunable.name, scratch_.tunable_places.size());
  }
  SetNativeTunables({});
  for (const int filter : filters_) native_filters_.push_back(MakeNative(lua, filter));
  for (const int boost : boosts_) native_boosts_.push_back(MakeNative(lua, boost));
}

void ScriptState::SetNativeTunables(const std::map<std::string, double>& given) {
  scratch_.tunables.clear();
  for (const auto& tunable : declaration_.tunables) {
    const auto value = given.find(tunable.name);
    scratch_.tunables.push_back(value == given.end() ? tunable.value : value->second);
  }
}

size_t ScriptState::native_count() const {
  size_t count = 0;
  for (const auto* functions : {&native_filters_, &native_boosts_}) {
    for (const auto& function : *functions) count += function != nullptr ? 1 : 0;
  }
  return count;
}

}  // namespace signalbox::scripting
