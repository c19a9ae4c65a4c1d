// Writes results as JSON by hand: it is most of what a batch costs after parsing.
#include "ingest/batch_results.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace signalbox::ingest {
namespace {

constexpr std::array<std::string_view, 4> kStatusNames = {"accepted", "duplicate", "rejected", "retry"};

void AppendNumber(uint64_t number, std::string* out) {
  std::array<char, 24> digits;
  out->append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void AppendText(std::string_view name, std::string_view value, std::string* out) {
  out->append(",\"").append(name).append("\":");
  ports::AppendJsonText(value, out);
}

void AppendError(const Error& error, size_t line, std::string* out) {
  out->append(",\"error\":{\"code\":");
  ports::AppendJsonText(ToString(error.code()), out);
  const std::string where = line == 0 ? std::string() : "line " + std::to_string(line) + ": ";
  AppendText("message", where + error.message(), out);
  if (!error.field().empty()) AppendText("field", error.field(), out);
  if (!error.hint().empty()) AppendText("hint", error.hint(), out);
  out->push_back('}');
}

void AppendResult(const ElementResult& result, size_t index, std::string_view id_name, std::string* out) {
  out->append(index == 0 ? "{\"index\":" : ",{\"index\":");
  AppendNumber(index, out);
  AppendText("status", kStatusNames[static_cast<size_t>(result.outcome)], out);
  if (!result.id.empty()) AppendText(id_name, result.id, out);
  if (result.position) AppendText("position", model::ToString(*result.position), out);
  if (result.error) AppendError(*result.error, result.line, out);
  out->push_back('}');
}

}  // namespace

ports::HttpResponse BatchResponse(const std::vector<ElementResult>& results, std::string_view id_name) {
  ports::HttpResponse response;
  response.status = 400;
  response.body.reserve(24 + results.size() * 110);
  response.body = "{\"results\":[";
  for (size_t i = 0; i < results.size(); ++i) {
    const ElementResult& result = results[i];
    AppendResult(result, i, id_name, &response.body);
    if (result.outcome == Outcome::kAccepted || result.outcome == Outcome::kDuplicate) {
      response.status = 202;
    } else if (result.outcome == Outcome::kRetry && response.status == 400) {
      response.status = result.error ? ports::HttpStatus(result.error->code()) : 503;
    }
  }
  response.body += "]}";
  if (response.status == 429 || response.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace signalbox::ingest
