// A whole cluster of real processes: broker, database, cache, and a node for each role.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "harness/kafka_broker.hpp"
#include "harness/server_process.hpp"
#include "harness/shared_servers.hpp"

namespace signalbox::fault {

// Nodes share a folder for checkpoints. Threads: one at a time.
class Cluster {
 public:
  enum Member : size_t { kIngest, kProcess, kFirst, kSecond, kAdmin, kMembers };  // two recommenders

  // Errors: kUnavailable, with the log of what did not start.
  static Result<std::unique_ptr<Cluster>> Start();

  harness::ServerProcess& node(Member member) { return *nodes_[member]; }
  static const char* Name(Member member);
  // Starts the member on its data. Errors: kUnavailable with its log.
  Result<void> StartNode(Member member);
  // The same without waiting for it, for a start that is cut short.
  Result<void> LaunchNode(Member member);

  // A node of all roles on embedded stores, on a topic of one partition of its own.
  Result<std::unique_ptr<harness::ServerProcess>> StartAlone(const std::string& topic);

  // What psql prints. Errors: as text.
  std::string Query(const std::string& sql);
  harness::KafkaBroker& broker() { return *broker_; }
  harness::PostgresServer& postgres() { return harness::SharedPostgres(); }
  harness::RedisServer& redis() { return *redis_; }

  // Whether every node has applied all of the log, by its own measure.
  bool CaughtUp();
  std::string Metrics(Member member);

 private:
  Cluster() = default;
  std::vector<std::string> Overrides(Member member) const;
  std::string DataDir(Member member) const { return folder_.path() + "/" + Name(member); }

  harness::TemporaryFolder folder_;
  std::string database_;
  std::unique_ptr<harness::KafkaBroker> broker_;
  std::unique_ptr<harness::RedisServer> redis_;
  std::array<std::unique_ptr<harness::ServerProcess>, kMembers> nodes_;
};

}  // namespace signalbox::fault
