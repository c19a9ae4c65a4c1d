// simdjson's parser and its errors in our words.
#include "ingest/json_reader.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "ingest/ids.hpp"
#include "model/event.hpp"

namespace signalbox::ingest {
namespace {

using simdjson::dom::element_type;

// What a thread's parser keeps between calls: most elements fit, a rare large one is forgotten.
constexpr size_t kKeptBytes = size_t{64} << 10;

bool IsControl(std::string_view text, size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  if (byte < 0x20 || byte == 0x7f) return true;
  if (byte != 0xc2 || i + 1 == text.size()) return false;
  const auto next = static_cast<unsigned char>(text[i + 1]);
  return next >= 0x80 && next < 0xa0;
}

Error BadJson(simdjson::error_code code) {
  std::string hint;
  switch (code) {
    case simdjson::DEPTH_ERROR:
      hint = "At most " + std::to_string(kMaxJsonDepth) + " levels may be nested.";
      break;
    case simdjson::NUMBER_ERROR:
      hint = "A number is malformed or does not fit into 64 bits; give long ids as text.";
      break;
    case simdjson::UTF8_ERROR:
      hint = "Encode text as UTF-8.";
      break;
    default:
      hint = "Check quotes, commas and brackets.";
  }
  return Error(Code::kInvalidArgument, std::string("not valid JSON: ") + simdjson::error_message(code))
      .WithHint(std::move(hint));
}

simdjson::dom::parser& ThreadParser(size_t bytes) {
  thread_local simdjson::dom::parser parser;
  if (parser.capacity() == 0 || (parser.capacity() > kKeptBytes && bytes <= kKeptBytes)) {
    parser = simdjson::dom::parser();
    // Only an allocation that fails is an error here; parsing then reports it.
    if (parser.allocate(kKeptBytes, kMaxJsonDepth) != simdjson::SUCCESS) return parser;
  }
  return parser;
}

// Of text that is UTF-8.
Result<void> CheckIdText(std::string_view id, std::string_view field) {
  if (id.empty()) return Fail(FieldError(field, "is empty", "Give 1 to 256 bytes of text."));
  if (id.size() > model::kMaxIdBytes) {
    return Fail(FieldError(field, "has " + std::to_string(id.size()) + " bytes", "Give at most 256."));
  }
  for (size_t i = 0; i < id.size(); ++i) {
    if (IsControl(id, i)) return Fail(FieldError(field, "holds a control character", "Use printable text."));
  }
  return {};
}

}  // namespace

Result<void> CheckId(std::string_view id, std::string_view field) {
  if (!simdjson::validate_utf8(id.data(), id.size())) {
    return Fail(FieldError(field, "is not UTF-8", "Encode text as UTF-8."));
  }
  return CheckIdText(id, field);
}

Result<simdjson::dom::object> ParseObject(std::string_view text, size_t max_bytes) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (text.size() > max_bytes) {
    return Fail(Error(Code::kTooLarge, "larger than " + std::to_string(max_bytes) + " bytes")
                    .WithHint("Leave out what is not needed."));
  }
  if (text.empty() || text.front() != '{') {
    return Fail(Error(Code::kInvalidArgument, "not a JSON object").WithHint("Give {\"name\": value, …}."));
  }
  simdjson::dom::element root;
  if (const auto error = ThreadParser(text.size()).parse(text.data(), text.size(), false).get(root)) {
    return Fail(BadJson(error));
  }
  simdjson::dom::object object;
  if (const auto error = root.get(object)) return Fail(BadJson(error));
  return object;
}

Result<std::string> ReadId(const simdjson::dom::element& value, std::string_view field) {
  switch (value.type()) {
    case element_type::STRING: {
      const std::string_view text = value.get_string().value_unsafe();
      if (auto ok = CheckIdText(text, field); !ok) return Fail(std::move(ok.error()));
      return std::string(text);
    }
    case element_type::INT64:
      return std::to_string(value.get_int64().value_unsafe());
    case element_type::UINT64:
      return std::to_string(value.get_uint64().value_unsafe());
    case element_type::DOUBLE:
      return Fail(
          FieldError(field, "is a number with a fraction, or beyond 64 bits", "Give the id as text."));
    default:
      return Fail(FieldError(field, "is neither text nor an integer", "Give the id as text."));
  }
}

Result<std::string> ReadText(const simdjson::dom::element& value, std::string_view field, size_t max_bytes) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS)
    return Fail(FieldError(field, "is not text", "Put it in quotes."));
  if (text.size() > max_bytes) {
    return Fail(FieldError(field, "has " + std::to_string(text.size()) + " bytes",
                           "Give at most " + std::to_string(max_bytes) + "."));
  }
  return std::string(text);
}

Error FieldError(std::string_view field, std::string_view what, std::string hint) {
  std::string message(field);
  message.append(" ").append(what);
  return Error(Code::kInvalidArgument, std::move(message))
      .WithField(std::string(field))
      .WithHint(std::move(hint));
}

Error UnknownField(std::string_view name, const std::vector<std::string>& valid) {
  const std::string shown(name.substr(0, 64));
  const std::string nearest = Nearest(shown, valid);
  std::string hint = "Did you mean " + nearest + "?";
  if (nearest.empty()) {
    hint = "Known are";
    for (size_t i = 0; i < valid.size(); ++i) hint.append(i == 0 ? " " : ", ").append(valid[i]);
    hint += '.';
  }
  return FieldError(shown, "is no field here", std::move(hint));
}

}  // namespace signalbox::ingest
