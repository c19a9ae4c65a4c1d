// Boards are walked from the top; whatever was not met weighs at most what the walk has come down to.
#include "signals/tables/counter_top.hpp"

#include <algorithm>
#include <bit>

#include "absl/container/flat_hash_set.h"

namespace signalbox::signals {

namespace {

using Entry = Leaderboard::Entry;

class TopSearch {
 public:
  TopSearch(std::span<const RankedGroup> groups, size_t k, const EligibleBits& eligible, int64_t base,
            const ports::ItemIndex& items)
      : groups_(groups), k_(k), eligible_(eligible), base_(base), items_(items) {}

  std::vector<Entry> Run() {
    if (k_ == 0 || groups_.empty()) return {};
    if (!(groups_.size() == 1 ? WalkOne() : WalkSeveral())) Scan();
    return std::move(found_);
  }

 private:
  auto heavier() const {
    return [this](const Entry& a, const Entry& b) { return Heavier(items_, a, b); };
  }

  // One board, in its own order. False = it does not reach to the k-th.
  bool WalkOne() {
    const Leaderboard& board = *groups_[0].board;
    const double threshold = Rounded(board.threshold);
    for (const Entry& entry : board.entries) {
      if (Rounded(entry.amount) <= threshold) return false;
      if (!eligible_.has(entry.item)) continue;
      found_.push_back({entry.item, Scaled(entry.amount, board.base, base_)});
      if (found_.size() == k_) return true;
    }
    return board.threshold == 0;
  }

  double Sum(sb_item item) const {
    double sum = 0;
    for (const RankedGroup& ranked : groups_) sum += ranked.group->Read(item, base_);
    return sum;
  }

  // All boards side by side, 64 entries at a time. False = they do not decide.
  bool WalkSeveral() {
    absl::flat_hash_set<sb_item> met;
    for (size_t depth = 0;; depth += kStep) {
      double bound = 0;
      bool more = false;
      for (const RankedGroup& ranked : groups_) {
        const Leaderboard* board = ranked.board;
        const size_t end = std::min(depth + kStep, board->entries.size());
        for (size_t i = depth; i < end; ++i) {
          const sb_item item = board->entries[i].item;
          if (met.insert(item).second && eligible_.has(item)) found_.push_back({item, Sum(item)});
        }
        const bool below = end < board->entries.size();
        more |= below;
        bound += Scaled(below ? board->entries[end].amount : board->threshold, board->base, base_);
      }
      if (Decided(bound)) return true;
      if (!more) return bound == 0 && (KeepHeaviest(), true);
    }
  }

  // True when k entries weigh more than anything not met: keeps those.
  bool Decided(double bound) {
    const auto limit = Rounded(bound);
    const auto above = std::count_if(found_.begin(), found_.end(),
                                     [&](const Entry& entry) { return Rounded(entry.amount) > limit; });
    if (static_cast<size_t>(above) < k_) return false;
    KeepHeaviest();
    return true;
  }

  void KeepHeaviest() {
    const size_t kept = std::min(k_, found_.size());
    std::partial_sort(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(kept), found_.end(),
                      heavier());
    found_.resize(kept);
  }

  // Every eligible key, 64 at a time; a heap holds the heaviest.
  void Scan() {
    found_.clear();
    const uint64_t chunks = (static_cast<uint64_t>(items_.size()) + 63) / 64;
    for (uint64_t c = 0; c < chunks; ++c) {
      const uint64_t allowed = eligible_.word(c);
      if (allowed == 0) continue;
      uint64_t present = 0;
      for (const RankedGroup& ranked : groups_) {
        if (const CounterChunk* chunk = ranked.group->chunk(c)) present |= chunk->keys();
      }
      for (uint64_t left = present & allowed; left != 0; left &= left - 1) {
        const auto item = static_cast<sb_item>(c * 64 + static_cast<unsigned>(std::countr_zero(left)));
        Offer({item, Sum(item)});
      }
    }
    std::sort_heap(found_.begin(), found_.end(), heavier());
  }
  void Offer(const Entry& entry) {
    if (found_.size() == k_) {
      if (!Heavier(items_, entry, found_.front())) return;
      std::pop_heap(found_.begin(), found_.end(), heavier());
      found_.pop_back();
    }
    found_.push_back(entry);
    std::push_heap(found_.begin(), found_.end(), heavier());
  }

  static constexpr size_t kStep = 64;
  std::span<const RankedGroup> groups_;
  size_t k_;
  const EligibleBits& eligible_;
  int64_t base_;
  const ports::ItemIndex& items_;
  std::vector<Entry> found_;
};

}  // namespace

std::vector<Entry> HeaviestOf(std::span<const RankedGroup> groups, size_t k, const EligibleBits& eligible,
                              int64_t base, const ports::ItemIndex& items) {
  return TopSearch(groups, k, eligible, base, items).Run();
}

}  // namespace signalbox::signals
