// What ctx has of tables: made when a script first asks, once a request, gone with it.
#pragma once

#include <string_view>

struct lua_State;

namespace signalbox::scripting {

// Pushes ctx.<key> for "history", "request", "user_attributes" and "categories"; false, and nothing
// pushed, for any other key. All are read-only.
// Requires: a request runs.
bool PushRequestTable(lua_State* lua, std::string_view key);

}  // namespace signalbox::scripting
