// Tenants, authors, parameters, errors.
#include "admin/call.hpp"

#include <algorithm>
#include <charconv>

#include "base/nearest.hpp"

namespace signalbox::admin {
namespace {

bool ParseNumber(const std::string& text, uint64_t* number) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, *number);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == end;
}

}  // namespace

model::ObjectName Call::scenario() const {
  const std::string* name = request.Param("name");
  return {tenant, model::ObjectKind::kScenario, name == nullptr ? std::string() : *name};
}

Result<void> Call::OnlyQuery(std::initializer_list<std::string_view> names) const {
  for (size_t i = 0; i < request.query.size(); ++i) {
    const std::string& name = request.query[i].first;
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    const bool twice = std::any_of(request.query.begin(), request.query.begin() + static_cast<long>(i),
                                   [&](const auto& other) { return other.first == name; });
    if (known && !twice) continue;
    const std::string nearest = Nearest(name, {names.begin(), names.end()});
    return Fail(Error(Code::kInvalidArgument,
                      "\"" + name + "\" " + (known ? "is given twice" : "is not a parameter here"))
                    .WithField(name)
                    .WithHint(known || nearest.empty() ? "" : "did you mean " + nearest + "?"));
  }
  return {};
}

Result<uint64_t> Call::QueryNumber(std::string_view name, uint64_t fallback, uint64_t lowest,
                                   uint64_t highest) const {
  const std::string* text = request.Query(name);
  if (text == nullptr) return fallback;
  uint64_t number = 0;
  if (ParseNumber(*text, &number) && number >= lowest && number <= highest) return number;
  return Fail(Error(Code::kInvalidArgument, std::string(name) + " is not a whole number from " +
                                                std::to_string(lowest) + " to " + std::to_string(highest))
                  .WithField(std::string(name)));
}

Result<uint64_t> Call::PathNumber(std::string_view name) const {
  const std::string* text = request.Param(name);
  uint64_t number = 0;
  if (text != nullptr && ParseNumber(*text, &number) && number <= INT64_MAX) return number;
  return Fail(Error(Code::kNotFound, std::string(name) + " in the path is not a number")
                  .WithField(std::string(name)));
}

ports::HttpResponse Json(std::string body, int status) {
  ports::HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

void AddAdminRoute(ports::Router& router, std::shared_ptr<const AdminDeps> deps, const char* method,
                   const char* pattern, AdminHandler handler) {
  router.Add(method, pattern,
             [deps = std::move(deps), handler = std::move(handler)](ports::HttpRequest request,
                                                                    ports::Responder respond) {
               const std::string* tenant = request.Header("X-Tenant-ID");
               const std::string* author = request.Header("X-Author");
               const Call call{
                   *deps, request,
                   tenant == nullptr || tenant->empty() ? std::string(model::kDefaultTenant) : *tenant,
                   author == nullptr || author->empty() ? "operator" : *author};
               if (!deps->knows_tenant(call.tenant)) {
                 return respond(ports::ErrorResponse(
                     404, "unknown_tenant", "there is no tenant \"" + call.tenant + "\"",
                     "Leave X-Tenant-ID out for the default one, or add it to the configuration "
                     "(tenants.names)."));
               }
               auto answer = handler(call);
               respond(answer ? std::move(*answer) : ports::ErrorResponse(answer.error()));
             });
}

void RegisterAdminRoutes(ports::Router& router, AdminDeps given) {
  const auto deps = std::make_shared<const AdminDeps>(std::move(given));
  AddScenarioRoutes(router, deps);
  AddRevisionRoutes(router, deps);
  AddCheckRoute(router, deps);
  AddDiffRoute(router, deps);
  AddPlanRoutes(router, deps);
  AddAuditRoutes(router, deps);
  AddSafeModeRoutes(router, deps);
  AddPreviewRoute(router, deps);
  AddImpactRoute(router, deps);
  AddServedRoutes(router, deps);
  AddBacktestRoutes(router, deps);
}

}  // namespace signalbox::admin
