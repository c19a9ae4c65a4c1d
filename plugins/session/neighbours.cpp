// VMIS-kNN: find the most similar sessions, then add up what stands near the matches in them.
#include "neighbours.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

#include "signalbox/fast_math.hpp"
#include "signalbox/highest.hpp"

namespace signalbox::session {

namespace {

constexpr int kSame = 255;  // the middle of by_distance_
constexpr int64_t kSessionGapMs = 30 * 60 * 1000;

// Items of a session are looked at in slices of a fixed size, which compilers turn into vectors.
constexpr size_t kSlice = 8;
constexpr size_t kLongest = (255 + kSlice - 1) / kSlice * kSlice;  // items_per_session is at most 255

// A query item's place in a neighbour and what a match with it counts.
struct Match {
  int position;
  float weight;
};

using Lanes = float __attribute__((vector_size(4 * sizeof(float))));

Lanes Load(const float* values) {
  Lanes lanes;
  std::memcpy(&lanes, values, sizeof lanes);
  return lanes;
}

// nearness[a] = the best or the sum of what the matches count at place a, for whole slices.
// by_place: what stands d places after a match is by_place[d], -255 <= d < 255 + kSlice.
template <bool kSum>
void FillNearness(std::span<const Match> matches, size_t slices, const float* by_place, float* nearness) {
  for (size_t begin = 0; begin < slices * kSlice; begin += kSlice) {
    Lanes low{}, high{};
    for (const Match& match : matches) {
      const float* near = by_place + (static_cast<int>(begin) - match.position);
      const Lanes near_low = match.weight * Load(near), near_high = match.weight * Load(near + 4);
      low = kSum ? low + near_low : low < near_low ? near_low : low;
      high = kSum ? high + near_high : high < near_high ? near_high : high;
    }
    std::memcpy(nearness + begin, &low, sizeof low);
    std::memcpy(nearness + begin + 4, &high, sizeof high);
  }
}

float Power(float base, float exponent) {
  if (exponent == 0) return 1;
  if (exponent == 0.5f) return std::sqrt(base);
  if (exponent == 1) return base;
  if (exponent == 2) return base * base;
  return std::pow(base, exponent);
}

float Idf(uint64_t sessions, uint32_t of_item) {
  return std::log(1 + static_cast<float>(sessions) / static_cast<float>(std::max(of_item, 1u)));
}

// Moves the sessions that are alive to the front; returns how many.
size_t KeepAlive(const VisitIndex& index, uint64_t sessions, std::span<uint32_t> numbers) {
  uint32_t dead = 0;  // nearly always none, and counting them becomes vector code
  for (const uint32_t number : numbers) dead += static_cast<uint32_t>(!index.Alive(number, sessions));
  if (dead == 0) return numbers.size();
  const auto end = std::remove_if(numbers.begin(), numbers.end(),
                                  [&](uint32_t number) { return !index.Alive(number, sessions); });
  return static_cast<size_t>(end - numbers.begin());
}

// counts: a slice of items' sessions; becomes idf^power.
void IdfPowers(float sessions, float power, float* counts) {
  constexpr float kNatural = 0.6931471805599453f;  // ln 2
  std::array<float, kSlice> idf;
  for (size_t i = 0; i < kSlice; ++i) idf[i] = kNatural * FastLog2(1 + sessions / counts[i]);
  if (power == 0.5f) {
    for (size_t i = 0; i < kSlice; ++i) counts[i] = std::sqrt(idf[i]);
  } else {
    for (size_t i = 0; i < kSlice; ++i) counts[i] = FastExp2(power * FastLog2(idf[i]));
  }
}

float Decay(float steps, float scale) { return scale > 0 ? std::exp(-steps / scale) : 1; }

// The newest events that count as one sitting: the current session, else the last one.
History LastSitting(const History& history) {
  if (history.in_session() > 0 || history.empty()) return history.Session();
  const auto times = history.times_ms();
  size_t count = 1;
  while (count < times.size() &&
         times[times.size() - count] - times[times.size() - count - 1] <= kSessionGapMs)
    ++count;
  return history.Newest(count);
}

// The earliest time of the session's events, in seconds; 0 = unknown.
uint32_t OwnSince(const History& session) {
  const auto times = session.times_ms();
  return times.empty() ? 0 : SecondsOf(*std::min_element(times.begin(), times.end()));
}

}  // namespace

Weights Weights::From(const Config& config) {
  const auto real = [&](const char* key) { return static_cast<float>(config.number(key)); };
  const auto whole = [&](const char* key) { return static_cast<uint32_t>(config.integer(key)); };
  Weights weights;
  weights.whole_history = config.text("query") == "history";
  weights.query_items = whole("query_items");
  weights.neighbours = whole("neighbours");
  weights.scan_budget = whole("scan_budget");
  weights.query_decay = real("query_decay");
  weights.idf_power = real("idf_power");
  weights.recency_days = real("recency_days");
  weights.sum_matches = config.text("matches") == "sum";
  weights.match_decay = real("match_decay");
  weights.distance_decay = real("distance_decay");
  weights.backward = real("backward");
  weights.same_item = real("same_item");
  weights.item_idf_power = real("item_idf_power");
  weights.current_item = real("current_item");
  weights.earlier_items = real("earlier_items");
  weights.repeat_weight = real("repeat_weight");
  weights.revisit_weight = real("revisit_weight");
  weights.repeat_smoothing = real("repeat_smoothing");
  weights.repeat_item_prior = real("repeat_item_prior");
  return weights;
}

Scorer::Scorer(const Weights& weights) : weights_(weights), by_distance_(2 * kSame + 1 + kSlice) {
  for (uint32_t j = 0; j < weights.query_items; ++j) {
    by_rank_.push_back(Decay(static_cast<float>(j), weights.query_decay));
    by_match_.push_back(Decay(static_cast<float>(j), weights.match_decay));
  }
  by_distance_[kSame] = weights.same_item;
  for (int d = 1; d <= kSame; ++d) {
    const float near = Decay(static_cast<float>(d - 1), weights.distance_decay);
    by_distance_[kSame + d] = near;
    by_distance_[kSame - d] = weights.backward * near;
  }
}

void Scorer::Run(const VisitIndex& index, const Request& request, uint32_t items, Work* work) const {
  ReadQuery(request, work);
  work->neighbours.clear();
  work->scores.Reset(0, 0);
  if (work->query.empty()) return;
  const uint64_t sessions = index.sessions();
  FindNeighbours(index, sessions, work);
  KeepNearest(index, request, sessions, work);
  ScoreItems(index, items, work);
  Share(index, sessions, work);
  if (weights_.repeat_weight > 0) AddRepeats(index, work);
}

void Scorer::ReadQuery(const Request& request, Work* work) const {
  const History history = request.history();
  const auto visited = (weights_.whole_history ? history : LastSitting(history)).items();
  auto& query = work->query;
  query.clear();
  // The page's item is where the visitor is, whether its event has come or not.
  const bool on_page =
      request.context_item() != kNoItem && (visited.empty() || visited.back() != request.context_item());
  const Item current = on_page ? request.context_item() : visited.empty() ? kNoItem : visited.back();
  if (current == kNoItem) return;
  query.push_back(current);
  const size_t before = on_page ? visited.size() : visited.size() - 1;
  LastEvent last = LastEvent::kNewItem;
  for (size_t i = before; i > 0; --i) {
    const Item item = visited[i - 1];
    if (item == current && last == LastEvent::kNewItem) {
      last = i == before ? LastEvent::kSameItem : LastEvent::kEarlierItem;
    }
    if (query.size() < weights_.query_items && std::find(query.begin(), query.end(), item) == query.end()) {
      query.push_back(item);
    }
  }
  work->situation = Repeats::Situation(last, query.size());
}

// similarity(s) = sum over query items j in s of query_decay(j) * idf(j)^idf_power
void Scorer::FindNeighbours(const VisitIndex& index, uint64_t sessions, Work* work) const {
  size_t expected = 0;
  std::array<uint32_t, 64> counts;
  for (size_t j = 0; j < work->query.size(); ++j) {
    counts[j] = index.SessionsOf(work->query[j]);
    expected += std::min(counts[j], index.limits().sessions_per_item);
  }
  work->similarity.Reset(std::min<size_t>(expected, weights_.scan_budget), sessions);
  work->listed.resize(index.limits().sessions_per_item);
  size_t left = weights_.scan_budget;
  for (size_t j = 0; j < work->query.size() && left > 0; ++j) {
    if (counts[j] == 0) continue;
    const float weight = by_rank_[j] * Power(Idf(sessions, counts[j]), weights_.idf_power);
    const size_t room = std::min({left, work->listed.size(), size_t{counts[j]}});
    const size_t listed = index.CopySessions(work->query[j], std::span(work->listed).first(room));
    left -= listed;
    const auto numbers = std::span(work->listed).first(listed);
    work->similarity.AddAll(numbers.first(KeepAlive(index, sessions, numbers)), weight);
  }
}

// Keeps the most similar after similarity /= 1 + age in units of recency_days; ties: the session
// begun later. The visitor's own session is none of them.
void Scorer::KeepNearest(const VisitIndex& index, const Request& request, uint64_t sessions,
                         Work* work) const {
  const int64_t now = request.now_ms() / 1000;
  const float per_second = weights_.recency_days > 0 ? 1 / (weights_.recency_days * 86400) : 0;
  auto& similar = work->similar;
  auto& nearest = work->neighbours;
  const auto numbers = work->similarity.keys();
  const auto sums = work->similarity.sums();
  const auto newest = static_cast<uint32_t>(sessions);
  const auto nearer = [newest](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : newest - a.second < newest - b.second;
  };
  if (similar.size() < numbers.size()) similar.resize(numbers.size());
  size_t count = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const VisitIndex::Visit visit = index.VisitOf(numbers[i]);
    const int64_t age_s = std::max<int64_t>(0, now - visit.time_s);
    similar[count] = {sums[i] / (1 + static_cast<float>(age_s) * per_second), numbers[i]};
    count += static_cast<size_t>(visit.has_items);
  }
  const auto similarity = [](const auto& session) { return session.first; };
  count = KeepHighest(std::span(similar).first(count), size_t{weights_.neighbours} + 1, similarity, nearer);
  nearest.assign(similar.begin(), similar.begin() + static_cast<std::ptrdiff_t>(count));
  if (request.session() != 0) {
    // Only a session that had an event since the visitor's began can be it: others save the look.
    const uint32_t since_s = OwnSince(request.history().Session());
    std::erase_if(nearest, [&](const auto& near) {
      return index.VisitOf(near.second).time_s >= since_s && index.KeyOf(near.second) == request.session();
    });
  }
  // One too many where the visitor's own was none of them.
  if (nearest.size() > weights_.neighbours) {
    std::iter_swap(std::max_element(nearest.begin(), nearest.end(), nearer), nearest.end() - 1);
    nearest.pop_back();
  }
}

void Scorer::ScoreItems(const VisitIndex& index, uint32_t items, Work* work) const {
  const uint32_t most = index.limits().items_per_session;
  work->scores.Reset(work->query.size() + 16 * work->neighbours.size(), items);
  for (const Item item : work->query) work->scores.Enter(item);
  work->items.resize(most);
  work->entries.resize(most);
  // Each neighbour's items are somewhere else in memory: asked for some steps ahead.
  constexpr size_t kAhead = 16;
  const auto& nearest = work->neighbours;
  for (size_t i = 0; i < std::min(kAhead, nearest.size()); ++i) index.PrefetchItems(nearest[i].second);
  for (size_t i = 0; i < nearest.size(); ++i) {
    if (i + kAhead < nearest.size()) index.PrefetchItems(nearest[i + kAhead].second);
    AddNeighbour(nearest[i].first, index.CopyItems(nearest[i].second, work->items.data()), work);
  }
}

// Each item of a neighbour gets similarity * nearness to the matched query items.
void Scorer::AddNeighbour(float similarity, size_t count, Work* work) const {
  std::array<Match, 64> matches;
  size_t matched = 0;
  const auto query = static_cast<uint32_t>(work->query.size());
  work->scores.EnterAll(std::span(work->items).first(count), work->entries.data());
  for (size_t a = 0; a < count; ++a) {
    const uint32_t entry = work->entries[a];
    if (entry < query && matched < matches.size())
      matches[matched++] = {static_cast<int>(a), by_match_[entry]};
  }
  if (matched == 0) return;  // an entry that outlived the item's place in the session
  std::array<float, kLongest> nearness;
  const size_t slices = (count + kSlice - 1) / kSlice;
  const auto fill = weights_.sum_matches ? FillNearness<true> : FillNearness<false>;
  fill(std::span(matches).first(matched), slices, &by_distance_[kSame], nearness.data());
  for (size_t a = 0; a < count; ++a) {
    work->scores[work->entries[a]] += similarity * nearness[a];
  }
}

// Makes scores shares of 1, rare items' the larger.
void Scorer::Share(const VisitIndex& index, uint64_t sessions, Work* work) const {
  const auto sums = work->scores.sums();
  const auto items = work->scores.keys();
  auto& counts = work->counts;
  counts.resize((items.size() + kSlice - 1) / kSlice * kSlice, 1.0f);
  for (size_t i = 0; i < items.size(); ++i) {
    counts[i] = static_cast<float>(std::max(index.SessionsOf(items[i]), 1u));
  }
  if (weights_.item_idf_power != 0) {
    for (size_t i = 0; i < counts.size(); i += kSlice) {
      IdfPowers(static_cast<float>(sessions), weights_.item_idf_power, &counts[i]);
    }
  } else {
    std::fill(counts.begin(), counts.end(), 1.0f);
  }
  for (size_t j = 0; j < work->query.size(); ++j) {
    sums[j] *= j == 0 ? weights_.current_item : weights_.earlier_items;
  }
  // Several sums side by side: one alone waits for each addition before the next.
  std::array<float, kSlice> totals{};
  const size_t sliced = sums.size() / kSlice * kSlice;
  for (size_t i = 0; i < sliced; i += kSlice) {
    for (size_t k = 0; k < kSlice; ++k) totals[k] += sums[i + k] *= counts[i + k];
  }
  for (size_t i = sliced; i < sums.size(); ++i) totals[0] += sums[i] *= counts[i];
  const float total = std::accumulate(totals.begin(), totals.end(), 0.0f);
  const float scale = total > 0 ? 1 / total : 0;
  for (float& sum : sums) sum *= scale;
}

// Adds the chance that the visitor goes back to a query item.
void Scorer::AddRepeats(const VisitIndex& index, Work* work) const {
  const auto sums = work->scores.sums();
  for (uint32_t j = 0; j < work->query.size(); ++j) {
    double chance = index.repeats().hits(work->situation, j) /
                    (index.repeats().chances(work->situation, j) + weights_.repeat_smoothing);
    if (j == 0) {
      const VisitIndex::ItemCounts counts = index.Counts(work->query[0]);
      const double prior = weights_.repeat_item_prior;
      if (counts.followers + prior > 0)
        chance = (counts.repeats + prior * chance) / (counts.followers + prior);
    }
    sums[j] += weights_.repeat_weight * (j == 0 ? 1 : weights_.revisit_weight) * static_cast<float>(chance);
  }
}

}  // namespace signalbox::session
