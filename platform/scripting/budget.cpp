// Spending and refusing: the hook and the allocator.
#include "scripting/budget.hpp"

#include <cstdlib>
#include <lua.hpp>

#include "base/clock.hpp"

namespace signalbox::scripting {

void Budget::Refill(int64_t deadline_us) {
  instructions_left_ = limits_.instructions;
  left_us_ = deadline_us;
  running_ = false;
  spent_ = false;
}

void Budget::Resume() {
  if (running_) return;
  running_ = true;
  deadline_us_ = MonotonicMicros() + left_us_;
}

void Budget::Pause() {
  if (!running_) return;
  running_ = false;
  left_us_ = deadline_us_ - MonotonicMicros();
}

bool Budget::Expired() {
  if (!spent_ && running_ && MonotonicMicros() >= deadline_us_) spent_ = true;
  return spent_;
}

void* Budget::Allocate(void* budget, void* block, size_t old_size, size_t new_size) {
  auto& self = *static_cast<Budget*>(budget);
  const size_t held = block == nullptr ? 0 : old_size;  // else it is a type tag
  if (new_size == 0) {
    std::free(block);
    self.bytes_ -= held;
    return nullptr;
  }
  if (new_size > held) {  // Lua relies on shrinking to succeed
    if (new_size > kMaxBlock || self.bytes_ - held + new_size > self.limits_.memory_bytes) return nullptr;
    if (new_size >= kRefusedBlock && self.Expired()) return nullptr;
  }
  void* grown = std::realloc(block, new_size);
  if (grown != nullptr) self.bytes_ += new_size - held;
  return grown;
}

void Budget::Watch(lua_State* lua) { lua_sethook(lua, &Budget::OnCount, LUA_MASKCOUNT, kHookInterval); }

void Budget::OnCount(lua_State* lua, lua_Debug*) {
  Budget& self = BudgetOf(lua);
  if (self.instructions_left_ <= kHookInterval) self.spent_ = true;
  self.instructions_left_ -= self.spent_ ? self.instructions_left_ : kHookInterval;
  if (!self.Expired()) return;
  // From here on every instruction fails, so that nothing in the script can go on.
  lua_sethook(lua, &Budget::OnCount, LUA_MASKCOUNT, 1);
  luaL_where(lua, 0);
  lua_pushliteral(lua, "the script took too long; simplify it or do less per item");
  lua_concat(lua, 2);
  lua_error(lua);
}

void Budget::RaiseIfSpent(lua_State* lua) {
  if (Expired()) lua_error(lua);
}

}  // namespace signalbox::scripting
