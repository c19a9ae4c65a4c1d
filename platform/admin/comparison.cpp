// Asking and measuring.
#include "admin/comparison.hpp"

#include <algorithm>
#include <set>

#include "base/clock.hpp"

namespace signalbox::admin {
namespace {

using model::ItemKey;
using model::RecommendResponse;

constexpr size_t kTop = 10;

std::string CategoryOf(const model::Recommendation& entry) {
  if (!entry.attributes) return {};
  const auto found = entry.attributes->attributes.find("category");
  if (found == entry.attributes->attributes.end()) return {};
  const auto* text = std::get_if<std::string>(&found->second);
  return text == nullptr ? std::string() : *text;
}

// The mean over pairs of 0 for the same category and 1 for another; an item without one differs from all.
double Diversity(const RecommendResponse& list) {
  const auto& entries = list.recommendations;
  size_t pairs = 0, differ = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    for (size_t j = i + 1; j < entries.size(); ++j, ++pairs) {
      const std::string a = CategoryOf(entries[i]);
      differ += a.empty() || a != CategoryOf(entries[j]) ? 1 : 0;
    }
  }
  return pairs == 0 ? 0 : static_cast<double>(differ) / static_cast<double>(pairs);
}

double ChangedTop(const RecommendResponse& published, const RecommendResponse& draft) {
  std::set<ItemKey> before;
  for (size_t i = 0; i < std::min(kTop, published.recommendations.size()); ++i)
    before.insert(published.recommendations[i].item);
  const size_t length = std::min(kTop, draft.recommendations.size());
  size_t fresh = 0;
  for (size_t i = 0; i < length; ++i) fresh += 1 - before.count(draft.recommendations[i].item);
  return length == 0 ? (before.empty() ? 0 : 1) : static_cast<double>(fresh) / static_cast<double>(length);
}

void Ask(ports::Recommender& recommender, const model::RecommendRequest& request, RecommendResponse* answer,
         std::string* error) {
  const int64_t started_us = MonotonicMicros();
  auto asked = recommender.Recommend(request);
  if (!asked) {
    *error = asked.error().message();
    return;
  }
  *answer = std::move(*asked);
  if (!answer->trace) {
    answer->trace.emplace();
    answer->trace->micros = MonotonicMicros() - started_us;
  }
}

ListFigures Measure(const std::vector<Pair>& pairs, RecommendResponse Pair::*list, std::string Pair::*error,
                    size_t considered) {
  ListFigures figures;
  std::set<ItemKey> items;
  size_t answered = 0;
  for (const Pair& pair : pairs) {
    const RecommendResponse& answer = pair.*list;
    const bool broken = !(pair.*error).empty();
    figures.failed += broken || (answer.trace && !answer.trace->errors.empty()) ? 1 : 0;
    if (broken) continue;
    ++answered;
    figures.diversity += Diversity(answer);
    figures.mean_micros += answer.trace ? answer.trace->micros : 0;
    for (const auto& entry : answer.recommendations) items.insert(entry.item);
  }
  figures.distinct_items = items.size();
  if (considered > 0) figures.coverage = static_cast<double>(items.size()) / static_cast<double>(considered);
  if (answered > 0) {
    figures.diversity /= static_cast<double>(answered);
    figures.mean_micros /= static_cast<int64_t>(answered);
  }
  return figures;
}

}  // namespace

Result<Comparison> Compare(const Call& call, const model::Revision* published, const model::Revision& draft,
                           std::vector<Asker> askers) {
  auto drafted = call.deps.runtime->Draft(draft);
  if (!drafted) return Fail(drafted.error());
  std::unique_ptr<ports::Recommender> beside;
  if (published != nullptr) {
    // One that does not compile here any more is answered as visitors get it: natively.
    if (auto compiled = call.deps.runtime->Draft(*published)) beside = std::move(*compiled);
  }
  Comparison comparison;
  for (auto& asker : askers) {
    Pair pair;
    pair.asker = std::move(asker);
    auto& request = pair.asker.request;
    request.scenario = draft.object.name;
    request.attributes = request.explain = request.trace = true;
    // Both see the same moment.
    request.now_ms = call.deps.clock->now_ms();
    Ask(beside != nullptr ? *beside : *call.deps.recommender, request, &pair.published,
        &pair.published_error);
    Ask(**drafted, request, &pair.draft, &pair.draft_error);
    pair.changed_top = ChangedTop(pair.published, pair.draft);
    comparison.changed_top += pair.changed_top;
    comparison.pairs.push_back(std::move(pair));
  }
  if (!comparison.pairs.empty()) comparison.changed_top /= static_cast<double>(comparison.pairs.size());
  std::set<ItemKey> considered;
  for (const Pair& pair : comparison.pairs) {
    for (const auto* answer : {&pair.published, &pair.draft}) {
      for (const auto& entry : answer->recommendations) considered.insert(entry.item);
      if (!answer->trace) continue;
      for (const auto& candidate : answer->trace->candidates) considered.insert(candidate.item);
    }
  }
  comparison.published =
      Measure(comparison.pairs, &Pair::published, &Pair::published_error, considered.size());
  comparison.draft = Measure(comparison.pairs, &Pair::draft, &Pair::draft_error, considered.size());
  return comparison;
}

}  // namespace signalbox::admin
