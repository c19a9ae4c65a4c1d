// Spending and refusing: the hook and the allocator.
#include "scripting/budget.hpp"

#include <ctime>
#include <lua.hpp>

#include "base/clock.hpp"

namespace signalbox::scripting {
namespace {

constexpr size_t kTextHeader = 32;  // at least what Lua keeps before a text's bytes

int64_t ThreadMicros() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

}  // namespace

void Budget::Refill(int64_t deadline_us) {
  instructions_left_ = limits_.instructions;
  left_us_ = given_us_ = deadline_us;
  running_ = false;
  spent_ = false;
}

void Budget::Resume() {
  if (running_) return;
  running_ = true;
  started_us_ = MonotonicMicros();
  thread_started_us_ = ThreadMicros();
  deadline_us_ = started_us_ + left_us_;
}

void Budget::Pause() {
  if (!running_) return;
  running_ = false;
  left_us_ -= ThreadMicros() - thread_started_us_;
}

// Puts the deadline off by what the thread has not had.
bool Budget::ThreadWasWaiting(int64_t now_us) {
  const int64_t unused_us = left_us_ - (ThreadMicros() - thread_started_us_);
  if (unused_us <= 0 || now_us - started_us_ >= kPatience * given_us_) return false;
  deadline_us_ = now_us + unused_us;
  return true;
}

bool Budget::Expired() {
  if (spent_ || !running_) return spent_;
  const int64_t now_us = MonotonicMicros();
  if (now_us >= deadline_us_ && !ThreadWasWaiting(now_us)) spent_ = true;
  return spent_;
}

bool Budget::Refuses(size_t held, size_t new_size) {
  if (new_size >= kAskedBlock && Expired()) throw Spent();
  const bool over = new_size > kMaxBlock || bytes_ - held + new_size > limits_.memory_bytes ||
                    arena_.held() + arena_.Growth(new_size) > limits_.memory_bytes + limits_.memory_bytes / 4;
  if (over && Expired()) throw Spent();  // Lua would collect everything before it gives up
  return over;
}

void* Budget::Allocate(void* budget, void* block, size_t old_size, size_t new_size) {
  auto& self = *static_cast<Budget*>(budget);
  const size_t held = block == nullptr ? 0 : old_size;  // else it is a type tag
  if (new_size == 0) {
    if (block != nullptr) self.arena_.Give(block, old_size);
    self.bytes_ -= held;
    return nullptr;
  }
  if (new_size > held) {  // Lua relies on shrinking to succeed
    if (block == nullptr && old_size == LUA_TSTRING && new_size > kMaxText + kTextHeader) {
      // Longer ones make single instructions slow: comparing them, or reading them as numbers.
      if (self.Expired()) throw Spent();
      if (self.watched_ != nullptr) luaL_error(self.watched_, "a text longer than 64 KB");
      return nullptr;
    }
    if (self.Refuses(held, new_size)) return nullptr;
  }
  void* moved = block == nullptr ? self.arena_.Take(new_size) : self.arena_.Resize(block, old_size, new_size);
  if (moved != nullptr) self.bytes_ += new_size - held;
  return moved;
}

void Budget::Watch(lua_State* lua) {
  watched_ = lua;
  lua_sethook(lua, &Budget::OnCount, LUA_MASKCOUNT, kHookInterval);
}

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
  if (Expired()) luaL_error(lua, "the script took too long; simplify it or do less per item");
}

}  // namespace signalbox::scripting
