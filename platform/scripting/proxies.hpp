// `item`, `ctx` and `tune`: what a script reads while it runs, by __index straight from C++.
#pragma once

struct lua_State;

namespace signalbox::scripting {

// Each pushes one object. They hold nothing: they read the View of the state they live in, so one
// `item` serves every candidate and nothing is allocated per row.
void PushItem(lua_State* lua);
void PushContext(lua_State* lua);
// item.score, or item.normalised
void PushScores(lua_State* lua, bool normalised);
// Replaces the table of tunables' values on top with what scripts see of it.
void MakeTune(lua_State* lua);

}  // namespace signalbox::scripting
