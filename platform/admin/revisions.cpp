// /admin/v1/scenarios/{name}/revisions: drafts, their history, validating and publishing.
#include "admin/call.hpp"
#include "admin/draft_content.hpp"
#include "admin/fields.hpp"
#include "admin/revision_json.hpp"
#include "ports/control_checks.hpp"

namespace signalbox::admin {
namespace {

using model::Revision;
using ports::HttpResponse;

Result<Revision> Existing(const Call& call) {
  const auto number = call.PathNumber("number");
  if (!number) return Fail(number.error());
  auto revision = call.deps.store->Get(call.scenario(), *number);
  if (!revision) return Fail(revision.error());
  if (!*revision) return Fail(ports::NoSuchRevision(call.scenario(), *number));
  return std::move(**revision);
}

HttpResponse Answer(const Revision& revision, int status = 200) {
  JsonWriter out;
  WriteRevision(revision, true, &out);
  return Json(out.Take(), status);
}

Result<HttpResponse> List(const Call& call) {
  if (auto known = call.OnlyQuery({"before", "limit"}); !known) return Fail(known.error());
  const auto before = call.QueryNumber("before", 0, 1, INT64_MAX),
             limit = call.QueryNumber("limit", 50, 1, 500);
  if (!before) return Fail(before.error());
  if (!limit) return Fail(limit.error());
  const auto history = call.deps.store->History(call.scenario(), *before, *limit);
  if (!history) return Fail(history.error());
  if (history->empty() && *before == 0) return Fail(ports::NoSuchObject(call.scenario()));
  JsonWriter out;
  out.BeginObject().Key("revisions").BeginArray();
  for (const auto& revision : *history) WriteRevision(revision, false, &out);
  out.EndArray();
  if (!history->empty() && history->back().number > 1) out.Field("next_before", history->back().number);
  out.EndObject();
  return Json(out.Take());
}

Result<HttpResponse> Get(const Call& call) {
  if (auto known = call.OnlyQuery({}); !known) return Fail(known.error());
  const auto revision = Existing(call);
  if (!revision) return Fail(revision.error());
  return Answer(*revision);
}

Result<HttpResponse> Create(const Call& call) {
  Fields body(call.request.body);
  const auto author = call.By(body.Text("comment"));
  const auto draft = ReadDraft(call, &body);
  if (!draft) return Fail(draft.error());
  if (auto read = body.Finish(); !read) return Fail(read.error());
  const auto added = call.deps.store->AddDraft(call.scenario(), draft->base, draft->content, author);
  if (!added) return Fail(added.error());
  JsonWriter out;
  out.BeginObject().Key("revision");
  WriteRevision(*added, true, &out);
  out.Texts("dropped_values", draft->dropped_values).EndObject();
  return Json(out.Take(), 201);
}

Result<HttpResponse> Validate(const Call& call) {
  Fields body(call.request.body);
  if (auto read = body.Finish(); !read) return Fail(read.error());
  const auto revision = Existing(call);
  if (!revision) return Fail(revision.error());
  const auto facts = call.deps.runtime->Check(revision->object, revision->content);
  if (!facts) return Fail(facts.error());
  const auto validated = call.deps.store->MarkValidated(revision->object, revision->number, call.By(""));
  if (!validated) return Fail(validated.error());
  JsonWriter out;
  out.BeginObject().Key("revision");
  WriteRevision(*validated, true, &out);
  out.Key("facts");
  WriteFacts(*facts, &out);
  out.EndObject();
  return Json(out.Take());
}

// Publishes later, or now until a time.
Result<HttpResponse> Plan(const Call& call, ports::PlannedPublish plan) {
  const bool now = plan.publish_at_ms == 0;
  const int64_t now_ms = call.deps.clock->now_ms();
  if (now) plan.publish_at_ms = now_ms + 1;
  auto planned = call.deps.store->Plan(plan);
  if (!planned) return Fail(planned.error());
  if (now) {
    if (auto done = call.deps.store->RunDue(now_ms + 1); !done) return Fail(done.error());
    const auto plans = call.deps.store->Plans(call.tenant, 100);
    if (!plans) return Fail(plans.error());
    for (const auto& known : *plans) {
      if (known.id == planned->id) planned = known;
    }
    if (planned->state == ports::PlannedPublish::State::kFailed)
      return Fail(Error(Code::kConflict, planned->outcome).WithField("base"));
    call.deps.sync();
  }
  JsonWriter out;
  WritePlan(*planned, &out);
  return Json(out.Take(), 202);
}

Result<HttpResponse> Publish(const Call& call) {
  Fields body(call.request.body);
  const auto author = call.By(body.Text("comment"));
  ports::PlannedPublish plan;
  plan.publish_at_ms = body.Time("publish_at");
  plan.revert_at_ms = body.Time("revert_at");
  if (auto read = body.Finish(); !read) return Fail(read.error());
  const auto revision = Existing(call);
  if (!revision) return Fail(revision.error());
  // Again, as what it extends may have changed since it was validated.
  if (const auto checked = call.deps.runtime->Check(revision->object, revision->content); !checked)
    return Fail(checked.error());
  if (plan.publish_at_ms != 0 || plan.revert_at_ms != 0) {
    plan.object = revision->object;
    plan.number = revision->number;
    plan.author = author;
    return Plan(call, plan);
  }
  const auto published = call.deps.store->Publish(revision->object, revision->number, author);
  if (!published) return Fail(published.error());
  call.deps.sync();
  return Answer(*published);
}

}  // namespace

void AddRevisionRoutes(ports::Router& router, const Deps& deps) {
  constexpr char kAll[] = "/admin/v1/scenarios/{name}/revisions";
  AddAdminRoute(router, deps, "GET", kAll, List);
  AddAdminRoute(router, deps, "POST", kAll, Create);
  AddAdminRoute(router, deps, "GET", "/admin/v1/scenarios/{name}/revisions/{number}", Get);
  AddAdminRoute(router, deps, "POST", "/admin/v1/scenarios/{name}/revisions/{number}/validate", Validate);
  AddAdminRoute(router, deps, "POST", "/admin/v1/scenarios/{name}/revisions/{number}/publish", Publish);
}

}  // namespace signalbox::admin
