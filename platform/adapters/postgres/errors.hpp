// What PostgreSQL, libpq and Poco report, as errors.
#pragma once

#include <libpq-fe.h>

#include <string>

#include "base/result.hpp"

namespace signalbox::postgres {

struct Failure {
  Error error;
  bool connection_lost = false;
};

// The exception being handled; call in a catch block. `connection` may be null.
// Codes: kUnavailable for what may pass by itself (connection, time-out, lock, disk, shutdown),
//        kInvalidArgument for values the server refuses, kDataLoss for damage, else kInternal.
Failure FromException(const std::string& database, const PGconn* connection);

// Runs SQL without parameters, several statements too. Throws Poco::Data::DataException.
void Execute(PGconn* connection, const std::string& sql);

}  // namespace signalbox::postgres
