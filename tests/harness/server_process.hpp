// A real `signalbox serve` on free ports, and requests to it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "harness/temporary_folder.hpp"
#include "ports/http_client.hpp"

namespace signalbox::harness {

struct Answer {
  int status = 0;
  nlohmann::json body;  // null where the body is not JSON
  std::string text;
};

// Threads: one at a time, but for Kill. Ends with the object, at the latest with the test.
class ServerProcess {
 public:
  // overrides: "section.key=value". Returns once the node is ready.
  // Errors: kUnavailable with the end of its log when it ended or was not ready within 60 s.
  static Result<std::unique_ptr<ServerProcess>> Start(const std::string& data_dir,
                                                      const std::vector<std::string>& overrides = {});
  // The same without waiting: it has no ports yet, and may be killed while it starts.
  static Result<std::unique_ptr<ServerProcess>> Launch(const std::string& data_dir,
                                                       const std::vector<std::string>& overrides = {});
  ~ServerProcess();

  // kill -9, and waits for it.
  void Kill();
  // SIGTERM, and waits up to 60 s; the exit code, -1 when it had to be killed.
  int Terminate();

  pid_t pid() const { return pid_; }
  uint16_t ingest_port() const { return ingest_; }
  uint16_t recommend_port() const { return recommend_; }
  uint16_t admin_port() const { return admin_; }
  uint16_t ops_port() const { return ops_; }
  std::string log() const;

  // Sends to the port over a kept connection; status 0 = no answer.
  Answer Send(uint16_t port, const std::string& method, const std::string& target,
              const std::string& body = {}, const ports::HttpClient::Headers& headers = {});
  Answer Get(const std::string& target) { return Send(recommend_, "GET", target); }
  Answer Post(const std::string& target, const nlohmann::json& body) {
    return Send(ingest_, "POST", target, body.dump());
  }

 private:
  ServerProcess(pid_t pid, std::string log_path) : pid_(pid), log_path_(std::move(log_path)) {}
  Result<void> WaitUntilReady();
  bool Reap(int wait_ms, int* status);

  pid_t pid_;
  std::string log_path_;
  uint16_t ingest_ = 0, recommend_ = 0, admin_ = 0, ops_ = 0;
  std::vector<std::pair<uint16_t, std::unique_ptr<ports::HttpClient>>> clients_;
};

// Runs the program with the arguments and waits; its exit code, and what it printed.
int RunProgram(const std::vector<std::string>& arguments, std::string* output);

}  // namespace signalbox::harness
