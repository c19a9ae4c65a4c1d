// POST /admin/v1/scenarios/{name}/check: compiles a content and keeps nothing.
#include "admin/call.hpp"
#include "admin/draft_content.hpp"
#include "admin/revision_json.hpp"

namespace signalbox::admin {
namespace {

Result<ports::HttpResponse> Check(const Call& call) {
  Fields body(call.request.body);
  const auto draft = ReadDraft(call, &body);
  if (!draft) return Fail(draft.error());
  if (auto read = body.Finish(); !read) return Fail(read.error());
  const auto facts = call.deps.runtime->Check(call.scenario(), draft->content);
  if (!facts) return Fail(facts.error());
  JsonWriter out;
  WriteFacts(*facts, &out);
  return Json(out.Take());
}

}  // namespace

void AddCheckRoute(ports::Router& router, const Deps& deps) {
  AddAdminRoute(router, deps, "POST", "/admin/v1/scenarios/{name}/check", Check);
}

}  // namespace signalbox::admin
