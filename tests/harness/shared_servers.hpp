// One PostgreSQL and one Redis for a whole test executable, started when first asked for.
#pragma once

#include "harness/postgres_server.hpp"
#include "harness/redis_server.hpp"

namespace signalbox::harness {

// Throw std::runtime_error that says what is missing where the server cannot be started.
PostgresServer& SharedPostgres();
RedisServer& SharedRedis();

}  // namespace signalbox::harness
