// Reading the log, copying the catalogue, asking.
#include "app/operate/log_backtester.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "app/evaluation_node.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "model/record_codec.hpp"
#include "train/prequential.hpp"

namespace signalbox::app {
namespace {

constexpr size_t kEvents = 500'000;
constexpr size_t kReadAtOnce = 1000;
constexpr int64_t kDayMs = 24 * 3600 * 1000;

Error Stopped() { return {Code::kConflict, "the backtest was stopped"}; }

// Leaves the processor to requests. Nothing is lost where the system refuses.
void LowerPriority() {
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  (void)setpriority(PRIO_PROCESS, thread, 19);
}

// The tenant's events of ordinary items that were appended since a time; other records are left out.
Result<void> ReadPartition(ports::EventLog& log, uint32_t partition, size_t most, int64_t since_ms,
                           const std::string& tenant, const ports::Backtester::Progress& progress,
                           train::Interactions* events) {
  const auto range = log.Range(partition);
  if (!range) return Fail(range.error());
  const uint64_t begin = std::max(range->first, range->end - std::min<uint64_t>(range->end, most));
  auto reader = log.OpenReader(partition, begin);
  if (!reader) return Fail(reader.error());
  for (uint64_t at = begin; at < range->end;) {
    std::vector<ports::LogEntry> entries;
    const auto count = (*reader)->Read(kReadAtOnce, 100, &entries);
    if (!count) return Fail(count.error());
    if (*count == 0) break;
    at += *count;
    for (const auto& entry : entries) {
      if (entry.append_ms < since_ms) continue;
      const auto record = model::DecodeRecord(entry.payload);
      if (!record || record->kind != model::RecordKind::kEvent || record->tenant != tenant) continue;
      if (record->item_type != model::kDefaultItemType) continue;
      train::Interaction row;
      row.session = record->user.empty();
      row.visitor = events->visitors.Intern(row.session ? record->session : record->user);
      row.item = events->items.Intern(record->item);
      row.type = static_cast<uint8_t>(std::min<uint32_t>(events->types.Intern(record->type), UINT8_MAX));
      row.time_ms = record->event_time_ms;
      row.value = static_cast<float>(record->value);
      row.line = static_cast<uint32_t>(events->rows.size());
      events->rows.push_back(row);
    }
    if (!progress("read", at - begin, range->end - begin)) return Fail(Stopped());
  }
  return {};
}

Result<void> CopyCatalogue(const ports::CatalogueStore& catalogue, const std::string& tenant,
                           EvaluationNode* node) {
  std::string cursor;
  for (;;) {
    auto page = catalogue.List(tenant, cursor, kReadAtOnce);
    if (!page) return Fail(page.error());
    cursor = page->next_cursor;
    if (!page->items.empty()) {
      if (auto put = node->PutItems(std::move(page->items)); !put) return put;
    }
    if (cursor.empty()) return {};
  }
}

// In any order: what extends another is tried again after it. What does not compile is left out.
void PutInForce(ports::ScenarioRuntime& runtime, std::vector<model::Revision> revisions) {
  for (size_t before = revisions.size() + 1; !revisions.empty() && revisions.size() < before;) {
    before = revisions.size();
    std::erase_if(revisions, [&](model::Revision& revision) {
      revision.object.tenant = model::kDefaultTenant;
      return runtime.PutInForce(revision).has_value();
    });
  }
}

ports::BacktestMeasure ToMeasure(const train::Measure& measure) {
  return {measure.value, measure.interval.low, measure.interval.high};
}

ports::BacktestFigures ToFigures(const train::PrequentialFigures& figures) {
  return {ToMeasure(figures.ranking.hr), ToMeasure(figures.ranking.mrr), ToMeasure(figures.ranking.ndcg),
          figures.coverage, figures.mean_popularity};
}

}  // namespace

Result<ports::BacktestReport> LogBacktester::Run(const ports::BacktestRequest& request,
                                                 const Progress& progress) {
  LowerPriority();
  const std::string tenant = request.draft.object.tenant;
  const int64_t since_ms = clock_.now_ms() - request.days * kDayMs;
  train::Interactions events;
  const uint32_t partitions = std::max<uint32_t>(log_.partitions(), 1);
  for (uint32_t partition = 0; partition < partitions; ++partition) {
    if (auto read = ReadPartition(log_, partition, kEvents / partitions, since_ms, tenant, progress, &events);
        !read) {
      return Fail(read.error());
    }
  }
  std::sort(events.rows.begin(), events.rows.end(), [](const auto& a, const auto& b) {
    return std::tie(a.time_ms, a.line) < std::tie(b.time_ms, b.line);
  });

  EvaluationOptions options;
  options.settings = &settings_;
  auto node = EvaluationNode::Create(options);
  if (!node) return Fail(node.error());
  if (!progress("catalogue", 0, 1)) return Fail(Stopped());
  if (auto copied = CopyCatalogue(catalogue_, tenant, node->get()); !copied) return Fail(copied.error());
  // The second node has the default tenant alone.
  model::Revision draft = request.draft, published = request.published;
  draft.object.tenant = published.object.tenant = model::kDefaultTenant;
  PutInForce((*node)->runtime(), request.others);
  auto drafted = (*node)->runtime().Draft(draft);
  if (!drafted) return Fail(drafted.error());
  std::unique_ptr<ports::Recommender> beside;
  if (published.number != 0) {
    auto compiled = (*node)->runtime().Draft(published);
    if (!compiled) return Fail(compiled.error());
    beside = std::move(*compiled);
  }
  if (auto caught_up = (*node)->CatchUp(); !caught_up) return Fail(caught_up.error());

  train::PrequentialSettings settings;
  settings.scenario = draft.object.name;
  settings.queries = request.queries;
  train::PrequentialSubject subject;
  subject.recommenders = {beside ? beside.get() : &(*node)->recommender(), drafted->get()};
  subject.teach = [&](const std::vector<model::LogRecord>& records) { return (*node)->TeachNow(records); };
  subject.set_now = [&](int64_t now_ms) { (*node)->SetNow(now_ms); };
  subject.progress = progress;
  const int64_t started_us = MonotonicMicros();
  const auto asked = train::AskThenTeach(events, settings, subject);
  if (!asked) return Fail(asked.error());
  const double seconds = static_cast<double>(MonotonicMicros() - started_us) / 1e6;
  LogInfo("a backtest is done", {{"events", static_cast<int64_t>(asked->events)},
                                 {"queries", static_cast<int64_t>(asked->queries)},
                                 {"seconds", seconds}});
  ports::BacktestReport report;
  report.k = settings.k;
  report.events = asked->events;
  report.queries = asked->queries;
  report.published = ToFigures(asked->figures[0]);
  report.draft = ToFigures(asked->figures[1]);
  return report;
}

}  // namespace signalbox::app
