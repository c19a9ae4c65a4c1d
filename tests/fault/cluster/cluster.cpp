// Who is started with what.
#include "cluster.hpp"

#include <csignal>
#include <cstdlib>

namespace signalbox::fault {

const char* Cluster::Name(Member member) {
  static constexpr const char* kNames[] = {"ingest", "process", "recommend-1", "recommend-2", "admin"};
  return kNames[member];
}

Result<std::unique_ptr<Cluster>> Cluster::Start() {
  // Inherited: a node sees EFBIG where a signal would have ended it.
  std::signal(SIGXFSZ, SIG_IGN);
  std::unique_ptr<Cluster> cluster(new Cluster());
  auto broker = harness::KafkaBroker::Start();
  if (!broker) return Fail(broker.error());
  cluster->broker_ = std::move(*broker);
  auto redis = harness::RedisServer::Start();
  if (!redis) return Fail(redis.error());
  cluster->redis_ = std::move(*redis);
  const std::string url = harness::SharedPostgres().CreateDatabase();
  cluster->database_ = url.substr(url.rfind('/') + 1);
  setenv("DATABASE_URL", url.c_str(), 1);
  setenv("REDIS_URL", cluster->redis_->url().c_str(), 1);
  for (size_t member = 0; member < kMembers; ++member) {
    if (auto started = cluster->StartNode(static_cast<Member>(member)); !started)
      return Fail(started.error());
  }
  return cluster;
}

std::vector<std::string> Cluster::Overrides(Member member) const {
  const std::string role = member == kFirst || member == kSecond ? "recommend" : Name(member);
  return {"roles=[" + role + "]", "event_log.kind=kafka", "event_log.kafka.brokers=" + broker_->address(),
          // Answers come before the load's clients give up waiting for them.
          "event_log.kafka.append_timeout_ms=2000", "control_store.kind=postgres", "cache.kind=redis",
          "checkpoint.dir=" + folder_.path() + "/checkpoints", "checkpoint.interval_seconds=2"};
}

Result<std::unique_ptr<harness::ServerProcess>> Cluster::StartAlone(const std::string& topic) {
  return harness::ServerProcess::Start(
      folder_.path() + "/" + topic,
      {"event_log.kind=kafka", "event_log.kafka.brokers=" + broker_->address(),
       "event_log.kafka.topic=" + topic, "event_log.kafka.partitions=1",
       "event_log.kafka.append_timeout_ms=5000", "event_log.kafka.exposures_topic=''"});
}

std::string Cluster::Query(const std::string& sql) {
  const auto printed = postgres().Run(sql, database_);
  return printed ? *printed : std::string(printed.error().message());
}

Result<void> Cluster::StartNode(Member member) {
  auto started = harness::ServerProcess::Start(DataDir(member), Overrides(member));
  if (!started) {
    return Fail(Code::kUnavailable,
                std::string(Name(member)) + ": " + std::string(started.error().message()));
  }
  nodes_[member] = std::move(*started);
  return {};
}

Result<void> Cluster::LaunchNode(Member member) {
  auto launched = harness::ServerProcess::Launch(DataDir(member), Overrides(member));
  if (!launched) return Fail(launched.error());
  nodes_[member] = std::move(*launched);
  return {};
}

std::string Cluster::Metrics(Member member) {
  return node(member).Send(node(member).ops_port(), "GET", "/metrics").text;
}

bool Cluster::CaughtUp() {
  for (size_t member = 0; member < kMembers; ++member) {
    const std::string metrics = Metrics(static_cast<Member>(member));
    for (const char* partition : {"0", "1", "2"}) {
      const std::string line =
          "signalbox_process_lag_records{partition=\"" + std::string(partition) + "\"} 0\n";
      if (metrics.find(line) == std::string::npos) return false;
    }
  }
  return true;
}

}  // namespace signalbox::fault
