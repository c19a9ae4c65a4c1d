// Finds functions that change a local of outside, in Lua 5.4's compiled form.
#pragma once

#include <string_view>

namespace signalbox::scripting {

struct KeptLocal {
  bool understood = false;
  int line = 0;     // of the first change; 0 = there is none
  int upvalue = 0;  // which local of outside, from 0
};

// dump: what lua_dump writes of a function, with its debug information. A change by a function
// within it counts where the local is outside of both. `understood` is false for anything but
// Lua 5.4's format with the sizes of this machine.
KeptLocal FindKeptLocal(std::string_view dump);

}  // namespace signalbox::scripting
