// Requests' lookups, responders and routing.
#include "ports/http.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace signalbox::ports {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The next segment of a path; `rest` starts with '/' or is empty at the end.
std::string_view TakeSegment(std::string_view* rest) {
  rest->remove_prefix(1);
  const size_t end = std::min(rest->find('/'), rest->size());
  const std::string_view segment = rest->substr(0, end);
  rest->remove_prefix(end);
  return segment;
}

bool IsParameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool Matches(const std::vector<std::string>& segments, std::string_view path) {
  for (const std::string& expected : segments) {
    if (path.empty() || path.front() != '/') return false;
    const std::string_view given = TakeSegment(&path);
    if (IsParameter(expected) ? given.empty() : given != expected) return false;
  }
  return path.empty();
}

// Requires: Matches(segments, path).
void ReadParams(const std::vector<std::string>& segments, std::string_view path, Pairs* params) {
  for (const std::string& expected : segments) {
    const std::string_view given = TakeSegment(&path);
    if (!IsParameter(expected)) continue;
    auto& [name, value] = params->emplace_back(expected.substr(1, expected.size() - 2), std::string());
    if (!PercentDecode(given, false, &value)) value = given;
  }
}

const std::string* FindPair(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace

const std::string* HttpRequest::Query(std::string_view name) const { return FindPair(query, name); }

const std::string* HttpRequest::Param(std::string_view name) const { return FindPair(params, name); }

const std::string* HttpRequest::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return &value;
  }
  return nullptr;
}

Responder::Responder(std::function<void(HttpResponse)> send) {
  class Function final : public AnswerSink {
   public:
    explicit Function(std::function<void(HttpResponse)> send) : send_(std::move(send)) {}
    void Send(HttpResponse response) override { send_(std::move(response)); }

   private:
    std::function<void(HttpResponse)> send_;
  };
  sink_ = std::make_shared<Function>(std::move(send));
}

Responder& Responder::operator=(Responder&& other) noexcept {
  std::swap(sink_, other.sink_);
  return *this;
}

Responder::~Responder() {
  if (!sink_) return;
  try {
    (*this)(ErrorResponse(500, ToString(Code::kInternal), "the request was given up without an answer",
                          "This is a defect: see the server's log."));
  } catch (const std::exception& error) {
    LogError("an answer could not be sent", {{"error", std::string(error.what())}});
  }
}

void Responder::operator()(HttpResponse response) {
  std::exchange(sink_, nullptr)->Send(std::move(response));
}

bool Responder::GoOnBlocking(std::function<void(Responder)> work) {
  const auto sink = sink_;
  // A function is copyable, a responder is not.
  const auto held = std::make_shared<Responder>(std::move(*this));
  if (sink->RunBlocking([held, work = std::move(work)] { work(std::move(*held)); })) return true;
  *this = std::move(*held);
  return false;
}

HttpResponse Overloaded() {
  return ErrorResponse(503, "overloaded", "the server has more to do than it can take on",
                       "Try again after the time in Retry-After.");
}

void Router::Add(std::string method, std::string pattern, HttpHandler handler, Execution execution) {
  Route route{std::move(method), std::move(pattern), {}, std::move(handler), execution};
  std::string_view rest = route.pattern;
  while (!rest.empty()) route.segments.emplace_back(TakeSegment(&rest));
  routes_.push_back(std::move(route));
}

void Router::SetGate(HttpGate gate, bool waits) {
  gate_ = std::move(gate);
  gate_waits_ = waits;
}

const Router::Route* Router::Find(std::string_view method, std::string_view path, std::string* allow) const {
  const Route* get = nullptr;
  for (const Route& route : routes_) {
    if (method != route.method && allow == nullptr && !(method == "HEAD" && route.method == "GET")) continue;
    if (!Matches(route.segments, path)) continue;
    if (method == route.method) return &route;
    if (route.method == "GET" && get == nullptr) get = &route;
    if (allow != nullptr && allow->find(route.method) == std::string::npos) {
      if (!allow->empty()) allow->append(", ");
      allow->append(route.method == "GET" ? "GET, HEAD" : route.method);
    }
  }
  return method == "HEAD" ? get : nullptr;
}

void Router::Dispatch(HttpRequest request, Responder responder) const {
  const size_t route = RouteOf(request.method, request.path);
  Dispatch(route, std::move(request), std::move(responder));
}

void Router::Dispatch(size_t route, HttpRequest request, Responder responder) const {
  if (route < size()) {
    if (gate_) {
      if (auto refusal = gate_(request)) return responder(std::move(*refusal));
    }
    ReadParams(routes_[route].segments, request.path, &request.params);
    return routes_[route].handler(std::move(request), std::move(responder));
  }
  std::string allow;
  Find(request.method, request.path, &allow);
  if (allow.empty()) {
    return responder(
        ErrorResponse(404, "no_such_route", "there is no " + request.path + " here",
                      "The routes are in docs/api/openapi.yaml; a path has no slash at its end."));
  }
  HttpResponse response =
      ErrorResponse(405, "method_not_allowed", request.path + " does not take " + request.method,
                    "It takes " + allow + ".");
  response.headers.emplace_back("Allow", std::move(allow));
  responder(std::move(response));
}

size_t Router::RouteOf(std::string_view method, std::string_view path) const {
  const Route* route = Find(method, path, nullptr);
  return route == nullptr ? routes_.size() : static_cast<size_t>(route - routes_.data());
}

std::string_view Router::PatternOf(std::string_view method, std::string_view path) const {
  const size_t route = RouteOf(method, path);
  return route == routes_.size() ? std::string_view() : std::string_view(routes_[route].pattern);
}

}  // namespace signalbox::ports
