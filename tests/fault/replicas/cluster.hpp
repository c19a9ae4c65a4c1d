// Nodes of one cluster: real processes over one broker and one database, which keep their addresses.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "harness/kafka_broker.hpp"
#include "harness/server_process.hpp"
#include "harness/shared_servers.hpp"

namespace signalbox::fault {

// The number in the environment variable, else the other one.
int Setting(const char* name, int otherwise);

struct NodePorts {
  uint16_t ingest, recommend, admin, ops;
};

// Every test has a topic and a database of its own; the servers are shared.
class ClusterTest : public ::testing::Test {
 protected:
  void SetUp() override;

  // The ports of the node of that name, the same for the whole test.
  const NodePorts& PortsOf(const std::string& name);
  // Ready, with a data directory of its own. Fails the test otherwise.
  std::unique_ptr<harness::ServerProcess> Start(const std::string& name, const std::string& roles,
                                                const std::vector<std::string>& more = {});
  std::vector<std::string> Overrides(const std::string& name, const std::string& roles);
  std::string DataDir(const std::string& name) const { return folder_.path() + "/" + name; }

  // The process part of the node's readiness: "active" or "standby"; "" = none, or no answer.
  static std::string RoleOf(harness::ServerProcess& node);
  static nlohmann::json ReadinessOf(harness::ServerProcess& node);
  // "" while the process lives; else what ended it.
  static std::string EndOf(harness::ServerProcess& node);
  // How long it took, in ms; more than the time where it did not.
  static int TimeUntilRole(harness::ServerProcess& node, const std::string& role, int wait_ms);

  bool shared_checkpoints_ = false;  // all nodes in one folder; else each has its own
  harness::PostgresServer& postgres_ = harness::SharedPostgres();
  std::string database_;  // its name

 private:
  static std::unique_ptr<harness::KafkaBroker> broker_;
  const harness::TemporaryFolder folder_;
  std::string topic_;
  std::map<std::string, NodePorts> ports_;
};

}  // namespace signalbox::fault
