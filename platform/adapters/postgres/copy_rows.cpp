// Escaping, and the COPY protocol of libpq.
#include "adapters/postgres/copy_rows.hpp"

#include <Poco/Data/DataException.h>
#include <Poco/UTF8Encoding.h>

#include <algorithm>
#include <memory>

#include "adapters/postgres/arrays.hpp"
#include "adapters/postgres/errors.hpp"

namespace signalbox::postgres {
namespace {

constexpr int kChunkBytes = 1 << 20;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void AppendEscaped(char c, std::string* out) {
  switch (c) {
    case '\\':
      out->append("\\\\");
      break;
    case '\t':
      out->append("\\t");
      break;
    case '\n':
      out->append("\\n");
      break;
    case '\r':
      out->append("\\r");
      break;
    default:
      out->push_back(c);
  }
}

// The length of the UTF-8 character at the start; 0 = there is none, or it is NUL.
size_t CharacterBytes(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (bytes[0] == 0) return 0;
  if (bytes[0] < 0x80) return 1;
  const size_t length = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2;
  const bool legal = bytes[0] >= 0xC2 && bytes[0] <= 0xF4 && length <= text.size() &&
                     Poco::UTF8Encoding::isLegal(bytes, static_cast<int>(length));
  return legal ? length : 0;
}

}  // namespace

void CopyRows::Separate() {
  if (row_begun_) rows_.push_back('\t');
  row_begun_ = true;
}

void CopyRows::Number(int64_t value) {
  Separate();
  rows_ += std::to_string(value);
}

void CopyRows::Text(std::string_view value) {
  Separate();
  while (!value.empty()) {
    const size_t length = CharacterBytes(value);
    if (length == 0) rows_ += kReplacement;
    for (size_t i = 0; i < length; ++i) AppendEscaped(value[i], &rows_);
    value.remove_prefix(std::max<size_t>(length, 1));
  }
}

void CopyRows::Bytes(std::string_view value) {
  Separate();
  rows_ += "\\\\x";
  AppendHex(value, &rows_);
}

void CopyRows::EndRow() {
  rows_.push_back('\n');
  row_begun_ = false;
}

void CopyRows::Send(PGconn* connection, const std::string& into) const {
  Execute(connection, "COPY " + into + " FROM STDIN");
  bool sent = true;
  for (size_t at = 0; at < rows_.size() && sent; at += kChunkBytes) {
    const auto size = static_cast<int>(std::min<size_t>(kChunkBytes, rows_.size() - at));
    sent = PQputCopyData(connection, rows_.data() + at, size) == 1;
  }
  sent = sent && PQputCopyEnd(connection, nullptr) == 1;
  std::string complaint = sent ? "" : PQerrorMessage(connection);
  std::string state = "N/A";
  for (;;) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(connection), &PQclear);
    if (!result) break;
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) continue;
    complaint = PQresultErrorMessage(result.get());
    const char* field = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    if (field != nullptr) state = field;
    if (PQstatus(connection) != CONNECTION_OK) break;
  }
  if (!complaint.empty()) {
    throw Poco::Data::DataException(complaint + "\n Severity: ERROR State: " + state);
  }
}

}  // namespace signalbox::postgres
