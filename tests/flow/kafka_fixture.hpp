// A broker for all flow tests of a suite, and a topic for each of them.
#pragma once

#include <memory>
#include <string>

#include "flow_fixture.hpp"
#include "harness/kafka_broker.hpp"

namespace signalbox::flow {

// Threads: the test's.
class KafkaFixture : public FlowTest {
 protected:
  static void SetUpTestSuite() {
    auto started = harness::KafkaBroker::Start();
    ASSERT_TRUE(started) << started.error().message();
    broker_ = std::move(*started);
  }
  static void TearDownTestSuite() { broker_.reset(); }

  void SetUp() override {
    ASSERT_TRUE(broker_) << "no broker: see the failure above";
    topic_ = std::string("flow-") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  inline static std::unique_ptr<harness::KafkaBroker> broker_;
  std::string topic_;
};

}  // namespace signalbox::flow
