// Functions on tables: a fixed order of keys, a stable sort, no more than 10,000 entries.
#include <algorithm>
#include <lua.hpp>
#include <numeric>
#include <string_view>
#include <vector>

#include "scripting/budget.hpp"
#include "scripting/frozen.hpp"
#include "scripting/safe_functions.hpp"

namespace signalbox::scripting {
namespace {

constexpr size_t kMaxEntries = 10'000;
constexpr size_t kMaxSortedText = 1 << 10;
constexpr lua_Integer kMaxUnpacked = 200;

int Forward(lua_State* lua) {
  BudgetOf(lua).RaiseIfSpent(lua);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

// A table to be read: one that is frozen is replaced by what it shows.
void Open(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (!OpenFrozen(lua, 1) && lua_getmetatable(lua, 1)) {  // its entries are made as they are read
    luaL_argerror(lua, 1, "go through that table with ipairs");
  }
}

void CheckReadable(lua_State* lua) {
  Open(lua);
  if (lua_rawlen(lua, 1) > kMaxEntries) luaL_argerror(lua, 1, "table longer than 10,000 entries");
}

void CheckWritable(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (lua_getmetatable(lua, 1)) luaL_argerror(lua, 1, "that table is read-only");
  if (lua_rawlen(lua, 1) > kMaxEntries) luaL_argerror(lua, 1, "table longer than 10,000 entries");
}

// A key in the order in which pairs gives them: false, true, numbers ascending, texts by bytes.
struct Key {
  int rank;
  double number;
  std::string_view text;
  bool operator<(const Key& other) const {
    if (rank != other.rank) return rank < other.rank;
    return rank == 2 ? number < other.number : text < other.text;
  }
};

Key KeyAt(lua_State* lua, int index) {
  switch (lua_type(lua, index)) {
    case LUA_TBOOLEAN:
      return {lua_toboolean(lua, index), 0, {}};
    case LUA_TNUMBER:
      return {2, lua_tonumber(lua, index), {}};
    case LUA_TSTRING: {
      size_t size = 0;
      const char* text = lua_tolstring(lua, index, &size);
      return {3, 0, {text, size}};
    }
    default:
      luaL_error(lua, "a table with a key that is a %s has no fixed order", luaL_typename(lua, index));
      return {};
  }
}

// pairs(t): Lua's own order of keys is another in every process.
int Pairs(lua_State* lua) {
  lua_settop(lua, 1);
  Open(lua);
  std::vector<std::pair<Key, lua_Integer>> keys;
  lua_newtable(lua);  // as they come
  for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
    if (keys.size() >= kMaxEntries) luaL_argerror(lua, 1, "table longer than 10,000 entries");
    keys.emplace_back(KeyAt(lua, -2), static_cast<lua_Integer>(keys.size()) + 1);
    lua_pushvalue(lua, -2);
    lua_rawseti(lua, 2, keys.back().second);
  }
  std::sort(keys.begin(), keys.end());
  lua_createtable(lua, static_cast<int>(keys.size()), 0);
  for (size_t i = 0; i < keys.size(); ++i) {
    lua_rawgeti(lua, 2, keys[i].second);
    lua_rawseti(lua, 3, static_cast<lua_Integer>(i) + 1);
  }
  lua_remove(lua, 2);  // table, keys
  lua_pushvalue(lua, 1);
  lua_insert(lua, 2);  // table, table, keys
  lua_pushinteger(lua, static_cast<lua_Integer>(keys.size()));
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, PairsStep, 4);
  lua_insert(lua, 1);
  lua_pushnil(lua);
  return 3;
}

// next(t, key): the entry whose key comes after, in the order of pairs.
int Next(lua_State* lua) {
  lua_settop(lua, 2);
  Open(lua);
  BudgetOf(lua).RaiseIfSpent(lua);
  const bool first = lua_isnil(lua, 2);
  const Key after = first ? Key{} : KeyAt(lua, 2);
  lua_pushnil(lua);  // 3: the key found
  Key least{};
  size_t entries = 0;
  for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
    if (++entries > kMaxEntries) luaL_argerror(lua, 1, "table longer than 10,000 entries");
    const Key key = KeyAt(lua, -2);
    if ((!first && !(after < key)) || (!lua_isnil(lua, 3) && !(key < least))) continue;
    least = key;
    lua_pushvalue(lua, -2);
    lua_replace(lua, 3);
  }
  if (lua_isnil(lua, 3)) return 1;
  lua_pushvalue(lua, 3);
  lua_rawget(lua, 1);
  return 2;
}

int Concat(lua_State* lua) {
  CheckReadable(lua);
  if (!lua_isnoneornil(lua, 2)) luaL_checktype(lua, 2, LUA_TSTRING);
  const size_t between = lua_isnoneornil(lua, 2) ? 0 : lua_rawlen(lua, 2);
  const auto most = static_cast<lua_Integer>(kMaxEntries);
  const lua_Integer first = luaL_optinteger(lua, 3, 1);
  const lua_Integer last = luaL_optinteger(lua, 4, static_cast<lua_Integer>(lua_rawlen(lua, 1)));
  if (first < -most || last > most) luaL_error(lua, "table.concat: more than 10,000 entries");
  size_t total = 0;
  for (lua_Integer i = first; i <= last; ++i) {
    lua_rawgeti(lua, 1, i);
    total += lua_rawlen(lua, -1) + between;
    lua_pop(lua, 1);
    if (total > Budget::kMaxText) luaL_error(lua, "table.concat: more than 64 KB");
  }
  return Forward(lua);
}

int Insert(lua_State* lua) {
  CheckWritable(lua);
  return Forward(lua);
}

int Unpack(lua_State* lua) {
  CheckReadable(lua);
  const lua_Integer first = luaL_optinteger(lua, 2, 1);
  const lua_Integer last = luaL_optinteger(lua, 3, static_cast<lua_Integer>(lua_rawlen(lua, 1)));
  const auto most = static_cast<lua_Integer>(kMaxEntries);
  if (first < -most || last > most || last - first >= kMaxUnpacked) {
    luaL_error(lua, "table.unpack: more than 200 values");
  }
  return Forward(lua);
}

int Pack(lua_State* lua) {
  if (lua_gettop(lua) > kMaxUnpacked) luaL_error(lua, "more than 200 arguments");
  return Forward(lua);
}

// Whether the entry at place a of the table at 1 comes before that at b, by the function at 2.
bool Before(lua_State* lua, lua_Integer a, lua_Integer b) {
  const bool own = lua_isnil(lua, 2);
  if (!own) lua_pushvalue(lua, 2);
  lua_rawgeti(lua, 1, a);
  lua_rawgeti(lua, 1, b);
  bool before = false;
  if (own) {
    before = lua_compare(lua, -2, -1, LUA_OPLT) != 0;
    lua_pop(lua, 2);
  } else {
    lua_call(lua, 2, 1);
    before = lua_toboolean(lua, -1) != 0;
    lua_pop(lua, 1);
  }
  return before;
}

// Merges ever longer runs. Equal entries keep their order, and a comparison that lies costs
// nothing but a wrong order; Lua's own sort takes its pivots from the clock.
std::vector<lua_Integer> SortedPlaces(lua_State* lua, size_t entries) {
  std::vector<lua_Integer> places(entries), merged(entries);
  std::iota(places.begin(), places.end(), 1);
  size_t compared = 0;
  for (size_t run = 1; run < entries; run *= 2) {
    for (size_t from = 0; from < entries; from += 2 * run) {
      const size_t middle = std::min(from + run, entries), end = std::min(from + 2 * run, entries);
      size_t left = from, right = middle;
      for (size_t out = from; out < end; ++out) {
        if (++compared % 256 == 0) BudgetOf(lua).RaiseIfSpent(lua);
        const bool take_right = right < end && (left >= middle || Before(lua, places[right], places[left]));
        merged[out] = take_right ? places[right++] : places[left++];
      }
    }
    places.swap(merged);
  }
  return places;
}

// table.sort(t, before)
int Sort(lua_State* lua) {
  CheckWritable(lua);
  lua_settop(lua, 2);
  if (!lua_isnil(lua, 2)) luaL_checktype(lua, 2, LUA_TFUNCTION);
  BudgetOf(lua).RaiseIfSpent(lua);
  const auto entries = static_cast<lua_Integer>(lua_rawlen(lua, 1));
  for (lua_Integer i = 1; i <= entries; ++i) {  // long texts make comparing slow, outside any hook
    if (lua_rawgeti(lua, 1, i) == LUA_TSTRING && lua_rawlen(lua, -1) > kMaxSortedText) {
      luaL_error(lua, "table.sort: a text longer than 1 KB");
    }
    lua_pop(lua, 1);
  }
  const std::vector<lua_Integer> places = SortedPlaces(lua, static_cast<size_t>(entries));
  lua_createtable(lua, static_cast<int>(entries), 0);
  for (lua_Integer i = 1; i <= entries; ++i) {
    lua_rawgeti(lua, 1, places[static_cast<size_t>(i - 1)]);
    lua_rawseti(lua, 3, i);
  }
  for (lua_Integer i = 1; i <= entries; ++i) {
    lua_rawgeti(lua, 3, i);
    lua_rawseti(lua, 1, i);
  }
  return 0;
}

}  // namespace

int PairsStep(lua_State* lua) {
  const lua_Integer last = lua_tointeger(lua, lua_upvalueindex(3));
  lua_Integer place = lua_tointeger(lua, lua_upvalueindex(4));
  while (place < last) {
    lua_rawgeti(lua, lua_upvalueindex(2), ++place);
    lua_pushvalue(lua, -1);
    if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL) {
      lua_pushinteger(lua, place);
      lua_replace(lua, lua_upvalueindex(4));
      return 2;
    }
    lua_pop(lua, 2);  // removed since
  }
  lua_pushnil(lua);
  return 1;
}

const luaL_Reg kSafeOrder[] = {{"pairs", Pairs}, {"next", Next}, {nullptr, nullptr}};

const luaL_Reg kSafeTable[] = {{"concat", Concat}, {"insert", Insert}, {"remove", Insert}, {"sort", Sort},
                               {"unpack", Unpack}, {"pack", Pack},     {nullptr, nullptr}};

}  // namespace signalbox::scripting
