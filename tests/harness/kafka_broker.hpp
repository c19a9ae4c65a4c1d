// A real Apache Kafka broker for tests: one KRaft node on free loopback ports.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "harness/child_process.hpp"
#include "harness/temporary_folder.hpp"

namespace signalbox::harness {

struct KafkaBrokerOptions {
  // Compiles less and starts sooner; off where rates are measured.
  bool start_quickly = true;
};

// In a temporary folder. It ends with the object, and with the thread that made it whatever becomes
// of the test: make it on the main thread. Starting takes 4-8 s, so the tests of one executable
// share a broker.
//
// Threads: one at a time.
class KafkaBroker {
 public:
  // Fetches the jars on first use (infra/setup/kafka.sh), formats the storage, starts the broker and
  // returns once it answers.
  // Errors: kUnavailable with what was missing, or the end of the broker's log.
  static Result<std::unique_ptr<KafkaBroker>> Start(KafkaBrokerOptions options = {});
  ~KafkaBroker() { Kill(); }

  // "127.0.0.1:<port>", the same for its whole life.
  const std::string& address() const { return address_; }
  // Where the partitions' folders lie: <topic>-<partition>.
  std::string data_dir() const { return folder_.path() + "/data"; }

  // SIGTERM, and waits; SIGKILL after 30 s.
  void Stop();
  // SIGKILL, and waits.
  void Kill();
  // Starts it again on the same ports and data; returns once it answers. Requires: not running.
  Result<void> Restart();

  // SIGSTOP and SIGCONT: a broker that keeps its connections and answers nothing.
  void Freeze();
  void Thaw();

 private:
  KafkaBroker() = default;
  Result<void> Prepare(KafkaBrokerOptions options);
  Result<void> Launch();

  TemporaryFolder folder_;
  std::string jars_, address_;
  KafkaBrokerOptions options_;
  ChildProcess process_;
};

}  // namespace signalbox::harness
