// What one request's Lua may spend: instructions, wall time and memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "scripting/arena.hpp"
#include "scripting/scenario.hpp"

struct lua_State;
struct lua_Debug;

namespace signalbox::scripting {

// The deadline is of wall time, but a thread that was not running is not the script's fault: past
// the deadline the thread's own time decides, up to kPatience times the deadline of wall time.
//
// Enforced by Lua's allocator, its count hook and the library functions that scripts get. Once it
// is spent it stays spent: every further instruction fails, and a block of kAskedBlock and more
// leaves by an exception, which also breaks loops inside C functions. The exception is none of
// Lua's: protected calls end as failed, and nothing is collected first, which could take
// milliseconds.
//
// Threads: one. Lifetime: outlives the Lua state that uses it.
class Budget {
 public:
  static constexpr int kHookInterval = 100;
  static constexpr size_t kAskedBlock = 4096;
  static constexpr size_t kMaxBlock = 1 << 20;
  static constexpr size_t kMaxText = 64 << 10;
  static constexpr int64_t kPatience = 10;

  explicit Budget(RunLimits limits) : limits_(limits) { Refill(limits.deadline_us); }

  // A new request: everything but the memory is given anew.
  void Refill(int64_t deadline_us);
  // Starts the clock unless it runs.
  void Resume();
  void Pause();

  int64_t deadline_us() const { return limits_.deadline_us; }
  bool spent() const { return spent_; }
  size_t bytes() const { return bytes_; }        // in use by Lua
  size_t held() const { return arena_.held(); }  // taken from the heap for it

  // lua_Alloc; `budget` is a Budget.
  static void* Allocate(void* budget, void* block, size_t old_size, size_t new_size);
  // Arms the hook. Requires: the state's extra space leads here by BudgetOf.
  void Watch(lua_State* lua);
  // Raises a Lua error when spent.
  void RaiseIfSpent(lua_State* lua);

 private:
  struct Spent {};  // what leaves Allocate
  static void OnCount(lua_State* lua, lua_Debug* activation);
  bool Expired();
  bool ThreadWasWaiting(int64_t now_us);
  bool Refuses(size_t held, size_t new_size);

  RunLimits limits_;
  Arena arena_;
  lua_State* watched_ = nullptr;
  uint64_t instructions_left_ = 0;
  int64_t given_us_ = 0;  // for the whole request
  int64_t left_us_ = 0;
  // Meaningful while running_; monotonic, but for the thread's own clock.
  int64_t deadline_us_ = 0;
  int64_t started_us_ = 0;
  int64_t thread_started_us_ = 0;
  bool running_ = false;
  bool spent_ = false;
  size_t bytes_ = 0;
};

// The budget of a state; defined where the state's owner is.
Budget& BudgetOf(lua_State* lua);

}  // namespace signalbox::scripting
