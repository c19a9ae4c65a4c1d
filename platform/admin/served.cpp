// /admin/v1/served/{recommendation_id}: a sampled answer as it was sent, and computed again.
#include <charconv>

#include "admin/call.hpp"
#include "admin/json_writer.hpp"

namespace signalbox::admin {
namespace {

using ports::HttpResponse;

Result<ports::ServedAnswer> Existing(const Call& call) {
  const std::string* id = call.request.Param("recommendation_id");
  if (call.deps.served != nullptr && id != nullptr) {
    auto answer = call.deps.served->Find(*id);
    if (answer && answer->tenant == call.tenant) return std::move(*answer);
  }
  return Fail(Error(Code::kNotFound, "this answer was not kept")
                  .WithField("recommendation_id")
                  .WithHint("one in recommend.sample_every is, by the node that gave it, until newer ones "
                            "need its place"));
}

// The number of "home@17"; 0 = none.
uint64_t NumberOf(const std::string& revision) {
  const size_t at = revision.rfind('@');
  uint64_t number = 0;
  if (at != std::string::npos)
    std::from_chars(revision.data() + at + 1, revision.data() + revision.size(), number);
  return number;
}

void WriteHead(const ports::ServedAnswer& served, JsonWriter* out) {
  out->BeginObject().Field("recommendation_id", served.recommendation_id);
  out->Field("scenario", served.scenario).Field("revision", served.revision).Time("at", served.at_ms);
  out->Key("answer").Raw(served.answer);
}

Result<HttpResponse> Get(const Call& call) {
  if (auto known = call.OnlyQuery({}); !known) return Fail(known.error());
  const auto served = Existing(call);
  if (!served) return Fail(served.error());
  JsonWriter out;
  WriteHead(*served, &out);
  out.EndObject();
  return Json(out.Take());
}

Result<HttpResponse> Replay(const Call& call) {
  const auto served = Existing(call);
  if (!served) return Fail(served.error());
  const auto revision = call.deps.store->Get({call.tenant, model::ObjectKind::kScenario, served->scenario},
                                             NumberOf(served->revision));
  if (!revision) return Fail(revision.error());
  const auto again = call.deps.replayer->Replay(*served, *revision ? &**revision : nullptr);
  if (!again) return Fail(again.error());
  JsonWriter out;
  WriteHead(*served, &out);
  out.Field("same", again->same).Key("replayed").Raw(again->answer).EndObject();
  return Json(out.Take());
}

}  // namespace

void AddServedRoutes(ports::Router& router, const Deps& deps) {
  AddAdminRoute(router, deps, "GET", "/admin/v1/served/{recommendation_id}", Get);
  AddAdminRoute(router, deps, "POST", "/admin/v1/served/{recommendation_id}/replay", Replay);
}

}  // namespace signalbox::admin
