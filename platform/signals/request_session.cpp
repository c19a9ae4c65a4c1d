// begin lazily, end always; what a plugin gives is checked before it goes on.
#include "signals/request_session.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/clock.hpp"

namespace signalbox::signals {

CandidateFilter::CandidateFilter(const sb_request& request, uint32_t known_items, std::vector<sb_item>* items,
                                 std::vector<float>* scores)
    : request_(request), known_items_(known_items), items_(items), scores_(scores), seen_(512, SB_NO_ITEM) {}

void CandidateFilter::Add(const sb_item* items, const float* scores, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const sb_item item = items[i];
    if (!std::isfinite(scores[i])) {
      saw_infinity_ |= std::isinf(scores[i]);
      continue;
    }
    if (item >= known_items_) continue;
    if (request_.eligible != nullptr &&
        (item >= request_.eligible_bits || ((request_.eligible[item / 64] >> (item % 64)) & 1) == 0)) {
      continue;
    }
    if (!First(item)) continue;
    items_->push_back(item);
    scores_->push_back(scores[i]);
  }
}

bool CandidateFilter::First(sb_item item) {
  if (seen_count_ * 2 >= seen_.size()) Grow();
  const size_t mask = seen_.size() - 1;
  for (size_t at = (item * 0x9E3779B1u) & mask;; at = (at + 1) & mask) {
    if (seen_[at] == item) return false;
    if (seen_[at] == SB_NO_ITEM) {
      seen_[at] = item;
      ++seen_count_;
      return true;
    }
  }
}

void CandidateFilter::Grow() {
  std::vector<sb_item> old(seen_.size() * 4, SB_NO_ITEM);
  old.swap(seen_);
  seen_count_ = 0;
  for (const sb_item item : old) {
    if (item != SB_NO_ITEM) First(item);
  }
}

PinnedRequestSession::PinnedRequestSession(std::span<const std::unique_ptr<Instance>> signals,
                                           const sb_request& request, EpochDomain& epochs)
    : signals_(signals), request_(request), pin_(epochs), parts_(signals.size()) {}

PinnedRequestSession::~PinnedRequestSession() {
  for (size_t i = 0; i < parts_.size(); ++i) {
    Instance& signal = *signals_[i];
    if (parts_[i].stage != Stage::kBegun || signal.table().end == nullptr) continue;
    (void)signal.Call("end", [&](sb_error*) {
      signal.table().end(signal.instance(), parts_[i].scratch);
      return SB_OK;
    });
  }
}

bool PinnedRequestSession::Ready(size_t index) {
  Instance& signal = *signals_[index];
  if (signal.monitor().quarantined()) return false;
  Part& part = parts_[index];
  if (part.stage == Stage::kFresh) {
    part.stage = Stage::kBegun;
    if (signal.table().begin != nullptr) {
      const auto begun = signal.Call("begin", [&](sb_error* error) {
        return signal.table().begin(signal.instance(), &request_, &part.scratch, error);
      });
      if (!begun) part.stage = Stage::kFailed;
    }
  }
  return part.stage == Stage::kBegun;
}

template <typename Body>
bool PinnedRequestSession::Timed(Instance& signal, const char* hook, Body body) {
  const bool suspected = signal.monitor().suspected();
  if (suspected && waited_us_ < 0) waited_us_ = ProcessorWaitMicros();
  const int64_t begin = MonotonicMicros();
  const bool done = signal.Call(hook, body).has_value();
  int64_t took = MonotonicMicros() - begin;
  if (took <= signal.budget_us()) return done;
  signal.monitor().Suspect();
  if (!suspected) return done;
  took -= WaitedSince();
  if (took > signal.budget_us()) signal.monitor().Overrun(hook, took);
  return done;
}

// What the thread waited for a processor since this was last asked in this request. Waits between
// two hooks are in it, in the hooks' favour: asking before each hook would cost more than some hooks.
int64_t PinnedRequestSession::WaitedSince() {
  const int64_t before = std::exchange(waited_us_, ProcessorWaitMicros());
  return waited_us_ - before;
}

bool PinnedRequestSession::Candidates(size_t index, uint32_t quota, std::vector<sb_item>* items,
                                      std::vector<float>* scores) {
  Instance& signal = *signals_[index];
  request_.quota = quota;
  if (!Ready(index)) return false;
  if (signal.table().candidates == nullptr) return true;
  const size_t before = items->size();
  CandidateFilter filter(request_, signal.items().size(), items, scores);
  sb_candidate_sink sink{};
  sink.struct_size = sizeof sink;
  sink.context = &filter;
  sink.add = [](void* context, const sb_item* added, const float* their_scores, size_t count) {
    static_cast<CandidateFilter*>(context)->Add(added, their_scores, count);
  };
  const bool done = Timed(signal, "candidates", [&](sb_error* error) {
    return signal.table().candidates(signal.instance(), &request_, parts_[index].scratch, &sink, error);
  });
  if (!done) {
    items->resize(before);
    scores->resize(before);
    return false;
  }
  if (filter.saw_infinity())
    signal.monitor().Fault("candidates", "gave an infinite score; NaN is no opinion");
  return true;
}

bool PinnedRequestSession::Score(size_t index, std::span<const sb_item> items, std::span<float> scores) {
  if (!Ready(index)) return false;
  if (signals_[index]->table().score == nullptr) return true;
  // Without branches: which rows are open is as good as random.
  open_items_.resize(items.size());
  size_t open = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    open_items_[open] = items[i];
    open += static_cast<size_t>(std::isnan(scores[i]));
  }
  if (open == 0) return true;
  if (open == scores.size()) return FillAll(index, items, scores);

  // Only the open rows are shown, so nothing that is known can be overwritten.
  open_items_.resize(open);
  open_scores_.assign(open + 1, std::numeric_limits<float>::quiet_NaN());  // one more to be read
  if (!FillAll(index, open_items_, std::span(open_scores_).first(open))) return false;
  for (size_t i = 0, from = 0; i < items.size(); ++i) {
    const std::array<float, 2> known_or_filled = {scores[i], open_scores_[from]};
    const auto fill = static_cast<size_t>(std::isnan(scores[i]));
    scores[i] = known_or_filled[fill];
    from += fill;
  }
  return true;
}

bool PinnedRequestSession::FillAll(size_t index, std::span<const sb_item> items, std::span<float> scores) {
  Instance& signal = *signals_[index];
  bool done = Timed(signal, "score", [&](sb_error* error) {
    return signal.table().score(signal.instance(), &request_, parts_[index].scratch, items.data(),
                                items.size(), scores.data(), error);
  });
  if (done && std::any_of(scores.begin(), scores.end(), [](float s) { return std::isinf(s); })) {
    signal.monitor().Fault("score", "gave an infinite score; NaN is no opinion");
    done = false;
  }
  if (!done) std::fill(scores.begin(), scores.end(), std::numeric_limits<float>::quiet_NaN());
  return done;
}

bool PinnedRequestSession::Explain(size_t index, sb_item item, sb_explanation* explanation) {
  *explanation = {};
  explanation->struct_size = sizeof *explanation;
  if (!Ready(index)) return false;
  Instance& signal = *signals_[index];
  if (signal.table().explain == nullptr) return true;
  const bool done =
      signal
          .Call("explain",
                [&](sb_error* error) {
                  return signal.table().explain(signal.instance(), &request_, parts_[index].scratch, item,
                                                explanation, error);
                })
          .has_value();
  explanation->reason[sizeof explanation->reason - 1] = '\0';
  explanation->item_count = std::min<uint32_t>(explanation->item_count, SB_EXPLANATION_ITEMS);
  return done;
}

}  // namespace signalbox::signals
