// Finds where JSON values end by counting brackets outside of strings; parsing checks the rest.
#include "ingest/batch_splitter.hpp"

#include <algorithm>
#include <string>

#include "ingest/json_reader.hpp"

namespace signalbox::ingest {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

void SkipBlanks(std::string_view* rest) {
  rest->remove_prefix(std::min(rest->find_first_not_of(kBlanks), rest->size()));
}

bool TakeMark(char mark, std::string_view* rest) {
  SkipBlanks(rest);
  if (rest->empty() || rest->front() != mark) return false;
  rest->remove_prefix(1);
  return true;
}

// Index of the quote that ends the string whose first character is at `from`; npos = none.
size_t StringEnd(std::string_view text, size_t from) {
  for (size_t quote = text.find('"', from); quote != std::string_view::npos;
       quote = text.find('"', quote + 1)) {
    size_t escapes = 0;
    while (quote - escapes > from && text[quote - escapes - 1] == '\\') ++escapes;
    if (escapes % 2 == 0) return quote;
  }
  return std::string_view::npos;
}

struct Extent {
  size_t bytes;   // 0 = it does not end, or there is none
  size_t levels;  // of nesting
};

// Of the value at the start of `text`.
Extent ValueExtent(std::string_view text) {
  size_t depth = 0, levels = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        i = StringEnd(text, i + 1);
        if (i == std::string_view::npos) return {0, 0};
        if (depth == 0) return {i + 1, 0};
        break;
      case '{':
      case '[':
        levels = std::max(levels, ++depth);
        break;
      case '}':
      case ']':
        if (depth == 0) return {i, 0};
        if (--depth == 0) return {i + 1, levels};
        break;
      case ',':
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        if (depth == 0) return {i, 0};
        break;
      default:
        break;
    }
  }
  return {depth == 0 ? text.size() : 0, levels};
}

Error NotJson(std::string what) {
  return Error(Code::kInvalidArgument, std::move(what))
      .WithField("body")
      .WithHint("Send a JSON object, an array of objects, or NDJSON (one object a line).");
}

Error TooMany(size_t max_elements) {
  return Error(Code::kTooLarge, "more than " + std::to_string(max_elements) + " elements in one request")
      .WithField("body")
      .WithHint("Send smaller batches; a few hundred are best.");
}

using Elements = std::vector<BatchElement>;

// Of what follows '[', leaving what follows ']'. outer: levels that the array is inside of.
Result<Elements> SplitArray(size_t max_elements, size_t outer, std::string_view* rest) {
  Elements elements;
  if (TakeMark(']', rest)) return elements;
  do {
    SkipBlanks(rest);
    const auto [length, levels] = ValueExtent(*rest);
    if (length == 0) {
      return Fail(
          NotJson("the array breaks off or lacks a value at element " + std::to_string(elements.size())));
    }
    if (elements.size() == max_elements) return Fail(TooMany(max_elements));
    elements.push_back({rest->substr(0, length), 0, outer + 1 + levels});
    rest->remove_prefix(length);
  } while (TakeMark(',', rest));
  if (!TakeMark(']', rest)) {
    return Fail(
        NotJson("a comma or bracket is missing after element " + std::to_string(elements.size() - 1)));
  }
  return elements;
}

Result<Elements> SplitLines(std::string_view body, size_t max_elements) {
  Elements elements;
  for (size_t line = 1; !body.empty(); ++line) {
    std::string_view text = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(text.size() + 1, body.size()));
    SkipBlanks(&text);
    if (text.empty()) continue;
    text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    if (elements.size() == max_elements) return Fail(TooMany(max_elements));
    elements.push_back({text, line, 0});
  }
  return elements;
}

bool SaysNdjson(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  type.erase(type.find_last_not_of(' ') + 1);
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return type == "application/x-ndjson" || type == "application/ndjson" || type == "application/jsonl";
}

// Whether it is {"<wrapper>": [; *rest is then what follows the bracket.
bool TakeWrapper(std::string_view wrapper, std::string_view* rest) {
  std::string_view ahead = *rest;
  if (wrapper.empty() || !TakeMark('{', &ahead) || !TakeMark('"', &ahead)) return false;
  if (ahead.substr(0, wrapper.size()) != wrapper) return false;
  ahead.remove_prefix(wrapper.size());
  if (ahead.empty() || ahead.front() != '"') return false;
  ahead.remove_prefix(1);
  if (!TakeMark(':', &ahead) || !TakeMark('[', &ahead)) return false;
  *rest = ahead;
  return true;
}

Result<Elements> SplitObjects(std::string_view body, std::string_view rest, size_t max_elements) {
  const size_t length = ValueExtent(rest).bytes;
  if (length == 0) return Fail(NotJson("the body is not whole JSON"));
  const std::string_view first = rest.substr(0, length);
  rest.remove_prefix(length);
  const std::string_view between = rest.substr(0, rest.find_first_not_of(kBlanks));
  SkipBlanks(&rest);
  if (rest.empty()) return Elements{{first, 0, 0}};
  if (between.find('\n') != std::string_view::npos) return SplitLines(body, max_elements);
  return Fail(NotJson("something follows the first JSON value"));
}

}  // namespace

Result<std::vector<BatchElement>> SplitBatch(std::string_view body, std::string_view content_type,
                                             std::string_view wrapper, size_t max_elements) {
  std::string_view rest = body;
  SkipBlanks(&rest);
  if (rest.empty()) return Fail(NotJson("the body is empty"));
  if (SaysNdjson(content_type)) return SplitLines(body, max_elements);
  const bool wrapped = TakeWrapper(wrapper, &rest);
  if (!wrapped && rest.front() == '{') return SplitObjects(body, rest, max_elements);
  if (!wrapped && !TakeMark('[', &rest)) return Fail(NotJson("the body is not a JSON object or array"));
  auto elements = SplitArray(max_elements, wrapped ? 1 : 0, &rest);
  if (!elements) return elements;
  const bool closed = !wrapped || TakeMark('}', &rest);
  SkipBlanks(&rest);
  if (!closed || !rest.empty()) return Fail(NotJson("something follows the array"));
  if (elements->empty()) return Fail(NotJson("the array is empty"));
  return elements;
}

Result<void> CheckDepth(const BatchElement& element) {
  if (element.levels <= kMaxJsonDepth) return {};
  return Fail(Error(Code::kInvalidArgument, "nested too deep")
                  .WithHint("At most " + std::to_string(kMaxJsonDepth) +
                            " levels may be nested, the array around the elements included."));
}

}  // namespace signalbox::ingest
