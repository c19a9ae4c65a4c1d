// SQLSTATEs decide; Poco gives them in its text only.
#include "adapters/postgres/errors.hpp"

#include <Poco/Data/DataException.h>
#include <Poco/Data/PostgreSQL/PostgreSQLException.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace signalbox::postgres {
namespace {

constexpr char kAwayHint[] =
    "check that PostgreSQL runs and that DATABASE_URL is right; it is tried again by itself";

// "... Severity: ERROR State: 57014 Detail: ..."; empty = none.
std::string SqlState(const std::string& text) {
  constexpr std::string_view kMark = " State: ";
  const auto at = text.rfind(kMark);
  if (at == std::string::npos) return {};
  const std::string state = text.substr(at + kMark.size(), 5);
  return state.rfind("N/A", 0) == 0 ? std::string() : state;
}

// The sentence of the server alone, in one line.
std::string Sentence(std::string text) {
  text = text.substr(0, text.find("\n Severity:"));
  if (const auto error = text.find("error: "); error != std::string::npos) text.erase(0, error + 7);
  text = text.substr(0, text.find("\nCONTEXT:"));
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

Code CodeOf(const std::string& state, const std::string& text) {
  const std::string_view kind = std::string_view(state).substr(0, 2);
  if (state == "XX001" || state == "XX002") return Code::kDataLoss;
  if (kind == "22") return Code::kInvalidArgument;
  for (const auto* passing : {"08", "28", "40", "53", "57", "58"}) {
    if (kind == passing) return Code::kUnavailable;
  }
  if (state == "25006" || state == "55P03") return Code::kUnavailable;  // read only; lock not had
  // A statement that fails while it is prepared comes without its state.
  if (state.empty() && text.find("canceling statement due to") != std::string::npos)
    return Code::kUnavailable;
  return Code::kInternal;
}

const char* HintOf(Code code, const std::string& state) {
  if (code == Code::kDataLoss) return "the database is damaged; restore it from a backup";
  if (code == Code::kInvalidArgument) return "send text in UTF-8 without NUL";
  if (code != Code::kUnavailable) return "please report it";
  if (state.rfind("53", 0) == 0) return "PostgreSQL is short of disk, memory or connections";
  if (state == "57014" || state == "55P03") return "PostgreSQL is slow or a row is locked; try again";
  return kAwayHint;
}

}  // namespace

Failure FromException(const std::string& database, const PGconn* connection) {
  const bool lost = connection == nullptr || PQstatus(connection) != CONNECTION_OK;
  try {
    throw;
  } catch (const Poco::Data::NotConnectedException&) {  // its text has the password
    return {Error(Code::kUnavailable, database + ": the connection was lost").WithHint(kAwayHint), true};
  } catch (const Poco::Data::ConnectionFailedException& error) {
    return {Error(Code::kUnavailable, database + ": " + Sentence(error.message())).WithHint(kAwayHint), true};
  } catch (const Poco::Exception& error) {
    const std::string& text = error.message();
    const std::string state = SqlState(text);
    const Code code = lost ? Code::kUnavailable : CodeOf(state, text);
    return {Error(code, database + ": " + Sentence(text)).WithHint(HintOf(code, state)),
            lost || state.rfind("57P", 0) == 0};
  } catch (const std::exception& error) {
    return {Error(Code::kInternal, database + ": " + error.what()).WithHint("please report it"), lost};
  }
}

void Execute(PGconn* connection, const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection, sql.c_str()), &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) return;
  const char* state = result ? PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) : nullptr;
  throw Poco::Data::DataException(std::string(PQerrorMessage(connection)) +
                                  "\n Severity: ERROR State: " + (state != nullptr ? state : "N/A"));
}

}  // namespace signalbox::postgres
