// Recognises functions that can run natively, from their text.
#include <algorithm>
#include <array>
#include <optional>

#include "scripting/lexer.hpp"
#include "scripting/native_function.hpp"
#include "scripting/script_state.hpp"

namespace signalbox::scripting {
namespace {

constexpr size_t kMaxNodes = 256;
constexpr int kMaxDepth = 32;
constexpr std::array<std::string_view, 22> kKeywords{
    "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
    "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};

bool IsKeyword(const Token& token) {
  return token.kind == Token::Kind::kName &&
         std::find(kKeywords.begin(), kKeywords.end(), token.text) != kKeywords.end();
}

}  // namespace

// Gives up, by std::nullopt or false, at the first thing it does not know.
class NativeParser {
 public:
  NativeParser(const NativeFunction::Place& place, const NativeScratch& scratch)
      : place_(place), scratch_(scratch), lexer_(place.source) {}

  std::unique_ptr<NativeFunction> Parse() {
    if (!Find() || !Parameters()) return nullptr;
    auto body = Block(0);
    if (!body || !token_.name("end") || token_.line != place_.last_line) return nullptr;
    built_->body_ = *std::move(body);
    built_->locals_.resize(most_locals_);
    built_->ForgetItems();
    return std::move(built_);
  }

 private:
  using Op = NativeFunction::Op;
  using Act = NativeFunction::Act;
  using Kind = Token::Kind;
  using MaybeNode = std::optional<int>;
  // What a name in scope stands for; a local by its place.
  enum class Meaning { kItem, kContext, kLocal };
  struct Known {
    std::string name;
    Meaning meaning;
    int local;
  };

  void Advance() { token_ = lexer_.Next(); }
  bool Take(bool matches) {
    if (matches) Advance();
    return matches;
  }
  bool TakeSign(std::string_view sign) { return Take(token_.sign(sign)); }
  bool TakeWord(std::string_view word) { return Take(token_.name(word)); }

  // To the parameters of the one function that begins on the first line. `<const>` makes names
  // that are neither locals of outside nor globals, so that no name would be sure.
  bool Find() {
    std::optional<Lexer> found;
    bool bracketed = false;
    for (Token token = lexer_.Next(); token.kind != Kind::kEnd; token = lexer_.Next()) {
      if (bracketed && (token.name("const") || token.name("close"))) return false;
      bracketed = token.sign("<");
      if (!token.name("function") || token.line != place_.first_line) continue;
      if (found) return false;
      found = lexer_;
    }
    if (!found) return false;
    lexer_ = *found;
    Advance();
    while (token_.kind == Kind::kName) Advance();  // of a local function
    return TakeSign("(");
  }

  bool Parameters() {
    for (const Meaning meaning : {Meaning::kItem, Meaning::kContext}) {
      if (token_.sign(")")) break;
      if (token_.kind != Kind::kName || IsKeyword(token_)) return false;
      known_.push_back({token_.text, meaning, 0});
      Advance();
      if (!TakeSign(",")) break;
    }
    return TakeSign(")");
  }

  std::optional<std::vector<int>> Block(int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    const size_t outer = known_.size(), outer_locals = locals_;
    std::vector<int> block;
    while (!token_.name("end") && !token_.name("else") && !token_.name("elseif")) {
      const bool last = token_.name("return");
      auto statement = StatementHere(depth);
      if (!statement) return std::nullopt;
      block.push_back(Add(*std::move(statement)));
      while (TakeSign(";")) {
      }
      if (last) break;
    }
    known_.resize(outer, Known{});
    locals_ = outer_locals;
    return block;
  }

  int Add(NativeFunction::Statement statement) {
    built_->statements_.push_back(std::move(statement));
    return static_cast<int>(built_->statements_.size()) - 1;
  }

  std::optional<NativeFunction::Statement> StatementHere(int depth) {
    NativeFunction::Statement statement;
    if (TakeWord("return")) {
      statement.act = Act::kReturn;
      if (token_.name("end") || token_.name("else") || token_.name("elseif") || token_.sign(";"))
        return statement;
      const auto value = Or(depth);
      if (!value) return std::nullopt;
      statement.value = *value;
      return statement;
    }
    if (TakeWord("if")) return If(depth);
    if (!TakeWord("local") || token_.kind != Kind::kName || IsKeyword(token_)) return std::nullopt;
    const std::string name = token_.text;
    Advance();
    if (!TakeSign("=")) return std::nullopt;
    const auto value = Or(depth);
    if (!value) return std::nullopt;
    statement.act = Act::kKeep;
    statement.value = *value;
    statement.local = static_cast<int>(locals_++);
    most_locals_ = std::max(most_locals_, locals_);
    known_.push_back({name, Meaning::kLocal, statement.local});
    return statement;
  }

  // After `if` or `elseif`.
  std::optional<NativeFunction::Statement> If(int depth) {
    NativeFunction::Statement statement;
    statement.act = Act::kIf;
    const auto condition = Or(depth);
    if (!condition || !TakeWord("then")) return std::nullopt;
    statement.value = *condition;
    auto then = Block(depth + 1);
    if (!then) return std::nullopt;
    statement.then = *std::move(then);
    if (TakeWord("elseif")) {
      if (depth >= kMaxDepth) return std::nullopt;
      auto other = If(depth + 1);
      if (!other) return std::nullopt;
      statement.other = {Add(*std::move(other))};
      return statement;  // the inner one took `end`
    }
    if (TakeWord("else")) {
      auto other = Block(depth + 1);
      if (!other) return std::nullopt;
      statement.other = *std::move(other);
    }
    if (!TakeWord("end")) return std::nullopt;
    return statement;
  }

  MaybeNode Make(Op op, int left, int right, int place = 0) {
    if (built_->nodes_.size() >= kMaxNodes) return std::nullopt;
    built_->nodes_.push_back({op, left, right, place});
    return static_cast<int>(built_->nodes_.size()) - 1;
  }
  MaybeNode Constant(NativeValue value) {
    if (value.kind == NativeValue::Kind::kText) {
      built_->texts_.push_back(std::make_unique<std::string>(value.text));
      value.text = *built_->texts_.back();
    }
    built_->constants_.push_back(value);
    return Make(Op::kConstant, -1, -1, static_cast<int>(built_->constants_.size()) - 1);
  }

  // Lua's precedence: or; and; comparisons; + -; * /; not and unary minus. All of these are joined
  // from the left.
  MaybeNode Or(int depth) {
    auto left = And(depth);
    while (left && TakeWord("or")) left = Joined(Op::kOr, *left, And(depth));
    return left;
  }
  MaybeNode And(int depth) {
    auto left = Comparison(depth);
    while (left && TakeWord("and")) left = Joined(Op::kAnd, *left, Comparison(depth));
    return left;
  }
  MaybeNode Joined(Op op, int left, MaybeNode right) { return right ? Make(op, left, *right) : std::nullopt; }
  MaybeNode Comparison(int depth) {
    auto left = Sum(depth);
    while (left) {
      const std::string sign = token_.kind == Kind::kSign ? token_.text : "";
      const bool flipped = sign == ">" || sign == ">=";
      if (sign != "==" && sign != "~=" && sign != "<" && sign != "<=" && !flipped) break;
      Advance();
      const auto right = Sum(depth);
      if (!right) return std::nullopt;
      const Op op = sign == "=="       ? Op::kEqual
                    : sign == "~="     ? Op::kUnequal
                    : sign.size() == 1 ? Op::kLess
                                       : Op::kAtMost;
      // Both sides are free of effects, so that a > b may be b < a.
      left = flipped ? Make(op, *right, *left) : Make(op, *left, *right);
    }
    return left;
  }
  MaybeNode Sum(int depth) {
    auto left = Product(depth);
    while (left && (token_.sign("+") || token_.sign("-"))) {
      const Op op = token_.text == "+" ? Op::kAdd : Op::kSubtract;
      Advance();
      left = Joined(op, *left, Product(depth));
    }
    return left;
  }
  MaybeNode Product(int depth) {
    auto left = Unary(depth);
    while (left && (token_.sign("*") || token_.sign("/"))) {
      const Op op = token_.text == "*" ? Op::kMultiply : Op::kDivide;
      Advance();
      left = Joined(op, *left, Unary(depth));
    }
    return left;
  }
  MaybeNode Unary(int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    if (TakeWord("not")) {
      const auto operand = Unary(depth + 1);
      return operand ? Make(Op::kNot, *operand, -1) : std::nullopt;
    }
    if (TakeSign("-")) {
      const auto operand = Unary(depth + 1);
      return operand ? Make(Op::kNegate, *operand, -1) : std::nullopt;
    }
    const auto value = Primary(depth);
    // What may follow a value and is not read here: calls, indices, powers, concatenations...
    for (const char* sign : {"(", "[", ".", ":", "^", "..", "//", "%", "&", "|", "~", "<<", ">>", "{"}) {
      if (token_.sign(sign)) return std::nullopt;
    }
    return token_.kind == Kind::kText || token_.kind == Kind::kBad ? std::nullopt : value;
  }

  MaybeNode Primary(int depth) {
    const Token token = token_;
    Advance();
    if (token.kind == Kind::kNumber) {
      return Constant(token.integer ? NativeValue::Integer(static_cast<int64_t>(token.number))
                                    : NativeValue::Number(token.number));
    }
    if (token.kind == Kind::kText) return Constant(NativeValue::Text(token.text));
    if (token.sign("(")) {
      const auto inner = Or(depth + 1);
      return inner && TakeSign(")") ? inner : std::nullopt;
    }
    if (token.kind != Kind::kName) return std::nullopt;
    if (token.text == "nil") return Constant(NativeValue::Nil());
    if (token.text == "true" || token.text == "false")
      return Constant(NativeValue::Flag(token.text == "true"));
    if (IsKeyword(token)) return std::nullopt;
    return Named(token.text, depth);
  }

  MaybeNode Named(const std::string& name, int depth) {
    const auto known =
        std::find_if(known_.rbegin(), known_.rend(), [&](const Known& other) { return other.name == name; });
    if (known != known_.rend()) {
      if (known->meaning == Meaning::kLocal) return Make(Op::kLocal, -1, -1, known->local);
      return known->meaning == Meaning::kItem ? ItemField() : ContextField(depth);
    }
    const auto outside = place_.outside.find(name);
    if (outside != place_.outside.end()) {
      if (outside->second.kind == NativeValue::Kind::kOther) return std::nullopt;
      return Constant(outside->second);
    }
    if (name != "tune" || !place_.sees_globals) return std::nullopt;
    const auto tunable = Key();
    if (!tunable) return std::nullopt;
    const auto place = scratch_.tunable_places.find(*tunable);
    if (place == scratch_.tunable_places.end()) return std::nullopt;
    return Make(Op::kTunable, -1, -1, static_cast<int>(place->second));
  }

  // .name or ["name"]
  std::optional<std::string> Key() {
    std::string key;
    if (TakeSign(".")) {
      if (token_.kind != Kind::kName || IsKeyword(token_)) return std::nullopt;
      key = token_.text;
      Advance();
      return key;
    }
    if (!TakeSign("[") || token_.kind != Kind::kText) return std::nullopt;
    key = token_.text;
    Advance();
    return TakeSign("]") ? std::optional(key) : std::nullopt;
  }

  int NamePlace(const std::string& text, bool signal) {
    auto& names = built_->names_;
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i].text == text && names[i].signal == signal) return static_cast<int>(i);
    }
    names.push_back({text, signal, View::kUnresolved, {}});
    return static_cast<int>(names.size()) - 1;
  }

  MaybeNode ItemField() {
    const auto key = Key();
    if (!key) return std::nullopt;
    if (*key == "id") return Make(Op::kId, -1, -1);
    if (*key == "blend") return Make(Op::kBlend, -1, -1);
    if (*key != "score" && *key != "normalised") return Make(Op::kField, -1, -1, NamePlace(*key, false));
    const auto signal = Key();
    if (!signal) return std::nullopt;
    return Make(*key == "score" ? Op::kScore : Op::kNormalised, -1, -1, NamePlace(*signal, true));
  }

  MaybeNode ContextPlace(Op op, const std::string& name) {
    built_->context_.push_back({name, false, {}});
    return Make(op, -1, -1, static_cast<int>(built_->context_.size()) - 1);
  }

  MaybeNode ContextField(int depth) {
    const auto key = Key();
    if (!key) return std::nullopt;
    for (const char* plain : {"user", "scenario", "item", "last", "count", "history_length", "now", "hour",
                              "minute", "weekday"}) {
      if (*key == plain) return ContextPlace(Op::kContext, *key);
    }
    if (*key == "request" || *key == "user_attributes") {
      const auto name = Key();
      if (!name) return std::nullopt;
      return ContextPlace(*key == "request" ? Op::kRequestValue : Op::kUserAttribute, *name);
    }
    std::optional<Context::Set> set;
    if (*key == "seen") set = Context::Set::kSeen;
    if (*key == "carted") set = Context::Set::kCarted;
    if (*key == "bought") set = Context::Set::kBought;
    if (!set || !TakeSign("[")) return std::nullopt;
    const auto id = Or(depth + 1);
    if (!id || !TakeSign("]")) return std::nullopt;
    return Make(Op::kInSet, *id, -1, static_cast<int>(*set));
  }

  const NativeFunction::Place& place_;
  const NativeScratch& scratch_;
  Lexer lexer_;
  Token token_;
  std::unique_ptr<NativeFunction> built_ = std::make_unique<NativeFunction>();
  std::vector<Known> known_;
  size_t locals_ = 0, most_locals_ = 0;
};

std::unique_ptr<NativeFunction> NativeFunction::Compile(const Place& place, const NativeScratch& scratch) {
  return NativeParser(place, scratch).Parse();
}

}  // namespace signalbox::scripting
