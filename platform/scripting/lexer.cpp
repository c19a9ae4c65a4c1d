// By Lua 5.4's manual, section 3.1.
#include "scripting/lexer.hpp"

#include <charconv>

namespace signalbox::scripting {
namespace {

constexpr double kLargestExact = 9007199254740992;  // 2^53

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

void Spoil(Token* token, const char* why) {
  token->kind = Token::Kind::kBad;
  token->text = why;
}

}  // namespace

void Lexer::SkipBlanks() {
  for (; at_ < source_.size(); ++at_) {
    const char c = source_[at_];
    if (c == '\n') {
      ++line_;
    } else if (c == '-' && At(at_ + 1) == '-') {
      at_ += 2;
      std::string comment;
      if (!TakeLong(&comment)) {
        while (at_ < source_.size() && source_[at_] != '\n') ++at_;
      }
      --at_;
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\f' && c != '\v') {
      return;
    }
  }
}

bool Lexer::TakeLong(std::string* text) {
  size_t open = at_ + 1;
  while (At(open) == '=') ++open;
  if (At(at_) != '[' || At(open) != '[') return false;
  const std::string close = "]" + std::string(open - at_ - 1, '=') + "]";
  size_t from = open + 1;
  const size_t found = source_.find(close, from);
  const size_t to = found == std::string_view::npos ? source_.size() : found;
  for (size_t i = from; i < to; ++i) line_ += source_[i] == '\n' ? 1 : 0;
  if (At(from) == '\r') ++from;
  if (At(from) == '\n') ++from;
  *text = from < to ? source_.substr(from, to - from) : std::string_view();
  at_ = found == std::string_view::npos ? source_.size() : found + close.size();
  return true;
}

void Lexer::TakeNumber(Token* token) {
  token->kind = Token::Kind::kNumber;
  const bool hexadecimal = At(at_) == '0' && (At(at_ + 1) == 'x' || At(at_ + 1) == 'X');
  size_t end = at_;
  while (IsHex(At(end)) || IsLetter(At(end)) || At(end) == '.' ||
         ((At(end) == '+' || At(end) == '-') && (At(end - 1) == 'e' || At(end - 1) == 'E') && !hexadecimal)) {
    ++end;
  }
  const std::string_view digits = source_.substr(at_, end - at_);
  at_ = end;
  if (hexadecimal) return Spoil(token, "a hexadecimal number");
  token->integer = digits.find_first_not_of("0123456789") == std::string_view::npos;
  // from_chars wants a digit before the point.
  const std::string whole = (digits.front() == '.' ? "0" : "") + std::string(digits);
  const auto [read, error] = std::from_chars(whole.data(), whole.data() + whole.size(), token->number);
  if (error != std::errc() || read != whole.data() + whole.size()) return Spoil(token, "a malformed number");
  if (token->integer && token->number > kLargestExact) Spoil(token, "an integer above 2^53");
}

// At the character after the backslash; false = an escape that is not read here.
bool Lexer::TakeEscape(Token* token) {
  constexpr std::string_view kLetters = "abfnrtv\\\"'\n", kMeant = "\a\b\f\n\r\t\v\\\"'\n";
  const char c = At(at_);
  if (const size_t letter = kLetters.find(c); letter != std::string_view::npos && at_ < source_.size()) {
    line_ += c == '\n' ? 1 : 0;
    ++at_;
    token->text += kMeant[letter];
    return true;
  }
  int code = 0;
  if (c == 'x' && IsHex(At(at_ + 1)) && IsHex(At(at_ + 2))) {
    std::from_chars(source_.data() + at_ + 1, source_.data() + at_ + 3, code, 16);
    at_ += 3;
  } else if (IsDigit(c)) {
    int digits = 0;
    for (; digits < 3 && IsDigit(At(at_)); ++digits, ++at_) code = code * 10 + (At(at_) - '0');
    if (code > 255) return false;
  } else {
    ++at_;
    return false;
  }
  token->text += static_cast<char>(code);
  return true;
}

void Lexer::TakeText(Token* token) {
  token->kind = Token::Kind::kText;
  const char quote = source_[at_++];
  bool understood = true;
  while (at_ < source_.size() && source_[at_] != quote) {
    if (source_[at_] == '\n') return Spoil(token, "a text without its closing quote");
    if (source_[at_] == '\\') {
      ++at_;
      understood = TakeEscape(token) && understood;
    } else {
      token->text += source_[at_++];
    }
  }
  if (at_ >= source_.size()) return Spoil(token, "a text without its closing quote");
  ++at_;
  if (!understood) Spoil(token, "an escape that is not known here");
}

Token Lexer::Next() {
  SkipBlanks();
  Token token;
  token.line = line_;
  token.at = at_;
  const char c = At(at_);
  if (at_ >= source_.size()) {
    token.end = at_;
    return token;
  }
  if (IsLetter(c)) {
    token.kind = Token::Kind::kName;
    while (IsLetter(At(at_)) || IsDigit(At(at_))) token.text += source_[at_++];
  } else if (IsDigit(c) || (c == '.' && IsDigit(At(at_ + 1)))) {
    TakeNumber(&token);
  } else if (c == '"' || c == '\'') {
    TakeText(&token);
  } else if (c == '[' && TakeLong(&token.text)) {
    token.kind = Token::Kind::kText;
  } else {
    token.kind = Token::Kind::kSign;
    for (const std::string_view sign : {"...", "==", "~=", "<=", ">=", "//", "..", "::", "<<", ">>"}) {
      if (source_.substr(at_, sign.size()) == sign) {
        token.text = sign;
        break;
      }
    }
    if (token.text.empty()) token.text = c;
    at_ += token.text.size();
  }
  token.end = at_;
  return token;
}

}  // namespace signalbox::scripting
