// Started once.
#include "harness/shared_servers.hpp"

#include <stdexcept>

namespace signalbox::harness {
namespace {

template <typename Server>
std::unique_ptr<Server> StartOrThrow() {
  auto started = Server::Start();
  if (!started) throw std::runtime_error(started.error().message());
  return std::move(*started);
}

}  // namespace

PostgresServer& SharedPostgres() {
  static const auto server = StartOrThrow<PostgresServer>();
  return *server;
}

RedisServer& SharedRedis() {
  static const auto server = StartOrThrow<RedisServer>();
  return *server;
}

}  // namespace signalbox::harness
