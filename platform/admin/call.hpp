// What every admin handler begins and ends with.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "admin/admin_routes.hpp"

namespace signalbox::admin {

// One request, its tenant checked. Lifetime: the handler's.
struct Call {
  const AdminDeps& deps;
  const ports::HttpRequest& request;
  std::string tenant;
  std::string author;  // of X-Author, else "operator"

  // Of the path's {name}.
  model::ObjectName scenario() const;
  ports::Author By(std::string comment) const { return {author, std::move(comment)}; }
  // Errors: kInvalidArgument for parameters that are not among these, or given twice.
  Result<void> OnlyQuery(std::initializer_list<std::string_view> names) const;
  // Errors: kInvalidArgument with the parameter's name.
  Result<uint64_t> QueryNumber(std::string_view name, uint64_t fallback, uint64_t lowest,
                               uint64_t highest) const;
  // Of the path. Errors: kNotFound for what is no number.
  Result<uint64_t> PathNumber(std::string_view name) const;
};

using AdminHandler = std::function<Result<ports::HttpResponse>(const Call&)>;

// Adds a route whose errors have the house's shape.
void AddAdminRoute(ports::Router& router, std::shared_ptr<const AdminDeps> deps, const char* method,
                   const char* pattern, AdminHandler handler);

ports::HttpResponse Json(std::string body, int status = 200);

// The resources, one file each.
using Deps = std::shared_ptr<const AdminDeps>;
void AddScenarioRoutes(ports::Router& router, const Deps& deps);
void AddRevisionRoutes(ports::Router& router, const Deps& deps);
void AddCheckRoute(ports::Router& router, const Deps& deps);
void AddDiffRoute(ports::Router& router, const Deps& deps);
void AddPlanRoutes(ports::Router& router, const Deps& deps);
void AddAuditRoutes(ports::Router& router, const Deps& deps);
void AddSafeModeRoutes(ports::Router& router, const Deps& deps);
void AddPreviewRoute(ports::Router& router, const Deps& deps);
void AddImpactRoute(ports::Router& router, const Deps& deps);
void AddServedRoutes(ports::Router& router, const Deps& deps);
void AddBacktestRoutes(ports::Router& router, const Deps& deps);

}  // namespace signalbox::admin
