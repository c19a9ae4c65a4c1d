// Starting, stopping and watching the broker's process.
#include "harness/kafka_broker.hpp"

#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace signalbox::harness {
namespace {

constexpr int kStartMs = 90'000;
constexpr int kStopMs = 30'000;
constexpr int kRunMs = 900'000;  // fetching jars over a slow line included
constexpr const char* kJava = "/usr/bin/java";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int RunToEnd(const std::vector<std::string>& arguments, const std::string& output_path) {
  auto process = ChildProcess::Start(arguments, {.output_path = output_path});
  int status = 0;
  if (!process || !process->Wait(kRunMs, &status)) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Topics are made by whoever needs one, with the settings they need.
std::string ServerProperties(const std::string& folder, uint16_t port, uint16_t controller_port) {
  std::ostringstream text;
  text << "process.roles=broker,controller\n"
       << "node.id=1\n"
       << "controller.quorum.voters=1@127.0.0.1:" << controller_port << '\n'
       << "listeners=PLAINTEXT://127.0.0.1:" << port << ",CONTROLLER://127.0.0.1:" << controller_port << '\n'
       << "advertised.listeners=PLAINTEXT://127.0.0.1:" << port << '\n'
       << "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
       << "controller.listener.names=CONTROLLER\n"
       << "inter.broker.listener.name=PLAINTEXT\n"
       << "log.dirs=" << folder << "/data\n"
       << "auto.create.topics.enable=false\n"
       << "offsets.topic.replication.factor=1\n"
       << "offsets.topic.num.partitions=1\n"
       << "transaction.state.log.replication.factor=1\n"
       << "transaction.state.log.min.isr=1\n"
       << "transaction.state.log.num.partitions=1\n"
       << "share.coordinator.state.topic.replication.factor=1\n"
       << "group.initial.rebalance.delay.ms=0\n"
       << "log.cleaner.enable=false\n"
       // A killed broker is let in again when its former session has ended.
       << "broker.session.timeout.ms=2000\n"
       << "broker.heartbeat.interval.ms=300\n"
       << "num.network.threads=2\n"
       << "num.io.threads=2\n"
       << "log.retention.check.interval.ms=1000\n";
  return text.str();
}

constexpr const char* kLogging =
    "log4j.rootLogger=INFO, stdout\n"
    "log4j.appender.stdout=org.apache.log4j.ConsoleAppender\n"
    "log4j.appender.stdout.layout=org.apache.log4j.PatternLayout\n"
    "log4j.appender.stdout.layout.ConversionPattern=%d %p %m (%c)%n\n";

}  // namespace

Result<std::unique_ptr<KafkaBroker>> KafkaBroker::Start(KafkaBrokerOptions options) {
  std::unique_ptr<KafkaBroker> broker(new KafkaBroker());
  if (auto prepared = broker->Prepare(options); !prepared) return Fail(prepared.error());
  if (auto launched = broker->Launch(); !launched) return Fail(launched.error());
  return broker;
}

Result<void> KafkaBroker::Prepare(KafkaBrokerOptions options) {
  options_ = options;
  const std::string fetched = folder_.path() + "/fetch.log";
  const std::string jars = folder_.path() + "/jars";
  const std::string fetch = std::string(SIGNALBOX_SOURCE_DIR) + "/infra/setup/kafka.sh >" + jars;
  if (RunToEnd({"/bin/bash", "-c", fetch}, fetched) != 0) {
    return Fail(Code::kUnavailable,
                "the tests' broker is missing: infra/setup/kafka.sh failed:\n" + ReadFile(fetched));
  }
  std::ifstream(jars) >> jars_;

  const uint16_t port = FreePort(), controller_port = FreePort();
  if (port == 0 || controller_port == 0 || port == controller_port) {
    return Fail(Code::kUnavailable, "no free ports for the broker");
  }
  address_ = "127.0.0.1:" + std::to_string(port);
  std::ofstream(folder_.path() + "/server.properties")
      << ServerProperties(folder_.path(), port, controller_port);
  std::ofstream(folder_.path() + "/log4j.properties") << kLogging;
  // Any 16 bytes in URL-safe base64 name a cluster.
  const int formatted = RunToEnd({kJava, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                                  jars_ + "/*", "kafka.tools.StorageTool", "format", "-t",
                                  "c2lnbmFsYm94LXRlc3RzMQ", "-c", folder_.path() + "/server.properties"},
                                 folder_.path() + "/format.log");
  if (formatted != 0) {
    return Fail(Code::kUnavailable,
                "the broker's storage was not formatted (is Java installed? "
                "infra/setup/install.sh test):\n" +
                    EndOfFile(folder_.path() + "/format.log"));
  }
  return {};
}

Result<void> KafkaBroker::Launch() {
  const std::string log_path = folder_.path() + "/broker.log";
  std::error_code ignored;
  std::filesystem::remove(log_path, ignored);
  std::vector<std::string> arguments = {kJava, "-Xmx512m",
                                        "-Dlog4j.configuration=file:" + folder_.path() + "/log4j.properties"};
  if (options_.start_quickly) {
    arguments.insert(arguments.end(), {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"});
  }
  arguments.insert(arguments.end(),
                   {"-cp", jars_ + "/*", "kafka.Kafka", folder_.path() + "/server.properties"});
  auto started = ChildProcess::Start(arguments, {.output_path = log_path});
  if (!started) return Fail(started.error());
  process_ = std::move(*started);

  // Written once the broker is registered, unfenced and accepts connections.
  const auto says = [&] { return ReadFile(log_path).find("Kafka Server started") != std::string::npos; };
  bool ended = false;
  const bool up = WaitUntil(kStartMs, [&] { return says() || (ended = process_.Wait(0)); });
  if (up && !ended) return {};
  Kill();
  return Fail(Code::kUnavailable, "the broker did not start:\n" + EndOfFile(log_path));
}

void KafkaBroker::Stop() {
  Thaw();
  process_.Signal(SIGTERM);
  if (!process_.Wait(kStopMs)) Kill();
}

void KafkaBroker::Kill() {
  process_.Signal(SIGKILL);
  process_.Wait(kStopMs);
}

Result<void> KafkaBroker::Restart() { return Launch(); }

void KafkaBroker::Freeze() { process_.Signal(SIGSTOP); }

void KafkaBroker::Thaw() { process_.Signal(SIGCONT); }

}  // namespace signalbox::harness
