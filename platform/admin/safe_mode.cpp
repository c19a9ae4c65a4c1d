// /admin/v1/safe-mode: native default weights and no scripts, everywhere.
#include "admin/call.hpp"
#include "admin/fields.hpp"
#include "admin/json_writer.hpp"

namespace signalbox::admin {
namespace {

using ports::HttpResponse;

Result<HttpResponse> Get(const Call& call) {
  if (auto known = call.OnlyQuery({}); !known) return Fail(known.error());
  const auto on = call.deps.store->SafeMode();
  if (!on) return Fail(on.error());
  JsonWriter out;
  out.BeginObject().Field("safe_mode", *on).EndObject();
  return Json(out.Take());
}

Result<HttpResponse> Put(const Call& call) {
  Fields body(call.request.body);
  const bool on = body.Flag("safe_mode");
  if (!body.Has("safe_mode")) body.Refuse("safe_mode", "is missing", "send true or false");
  const auto author = call.By(body.Text("comment"));
  if (auto read = body.Finish(); !read) return Fail(read.error());
  if (const auto set = call.deps.store->SetSafeMode(on, author); !set) return Fail(set.error());
  call.deps.sync();
  JsonWriter out;
  out.BeginObject().Field("safe_mode", on).EndObject();
  return Json(out.Take());
}

}  // namespace

void AddSafeModeRoutes(ports::Router& router, const Deps& deps) {
  AddAdminRoute(router, deps, "GET", "/admin/v1/safe-mode", Get);
  AddAdminRoute(router, deps, "PUT", "/admin/v1/safe-mode", Put);
}

}  // namespace signalbox::admin
