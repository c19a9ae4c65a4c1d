// Lua's words, numbers, texts and signs, one at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace signalbox::scripting {

struct Token {
  enum class Kind { kEnd, kName, kNumber, kText, kSign, kBad };
  Kind kind = Kind::kEnd;
  std::string text;      // of a name, a text (escapes resolved) or a sign; of kBad what is wrong
  double number = 0;     // kNumber
  bool integer = false;  // kNumber: an integer in Lua
  int line = 1;
  size_t at = 0, end = 0;  // bytes of the source; `end` is one past

  bool is(Kind wanted, std::string_view what) const { return kind == wanted && text == what; }
  bool sign(std::string_view what) const { return is(Kind::kSign, what); }
  bool name(std::string_view what) const { return is(Kind::kName, what); }
};

// Reads what Lua 5.4 reads, but for hexadecimal numbers, integers beyond 2^53 and the escapes \z
// and \u: these give kBad, with the token's end where it is in Lua, so that reading can go on.
// Threads: one. The source outlives it.
class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  // kEnd for ever at the end.
  Token Next();

 private:
  char At(size_t i) const { return i < source_.size() ? source_[i] : '\0'; }
  void SkipBlanks();
  // Past the long bracket at `at_`, whose text it takes; false = none begins here.
  bool TakeLong(std::string* text);
  void TakeNumber(Token* token);
  void TakeText(Token* token);
  bool TakeEscape(Token* token);

  std::string_view source_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace signalbox::scripting
