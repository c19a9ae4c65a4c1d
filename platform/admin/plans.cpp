// /admin/v1/plans: publishes to come.
#include "admin/call.hpp"
#include "admin/revision_json.hpp"

namespace signalbox::admin {
namespace {

using ports::HttpResponse;

Result<HttpResponse> List(const Call& call) {
  if (auto known = call.OnlyQuery({"limit"}); !known) return Fail(known.error());
  const auto limit = call.QueryNumber("limit", 50, 1, 500);
  if (!limit) return Fail(limit.error());
  const auto plans = call.deps.store->Plans(call.tenant, *limit);
  if (!plans) return Fail(plans.error());
  JsonWriter out;
  out.BeginObject().Key("plans").BeginArray();
  for (const auto& plan : *plans) WritePlan(plan, &out);
  out.EndArray().EndObject();
  return Json(out.Take());
}

Result<HttpResponse> Cancel(const Call& call) {
  if (auto known = call.OnlyQuery({"comment"}); !known) return Fail(known.error());
  const auto id = call.PathNumber("id");
  if (!id) return Fail(id.error());
  const std::string* comment = call.request.Query("comment");
  const auto done =
      call.deps.store->CancelPlan(call.tenant, *id, call.By(comment == nullptr ? "" : *comment));
  if (!done) return Fail(done.error());
  JsonWriter out;
  out.BeginObject().Field("id", *id).Field("state", "cancelled").EndObject();
  return Json(out.Take());
}

}  // namespace

void AddPlanRoutes(ports::Router& router, const Deps& deps) {
  AddAdminRoute(router, deps, "GET", "/admin/v1/plans", List);
  AddAdminRoute(router, deps, "DELETE", "/admin/v1/plans/{id}", Cancel);
}

}  // namespace signalbox::admin
