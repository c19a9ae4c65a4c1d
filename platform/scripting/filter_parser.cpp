// The expression of `filter=`, by recursive descent, and the same written back.
#include <charconv>
#include <cstdio>
#include <optional>

#include "scripting/lexer.hpp"
#include "scripting/predicate.hpp"

namespace signalbox::scripting {
namespace {

using Kind = Token::Kind;
using Operand = std::variant<double, std::string, bool>;

constexpr size_t kMaxBytes = 4 << 10;
constexpr size_t kMaxConditions = 64;
constexpr int kMaxDepth = 16;
constexpr const char* kHint =
    "Write comparisons such as item.price < 50 and item.brand == \"Acme\"; in a URL, encode the spaces and "
    "quotes.";

Predicate Holds(std::string field, Condition::Op op, std::vector<Operand> operands) {
  return {Predicate::Op::kCondition, {}, {std::move(field), op, std::move(operands), false}};
}
Predicate Not(Predicate part) { return {Predicate::Op::kNot, {std::move(part)}, {}}; }

// Neither absent nor false, as Lua takes an attribute that stands alone.
Predicate Present(std::string field) {
  Predicate all;
  all.parts.push_back(Not(Absent(field)));
  all.parts.push_back(Not(Holds(std::move(field), Condition::Op::kEquals, {false})));
  return all;
}

// A constant; monostate is nil.
using Constant = std::variant<std::monostate, double, std::string, bool>;

class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : lexer_(text) { Advance(); }

  Result<Predicate> Parse() {
    auto predicate = Or(0);
    if (predicate && token_.kind != Kind::kEnd) return Expected("`and`, `or` or the end");
    return predicate;
  }

 private:
  void Advance() { token_ = lexer_.Next(); }
  bool Take(bool matches) {
    if (matches) Advance();
    return matches;
  }

  tl::unexpected<Error> Refuse(const std::string& what) const {
    return Fail(Error(Code::kInvalidArgument, "filter, column " + std::to_string(token_.at + 1) + ": " + what)
                    .WithField("filter")
                    .WithHint(kHint));
  }
  tl::unexpected<Error> Expected(const std::string& what) const {
    std::string found = token_.kind == Kind::kEnd ? "the end" : "'" + token_.text + "'";
    if (token_.kind == Kind::kNumber) found = "a number";
    if (token_.kind == Kind::kBad) found = token_.text;
    return Refuse(what + " is expected, not " + found);
  }

  Result<Predicate> Or(int depth) { return Joined(depth, "or", Predicate::Op::kAny, &FilterParser::And); }
  Result<Predicate> And(int depth) { return Joined(depth, "and", Predicate::Op::kAll, &FilterParser::Unary); }

  Result<Predicate> Joined(int depth, std::string_view word, Predicate::Op op,
                           Result<Predicate> (FilterParser::*part)(int)) {
    auto first = (this->*part)(depth);
    if (!first || !token_.name(word)) return first;
    Predicate joined{op, {*std::move(first)}, {}};
    while (Take(token_.name(word))) {
      auto next = (this->*part)(depth);
      if (!next) return next;
      joined.parts.push_back(*std::move(next));
    }
    return joined;
  }

  Result<Predicate> Unary(int depth) {
    bool denied = false, any = false;
    for (; Take(token_.name("not")); any = true) denied = !denied;
    if (!any) return Comparison(depth);
    // In Lua `not a < b` compares the answer of `not a`, which nobody means.
    auto part = token_.sign("(") ? Comparison(depth) : BareAttribute();
    if (!part) return part;
    if (IsComparison()) return Refuse("put brackets around what `not` denies: not (item.price < 50)");
    return denied ? Not(*std::move(part)) : std::move(part);
  }

  bool IsComparison() const {
    for (const char* sign : {"==", "~=", "<", "<=", ">", ">="}) {
      if (token_.sign(sign)) return true;
    }
    return token_.name("in") || token_.name("contains");
  }

  Result<Predicate> Comparison(int depth) {
    if (Take(token_.sign("("))) {
      if (depth >= kMaxDepth) return Refuse("nested more than 16 deep");
      auto inner = Or(depth + 1);
      if (!inner) return inner;
      if (!Take(token_.sign(")"))) return Expected("')'");
      if (IsComparison()) return Refuse("a comparison cannot be compared again");
      return inner;
    }
    if (token_.name("item")) {
      auto field = Attribute();
      if (!field) return Fail(field.error());
      return IsComparison() ? Compared(*std::move(field)) : Truthy(*std::move(field));
    }
    return ConstantFirst();
  }

  Result<std::string> Attribute() {
    if (!Take(token_.name("item"))) return Expected("item.<attribute>");
    std::string field;
    if (Take(token_.sign("."))) {
      if (token_.kind != Kind::kName) return Expected("an attribute's name");
      field = token_.text;
      Advance();
    } else if (Take(token_.sign("["))) {
      if (token_.kind != Kind::kText) return Expected("an attribute's name in quotes");
      field = token_.text;
      Advance();
      if (!Take(token_.sign("]"))) return Expected("']'");
    } else {
      return Expected("'.' and an attribute's name");
    }
    if (field.empty() || field.size() > 64) return Refuse("an attribute's name has 1 to 64 bytes");
    return field;
  }

  Result<Predicate> BareAttribute() {
    auto field = Attribute();
    if (!field) return Fail(field.error());
    return Truthy(*std::move(field));
  }

  Result<Predicate> Truthy(std::string field) {
    if (auto counted = Count(2); !counted) return Fail(counted.error());
    return Present(std::move(field));
  }

  Result<void> Count(size_t conditions) {
    conditions_ += conditions;
    if (conditions_ > kMaxConditions) return Refuse("more than 64 comparisons");
    return {};
  }

  Result<Constant> TakeConstant() {
    Constant constant;
    const bool negative = Take(token_.sign("-"));
    if (token_.kind == Kind::kNumber) {
      constant = negative ? -token_.number : token_.number;
    } else if (negative) {
      return Expected("a number");
    } else if (token_.kind == Kind::kText) {
      constant = token_.text;
    } else if (token_.name("true") || token_.name("false")) {
      constant = token_.text == "true";
    } else if (!token_.name("nil")) {
      return Expected("a constant (a number, a text in quotes, true, false or nil)");
    }
    Advance();
    return constant;
  }

  // true, false, or a constant compared with an attribute.
  Result<Predicate> ConstantFirst() {
    if (token_.kind == Kind::kName && token_.text != "true" && token_.text != "false" &&
        token_.text != "nil") {
      return Expected("item.<attribute>");
    }
    auto constant = TakeConstant();
    if (!constant) return Fail(constant.error());
    if (!IsComparison()) {
      const auto* flag = std::get_if<bool>(&*constant);
      if (flag == nullptr) return Expected("a comparison");
      return Predicate{*flag ? Predicate::Op::kAll : Predicate::Op::kAny, {}, {}};
    }
    std::string sign = token_.text;
    if (token_.kind != Kind::kSign) return Refuse("write item.<attribute> before '" + sign + "'");
    Advance();
    auto field = Attribute();
    if (!field) return Fail(field.error());
    if (sign[0] == '<' || sign[0] == '>') sign[0] = sign[0] == '<' ? '>' : '<';
    return Make(*std::move(field), sign, *std::move(constant));
  }

  Result<Predicate> Compared(std::string field) {
    if (Take(token_.name("in"))) return In(std::move(field));
    std::string sign = token_.text;
    Advance();
    auto constant = TakeConstant();
    if (!constant) return Fail(constant.error());
    if (sign == "contains") {
      if (!std::holds_alternative<std::string>(*constant)) return Refuse("`contains` takes a text");
      sign = "==";
    }
    return Make(std::move(field), sign, *std::move(constant));
  }

  Result<Predicate> In(std::string field) {
    if (auto counted = Count(1); !counted) return Fail(counted.error());
    if (!Take(token_.sign("("))) return Expected("'(' and constants");
    std::vector<Operand> operands;
    do {
      auto constant = TakeConstant();
      if (!constant) return Fail(constant.error());
      if (std::holds_alternative<std::monostate>(*constant)) return Refuse("nil cannot be in a list");
      std::visit(
          [&](auto& value) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
              operands.emplace_back(value);
          },
          *constant);
    } while (Take(token_.sign(",")));
    if (!Take(token_.sign(")"))) return Expected("',' or ')'");
    return Holds(std::move(field), Condition::Op::kIn, std::move(operands));
  }

  Result<Predicate> Make(std::string field, const std::string& sign, Constant constant) {
    if (auto counted = Count(1); !counted) return Fail(counted.error());
    if (sign == "==" || sign == "~=") {
      Predicate equal;
      if (auto* number = std::get_if<double>(&constant)) {
        equal = Holds(std::move(field), Condition::Op::kEquals, {*number});
      } else if (auto* text = std::get_if<std::string>(&constant)) {
        equal = Holds(std::move(field), Condition::Op::kEquals, {std::move(*text)});
      } else if (auto* flag = std::get_if<bool>(&constant)) {
        equal = Holds(std::move(field), Condition::Op::kEquals, {*flag});
      } else {
        equal = Absent(std::move(field));
      }
      return sign == "==" ? std::move(equal) : Not(std::move(equal));
    }
    const auto* number = std::get_if<double>(&constant);
    if (number == nullptr) return Refuse("'" + sign + "' compares with numbers only");
    const Condition::Op op = sign == "<"    ? Condition::Op::kBelow
                             : sign == "<=" ? Condition::Op::kAtMost
                             : sign == ">"  ? Condition::Op::kAbove
                                            : Condition::Op::kAtLeast;
    return Holds(std::move(field), op, {*number});
  }

  Lexer lexer_;
  Token token_;
  size_t conditions_ = 0;
};

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char digits[8];
      std::snprintf(digits, sizeof digits, "\\%03d", c);
      quoted += digits;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string Written(const Operand& operand) {
  if (const auto* text = std::get_if<std::string>(&operand)) return Quoted(*text);
  if (const auto* flag = std::get_if<bool>(&operand)) return *flag ? "true" : "false";
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, std::get<double>(operand)).ptr;
  return {digits, end};
}

std::string WrittenField(const std::string& field) {
  const Token token = Lexer(field).Next();
  const bool plain = token.kind == Kind::kName && token.at == 0 && token.end == field.size();
  return plain ? "item." + field : "item[" + Quoted(field) + "]";
}

bool IsEqual(const Condition& condition) {
  return condition.op == Condition::Op::kEquals && !condition.or_absent;
}
bool IsAbsent(const Condition& condition) {
  return condition.op == Condition::Op::kIn && condition.operands.empty() && condition.or_absent;
}

// denied: what `not` would be in front of, where that can be said without brackets.
std::string WrittenCondition(const Condition& condition, bool denied) {
  const std::string field = WrittenField(condition.field);
  if (IsAbsent(condition)) return field + (denied ? " ~= nil" : " == nil");
  std::string compared;
  if (condition.op == Condition::Op::kIn) {
    for (const auto& operand : condition.operands)
      compared += (compared.empty() ? "" : ", ") + Written(operand);
    compared = compared.empty() ? "false" : field + " in (" + compared + ")";
  } else {
    const char* sign = denied ? "~=" : "==";
    if (condition.op == Condition::Op::kAbove) sign = ">";
    if (condition.op == Condition::Op::kBelow) sign = "<";
    if (condition.op == Condition::Op::kAtLeast) sign = ">=";
    if (condition.op == Condition::Op::kAtMost) sign = "<=";
    compared = field + " " + sign + " " + Written(condition.operands.front());
  }
  return condition.or_absent ? "(" + compared + " or " + field + " == nil)" : compared;
}

// The attribute that stands alone, or "".
std::string AloneField(const Predicate& predicate) {
  if (predicate.op != Predicate::Op::kAll || predicate.parts.size() != 2) return "";
  const Predicate& first = predicate.parts.front();
  if (first.op != Predicate::Op::kNot || first.parts.front().op != Predicate::Op::kCondition) return "";
  const std::string& field = first.parts.front().condition.field;
  return predicate == Present(field) ? WrittenField(field) : "";
}

// As deep in brackets as what it was read from, at most.
std::string WrittenPart(const Predicate& part, Predicate::Op around) {
  const bool binds = part.op == Predicate::Op::kAll && around == Predicate::Op::kAny;
  const bool joined =
      (part.op == Predicate::Op::kAll || part.op == Predicate::Op::kAny) && !part.parts.empty();
  return joined && !binds && AloneField(part).empty() ? "(" + WriteFilter(part) + ")" : WriteFilter(part);
}

}  // namespace

Predicate Absent(std::string field) {
  return {Predicate::Op::kCondition, {}, {std::move(field), Condition::Op::kIn, {}, true}};
}

Result<Predicate> ParseFilter(std::string_view expression) {
  if (expression.size() > kMaxBytes) {
    return Fail(
        Error(Code::kInvalidArgument, "filter is longer than 4 KB").WithField("filter").WithHint(kHint));
  }
  if (expression.find('\0') != std::string_view::npos) {
    return Fail(
        Error(Code::kInvalidArgument, "filter holds a zero byte").WithField("filter").WithHint(kHint));
  }
  return FilterParser(expression).Parse();
}

std::string WriteFilter(const Predicate& predicate) {
  if (predicate.op == Predicate::Op::kCondition) return WrittenCondition(predicate.condition, false);
  if (predicate.op == Predicate::Op::kNot) {
    const Predicate& part = predicate.parts.front();
    const bool plain =
        part.op == Predicate::Op::kCondition && (IsEqual(part.condition) || IsAbsent(part.condition));
    if (plain) return WrittenCondition(part.condition, true);
    const std::string alone = AloneField(part);
    return "not " + (alone.empty() ? "(" + WriteFilter(part) + ")" : alone);
  }
  if (const std::string alone = AloneField(predicate); !alone.empty()) return alone;
  const bool all = predicate.op == Predicate::Op::kAll;
  if (predicate.parts.empty()) return all ? "true" : "false";
  std::string text;
  for (const auto& part : predicate.parts) {
    text += (text.empty() ? "" : all ? " and " : " or ");
    text += WrittenPart(part, predicate.op);
  }
  return text;
}

}  // namespace signalbox::scripting
