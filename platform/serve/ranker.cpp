// A heap of candidates, a heap of the kept.
#include "serve/ranker.hpp"

#include <algorithm>
#include <charconv>

namespace signalbox::serve {
namespace {

// Room for rounding between a product of factors and their successive application.
constexpr double kSlack = 1 + 1e-12;

double LargestFactor(const RankInput& input) {
  if (input.rules == nullptr || !input.boost) return 1;
  double factor = 1;
  for (const auto& [name, max] : input.declaration->boosts) factor *= std::max(1.0, max);
  return factor;
}

bool Gone(const RankInput& input, uint32_t row) {
  if (input.catalogue == nullptr || input.items[row] >= input.catalogue->size()) return false;
  return input.catalogue->Deleted(input.items[row]) || input.catalogue->Hidden(input.items[row]);
}

std::string Effect(const std::string& name, double factor) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<float>(factor)).ptr;
  return "boost '" + name + "' x" + std::string(digits, end);
}

Result<void> Boost(const RankInput& input, RankedRow* ranked) {
  if (input.rules == nullptr || !input.boost) return {};
  for (size_t i = 0; i < input.declaration->boosts.size(); ++i) {
    const auto factor = input.rules->Boost(i, *input.reader, ranked->row);
    if (!factor) return Fail(factor.error());
    ranked->score *= *factor;
    if (input.explain && *factor != 1) {
      ranked->effects.push_back(Effect(input.declaration->boosts[i].first, *factor));
    }
  }
  return {};
}

}  // namespace

Result<bool> Ranker::Passes(const RankInput& input, uint32_t row) {
  if (Gone(input, row)) return false;
  if (input.rules == nullptr) return true;
  for (size_t i = 0; i < input.declaration->filters.size(); ++i) {
    const auto keep = input.rules->Filter(i, *input.reader, row);
    if (!keep || !*keep) return keep;
  }
  return true;
}

Result<void> Ranker::Rank(const RankInput& input, std::vector<RankedRow>* ranked) {
  ranked->clear();
  const auto by_id = [&](uint32_t a, uint32_t b) {
    return input.index->Compare(input.items[a], input.items[b]) < 0;
  };
  const auto worse = [&](const Blended& a, const Blended& b) {
    return a.score != b.score ? a.score < b.score : by_id(b.row, a.row);
  };
  const auto better = [&](const RankedRow& a, const RankedRow& b) {
    return a.score != b.score ? a.score > b.score : by_id(a.row, b.row);
  };
  heap_.resize(input.items.size());
  for (uint32_t row = 0; row < heap_.size(); ++row) heap_[row] = {input.scores[row], row};
  std::make_heap(heap_.begin(), heap_.end(), worse);

  const double largest = LargestFactor(input);
  const bool as_blended = input.rules == nullptr || !input.boost || input.declaration->boosts.empty();
  for (; !heap_.empty() && input.count > 0; heap_.pop_back()) {
    std::pop_heap(heap_.begin(), heap_.end(), worse);
    RankedRow next{heap_.back().row, heap_.back().score, {}};
    if (ranked->size() == input.count) {
      if (as_blended || next.score * largest * kSlack < ranked->front().score) break;
    }
    const auto passes = Passes(input, next.row);
    if (!passes) return Fail(passes.error());
    if (!*passes) continue;
    if (const auto boosted = Boost(input, &next); !boosted) return Fail(boosted.error());
    if (ranked->size() == input.count) {
      if (!better(next, ranked->front())) continue;
      std::pop_heap(ranked->begin(), ranked->end(), better);
      ranked->pop_back();
    }
    ranked->push_back(std::move(next));
    std::push_heap(ranked->begin(), ranked->end(), better);
  }
  std::sort(ranked->begin(), ranked->end(), better);
  return {};
}

}  // namespace signalbox::serve
