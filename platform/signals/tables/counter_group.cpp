// Chunks are copied when they gain a key, when a snapshot holds them, or when their base moves on.
#include "signals/tables/counter_group.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <new>

namespace signalbox::signals {

namespace {
// Half lives an amount may lie above its chunk's base before the base moves on.
constexpr int64_t kHeadroom = 512;
}  // namespace

double Scaled(double amount, int64_t from, int64_t to) {
  const int64_t shift = from - to;
  if (shift > -1000 && shift < 1000) return amount * PowerOfTwo(shift);
  return std::ldexp(amount, static_cast<int>(std::clamp<int64_t>(shift, -4000, 4000)));
}

CounterGroup::CounterGroup(Reclaimer& reclaimer, const ports::ItemIndex& items)
    : reclaimer_(reclaimer), items_(items), chunks_(reclaimer), board_(new Leaderboard) {}

CounterGroup::~CounterGroup() { delete board_.load(std::memory_order_relaxed); }

CounterChunk* CounterGroup::Make(uint64_t present, int32_t base, uint32_t era) {
  const auto count = static_cast<size_t>(std::popcount(present));
  const bool full = count >= CounterChunk::kFull;
  const size_t places = full ? 64 : count;
  auto* chunk =
      new (reclaimer_.pool().Allocate(CounterChunk::Bytes(places))) CounterChunk{present, base, full, era};
  auto* amounts = reinterpret_cast<std::atomic<double>*>(chunk + 1);
  for (size_t i = 0; i < places; ++i) new (&amounts[i]) std::atomic<double>(0);
  return chunk;
}

CounterChunk* CounterGroup::Prepare(uint64_t index, unsigned bit, int64_t whole, uint32_t era) {
  auto* old = reinterpret_cast<CounterChunk*>(chunks_.Get(index));
  const uint64_t wanted = uint64_t{1} << bit;
  if (old == nullptr) {
    CounterChunk* fresh = Make(wanted, static_cast<int32_t>(whole), era);
    chunks_.Set(index, reinterpret_cast<uint64_t>(fresh));
    return fresh;
  }
  const bool moves = whole - old->base > kHeadroom;
  if (old->era == era && !moves && (old->has(bit) || old->full != 0)) return old;
  const uint64_t keys = old->keys();
  CounterChunk* fresh = Make(keys | wanted, moves ? static_cast<int32_t>(whole) : old->base, era);
  for (uint64_t left = keys; left != 0; left &= left - 1) {
    const auto key = static_cast<unsigned>(std::countr_zero(left));
    fresh->place(key).store(std::max(Scaled(old->amount(key), old->base, fresh->base), DBL_MIN),
                            std::memory_order_relaxed);
  }
  if ((keys & wanted) == 0 && fresh->full == 0) fresh->place(bit).store(DBL_MIN, std::memory_order_relaxed);
  chunks_.Set(index, reinterpret_cast<uint64_t>(fresh));
  reclaimer_.Retire(old, old->bytes());
  return fresh;
}

void CounterGroup::Add(sb_item key, double amount, int64_t whole, uint32_t era) {
  const unsigned bit = key % 64;
  CounterChunk* chunk = Prepare(key / 64, bit, whole, era);
  auto& place = chunk->place(bit);
  const double added = std::max(Scaled(amount, whole, chunk->base), DBL_MIN);
  place.store(std::min(place.load(std::memory_order_relaxed) + added, DBL_MAX), std::memory_order_relaxed);
  // In a full chunk the key shows once it has its amount.
  if (!chunk->has(bit)) chunk->present.store(chunk->keys() | uint64_t{1} << bit, std::memory_order_release);
  newest_ = touched_.empty() && board().entries.empty() ? whole : std::max(newest_, whole);
  touched_.push_back(key);
}

void CounterGroup::EndBatch() {
  if (touched_.empty()) return;
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  const Leaderboard& old = board();
  int64_t base = old.base;
  if (old.entries.empty() || newest_ - base > kHeadroom) base = newest_;
  std::vector<Leaderboard::Entry> changed;
  changed.reserve(touched_.size());
  for (const sb_item key : touched_) changed.push_back({key, std::max(Read(key, base), DBL_MIN)});
  touched_.clear();
  if (auto next = NextLeaderboard(old, std::move(changed), base, items_)) {
    board_.store(next.release(), std::memory_order_release);
    reclaimer_.RetireObject(&old);
  }
}

void CounterGroup::Put(uint64_t chunk, uint64_t present, int32_t base, const double* amounts) {
  newest_ = touched_.empty() ? base : std::max<int64_t>(newest_, base);
  CounterChunk* fresh = Make(present, base, 0);
  for (uint64_t left = present; left != 0; left &= left - 1) {
    const auto bit = static_cast<unsigned>(std::countr_zero(left));
    fresh->place(bit).store(*amounts++, std::memory_order_relaxed);
    touched_.push_back(static_cast<sb_item>(chunk * 64 + bit));
  }
  chunks_.Set(chunk, reinterpret_cast<uint64_t>(fresh));
}

double CounterGroup::Read(sb_item key, int64_t base) const {
  const CounterChunk* found = chunk(key / 64);
  if (found == nullptr || !found->has(key % 64)) return 0;
  return Scaled(found->amount(key % 64), found->base, base);
}

void CounterGroup::RetireChunks() {
  for (const auto& [index, slot] : chunks_.Copy()) {
    auto* old = reinterpret_cast<CounterChunk*>(slot);
    reclaimer_.Retire(old, old->bytes());
  }
}

}  // namespace signalbox::signals
