// Starting, stopping and watching the broker's process.
#include "harness/kafka_broker.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace signalbox::harness {
namespace {

namespace fs = std::filesystem;

constexpr int kStartMs = 90'000;
constexpr int kStopMs = 30'000;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Tail(const std::string& text) {
  constexpr size_t kShown = 4000;
  return text.size() <= kShown ? text : text.substr(text.size() - kShown);
}

// Runs argv with its output appended to a file, as leader of a process group of its own. It dies
// with the thread that called.
pid_t Spawn(const std::vector<std::string>& arguments, const std::string& output_path) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int output = open(output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int input = open("/dev/null", O_RDONLY);
  dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  execvp(argv[0], argv.data());
  _exit(127);
}

int RunToEnd(const std::vector<std::string>& arguments, const std::string& output_path) {
  const pid_t pid = Spawn(arguments, output_path);
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Ports that nobody has now. Another program may take one before the broker does; then Start fails
// and says so.
std::vector<uint16_t> FreePorts(size_t count) {
  std::vector<int> sockets;
  std::vector<uint16_t> ports;
  for (size_t i = 0; i < count; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      ports.push_back(ntohs(address.sin_port));
    }
    sockets.push_back(fd);
  }
  for (const int fd : sockets) close(fd);
  return ports;
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

KafkaBroker::~KafkaBroker() {
  Kill();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Result<void> KafkaBroker::Prepare(KafkaBrokerOptions options) {
  options_ = options;
  std::string pattern = (fs::temp_directory_path() / "signalbox-kafka-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    return Fail(Code::kUnavailable, "no temporary folder for the broker");
  folder_ = pattern;

  const std::string fetched = folder_ + "/fetch.log";
  const std::string jars = folder_ + "/jars";
  const std::string fetch = std::string(SIGNALBOX_SOURCE_DIR) + "/infra/setup/kafka.sh >" + jars;
  if (RunToEnd({"bash", "-c", fetch}, fetched) != 0) {
    return Fail(Code::kUnavailable,
                "the tests' broker is missing: infra/setup/kafka.sh failed:\n" + ReadFile(fetched));
  }
  std::ifstream(jars) >> jars_;

  const auto ports = FreePorts(2);
  if (ports.size() != 2) return Fail(Code::kUnavailable, "no free ports for the broker");
  address_ = "127.0.0.1:" + std::to_string(ports[0]);
  std::ofstream(folder_ + "/server.properties") << ServerProperties(folder_, ports[0], ports[1]);
  std::ofstream(folder_ + "/log4j.properties") << kLogging;
  // Any 16 bytes in URL-safe base64 name a cluster.
  const int formatted = RunToEnd({"java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                                  jars_ + "/*", "kafka.tools.StorageTool", "format", "-t",
                                  "c2lnbmFsYm94LXRlc3RzMQ", "-c", folder_ + "/server.properties"},
                                 folder_ + "/format.log");
  if (formatted != 0) {
    return Fail(Code::kUnavailable,
                "the broker's storage was not formatted (is Java installed? "
                "infra/setup/install.sh test):\n" +
                    Tail(ReadFile(folder_ + "/format.log")));
  }
  return {};
}

Result<void> KafkaBroker::Launch() {
  const std::string log_path = folder_ + "/broker.log";
  std::error_code ignored;
  fs::remove(log_path, ignored);
  std::vector<std::string> arguments = {"java", "-Xmx512m",
                                        "-Dlog4j.configuration=file:" + folder_ + "/log4j.properties"};
  if (options_.start_quickly) {
    arguments.insert(arguments.end(), {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"});
  }
  arguments.insert(arguments.end(), {"-cp", jars_ + "/*", "kafka.Kafka", folder_ + "/server.properties"});
  pid_ = Spawn(arguments, log_path);
  if (pid_ < 0) return Fail(Code::kUnavailable, "cannot fork");

  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartMs);
  while (std::chrono::steady_clock::now() < end) {
    // Written once the broker is registered, unfenced and accepts connections.
    const std::string log = ReadFile(log_path);
    if (log.find("Kafka Server started") != std::string::npos) return {};
    if (Reap(50)) return Fail(Code::kUnavailable, "the broker ended while starting:\n" + Tail(log));
  }
  Kill();
  return Fail(Code::kUnavailable, "the broker did not start in 90 s:\n" + Tail(ReadFile(log_path)));
}

bool KafkaBroker::Reap(int wait_ms) {
  if (pid_ <= 0) return true;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  do {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

void KafkaBroker::Stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGCONT);
  kill(pid_, SIGTERM);
  if (!Reap(kStopMs)) Kill();
}

void KafkaBroker::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

Result<void> KafkaBroker::Restart() { return Launch(); }

void KafkaBroker::Freeze() {
  if (pid_ > 0) kill(pid_, SIGSTOP);
}

void KafkaBroker::Thaw() {
  if (pid_ > 0) kill(pid_, SIGCONT);
}

}  // namespace signalbox::harness
