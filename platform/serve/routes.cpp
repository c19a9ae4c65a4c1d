// Thin handlers: parse, recommend, write.
#include "serve/routes.hpp"

#include <array>

#include "serve/request_parser.hpp"
#include "serve/response_writer.hpp"

namespace signalbox::serve {
namespace {

using ports::HttpRequest;
using ports::HttpResponse;
using ports::Responder;

constexpr uint32_t kListCount = 20;
constexpr uint32_t kTrendingDays = 7;

constexpr std::array<std::string_view, 12> kRecommendations = {
    "user_id",   "session_id", "items",    "count",      "scenario", "item_id",
    "item_type", "exclude",    "category", "attributes", "explain",  "after"};
constexpr std::array<std::string_view, 5> kPopular = {"category", "count", "exclude", "attributes",
                                                      "explain"};
constexpr std::array<std::string_view, 6> kTrending = {"category",    "count",      "exclude",
                                                       "window_days", "attributes", "explain"};
constexpr std::array<std::string_view, 6> kSimilar = {"category",   "count",   "exclude",
                                                      "attributes", "explain", "item_type"};

HttpResponse Answer(ports::Recommender& recommender, const model::RecommendRequest& request) {
  const auto response = recommender.Recommend(request);
  if (!response) return ports::ErrorResponse(response.error());
  HttpResponse http;
  http.body = WriteRecommendations(*response, request.explain);
  return http;
}

HttpResponse Recommendations(ports::Recommender& recommender, const HttpRequest& http) {
  const auto request = ParseRecommendRequest(http, kRecommendations);
  return request ? Answer(recommender, *request) : ports::ErrorResponse(request.error());
}

// /popular and /trending.
HttpResponse List(ports::Recommender& recommender, const HttpRequest& http, std::string_view scenario,
                  std::span<const std::string_view> allowed) {
  auto request = ParseRecommendRequest(http, allowed);
  if (!request) return ports::ErrorResponse(request.error());
  if (http.Query("count") == nullptr) request->count = kListCount;
  request->scenario = scenario;
  if (scenario == "trending" && request->window_days == 0) request->window_days = kTrendingDays;
  return Answer(recommender, *request);
}

HttpResponse Similar(ports::Recommender& recommender, const HttpRequest& http) {
  auto request = ParseRecommendRequest(http, kSimilar);
  if (!request) return ports::ErrorResponse(request.error());
  const std::string& id = *http.Param("item_id");
  if (const auto checked = CheckId("item_id", id); !checked) return ports::ErrorResponse(checked.error());
  const std::string* type = http.Query("item_type");
  model::ItemKey item{type == nullptr || type->empty() ? std::string(model::kDefaultItemType) : *type, id};
  if (http.Query("count") == nullptr) request->count = kListCount;
  request->scenario = "similar";
  request->items = {item};
  request->context = std::move(item);
  return Answer(recommender, *request);
}

HttpResponse History(const TenantLookup& tenants, const HttpRequest& http) {
  const auto request = ParseRecommendRequest(http, {});
  if (!request) return ports::ErrorResponse(request.error());
  const std::string& id = *http.Param("id");
  if (const auto checked = CheckId("id", id); !checked) return ports::ErrorResponse(checked.error());
  const Tenant* tenant = tenants(request->tenant);
  if (tenant == nullptr) {
    return ports::ErrorResponse(Error(Code::kNotFound, "no such tenant").WithField("X-Tenant-ID"));
  }
  const state::TenantState& state = tenant->state();
  const EpochDomain::Pin pin(state.epochs());
  const state::UserView user = state.users().Read(state.users().Resolve(state.KeyOfUser(id)));
  std::vector<HistoryEntry> entries;
  for (size_t i = user.exists() ? user.history_size() : 0; i-- > 0;) {
    const state::HistoryEvent event = user.history(i);
    const ports::ItemName name = state.Name(event.item);
    entries.push_back({name.type, name.id, state.types().at(event.type).name, event.time_ms});
  }
  HttpResponse response;
  response.body = WriteHistory(entries);
  return response;
}

}  // namespace

void RegisterServeRoutes(ports::Router& router, RouteParts parts) {
  ports::Recommender& recommender = *parts.recommender;
  for (const char* method : {"GET", "POST"}) {
    router.Add(method, "/recommendations", [&recommender](HttpRequest request, Responder respond) {
      respond(Recommendations(recommender, request));
    });
  }
  router.Add("GET", "/popular", [&recommender](HttpRequest request, Responder respond) {
    respond(List(recommender, request, "popular", kPopular));
  });
  router.Add("GET", "/trending", [&recommender](HttpRequest request, Responder respond) {
    respond(List(recommender, request, "trending", kTrending));
  });
  router.Add("GET", "/similar/{item_id}", [&recommender](HttpRequest request, Responder respond) {
    respond(Similar(recommender, request));
  });
  router.Add("GET", "/users/{id}/history",
             [tenants = std::move(parts.tenants)](HttpRequest request, Responder respond) {
               respond(History(tenants, request));
             });
}

}  // namespace signalbox::serve
