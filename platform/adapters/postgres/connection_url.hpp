// DATABASE_URL taken apart: what Poco connects with, and what may be shown of it.
#pragma once

#include <string>

#include "base/result.hpp"

namespace signalbox::postgres {

struct ConnectionUrl {
  std::string poco;  // "key=value key=value", as Poco::Data::PostgreSQL takes it; has the password
  std::string name;  // "postgres://host:port/database": no user, no password
};

// Reads a URI (postgres://user:password@host:5432/database?sslmode=require) or libpq's key=value
// text. Time-outs of the transport are added where it sets none.
// Errors: kInvalidArgument, field "DATABASE_URL", without any of its text.
Result<ConnectionUrl> ParseConnectionUrl(const std::string& url);

}  // namespace signalbox::postgres
