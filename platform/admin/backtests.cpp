// /admin/v1/backtests: one at a time in the background, with progress and cancel.
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "admin/json_writer.hpp"
#include "admin/preview_target.hpp"
#include "admin/revision_json.hpp"
#include "base/log.hpp"

namespace signalbox::admin {
namespace {

using ports::HttpResponse;
constexpr size_t kJobsKept = 20;

struct Job {
  uint64_t id = 0;
  std::string tenant, author;
  ports::BacktestRequest request;
  int64_t started_ms = 0;
  std::string state = "running";  // running, done, failed, cancelled
  std::string step, error;
  size_t done = 0, all = 0;
  ports::BacktestReport report;
};

// The jobs of this process; they are not kept over a restart. Threads: any.
class Jobs {
 public:
  ~Jobs() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  // Errors: kConflict while another one runs.
  Result<Job> Start(ports::Backtester& backtester, Job job) {
    const std::lock_guard lock(mutex_);
    if (!jobs_.empty() && jobs_.back().state == "running") {
      return Fail(Error(Code::kConflict, "backtest " + std::to_string(jobs_.back().id) + " is running")
                      .WithHint("wait for it, or cancel it"));
    }
    if (thread_.joinable()) thread_.join();
    job.id = ++last_id_;
    stop_ = false;
    if (jobs_.size() == kJobsKept) jobs_.erase(jobs_.begin());
    jobs_.push_back(job);
    thread_ = std::thread([this, &backtester, request = job.request] { Run(backtester, request); });
    return job;
  }

  // nullopt = no such job of the tenant.
  std::optional<Job> Find(const std::string& tenant, uint64_t id) const {
    const std::lock_guard lock(mutex_);
    for (const auto& job : jobs_) {
      if (job.id == id && job.tenant == tenant) return job;
    }
    return std::nullopt;
  }

  std::vector<Job> List(const std::string& tenant) const {
    const std::lock_guard lock(mutex_);
    std::vector<Job> jobs;
    for (auto it = jobs_.rbegin(); it != jobs_.rend(); ++it) {
      if (it->tenant == tenant) jobs.push_back(*it);
    }
    return jobs;
  }

  // The running one is the newest.
  void Cancel(uint64_t id) {
    const std::lock_guard lock(mutex_);
    if (!jobs_.empty() && jobs_.back().id == id) stop_ = true;
  }

 private:
  void Run(ports::Backtester& backtester, const ports::BacktestRequest& request) {
    auto report = backtester.Run(request, [this](const std::string& step, size_t done, size_t all) {
      const std::lock_guard lock(mutex_);
      jobs_.back().step = step;
      jobs_.back().done = done;
      jobs_.back().all = all;
      return !stop_;
    });
    const std::lock_guard lock(mutex_);
    Job& job = jobs_.back();
    if (report) {
      job.report = *report;
      job.state = "done";
    } else {
      job.error = report.error().message();
      job.state = stop_ ? "cancelled" : "failed";
      if (!stop_) LogWarn("a backtest failed", {{"error", job.error}});
    }
  }

  mutable std::mutex mutex_;
  std::vector<Job> jobs_;  // guarded by mutex_; the running one is the last
  uint64_t last_id_ = 0;   // guarded by mutex_
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void WriteMeasure(const char* name, const ports::BacktestMeasure& measure, JsonWriter* out) {
  out->Key(name).BeginObject().Field("value", measure.value).Key("interval").BeginArray();
  out->Number(measure.low).Number(measure.high).EndArray().EndObject();
}

void WriteFigures(const char* name, const ports::BacktestFigures& figures, JsonWriter* out) {
  out->Key(name).BeginObject();
  WriteMeasure("hit_rate", figures.hit_rate, out);
  WriteMeasure("mrr", figures.mrr, out);
  WriteMeasure("ndcg", figures.ndcg, out);
  out->Field("coverage", figures.coverage).Field("mean_popularity", figures.mean_popularity).EndObject();
}

void WriteJob(const Job& job, JsonWriter* out) {
  const auto& draft = job.request.draft;
  out->BeginObject().Field("id", job.id).Field("state", job.state).Field("scenario", draft.object.name);
  WriteRevisionId("draft", draft.object.name, draft.number, out);
  WriteRevisionId("published", draft.object.name, job.request.published.number, out);
  out->Field("days", job.request.days).Field("author", job.author).Time("started_at", job.started_ms);
  out->Key("progress").BeginObject().Field("step", job.step).Field("done", job.done).Field("all", job.all);
  out->EndObject().Field("error", job.error);
  out->Key("report");
  if (job.state != "done") {
    out->Null().EndObject();
    return;
  }
  out->BeginObject().Field("k", job.report.k).Field("events", job.report.events);
  out->Field("queries", job.report.queries);
  WriteFigures("published", job.report.published, out);
  WriteFigures("draft", job.report.draft, out);
  out->EndObject().EndObject();
}

HttpResponse Answer(const Job& job, int status) {
  JsonWriter out;
  WriteJob(job, &out);
  return Json(out.Take(), status);
}

Result<Job> Existing(const Call& call, const Jobs& jobs) {
  const auto id = call.PathNumber("id");
  if (!id) return Fail(id.error());
  auto job = jobs.Find(call.tenant, *id);
  if (!job) {
    return Fail(Error(Code::kNotFound, "there is no backtest " + std::to_string(*id))
                    .WithField("id")
                    .WithHint("they are kept by the node that ran them, until it restarts"));
  }
  return std::move(*job);
}

// Every other scenario's revision in force.
Result<std::vector<model::Revision>> OthersInForce(const Call& call, const std::string& scenario) {
  const auto objects = call.deps.store->Objects(call.tenant, model::ObjectKind::kScenario);
  if (!objects) return Fail(objects.error());
  std::vector<model::Revision> others;
  for (const auto& object : *objects) {
    if (object.number == 0 || object.object.name == scenario) continue;
    auto revision = call.deps.store->Get(object.object, object.number);
    if (!revision) return Fail(revision.error());
    if (*revision) others.push_back(std::move(**revision));
  }
  return others;
}

Result<HttpResponse> Start(const Call& call, Jobs& jobs) {
  Fields body(call.request.body);
  Job job;
  auto target = ReadTarget(call, &body);
  job.request.days = static_cast<int>(body.Number("days", 7, 365));
  if (job.request.days == 0) body.Refuse("days", "is not from 1 to 365");
  job.request.queries = body.Number("queries", 2000, 100'000);
  if (!target) return Fail(target.error());
  if (auto read = body.Finish(); !read) return Fail(read.error());
  if (call.deps.backtester == nullptr) {
    return Fail(Error(Code::kUnavailable, "this process runs no backtests").WithHint("ask another node"));
  }
  if (auto checked = call.deps.runtime->Check(target->draft.object, target->draft.content); !checked)
    return Fail(checked.error());
  auto others = OthersInForce(call, target->draft.object.name);
  if (!others) return Fail(others.error());
  job.request.others = std::move(*others);
  job.tenant = call.tenant;
  job.author = call.author;
  job.request.draft = std::move(target->draft);
  job.request.draft.object.tenant = call.tenant;
  if (target->published) job.request.published = std::move(*target->published);
  job.started_ms = call.deps.clock->now_ms();
  const auto started = jobs.Start(*call.deps.backtester, std::move(job));
  if (!started) return Fail(started.error());
  return Answer(*started, 202);
}

}  // namespace

void AddBacktestRoutes(ports::Router& router, const Deps& deps) {
  const auto jobs = std::make_shared<Jobs>();
  AddAdminRoute(router, deps, "POST", "/admin/v1/backtests",
                [jobs](const Call& call) { return Start(call, *jobs); });
  AddAdminRoute(router, deps, "GET", "/admin/v1/backtests", [jobs](const Call& call) -> Result<HttpResponse> {
    JsonWriter out;
    out.BeginObject().Key("backtests").BeginArray();
    for (const auto& job : jobs->List(call.tenant)) WriteJob(job, &out);
    out.EndArray().EndObject();
    return Json(out.Take());
  });
  AddAdminRoute(router, deps, "GET", "/admin/v1/backtests/{id}",
                [jobs](const Call& call) -> Result<HttpResponse> {
                  const auto job = Existing(call, *jobs);
                  if (!job) return Fail(job.error());
                  return Answer(*job, 200);
                });
  AddAdminRoute(router, deps, "DELETE", "/admin/v1/backtests/{id}",
                [jobs](const Call& call) -> Result<HttpResponse> {
                  auto job = Existing(call, *jobs);
                  if (!job) return Fail(job.error());
                  if (job->state == "running") {
                    jobs->Cancel(job->id);
                    job->state = "cancelling";
                  }
                  return Answer(*job, 202);
                });
}

}  // namespace signalbox::admin
