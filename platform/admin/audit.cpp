// /admin/v1/audit: who did what; /admin/v1/nodes: which nodes run what is in force.
#include <algorithm>

#include "admin/call.hpp"
#include "admin/json_writer.hpp"

namespace signalbox::admin {
namespace {

using ports::HttpResponse;

// A node that was not heard of for so long is gone.
constexpr int64_t kGoneMs = 60'000;

Result<HttpResponse> Audit(const Call& call) {
  if (auto known = call.OnlyQuery({"object", "before", "limit"}); !known) return Fail(known.error());
  const auto before = call.QueryNumber("before", 0, 1, INT64_MAX),
             limit = call.QueryNumber("limit", 100, 1, 1000);
  if (!before) return Fail(before.error());
  if (!limit) return Fail(limit.error());
  const std::string* object = call.request.Query("object");
  const auto entries =
      call.deps.store->Audit({call.tenant, object == nullptr ? "" : *object, *before, *limit});
  if (!entries) return Fail(entries.error());
  JsonWriter out;
  out.BeginObject().Key("entries").BeginArray();
  for (const auto& entry : *entries) {
    out.BeginObject().Field("sequence", entry.sequence).Time("at", entry.at_ms);
    out.Field("author", entry.author.name).Field("comment", entry.author.comment);
    out.Field("action", entry.action).Field("object", entry.object);
    out.Field("number", entry.number).Field("from_number", entry.from_number).EndObject();
  }
  out.EndArray();
  if (entries->size() == *limit) out.Field("next_before", entries->back().sequence);
  out.EndObject();
  return Json(out.Take());
}

Result<HttpResponse> Nodes(const Call& call) {
  if (auto known = call.OnlyQuery({}); !known) return Fail(known.error());
  const auto epoch = call.deps.store->Epoch();
  if (!epoch) return Fail(epoch.error());
  const auto nodes = call.deps.store->Nodes(call.deps.clock->now_ms() - kGoneMs);
  if (!nodes) return Fail(nodes.error());
  JsonWriter out;
  out.BeginObject().Field("epoch", *epoch).Key("nodes").BeginArray();
  for (const auto& node : *nodes) {
    out.BeginObject().Field("node", node.node).Field("roles", node.roles).Field("epoch", node.epoch);
    out.Time("reported_at", node.at_ms).Field("behind", *epoch - std::min(*epoch, node.epoch));
    out.Field("problems", node.problems).EndObject();
  }
  out.EndArray().EndObject();
  return Json(out.Take());
}

}  // namespace

void AddAuditRoutes(ports::Router& router, const Deps& deps) {
  AddAdminRoute(router, deps, "GET", "/admin/v1/audit", Audit);
  AddAdminRoute(router, deps, "GET", "/admin/v1/nodes", Nodes);
}

}  // namespace signalbox::admin
