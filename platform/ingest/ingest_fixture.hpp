// Tests' ingest on fakes, asked without a network.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <set>
#include <string>

#include "ingest/ingest_routes.hpp"
#include "model/record_codec.hpp"
#include "ports/fakes/memory_catalogue_store.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "ports/fakes/recording_metrics.hpp"

namespace signalbox::ingest {

class NotedWrites final : public ports::RecentWrites {
 public:
  void Note(const std::string& visitor, model::LogPosition position) override { last[visitor] = position; }
  bool Find(const std::string&, model::LogPosition*) const override { return false; }

  std::map<std::string, model::LogPosition> last;
};

class IngestFixture : public testing::Test {
 protected:
  IngestFixture() {
    IngestDeps deps;
    deps.log = &log_;
    deps.catalogue = &catalogue_;
    deps.recent_writes = &writes_;
    deps.metrics = &metrics_;
    deps.clock = &clock_;
    deps.event_types = {"view", "click", "cart", "purchase"};
    deps.knows_tenant = [](std::string_view tenant) { return tenant == "default" || tenant == "shop"; };
    deps.was_applied = [this](std::string_view, std::string_view id) {
      return applied_.contains(std::string(id));
    };
    deps.on_catalogue_change = [this](std::string_view tenant, uint64_t epoch) {
      changes_[std::string(tenant)] = epoch;
    };
    RegisterIngestRoutes(router_, deps);
  }

  ports::HttpResponse Ask(std::string method, std::string path, std::string body = {},
                          std::vector<std::pair<std::string, std::string>> headers = {}) {
    ports::HttpRequest request;
    request.method = std::move(method);
    const size_t mark = path.find('?');
    for (size_t from = mark; from != std::string::npos;) {
      const size_t next = path.find('&', from + 1);
      const std::string query = path.substr(from + 1, next == std::string::npos ? next : next - from - 1);
      const size_t equals = query.find('=');
      request.query.emplace_back(query.substr(0, equals), query.substr(equals + 1));
      from = next;
    }
    request.path = path.substr(0, mark);
    request.headers = std::move(headers);
    request.body = std::move(body);
    std::promise<ports::HttpResponse> answer;
    router_.Dispatch(std::move(request), ports::Responder([&](ports::HttpResponse response) {
                       answer.set_value(std::move(response));
                     }));
    return answer.get_future().get();
  }

  // All of the log, in order.
  std::vector<model::LogRecord> Records() {
    std::vector<ports::LogEntry> entries;
    auto reader = log_.OpenReader(0, 0);
    while ((*reader)->Read(1000, 0, &entries).value() > 0) {
    }
    std::vector<model::LogRecord> records;
    for (const auto& entry : entries) records.push_back(model::ToRecord(*model::DecodeRecord(entry.payload)));
    return records;
  }

  ManualClock clock_{1'793'524'200'000};  // 2026-11-01T09:10:00Z
  ports::fakes::MemoryEventLog log_{{.partitions = 1,
                                     .clock = nullptr,
                                     .limits = {},
                                     .max_age_ms = std::numeric_limits<int64_t>::max(),
                                     .max_bytes = std::numeric_limits<uint64_t>::max(),
                                     .storage = nullptr}};
  ports::fakes::MemoryCatalogueStore catalogue_;
  ports::fakes::RecordingMetrics metrics_;
  NotedWrites writes_;
  std::set<std::string> applied_;
  std::map<std::string, uint64_t> changes_;
  ports::Router router_;
};

}  // namespace signalbox::ingest
