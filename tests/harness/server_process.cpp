// Starting, stopping and asking processes.
#include "harness/server_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
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
#include <utility>

#include "adapters/http/poco_client.hpp"

namespace signalbox::harness {
namespace {

constexpr int kStartMs = 60'000;
constexpr int kStopMs = 60'000;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Runs the program with its output in a file. Its death follows ours.
pid_t Spawn(const std::vector<std::string>& arguments, const std::string& output_path) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int output = open(output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int input = open("/dev/null", O_RDONLY);
  dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

Result<std::unique_ptr<ServerProcess>> ServerProcess::Start(const std::string& data_dir,
                                                            const std::vector<std::string>& overrides) {
  auto server = Launch(data_dir, overrides);
  if (!server) return server;
  if (auto ready = (*server)->WaitUntilReady(); !ready) return Fail(ready.error());
  return server;
}

Result<std::unique_ptr<ServerProcess>> ServerProcess::Launch(const std::string& data_dir,
                                                             const std::vector<std::string>& overrides) {
  std::filesystem::create_directories(data_dir);
  const std::string log_path = data_dir + ".log";
  std::filesystem::remove(log_path);
  std::vector<std::string> arguments = {
      SIGNALBOX_PROGRAM, "serve",  "--config", SIGNALBOX_SOURCE_DIR "/config/signalbox.yaml",
      "--data-dir",      data_dir, "--set",    "scripts.dir=" SIGNALBOX_SOURCE_DIR "/scripts-lua"};
  for (const char* port : {"ingest_port", "recommend_port", "admin_port", "ops_port"}) {
    arguments.insert(arguments.end(), {"--set", std::string("http.") + port + "=0"});
  }
  for (const auto& entry : overrides) arguments.insert(arguments.end(), {"--set", entry});
  const pid_t pid = Spawn(arguments, log_path);
  if (pid < 0) return Fail(Code::kUnavailable, "cannot fork");
  return std::unique_ptr<ServerProcess>(new ServerProcess(pid, log_path));
}

ServerProcess::~ServerProcess() { Kill(); }

std::string ServerProcess::log() const { return ReadAll(log_path_); }

Result<void> ServerProcess::WaitUntilReady() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartMs);
  while (std::chrono::steady_clock::now() < end) {
    std::istringstream lines(log());
    for (std::string line; std::getline(lines, line);) {
      const auto entry = nlohmann::json::parse(line, nullptr, false);
      if (!entry.is_object() || entry.value("message", "") != "ready") continue;
      ingest_ = entry.value("ingest_port", 0);
      recommend_ = entry.value("recommend_port", 0);
      admin_ = entry.value("admin_port", 0);
      ops_ = entry.value("ops_port", 0);
      return {};
    }
    int status = 0;
    if (Reap(10, &status)) return Fail(Code::kUnavailable, "the server ended before it was ready:\n" + log());
  }
  Kill();
  return Fail(Code::kUnavailable, "the server was not ready in time:\n" + log());
}

bool ServerProcess::Reap(int wait_ms, int* status) {
  if (pid_ <= 0) return true;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  do {
    if (waitpid(pid_, status, WNOHANG) == pid_) {
      pid_ = -1;
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

void ServerProcess::Kill() {
  clients_.clear();
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int ServerProcess::Terminate() {
  clients_.clear();
  if (pid_ <= 0) return -1;
  kill(pid_, SIGTERM);
  int status = 0;
  if (Reap(kStopMs, &status)) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  Kill();
  return -1;
}

Answer ServerProcess::Send(uint16_t port, const std::string& method, const std::string& target,
                           const std::string& body, const ports::HttpClient::Headers& headers) {
  ports::HttpClient* client = nullptr;
  for (const auto& [known, kept] : clients_) {
    if (known == port) client = kept.get();
  }
  if (client == nullptr) {
    auto made = adapters::http::MakePocoClient("http://127.0.0.1:" + std::to_string(port));
    if (!made) return {};
    client = clients_.emplace_back(port, std::move(*made)).second.get();
  }
  const auto response = client->Send(method, target, headers, body);
  if (!response) return {0, nullptr, response.error().message()};
  auto parsed = nlohmann::json::parse(response->body, nullptr, false);
  if (parsed.is_discarded()) parsed = nullptr;
  return {response->status, std::move(parsed), response->body};
}

int RunProgram(const std::vector<std::string>& arguments, std::string* output) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/output";
  std::vector<std::string> all = {SIGNALBOX_PROGRAM};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const pid_t pid = Spawn(all, path);
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
  if (output != nullptr) *output = ReadAll(path);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace signalbox::harness
