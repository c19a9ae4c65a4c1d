// What everything of a node that speaks to Kafka shares: how to reach the brokers, and patience.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "adapters/kafka/kafka_event_log.hpp"
#include "app/config/config.hpp"
#include "base/log.hpp"

namespace signalbox::app {

kafka::EventLogOptions KafkaOptions(const KafkaSettings& settings);

// Calls open() until it gives anything but kUnavailable, for up to a minute, and logs that it does.
template <typename Open>
auto WaitForBrokers(const Open& open) -> decltype(open()) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    auto opened = open();
    if (opened || opened.error().code() != Code::kUnavailable || std::chrono::steady_clock::now() > end) {
      return opened;
    }
    LogWarn("waiting for Kafka", {{"reason", std::string(opened.error().message())}});
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

}  // namespace signalbox::app
