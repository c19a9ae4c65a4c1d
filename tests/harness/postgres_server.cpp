// initdb, postgres and psql of Debian's postgresql-15.
#include "harness/postgres_server.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <vector>

namespace signalbox::harness {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";
constexpr int kStartMs = 30'000;
constexpr int kStopMs = 20'000;

// The children of a process, by /proc.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  const std::string id = std::to_string(parent);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

}  // namespace

ChildOptions PostgresServer::Options(const std::string& output) const {
  return {folder_.path() + "/" + output, user_, SIGQUIT};
}

Result<std::unique_ptr<PostgresServer>> PostgresServer::Start() {
  std::unique_ptr<PostgresServer> server(new PostgresServer);
  if (!std::filesystem::exists(std::string(kPrograms) + "postgres")) {
    return Fail(Code::kUnavailable, std::string(kPrograms) +
                                        "postgres is missing: install Debian's postgresql-15 "
                                        "(infra/setup/install.sh test does)");
  }
  const std::string& folder = server->folder_.path();
  if (geteuid() == 0) {
    server->user_ = "postgres";
    if (auto given = GiveFolder(folder, server->user_); !given) return Fail(given.error());
  }
  auto made = ChildProcess::Start(
      {std::string(kPrograms) + "initdb", "--pgdata=" + folder + "/data", "--username=signalbox",
       "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"},
      server->Options("initdb.log"));
  if (!made) return Fail(made.error());
  int status = -1;
  if (!made->Wait(kStartMs, &status) || status != 0) {
    return Fail(Code::kUnavailable, "initdb failed:\n" + EndOfFile(folder + "/initdb.log"));
  }
  // Another process may take the port in between.
  Result<void> launched;
  for (int attempt = 0; attempt < 5; ++attempt) {
    server->port_ = FreePort();
    launched = server->Launch();
    if (launched) return server;
  }
  return Fail(launched.error());
}

PostgresServer::~PostgresServer() {
  if (server_.pid() > 0) {
    Continue();
    server_.Signal(SIGQUIT);
    if (!server_.Wait(kStopMs)) Kill();
  }
}

Result<void> PostgresServer::Launch() {
  const std::string& folder = folder_.path();
  auto started = ChildProcess::Start(
      {std::string(kPrograms) + "postgres", "-D", folder + "/data", "-p", std::to_string(port_), "-k", folder,
       "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=60", "-c",
       "shared_buffers=32MB", "-c", "max_wal_size=256MB", "-c", "autovacuum=off"},
      Options("postgres.log"));
  if (!started) return Fail(started.error());
  server_ = std::move(*started);
  const bool up = WaitUntil(kStartMs, [&] { return server_.Wait(0) || Accepts(); });
  if (up && server_.pid() > 0) return {};
  server_ = ChildProcess();
  return Fail(Code::kUnavailable, "PostgreSQL did not start:\n" + EndOfFile(folder + "/postgres.log"));
}

bool PostgresServer::Accepts() {
  auto asked = ChildProcess::Start({std::string(kPrograms) + "pg_isready", "-q", "-h", "127.0.0.1", "-p",
                                    std::to_string(port_), "-t", "2"},
                                   {"/dev/null", "", SIGKILL});
  int status = -1;
  return asked && asked->Wait(5000, &status) && status == 0;
}

std::string PostgresServer::url(const std::string& database) const {
  return "postgres://signalbox@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::string PostgresServer::CreateDatabase() {
  const std::string name = "test" + std::to_string(++databases_);
  // Copying files is faster than logging them.
  const auto made = Run("CREATE DATABASE " + name + " TEMPLATE template0 STRATEGY file_copy");
  return url(made ? name : "database_not_made");
}

Result<std::string> PostgresServer::Run(const std::string& sql, const std::string& database) {
  const TemporaryFolder folder;
  const std::string output = folder.path() + "/output";
  auto psql = ChildProcess::Start({std::string(kPrograms) + "psql", "-X", "-q", "-A", "-t", "-v",
                                   "ON_ERROR_STOP=1", "-d", url(database), "-c", sql},
                                  {output, "", SIGKILL});
  if (!psql) return Fail(psql.error());
  int status = -1;
  const bool ended = psql->Wait(kStartMs, &status);
  std::string printed = EndOfFile(output);
  while (!printed.empty() && printed.back() == '\n') printed.pop_back();
  if (!ended || status != 0) return Fail(Code::kUnavailable, "psql: " + printed);
  return printed;
}

int PostgresServer::TerminateBackends() {
  const auto ended =
      Run("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
          " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
  return ended ? std::atoi(ended->c_str()) : -1;
}

void PostgresServer::Stop() {
  server_.Signal(SIGINT);
  if (!server_.Wait(kStopMs)) Kill();
}

void PostgresServer::Kill() {
  const auto children = ChildrenOf(server_.pid());
  server_.Signal(SIGKILL);
  server_.Wait(kStopMs);
  // The others notice by themselves, a moment later; the data cannot be opened before that.
  WaitUntil(kStopMs, [&] {
    return std::none_of(children.begin(), children.end(), [](pid_t child) { return kill(child, 0) == 0; });
  });
}

void PostgresServer::Pause() {
  for (const pid_t child : ChildrenOf(server_.pid())) kill(child, SIGSTOP);
  server_.Signal(SIGSTOP);
}

void PostgresServer::Continue() {
  server_.Signal(SIGCONT);
  for (const pid_t child : ChildrenOf(server_.pid())) kill(child, SIGCONT);
}

Result<void> PostgresServer::Restart() { return Launch(); }

}  // namespace signalbox::harness
