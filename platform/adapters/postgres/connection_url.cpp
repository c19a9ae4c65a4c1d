// Through libpq's own parser, whose messages are not shown: they repeat the text, password and all.
#include "adapters/postgres/connection_url.hpp"

#include <libpq-fe.h>

#include <map>
#include <memory>

namespace signalbox::postgres {
namespace {

tl::unexpected<Error> Refuse(std::string why, std::string hint) {
  return Fail(Error(Code::kInvalidArgument, "DATABASE_URL: " + std::move(why))
                  .WithField("DATABASE_URL")
                  .WithHint(std::move(hint)));
}

// Poco cuts at every space, quoted or not; a backslash keeps libpq from reading quotes.
std::string Escaped(const std::string& value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\'' || c == '\\') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

}  // namespace

Result<ConnectionUrl> ParseConnectionUrl(const std::string& url) {
  constexpr char kForm[] =
      "Write it as postgres://user:password@host:5432/database, special characters percent-encoded.";
  if (url.empty()) return Refuse("not set", kForm);
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &complaint), &PQconninfoFree);
  if (complaint != nullptr) PQfreemem(complaint);
  if (!options) return Refuse("not a PostgreSQL connection URI", kForm);

  // A peer that is gone without a word is noticed by the kernel; one that is stuck by SessionPool.
  std::map<std::string, std::string> values = {{"tcp_user_timeout", "5000"},
                                               {"keepalives_idle", "10"},
                                               {"keepalives_interval", "2"},
                                               {"keepalives_count", "3"}};
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    const std::string value = option->val;
    if (value.find_first_of(" \t\n\r") != std::string::npos) {
      return Refuse(std::string(option->keyword) + " has a space in it",
                    "For a password with spaces use a password file: ...?passfile=/run/secrets/pgpass");
    }
    values[option->keyword] = value;
  }
  ConnectionUrl parsed;
  for (const auto& [key, value] : values) {
    if (!parsed.poco.empty()) parsed.poco.push_back(' ');
    parsed.poco += key + "=" + Escaped(value);
  }
  const auto or_else = [&](const char* key, const char* fallback) {
    const auto found = values.find(key);
    return found == values.end() ? std::string(fallback) : found->second;
  };
  parsed.name = "postgres://" + or_else("host", "localhost") + ":" + or_else("port", "5432") + "/" +
                or_else("dbname", "");
  return parsed;
}

}  // namespace signalbox::postgres
