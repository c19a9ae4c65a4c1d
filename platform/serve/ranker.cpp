// From the best candidate down.
#include "serve/ranker.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

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

Result<Verdict> Ranker::Judge(const RankInput& input, uint32_t row) {
  if (Gone(input, row)) return Verdict{Verdict::Kind::kGone, 0, nullptr};
  const scripting::ListRule* rule = nullptr;
  if (input.screen != nullptr && input.screen->Of(input.items[row], &rule) == Screen::Verdict::kExclude)
    return Verdict{Verdict::Kind::kRule, 0, rule};
  if (input.rules == nullptr) return Verdict{};
  for (size_t i = 0; i < input.declaration->filters.size(); ++i) {
    const auto keep = input.rules->Filter(i, *input.reader, row);
    if (!keep) return Fail(keep.error());
    if (!*keep) return Verdict{Verdict::Kind::kFilter, i, nullptr};
  }
  return Verdict{};
}

// False = it is not to be in the list. Otherwise boosted.
Result<bool> Ranker::Look(const RankInput& input, RankedRow* row) {
  const auto verdict = Judge(input, row->row);
  if (!verdict) return Fail(verdict.error());
  if (verdict->kept()) {
    if (const auto boosted = Boost(input, row); !boosted) return Fail(boosted.error());
  }
  if (input.trace != nullptr) {
    RowTrace& trace = (*input.trace)[row->row];
    trace.looked_at = true;
    trace.verdict = *verdict;
    trace.score = row->score;
    trace.effects = row->effects;
  }
  return verdict->kept();
}

namespace {

// Best first, ties in the order of ids.
class Better {
 public:
  explicit Better(const RankInput& input) : input_(input) {}
  bool ById(uint32_t a, uint32_t b) const {
    return input_.index->Compare(input_.items[a], input_.items[b]) < 0;
  }
  bool operator()(const RankedRow& a, const RankedRow& b) const {
    return a.score != b.score ? a.score > b.score : ById(a.row, b.row);
  }

 private:
  const RankInput& input_;
};

}  // namespace

Result<void> Ranker::Rank(const RankInput& input, std::vector<RankedRow>* ranked, bool* all) {
  kept_.clear();
  buried_.clear();
  left_.Start(input.scores.first(input.items.size()));
  if (input.trace != nullptr) input.trace->assign(input.items.size(), {});
  return Deepen(input, ranked, all);
}

Result<void> Ranker::Deepen(const RankInput& input, std::vector<RankedRow>* ranked, bool* all) {
  const Better better(input);
  const auto by_id = [&better](uint32_t a, uint32_t b) { return better.ById(a, b); };
  best_scores_.clear();
  for (const RankedRow& row : kept_) NoteScore(row.score, input.count);
  const double largest = LargestFactor(input);
  const bool as_blended = input.rules == nullptr || !input.boost || input.declaration->boosts.empty();
  for (; !left_.empty() && input.count > 0; left_.Pop()) {
    const BestFirst::Best top = left_.Top(by_id);
    if (best_scores_.size() == input.count && input.trace == nullptr) {
      if (as_blended || top.score * largest * kSlack < best_scores_.front()) break;
    }
    RankedRow next{top.row, top.score, false, {}};
    const scripting::ListRule* rule = nullptr;
    if (input.screen != nullptr && input.screen->Of(input.items[next.row], &rule) == Screen::Verdict::kBury) {
      if (input.trace != nullptr) (*input.trace)[next.row].buried_by = rule;
      buried_.push_back(std::move(next));
      continue;
    }
    const auto kept = Look(input, &next);
    if (!kept) return Fail(kept.error());
    if (!*kept) continue;
    NoteScore(next.score, input.count);
    kept_.push_back(std::move(next));
  }
  std::sort(kept_.begin(), kept_.end(), better);
  const size_t size = std::min<size_t>(kept_.size(), input.count);
  ranked->assign(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(size));
  *all = left_.empty() && size == kept_.size();
  return AddBuried(input, ranked, all);
}

// Keeps the `count` highest scores.
void Ranker::NoteScore(double score, uint32_t count) {
  best_scores_.push_back(score);
  std::push_heap(best_scores_.begin(), best_scores_.end(), std::greater<>());
  if (best_scores_.size() <= count) return;
  std::pop_heap(best_scores_.begin(), best_scores_.end(), std::greater<>());
  best_scores_.pop_back();
}

Result<void> Ranker::AddBuried(const RankInput& input, std::vector<RankedRow>* ranked, bool* all) {
  if (buried_.empty()) return {};
  if (ranked->size() == input.count && input.trace == nullptr) {
    *all = false;
    return {};
  }
  const size_t others = ranked->size();
  for (RankedRow row : buried_) {
    row.buried = true;
    const auto kept = Look(input, &row);
    if (!kept) return Fail(kept.error());
    if (*kept) ranked->push_back(std::move(row));
  }
  std::sort(ranked->begin() + static_cast<std::ptrdiff_t>(others), ranked->end(), Better(input));
  if (ranked->size() <= input.count) return {};
  *all = false;
  ranked->resize(input.count);
  return {};
}

}  // namespace signalbox::serve
