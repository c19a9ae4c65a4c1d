// Just enough JSON for tests: splits an object's text into keys and their values' text.
#pragma once

#include <cctype>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace signalbox::testing::json {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // Key -> the value's text. Throws std::invalid_argument on anything that is not an object.
  std::map<std::string, std::string> Object() {
    std::map<std::string, std::string> members;
    Expect('{');
    if (Peek() == '}') return members;
    do {
      const std::string key = Unquote(Value());
      Expect(':');
      members[key] = std::string(Value());
    } while (Skip(','));
    Expect('}');
    return members;
  }

  // A string's content; escapes other than \uXXXX are resolved.
  static std::string Unquote(std::string_view quoted) {
    std::string text;
    for (size_t i = 1; i + 1 < quoted.size(); ++i) {
      if (quoted[i] == '\\' && i + 2 < quoted.size()) {
        const char next = quoted[++i];
        text += next == 'n' ? '\n' : next == 't' ? '\t' : next;
      } else {
        text += quoted[i];
      }
    }
    return text;
  }

 private:
  char Peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool Skip(char wanted) {
    if (Peek() != wanted) return false;
    ++at_;
    return true;
  }
  void Expect(char wanted) {
    if (!Skip(wanted)) {
      throw std::invalid_argument("JSON: expected '" + std::string(1, wanted) + "' at byte " +
                                  std::to_string(at_) + " of " + std::string(text_));
    }
  }
  // The text of the next value, nested or not.
  std::string_view Value() {
    Peek();
    const size_t begin = at_;
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        SkipString();
      } else if (depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']')) {
        break;
      } else {
        depth += (c == '{' || c == '[') ? 1 : (c == '}' || c == ']') ? -1 : 0;
        ++at_;
      }
    }
    size_t end = at_;
    while (end > begin && std::isspace(static_cast<unsigned char>(text_[end - 1])) != 0) --end;
    if (end == begin) throw std::invalid_argument("JSON: a value is missing in " + std::string(text_));
    return text_.substr(begin, end - begin);
  }
  void SkipString() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  std::string_view text_;
  size_t at_ = 0;
};

inline std::map<std::string, std::string> Object(std::string_view text) { return Scanner(text).Object(); }

}  // namespace signalbox::testing::json
