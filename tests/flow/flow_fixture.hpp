// A running node with a small shop whose visitors agree: who looks at tents looks at stoves.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "harness/server_process.hpp"

namespace signalbox::flow {

using nlohmann::json;

inline std::vector<std::string> Ids(const json& answer, const char* list = "recommendations") {
  std::vector<std::string> ids;
  if (!answer.is_object() || !answer.contains(list)) return ids;
  for (const auto& entry : answer[list]) ids.push_back(entry.value("item_id", ""));
  return ids;
}

inline bool Contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

class FlowTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }

  void Start(const std::vector<std::string>& overrides = {}) {
    auto started = harness::ServerProcess::Start(folder_.path() + "/data", overrides);
    ASSERT_TRUE(started) << started.error().message();
    server_ = std::move(*started);
  }

  json Event(const std::string& user, const std::string& item, const std::string& type = "view") {
    return {{"user_id", user}, {"item_id", item}, {"event_type", type}};
  }

  // Ten visitors look at tent, stove and mug; ten others at sofa, lamp and vase.
  void TeachShop() {
    json events = json::array();
    for (int i = 0; i < 10; ++i) {
      for (const char* item : {"tent", "stove", "mug"})
        events.push_back(Event("camper" + std::to_string(i), item));
      for (const char* item : {"sofa", "lamp", "vase"})
        events.push_back(Event("home" + std::to_string(i), item));
    }
    const auto answer = server_->Post("/events", events);
    ASSERT_EQ(answer.status, 202) << answer.text;
    WaitUntilApplied(answer.body["results"].back()["position"]);
  }

  void WaitUntilApplied(const std::string& position) {
    for (int i = 0; i < 100; ++i) {
      const auto answer = server_->Get("/recommendations?user_id=nobody&after=" + position);
      if (answer.status == 200 && !answer.body.value("stale", false)) return;
    }
    FAIL() << position << " was not applied";
  }

  // Asks until the condition holds, at most a second: what the platform promises for items.
  template <typename Condition>
  bool WithinASecond(Condition condition) {
    for (int i = 0; i < 100; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  harness::TemporaryFolder folder_;
  std::unique_ptr<harness::ServerProcess> server_;
};

}  // namespace signalbox::flow
