// Tests' admin API on fakes, asked without a network.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "admin/admin_routes.hpp"
#include "model/record_codec.hpp"
#include "ports/fakes/memory_control_store.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "ports/fakes/recording_runtime.hpp"

namespace signalbox::admin {

// Answers at once with fixed figures, or waits until it is told to stop.
class WaitingBacktester final : public ports::Backtester {
 public:
  Result<ports::BacktestReport> Run(const ports::BacktestRequest& request,
                                    const Progress& progress) override {
    asked = request;
    while (progress("ask", 1, 2)) {
      if (!waits) return ports::BacktestReport{10, 7, 2, {{0.25, 0.2, 0.3}}, {{0.5, 0.4, 0.6}}};
    }
    return Fail(Code::kConflict, "stopped");
  }

  std::atomic<bool> waits{false};
  ports::BacktestRequest asked;
};

class AdminFixture : public testing::Test {
 protected:
  AdminFixture() {
    AdminDeps deps;
    deps.store = &store_;
    deps.runtime = &runtime_;
    deps.recommender = &live_;
    deps.log = &log_;
    deps.backtester = &backtester_;
    deps.clock = &clock_;
    deps.knows_tenant = [](std::string_view tenant) { return tenant == "default"; };
    deps.sync = [this] { ++syncs_; };
    RegisterAdminRoutes(router_, std::move(deps));
  }

  struct Answer {
    int status = 0;
    nlohmann::json body;
    const nlohmann::json& error() const { return body["error"]; }
  };

  Answer Ask(std::string method, std::string path, const nlohmann::json& body = nullptr,
             std::vector<std::pair<std::string, std::string>> headers = {{"X-Author", "anna"}}) {
    return AskText(std::move(method), std::move(path), body.is_null() ? "" : body.dump(), std::move(headers));
  }
  Answer AskText(std::string method, std::string path, std::string body,
                 std::vector<std::pair<std::string, std::string>> headers = {}) {
    ports::HttpRequest request;
    request.method = std::move(method);
    const size_t mark = path.find('?');
    for (size_t from = mark; from != std::string::npos;) {
      const size_t next = path.find('&', from + 1);
      const std::string query = path.substr(from + 1, next == std::string::npos ? next : next - from - 1);
      request.query.emplace_back(query.substr(0, query.find('=')), query.substr(query.find('=') + 1));
      from = next;
    }
    request.path = "/admin/v1" + path.substr(0, mark);
    request.headers = std::move(headers);
    request.body = std::move(body);
    std::promise<ports::HttpResponse> promise;
    router_.Dispatch(std::move(request), ports::Responder([&](ports::HttpResponse response) {
                       promise.set_value(std::move(response));
                     }));
    const auto response = promise.get_future().get();
    return {response.status, nlohmann::json::parse(response.body, nullptr, false)};
  }

  // A draft, validated and published through the API; its number.
  uint64_t Publish(const std::string& name, const nlohmann::json& content) {
    const auto draft = Ask("POST", "/scenarios/" + name + "/revisions", content);
    EXPECT_EQ(draft.status, 201) << draft.body;
    const uint64_t number = draft.body["revision"]["number"];
    const std::string path = "/scenarios/" + name + "/revisions/" + std::to_string(number);
    EXPECT_EQ(Ask("POST", path + "/validate").status, 200);
    const auto published = Ask("POST", path + "/publish", {{"comment", "go"}});
    EXPECT_EQ(published.status, 200) << published.body;
    return number;
  }

  void Append(const std::string& user, const std::string& item,
              model::RecordKind kind = model::RecordKind::kEvent) {
    model::LogRecord record;
    record.kind = kind;
    record.user = user;
    record.item = item;
    record.type = "view";
    std::string bytes;
    model::EncodeRecord(record, &bytes);
    std::promise<bool> done;
    log_.Append({{user, bytes}}, [&](auto positions) { done.set_value(positions.has_value()); });
    EXPECT_TRUE(done.get_future().get());
    clock_.Advance(1);
  }

  ManualClock clock_{1'793'524'200'000};  // 2026-11-01T09:10:00Z
  ports::fakes::MemoryControlStore store_{clock_};
  ports::fakes::RecordingRuntime runtime_;
  ports::fakes::ListRecommender live_{"native", {"x"}};
  ports::fakes::MemoryEventLog log_{{.partitions = 2, .clock = &clock_}};
  WaitingBacktester backtester_;
  int syncs_ = 0;
  ports::Router router_;
};

}  // namespace signalbox::admin
