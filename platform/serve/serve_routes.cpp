// Thin handlers: parse, recommend, write.
#include "serve/serve_routes.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <memory>

#include "base/clock.hpp"
#include "serve/explanation_writer.hpp"
#include "serve/exposure_message.hpp"
#include "serve/own_writes.hpp"
#include "serve/request_parser.hpp"
#include "serve/response_writer.hpp"

namespace signalbox::serve {
namespace {

using ports::HttpRequest;
using ports::HttpResponse;
using ports::Responder;

constexpr uint32_t kSampleEvery = 64;
constexpr uint32_t kListCount = 20;
constexpr uint32_t kTrendingDays = 7;

constexpr std::array<std::string_view, 16> kRecommendations = {
    "user_id",  "session_id", "items",   "count", "scenario", "item_id", "item_type", "exclude",
    "category", "attributes", "explain", "after", "filter",   "context", "user",      "tunables"};
constexpr std::array<std::string_view, 6> kPopular = {"category",   "count",   "exclude",
                                                      "attributes", "explain", "filter"};
constexpr std::array<std::string_view, 7> kTrending = {"category",   "count",   "exclude", "window_days",
                                                       "attributes", "explain", "filter"};
constexpr std::array<std::string_view, 7> kSimilar = {"category", "count",     "exclude", "attributes",
                                                      "explain",  "item_type", "filter"};
constexpr std::array<std::string_view, 14> kExplain = {
    "user_id", "session_id", "items",  "count",   "scenario", "item_id",  "item_type",
    "exclude", "category",   "filter", "context", "user",     "tunables", "page_item_id"};

// As ingest answers it.
HttpResponse UnknownTenant(const std::string& name) {
  return ports::ErrorResponse(404, "unknown_tenant", "there is no tenant \"" + name + "\"",
                              "Leave X-Tenant-ID out for the default one, or add it to the configuration "
                              "(tenants.names).");
}

// Newest first.
std::string HistoryOf(const state::TenantState& state, const std::string& user_id) {
  const EpochDomain::Pin pin(state.epochs());
  const state::UserView user = state.users().Read(state.users().Resolve(state.KeyOfUser(user_id)));
  std::vector<HistoryEntry> entries;
  for (size_t i = user.exists() ? user.history_size() : 0; i-- > 0;) {
    const state::HistoryEvent event = user.history(i);
    const ports::ItemName name = state.Name(event.item);
    entries.push_back({name.type, name.id, state.types().at(event.type).name, event.time_ms});
  }
  return WriteHistory(entries);
}

// What the handlers share. Threads: any.
class Handlers : public std::enable_shared_from_this<Handlers> {
 public:
  explicit Handlers(const ServeDeps& deps)
      : service_(*deps.service),
        tenants_(deps.tenants),
        own_writes_(deps.applier, deps.recent, kWaitMs),
        exposures_(deps.exposures),
        clock_(deps.clock) {
    if (deps.metrics == nullptr) return;
    parse_ = &StepHistogram(*deps.metrics, "parse");
    write_ = &StepHistogram(*deps.metrics, "write");
  }

  // Waits, where it has to, on another thread; where that has no room, the answer is stale.
  void Recommendations(const HttpRequest& http, Responder respond) const {
    const auto started = Now::now();
    auto parsed = ParseRecommendRequest(http, kRecommendations);
    if (!parsed) return respond(ports::ErrorResponse(parsed.error()));
    Observe(parse_, started);
    parsed->fresh = !own_writes_.MustWait(parsed->tenant, parsed->user, parsed->session, parsed->after);
    if (*parsed->fresh) return respond(Answer(*parsed, TraceOf(http)));
    const auto request = std::make_shared<model::RecommendRequest>(std::move(*parsed));
    const bool waits = respond.GoOnBlocking([self = shared_from_this(), request, trace = TraceOf(http),
                                             since_us = MonotonicMicros()](Responder later) {
      request->fresh =
          self->own_writes_.Wait(request->tenant, request->user, request->session, request->after, since_us);
      later(self->Answer(*request, trace));
    });
    if (!waits) respond(Answer(*request, TraceOf(http)));
  }

  // /popular and /trending.
  HttpResponse List(const HttpRequest& http, std::string_view scenario,
                    std::span<const std::string_view> allowed) const {
    auto request = ParseRecommendRequest(http, allowed);
    if (!request) return ports::ErrorResponse(request.error());
    if (http.Query("count") == nullptr) request->count = kListCount;
    request->scenario = scenario;
    if (scenario == "trending" && request->window_days == 0) request->window_days = kTrendingDays;
    return Answer(*request, TraceOf(http));
  }

  HttpResponse Similar(const HttpRequest& http) const {
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
    return Answer(*request, TraceOf(http));
  }

  // Why, or why not, this item for this visitor.
  HttpResponse Explain(const HttpRequest& http) const {
    auto request = ParseRecommendRequest(http, kExplain);
    if (!request) return ports::ErrorResponse(request.error());
    if (!request->context) {
      return ports::ErrorResponse(Error(Code::kInvalidArgument, "item_id is missing")
                                      .WithField("item_id")
                                      .WithHint("give the item that you want explained"));
    }
    const model::ItemKey item = *request->context;
    const Tenant* tenant = tenants_(request->tenant);
    if (tenant == nullptr) return UnknownTenant(request->tenant);
    if (tenant->state().Find(item.type, item.id) == ports::kNoHandle) {
      return ports::ErrorResponse(Error(Code::kNotFound, "no such item")
                                      .WithField("item_id")
                                      .WithHint("post the item or an event about it first"));
    }
    request->context.reset();
    if (const std::string* page = http.Query("page_item_id"); page != nullptr && !page->empty()) {
      request->context = model::ItemKey{item.type, *page};
    }
    request->trace = true;
    request->trace_items = {item};
    const auto response = service_.Recommend(*request);
    if (!response) return ports::ErrorResponse(response.error());
    HttpResponse answer;
    answer.body = WriteExplanation(*response, item);
    return answer;
  }

  void History(const HttpRequest& http, Responder respond) const {
    const auto request = ParseRecommendRequest(http, {});
    if (!request) return respond(ports::ErrorResponse(request.error()));
    const std::string& id = *http.Param("id");
    if (const auto checked = CheckId("id", id); !checked)
      return respond(ports::ErrorResponse(checked.error()));
    const Tenant* tenant = tenants_(request->tenant);
    if (tenant == nullptr) return respond(UnknownTenant(request->tenant));
    const bool waits = own_writes_.MustWait(request->tenant, id, {}) &&
                       respond.GoOnBlocking([self = shared_from_this(), tenant, name = request->tenant, id,
                                             since_us = MonotonicMicros()](Responder later) {
                         self->own_writes_.Wait(name, id, {}, {}, since_us);
                         later({.body = HistoryOf(tenant->state(), id)});
                       });
    if (!waits) respond({.body = HistoryOf(tenant->state(), id)});
  }

 private:
  using Now = std::chrono::steady_clock;

  // Empty where nobody is told of it.
  std::string TraceOf(const HttpRequest& http) const {
    const std::string* trace = exposures_ == nullptr ? nullptr : http.Header(ports::kTraceParentHeader);
    return trace == nullptr ? std::string() : *trace;
  }

  HttpResponse Answer(const model::RecommendRequest& request, const std::string& trace_parent) const {
    if (tenants_(request.tenant) == nullptr) return UnknownTenant(request.tenant);
    const auto response = service_.Recommend(request);
    if (!response) return ports::ErrorResponse(response.error());
    const auto started = Now::now();
    HttpResponse http;
    http.body = WriteRecommendations(*response, request.explain);
    Observe(write_, started);
    if (exposures_ != nullptr) {
      // What there is no room for is counted by the topic.
      (void)exposures_->Offer(ExposureMessage(request, *response, clock_->now_ms(), trace_parent));
    }
    return http;
  }

  // One request in kSampleEvery is measured.
  void Observe(ports::Histogram* histogram, Now::time_point started) const {
    if (histogram == nullptr || count_.fetch_add(1, std::memory_order_relaxed) % kSampleEvery > 1) return;
    histogram->Observe(std::chrono::duration<double>(Now::now() - started).count());
  }

  ports::Recommender& service_;
  TenantLookup tenants_;
  OwnWrites own_writes_;
  ports::MessageTopic* exposures_;
  const Clock* clock_;
  ports::Histogram* parse_ = nullptr;
  ports::Histogram* write_ = nullptr;
  mutable std::atomic<uint32_t> count_{0};
};

}  // namespace

void RegisterServeRoutes(ports::Router& router, ServeDeps deps) {
  const auto handlers = std::make_shared<const Handlers>(deps);
  for (const char* method : {"GET", "POST"}) {
    router.Add(
        method, "/recommendations",
        [handlers](HttpRequest request, Responder respond) {
          handlers->Recommendations(request, std::move(respond));
        },
        deps.execution);
  }
  router.Add(
      "GET", "/popular",
      [handlers](HttpRequest request, Responder respond) {
        respond(handlers->List(request, "popular", kPopular));
      },
      deps.execution);
  router.Add(
      "GET", "/trending",
      [handlers](HttpRequest request, Responder respond) {
        respond(handlers->List(request, "trending", kTrending));
      },
      deps.execution);
  router.Add(
      "GET", "/similar/{item_id}",
      [handlers](HttpRequest request, Responder respond) { respond(handlers->Similar(request)); },
      deps.execution);
  router.Add(
      "GET", "/users/{id}/history",
      [handlers](HttpRequest request, Responder respond) { handlers->History(request, std::move(respond)); },
      ports::Execution::kInline);
  router.Add("GET", "/explain",
             [handlers](HttpRequest request, Responder respond) { respond(handlers->Explain(request)); });
}

}  // namespace signalbox::serve
