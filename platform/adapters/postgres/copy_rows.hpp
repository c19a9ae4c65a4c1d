// Rows for COPY ... FROM STDIN in its text format.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox::postgres {

// Build rows field by field, then Send them on a connection.
class CopyRows {
 public:
  void Number(int64_t value);
  // NUL cannot be kept and what is no UTF-8 is not text: both become U+FFFD.
  void Text(std::string_view value);
  void Bytes(std::string_view value);
  void EndRow();

  size_t bytes() const { return rows_.size(); }

  // COPY <into> FROM STDIN. Throws Poco::Data::DataException; nothing is kept of the rows then.
  void Send(PGconn* connection, const std::string& into) const;

 private:
  void Separate();
  std::string rows_;
  bool row_begun_ = false;
};

}  // namespace signalbox::postgres
