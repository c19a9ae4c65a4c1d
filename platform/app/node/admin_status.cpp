// The status document.
#include "app/node/admin_status.hpp"

#include <nlohmann/json.hpp>

namespace signalbox::app {
namespace {

nlohmann::json SignalsOf(const signals::SignalSet& set) {
  auto list = nlohmann::json::array();
  for (size_t i = 0; i < set.size(); ++i) {
    const auto& signal = set.at(i);
    nlohmann::json entry = {{"name", signal.name()},
                            {"plugin", signal.plugin()},
                            {"version", signal.version()},
                            {"family", signal.family()},
                            {"memory_bytes", signal.memory_bytes()}};
    const bool ok = signal.health() == signals::Health::kOk;
    entry["health"] = ok ? "ok" : "quarantined";
    if (!ok) entry["reason"] = signal.health_reason();
    list.push_back(std::move(entry));
  }
  return list;
}

nlohmann::json StatusOf(const Settings& settings, StateCore& core, const Readiness& readiness) {
  nlohmann::json status = {{"ready", readiness.ready()}, {"roles", settings.roles}};
  const auto applied = core.processor().Applied();
  for (uint32_t p = 0; p < applied.size(); ++p) {
    const auto range = core.log().Range(p);
    const uint64_t end = range ? range->end : applied[p];
    status["partitions"].push_back(
        {{"applied", applied[p]}, {"end", end}, {"behind", end - std::min(end, applied[p])}});
  }
  for (const auto& [name, slot] : core.tenants()) {
    status["tenants"][name] = {{"items", slot.state->items().size()},
                               {"catalogue_epoch", slot.state->catalogue().view()->epoch()},
                               {"users", slot.state->users().size()},
                               {"signals", SignalsOf(*slot.signals)}};
  }
  return status;
}

}  // namespace

void RegisterStatusRoute(ports::Router& router, const Settings& settings, StateCore& core,
                         const Readiness& readiness, std::function<nlohmann::json()> scripts) {
  router.Add("GET", "/admin/v1/status",
             [&, scripts = std::move(scripts)](ports::HttpRequest, ports::Responder respond) {
               nlohmann::json status = StatusOf(settings, core, readiness);
               status["scripts"] = scripts();
               ports::HttpResponse response;
               response.body = status.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
               respond(std::move(response));
             });
}

}  // namespace signalbox::app
