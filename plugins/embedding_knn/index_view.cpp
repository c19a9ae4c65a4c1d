// Searching and scoring a view.
#include "index_view.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "kernels.hpp"

namespace signalbox::embedding_knn {

namespace {

// One more where the nearest of all, the item itself, is left out.
size_t LeastEf(const Query& query) {
  return std::max(query.ef, query.count + (query.exclude == kNoItem ? 0 : 1));
}

}  // namespace

IndexView::IndexView(std::shared_ptr<const Graph> graph, TailView tail, uint64_t generation)
    : graph_(std::move(graph)), tail_(std::move(tail)), generation_(generation) {}

const float* IndexView::Find(Item item) const {
  const uint32_t row = tail_.Find(item);
  if (row != RowTable::kNoRow) return tail_.VectorAt(row);
  return graph_ == nullptr ? nullptr : graph_->Find(item);
}

Place IndexView::PlaceOf(Item item) const {
  const uint32_t row = tail_.Find(item);
  if (row != RowTable::kNoRow) return {uint64_t{1} << 32 | row};
  const uint32_t node = graph_ == nullptr ? Graph::kNoNode : graph_->NodeOf(item);
  return node == Graph::kNoNode ? Place() : Place{node};
}

void IndexView::Score(const float* vector, std::span<const Item> items, std::span<float> scores) const {
  // Two passes a block: rows lie anywhere in memory, so they are asked for before they are needed.
  std::array<const float*, 64> rows;
  for (size_t begin = 0; begin < items.size(); begin += rows.size()) {
    const size_t count = std::min(rows.size(), items.size() - begin);
    if (graph_ != nullptr) {
      for (size_t i = 0; i < count; ++i) __builtin_prefetch(graph_->Hint(items[begin + i]));
    }
    for (size_t i = 0; i < count; ++i) {
      rows[i] = Find(items[begin + i]);
      __builtin_prefetch(rows[i]);
      __builtin_prefetch(rows[i] == nullptr ? nullptr : rows[i] + 16);
    }
    for (size_t i = 0; i < count; ++i) {
      if (rows[i] != nullptr) scores[begin + i] = Dot(vector, rows[i], dimension());
    }
  }
}

std::vector<Hit> IndexView::Search(const Query& query) const {
  if (query.count == 0) return {};
  if (query.eligible.bits() == nullptr) return SearchOnce(query, LeastEf(query));
  return SearchFiltered(query);
}

std::vector<Hit> IndexView::SearchOnce(const Query& query, size_t ef) const {
  std::vector<Hit> hits;
  if (graph_ != nullptr) {
    hits.reserve(ef + query.count);
    graph_->Search(query.vector, ef, &hits);
    std::erase_if(hits,
                  [&](const Hit& hit) { return hit.item == query.exclude || !query.eligible(hit.item); });
  }
  KeepBest(&hits, query.count);
  ScanTail(query, tail_.begin, &hits);
  KeepBest(&hits, query.count);
  return hits;
}

std::vector<Hit> IndexView::SearchFiltered(const Query& query) const {
  const size_t least = LeastEf(query);
  const double share = EligibleShare(query.eligible);
  const size_t words = (query.eligible.size() + 63) / 64;
  if (share < kOpenShare && CountBits(query.eligible.bits(), words) <= kExactLimit)
    return ScanEligible(query);

  const double wanted = 1.2 * static_cast<double>(query.count) / std::max(share, 1e-3);
  size_t ef = std::clamp(static_cast<size_t>(wanted), least, std::max(least, kMaxEf));
  for (;;) {
    std::vector<Hit> hits = SearchOnce(query, ef);
    const bool exhausted = graph_ == nullptr || ef >= graph_->size() || ef >= kMaxEf;
    if (hits.size() >= query.count || exhausted) return hits;
    if (CountBits(query.eligible.bits(), words) <= kExactLimit) return ScanEligible(query);
    ef = std::min(ef * 4, kMaxEf);
  }
}

std::vector<Hit> IndexView::ScanEligible(const Query& query) const {
  std::vector<Hit> hits;
  std::array<Item, 64> items;
  std::array<float, 64> scores;
  size_t pending = 0;
  const auto score_pending = [&] {
    scores.fill(kNoOpinion);
    Score(query.vector, {items.data(), pending}, {scores.data(), pending});
    for (size_t i = 0; i < pending; ++i) {
      if (scores[i] == scores[i] && items[i] != query.exclude) hits.push_back({scores[i], items[i]});
    }
    pending = 0;
  };
  for (uint32_t word = 0; word * 64 < query.eligible.size(); ++word) {
    for (uint64_t bits = query.eligible.bits()[word]; bits != 0; bits &= bits - 1) {
      const Item item = word * 64 + static_cast<Item>(std::countr_zero(bits));
      if (item >= query.eligible.size()) break;
      items[pending++] = item;
      if (pending == items.size()) score_pending();
    }
  }
  score_pending();
  KeepBest(&hits, query.count);
  return hits;
}

std::vector<Hit> IndexView::SearchTail(const Query& query, uint32_t first) const {
  std::vector<Hit> hits;
  ScanTail(query, std::max(first, tail_.begin), &hits);
  KeepBest(&hits, query.count);
  return hits;
}

void IndexView::ScanTail(const Query& query, uint32_t first, std::vector<Hit>* hits) const {
  if (tail_.end - first > kScanLimit) first = tail_.end - kScanLimit;
  for (uint32_t row = first; row < tail_.end; ++row) {
    const Item item = tail_.ItemAt(row);
    if (!tail_.alive(row) || item == query.exclude || !query.eligible(item)) continue;
    hits->push_back({Dot(query.vector, tail_.VectorAt(row), dimension()), item});
  }
}

void KeepBest(std::vector<Hit>* hits, size_t count) {
  if (hits->size() > count) {
    std::nth_element(hits->begin(), hits->begin() + static_cast<std::ptrdiff_t>(count), hits->end(), Better);
    hits->resize(count);
  }
  std::sort(hits->begin(), hits->end(), Better);
}

double EligibleShare(const Eligible& eligible) {
  if (eligible.bits() == nullptr) return 1;
  const size_t words = (eligible.size() + 63) / 64;
  if (words == 0) return 0;
  constexpr size_t kSample = 256;
  const size_t step = std::max<size_t>(words / kSample, 1);
  size_t set = 0, seen = 0;
  for (size_t word = 0; word < words; word += step) {
    set += CountBits(eligible.bits() + word, 1);
    seen += std::min<size_t>(64, eligible.size() - word * 64);
  }
  return static_cast<double>(set) / static_cast<double>(seen);
}

}  // namespace signalbox::embedding_knn
