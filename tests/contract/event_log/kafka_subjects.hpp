// The broker that the suites on Kafka share, and logs on topics of their own.
#pragma once

#include <string>

#include "adapters/kafka/kafka_event_log.hpp"
#include "harness/kafka_broker.hpp"

namespace signalbox::contract {

// Started at the first call, ended after the last test. A missing broker ends the program with the
// reason: nothing here can be tested then, and nothing is skipped.
harness::KafkaBroker& Broker();

// A name that no other test of this run has.
std::string FreshTopic();

// Options with the broker's address and a fresh topic of three partitions.
kafka::EventLogOptions KafkaOptions();

}  // namespace signalbox::contract
