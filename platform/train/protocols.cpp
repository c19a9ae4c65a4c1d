// Splits data sets into what is taught and what is asked.
#include "train/protocols.hpp"

#include <algorithm>

namespace signalbox::train {
namespace {

constexpr size_t kShownRefusals = 20;

void CountPopularity(Plan* plan) {
  plan->popularity.assign(plan->data.items.size(), 0);
  for (const Interaction& row : plan->data.rows) ++plan->popularity[row.item];
  plan->end_of_train_ms = plan->data.rows.empty() ? 0 : plan->data.rows.back().time_ms;
}

Error NothingToAsk(const std::filesystem::path& path) {
  return Error(Code::kInvalidArgument,
               path.string() + " has nothing to predict: check the file and the format")
      .WithField("test");
}

// An item of the test may be unknown to train; it takes a number and stays unpopular.
void AddQuery(std::span<const uint32_t> history, uint32_t truth, int64_t now_ms, Plan* plan) {
  Query query;
  query.truth = truth;
  query.now_ms = now_ms;
  query.history_begin = static_cast<uint32_t>(plan->histories.size());
  plan->histories.insert(plan->histories.end(), history.begin(), history.end());
  query.history_end = static_cast<uint32_t>(plan->histories.size());
  plan->queries.push_back(query);
}

Result<void> AskPrefixes(const std::filesystem::path& test, Plan* plan) {
  return ReadPrefixes(test, [&](PrefixLine line) {
    if (!line.fault.empty()) {
      ++plan->refused_tests;
      if (plan->first_refused_tests.size() < kShownRefusals) {
        plan->first_refused_tests.push_back({test.filename().string(), line.number, std::move(line.fault)});
      }
      return true;
    }
    std::vector<uint32_t> history;
    for (const std::string& item : line.prefix) history.push_back(plan->data.items.Intern(item));
    AddQuery(history, plan->data.items.Intern(line.next), 0, plan);
    return true;
  });
}

Result<void> AskSessions(Format format, const std::filesystem::path& test, int64_t end_ms, Plan* plan) {
  auto sessions = LoadInteractions(format, test, end_ms);
  if (!sessions) return Fail(sessions.error());
  plan->refused_tests = sessions->refused;
  plan->first_refused_tests = sessions->first_refused;
  std::vector<std::vector<const Interaction*>> clicks(sessions->visitors.size());
  for (const Interaction& row : sessions->rows) clicks[row.visitor].push_back(&row);
  const bool timed = format != Format::kSessions;
  for (const auto& session : clicks) {
    std::vector<uint32_t> history;
    for (size_t i = 0; i < session.size(); ++i) {
      const uint32_t item = plan->data.items.Intern(sessions->items[session[i]->item]);
      if (i > 0) AddQuery(history, item, timed ? session[i - 1]->time_ms : 0, plan);
      history.push_back(item);
    }
  }
  return {};
}

}  // namespace

model::RecommendRequest Plan::Request(const Query& query) const {
  model::RecommendRequest request;
  request.now_ms = query.now_ms != 0 ? query.now_ms : end_of_train_ms;
  if (query.visitor != Names::kNone) request.user = data.visitors[query.visitor];
  for (const uint32_t item : History(query)) {
    auto& items = exclude_history ? request.exclude : request.items;
    items.push_back({std::string(model::kDefaultItemType), data.items[item]});
  }
  return request;
}

Result<Plan> PlanNextItem(Format format, const std::filesystem::path& train,
                          const std::filesystem::path& test, int64_t end_ms) {
  auto loaded = LoadInteractions(format, train, end_ms);
  if (!loaded) return Fail(loaded.error());
  Plan plan;
  plan.protocol = "next-item";
  plan.data = std::move(*loaded);
  CountPopularity(&plan);
  const bool prefixes = format == Format::kSessions && HasPrefixLines(test);
  const auto asked =
      prefixes ? AskPrefixes(test, &plan) : AskSessions(format, test, plan.end_of_train_ms, &plan);
  if (!asked) return Fail(asked.error());
  if (plan.queries.empty()) return Fail(NothingToAsk(test));
  plan.popularity.resize(plan.data.items.size(), 0);
  return plan;
}

Result<Plan> PlanLeaveOneOut(Format format, const std::filesystem::path& train, int64_t end_ms) {
  auto loaded = LoadInteractions(format, train, end_ms);
  if (!loaded) return Fail(loaded.error());
  if (loaded->rows.front().session) {
    return Fail(Error(Code::kInvalidArgument, "leave-one-out needs users: use a movielens format")
                    .WithField("format"));
  }
  Plan plan;
  plan.protocol = "leave-one-out";
  plan.exclude_history = true;
  plan.data = std::move(*loaded);
  // Rows are in time order, ties by line: the last of each user is the one held out.
  auto& rows = plan.data.rows;
  std::vector<size_t> last(plan.data.visitors.size());
  for (size_t i = 0; i < rows.size(); ++i) last[rows[i].visitor] = i;
  std::vector<std::vector<uint32_t>> seen(plan.data.visitors.size());
  std::vector<Interaction> kept, held_out;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool held = last[rows[i].visitor] == i;
    (held ? held_out : kept).push_back(rows[i]);
    if (!held) seen[rows[i].visitor].push_back(rows[i].item);
  }
  for (const Interaction& row : held_out) {
    AddQuery(seen[row.visitor], row.item, row.time_ms, &plan);
    plan.queries.back().visitor = row.visitor;
  }
  rows = std::move(kept);
  CountPopularity(&plan);
  return plan;
}

void LimitQueries(size_t limit, Plan* plan) {
  const size_t all = plan->queries.size();
  if (limit == 0 || limit >= all) return;
  std::vector<Query> kept;
  for (size_t i = 0; i < limit; ++i) kept.push_back(plan->queries[i * all / limit]);
  plan->queries = std::move(kept);
}

}  // namespace signalbox::train
