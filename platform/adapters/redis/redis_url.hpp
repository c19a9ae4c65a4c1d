// REDIS_URL taken apart.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace signalbox::redis {

struct RedisUrl {
  std::string host;
  uint16_t port = 6379;
  std::string user;      // empty = the default user
  std::string password;  // empty = none
  int database = 0;
  // "redis://host:port/0": no user, no password.
  std::string name() const;
};

// redis://[user:password@]host[:port][/database], user and password percent-encoded.
// Errors: kInvalidArgument, field "REDIS_URL", without any of its text.
Result<RedisUrl> ParseRedisUrl(std::string_view url);

}  // namespace signalbox::redis
