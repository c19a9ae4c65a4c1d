// Configurations, and waiting for roles.
#include "cluster.hpp"

#include <sys/wait.h>

#include <chrono>
#include <cstdlib>

#include "harness/child_process.hpp"

namespace signalbox::fault {

int Setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

std::unique_ptr<harness::KafkaBroker> ClusterTest::broker_;

void ClusterTest::SetUp() {
  if (!broker_) {
    auto started = harness::KafkaBroker::Start();
    ASSERT_TRUE(started) << started.error().message();
    broker_ = std::move(*started);
  }
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  topic_ = std::string(test->test_suite_name()) + "-" + test->name();
  const std::string url = postgres_.CreateDatabase();
  database_ = url.substr(url.rfind('/') + 1);
  setenv("DATABASE_URL", url.c_str(), 1);
  setenv("CLUSTER_TOKEN", "the token of this cluster", 1);
}

const NodePorts& ClusterTest::PortsOf(const std::string& name) {
  const auto found = ports_.find(name);
  if (found != ports_.end()) return found->second;
  const auto port = [] { return harness::FreePort(); };
  return ports_.emplace(name, NodePorts{port(), port(), port(), port()}).first->second;
}

std::vector<std::string> ClusterTest::Overrides(const std::string& name, const std::string& roles) {
  const auto& ports = PortsOf(name);
  const auto url = [this](const std::string& process) {
    return "'http://127.0.0.1:" + std::to_string(PortsOf(process).ops) + "'";
  };
  return {"checkpoint.dir=" + DataDir(shared_checkpoints_ ? "shared" : name) + "/checkpoints",
          "event_log.kind=kafka",
          "event_log.kafka.brokers=" + broker_->address(),
          "event_log.kafka.topic=" + topic_,
          "control_store.kind=postgres",
          "archive.kind=postgres",
          "cluster.process_urls=[" + url("process-a") + ", " + url("process-b") + "]",
          "checkpoint.interval_seconds=1",
          "roles=" + roles,
          "http.ingest_port=" + std::to_string(ports.ingest),
          "http.recommend_port=" + std::to_string(ports.recommend),
          "http.admin_port=" + std::to_string(ports.admin),
          "http.ops_port=" + std::to_string(ports.ops)};
}

std::unique_ptr<harness::ServerProcess> ClusterTest::Start(const std::string& name, const std::string& roles,
                                                           const std::vector<std::string>& more) {
  auto overrides = Overrides(name, roles);
  overrides.insert(overrides.end(), more.begin(), more.end());
  auto started = harness::ServerProcess::Start(DataDir(name), overrides);
  if (!started) throw std::runtime_error(name + ": " + started.error().message());
  return std::move(*started);
}

nlohmann::json ClusterTest::ReadinessOf(harness::ServerProcess& node) {
  return node.Send(node.ops_port(), "GET", "/readyz").body;
}

std::string ClusterTest::RoleOf(harness::ServerProcess& node) {
  const auto body = ReadinessOf(node);
  if (!body.is_object() || !body.contains("process")) return {};
  return body["process"].value("role", "");
}

std::string ClusterTest::EndOf(harness::ServerProcess& node) {
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(node.pid()), &info, WEXITED | WNOHANG | WNOWAIT) != 0)
    return "no child";
  if (info.si_pid == 0) return {};
  return (info.si_code == CLD_EXITED ? "ended with " : "killed by signal ") + std::to_string(info.si_status);
}

int ClusterTest::TimeUntilRole(harness::ServerProcess& node, const std::string& role, int wait_ms) {
  const auto began = std::chrono::steady_clock::now();
  harness::WaitUntil(wait_ms, [&] { return RoleOf(node) == role; });
  if (RoleOf(node) != role) return wait_ms + 1;
  return static_cast<int>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began)
          .count());
}

}  // namespace signalbox::fault
