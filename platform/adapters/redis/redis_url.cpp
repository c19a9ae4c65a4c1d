// Reading the address.
#include "adapters/redis/redis_url.hpp"

#include <charconv>
#include <optional>

namespace signalbox::redis {
namespace {

tl::unexpected<Error> Refuse(std::string why) {
  return Fail(Error(Code::kInvalidArgument, "REDIS_URL: " + std::move(why))
                  .WithField("REDIS_URL")
                  .WithHint("Write it as redis://user:password@host:6379/0, special characters of user and "
                            "password percent-encoded."));
}

std::optional<std::string> Decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    unsigned byte = 0;
    if (i + 2 >= text.size() ||
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr != text.data() + i + 3) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(byte));
    i += 2;
  }
  return decoded;
}

template <typename Number>
bool ReadNumber(std::string_view text, Number* number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), *number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

}  // namespace

std::string RedisUrl::name() const {
  return "redis://" + host + ":" + std::to_string(port) + "/" + std::to_string(database);
}

Result<RedisUrl> ParseRedisUrl(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  if (url.rfind("rediss://", 0) == 0) return Refuse("TLS is not supported; use a tunnel beside the process");
  if (url.rfind(kScheme, 0) != 0) return Refuse(url.empty() ? "not set" : "does not begin with redis://");
  url.remove_prefix(kScheme.size());
  RedisUrl parsed;
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto credentials = url.substr(0, at);
    const auto colon = credentials.find(':');
    const auto user = Decoded(credentials.substr(0, colon));
    const auto password = colon == std::string_view::npos ? std::optional<std::string>("")
                                                          : Decoded(credentials.substr(colon + 1));
    if (!user || !password) return Refuse("its user or password has a % that is not followed by two digits");
    parsed.user = *user;
    parsed.password = *password;
    url.remove_prefix(at + 1);
  }
  url = url.substr(0, url.find('?'));
  if (const auto slash = url.find('/'); slash != std::string_view::npos) {
    const auto database = url.substr(slash + 1);
    if (!database.empty() && (!ReadNumber(database, &parsed.database) || parsed.database < 0)) {
      return Refuse("the database must be a number");
    }
    url = url.substr(0, slash);
  }
  std::string_view port;
  if (!url.empty() && url.front() == '[') {
    const auto end = url.find(']');
    if (end == std::string_view::npos) return Refuse("its address has no closing bracket");
    parsed.host = url.substr(1, end - 1);
    port = url.substr(end + 1);
  } else {
    const auto colon = url.find(':');
    parsed.host = url.substr(0, colon);
    if (colon != std::string_view::npos) port = url.substr(colon);
  }
  if (parsed.host.empty()) return Refuse("has no host");
  if (!port.empty() &&
      (port.front() != ':' || !ReadNumber(port.substr(1), &parsed.port) || parsed.port == 0)) {
    return Refuse("the port must be a number from 1 to 65535");
  }
  return parsed;
}

}  // namespace signalbox::redis
