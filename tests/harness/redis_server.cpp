// redis-server and redis-cli of Debian's redis-server.
#include "harness/redis_server.hpp"

#include <csignal>
#include <filesystem>

namespace signalbox::harness {
namespace {

constexpr char kServer[] = "/usr/bin/redis-server";
constexpr char kClient[] = "/usr/bin/redis-cli";
constexpr int kStartMs = 10'000;

}  // namespace

Result<std::unique_ptr<RedisServer>> RedisServer::Start() {
  if (!std::filesystem::exists(kServer)) {
    return Fail(Code::kUnavailable, std::string(kServer) +
                                        " is missing: install Debian's redis-server "
                                        "(infra/setup/install.sh test does)");
  }
  std::unique_ptr<RedisServer> server(new RedisServer);
  // Another process may take the port in between.
  Result<void> launched;
  for (int attempt = 0; attempt < 5; ++attempt) {
    server->port_ = FreePort();
    launched = server->Restart();
    if (launched) return server;
  }
  return Fail(launched.error());
}

Result<void> RedisServer::Restart() {
  const std::string log = folder_.path() + "/redis.log";
  auto started = ChildProcess::Start(
      {kServer, "--port", std::to_string(port_), "--bind", "127.0.0.1", "--dir", folder_.path(), "--save", "",
       "--appendonly", "no", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"},
      {log, "", SIGKILL});
  if (!started) return Fail(started.error());
  server_ = std::move(*started);
  const bool up = WaitUntil(kStartMs, [&] { return server_.Wait(0) || Run({"PING"}) == "PONG"; });
  if (up && server_.pid() > 0) return {};
  server_ = ChildProcess();
  return Fail(Code::kUnavailable, "Redis did not start:\n" + EndOfFile(log));
}

std::string RedisServer::url() const { return "redis://127.0.0.1:" + std::to_string(port_) + "/0"; }

std::string RedisServer::Run(const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  const std::string output = folder.path() + "/output";
  std::vector<std::string> all = {kClient, "-h", "127.0.0.1", "-p", std::to_string(port_)};
  all.insert(all.end(), arguments.begin(), arguments.end());
  auto client = ChildProcess::Start(all, {output, "", SIGKILL});
  if (!client || !client->Wait(kStartMs)) return {};
  std::string printed = EndOfFile(output);
  while (!printed.empty() && printed.back() == '\n') printed.pop_back();
  return printed;
}

void RedisServer::Kill() {
  server_.Signal(SIGKILL);
  server_.Wait(kStartMs);
}

void RedisServer::Pause() { server_.Signal(SIGSTOP); }
void RedisServer::Continue() { server_.Signal(SIGCONT); }

}  // namespace signalbox::harness
