// /admin/v1/scenarios: what there is, what is in force, rolling back and retiring.
#include "admin/call.hpp"
#include "admin/fields.hpp"
#include "admin/revision_json.hpp"
#include "ports/control_checks.hpp"

namespace signalbox::admin {
namespace {

using ports::HttpResponse;

// The revision that this process runs, "home@5"; null = native.
void WriteRunning(const std::map<std::string, std::string>& running, const std::string& name,
                  JsonWriter* out) {
  const auto found = running.find(name);
  out->Key("running");
  if (found == running.end()) {
    out->Null();
  } else {
    out->Text(found->second);
  }
}

Result<HttpResponse> List(const Call& call) {
  if (auto known = call.OnlyQuery({}); !known) return Fail(known.error());
  const auto objects = call.deps.store->Objects(call.tenant, model::ObjectKind::kScenario);
  if (!objects) return Fail(objects.error());
  const auto running = call.deps.runtime->Running(call.tenant);
  JsonWriter out;
  out.BeginObject().Key("scenarios").BeginArray();
  for (const auto& object : *objects) {
    out.BeginObject().Field("name", object.object.name).Field("number", object.number);
    WriteRevisionId("in_force", object.object.name, object.number, &out);
    WriteRunning(running, object.object.name, &out);
    out.EndObject();
  }
  out.EndArray().EndObject();
  return Json(out.Take());
}

Result<HttpResponse> Get(const Call& call) {
  if (auto known = call.OnlyQuery({}); !known) return Fail(known.error());
  const auto object = call.scenario();
  const auto newest = call.deps.store->History(object, 0, 1);
  if (!newest) return Fail(newest.error());
  if (newest->empty()) return Fail(ports::NoSuchObject(object));
  const auto current = call.deps.store->Current(object);
  if (!current) return Fail(current.error());
  JsonWriter out;
  out.BeginObject().Field("name", object.name).Field("newest", newest->front().number);
  WriteRunning(call.deps.runtime->Running(call.tenant), object.name, &out);
  out.Key("in_force");
  if (!*current) {
    out.Null().EndObject();
    return Json(out.Take());
  }
  WriteRevision(**current, true, &out);
  const auto facts = call.deps.runtime->Check(object, (*current)->content);
  if (facts) {
    out.Key("facts");
    WriteFacts(*facts, &out);
  } else {
    out.Field("problem", facts.error().message());
  }
  out.EndObject();
  return Json(out.Take());
}

Result<HttpResponse> Rollback(const Call& call) {
  Fields body(call.request.body);
  const uint64_t number = body.Number("number"), expected = body.Number("expected");
  if (!body.Has("number")) body.Refuse("number", "is missing", "say which revision shall be in force");
  if (!body.Has("expected")) {
    body.Refuse("expected", "is missing", "say which revision is in force now, 0 for none");
  }
  const auto author = call.By(body.Text("comment"));
  if (auto read = body.Finish(); !read) return Fail(read.error());
  const auto object = call.scenario();
  const auto target = call.deps.store->Get(object, number);
  if (!target) return Fail(target.error());
  if (*target) {
    // What compiled then may not compile now: a signal was taken out of the configuration.
    if (auto checked = call.deps.runtime->Check(object, (*target)->content); !checked)
      return Fail(checked.error());
  }
  const auto done = call.deps.store->Rollback(object, number, expected, author);
  if (!done) return Fail(done.error());
  call.deps.sync();
  JsonWriter out;
  WriteRevision(*done, true, &out);
  return Json(out.Take());
}

Result<HttpResponse> Retire(const Call& call) {
  if (auto known = call.OnlyQuery({"expected", "comment"}); !known) return Fail(known.error());
  const auto expected = call.QueryNumber("expected", 0, 1, INT64_MAX);
  if (!expected) return Fail(expected.error());
  if (*expected == 0) {
    return Fail(Error(Code::kInvalidArgument, "expected is missing")
                    .WithField("expected")
                    .WithHint("add ?expected= with the number in force now"));
  }
  const std::string* comment = call.request.Query("comment");
  const auto done =
      call.deps.store->Retire(call.scenario(), *expected, call.By(comment == nullptr ? "" : *comment));
  if (!done) return Fail(done.error());
  call.deps.sync();
  JsonWriter out;
  out.BeginObject().Field("name", call.scenario().name).Key("in_force").Null().EndObject();
  return Json(out.Take());
}

}  // namespace

void AddScenarioRoutes(ports::Router& router, const Deps& deps) {
  AddAdminRoute(router, deps, "GET", "/admin/v1/scenarios", List);
  AddAdminRoute(router, deps, "GET", "/admin/v1/scenarios/{name}", Get);
  AddAdminRoute(router, deps, "DELETE", "/admin/v1/scenarios/{name}", Retire);
  AddAdminRoute(router, deps, "POST", "/admin/v1/scenarios/{name}/rollback", Rollback);
}

}  // namespace signalbox::admin
