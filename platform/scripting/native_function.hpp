// A filter or boost that needs no Lua: comparisons and arithmetic over an item, ctx and tune.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scripting/scenario.hpp"

namespace signalbox::scripting {

struct View;

// A Lua value, as far as such functions have them.
struct NativeValue {
  // kOther: a table, which can only be told from nil.
  enum class Kind : uint8_t { kNil, kFlag, kInteger, kNumber, kText, kOther };
  Kind kind = Kind::kNil;
  bool flag = false;
  int64_t integer = 0;  // within 2^53, so that it is exact as a double too
  double number = 0;
  std::string_view text;

  static NativeValue Nil() { return {}; }
  static NativeValue Flag(bool flag) { return {Kind::kFlag, flag, 0, 0, {}}; }
  static NativeValue Integer(int64_t integer) { return {Kind::kInteger, false, integer, 0, {}}; }
  static NativeValue Number(double number) { return {Kind::kNumber, false, 0, number, {}}; }
  static NativeValue Text(std::string_view text) {
    return text.data() == nullptr ? Nil() : NativeValue{Kind::kText, false, 0, 0, text};
  }

  bool truthy() const { return kind != Kind::kNil && (kind != Kind::kFlag || flag); }
  bool numeric() const { return kind == Kind::kInteger || kind == Kind::kNumber; }
  double as_number() const { return kind == Kind::kInteger ? static_cast<double>(integer) : number; }
};

// What one Lua state keeps for all of its native functions between calls. Threads: one.
struct NativeScratch {
  std::vector<double> tunables;  // in the declaration's order
  std::map<std::string, size_t, std::less<>> tunable_places;
};

// The answer of such a function is Lua's answer, or it has none and Lua is to be asked: where types
// do not fit, where texts are ordered, where integers grow beyond 2^53.
//
// Threads: one, as its Lua state.
class NativeFunction {
 public:
  // Where the function stands in its script, and what its names mean beyond its own.
  struct Place {
    std::string_view source;
    int first_line = 0, last_line = 0;
    bool sees_globals = false;                   // it has an _ENV of its own
    std::map<std::string, NativeValue> outside;  // locals of outside; kOther for what is no constant
  };

  // Null where it uses anything else, or is not alone on its line. `place.source` outlives it.
  static std::unique_ptr<NativeFunction> Compile(const Place& place, const NativeScratch& scratch);

  // A new request; a new run over items.
  void ForgetContext();
  void ForgetItems();
  // For the row of the view; false = ask Lua. A text in the answer lives until the next call.
  bool Run(View& view, const NativeScratch& scratch, NativeValue* answer);

 private:
  friend class NativeParser;
  enum class Op : uint8_t {
    kConstant,
    kLocal,
    kField,
    kId,
    kScore,
    kNormalised,
    kBlend,
    kTunable,
    kContext,
    kRequestValue,
    kUserAttribute,
    kInSet,
    kNot,
    kNegate,
    kAnd,
    kOr,
    kEqual,
    kUnequal,
    kLess,
    kAtMost,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide
  };
  struct Node {
    Op op = Op::kConstant;
    int left = -1, right = -1;  // operands
    int place = 0;              // of a constant, local, name, tunable or set
  };
  enum class Act : uint8_t { kKeep, kIf, kReturn };
  struct Statement {
    Act act = Act::kReturn;
    int value = -1;                // node; -1 = nil
    int local = 0;                 // kKeep
    std::vector<int> then, other;  // kIf: statements
  };
  struct Name {
    std::string text;
    bool signal = false;
    int number = 0;    // of the current run's items
    std::string copy;  // a text attribute's value: the reader's lives until it is asked again
  };
  struct ContextValue {
    std::string name;
    bool known = false;
    NativeValue value;
  };
  enum class Flow : uint8_t { kOn, kReturned, kUndecided };

  Flow RunBlock(const std::vector<int>& block, View& view, const NativeScratch& scratch, NativeValue* answer);
  bool Eval(int node, View& view, const NativeScratch& scratch, NativeValue* out);
  bool ReadField(int place, View& view, NativeValue* out);
  bool ReadContext(const Node& node, const View& view, NativeValue* out);
  bool ReadSet(const Node& node, View& view, const NativeScratch& scratch, NativeValue* out);
  static bool Compare(Op op, const NativeValue& left, const NativeValue& right, NativeValue* out);
  static bool Calculate(Op op, const NativeValue& left, const NativeValue& right, NativeValue* out);

  std::vector<Node> nodes_;
  std::vector<Statement> statements_;
  std::vector<int> body_;
  std::vector<NativeValue> constants_, locals_;
  std::vector<std::unique_ptr<std::string>> texts_;  // of constants
  std::vector<Name> names_;
  std::vector<ContextValue> context_;
};

}  // namespace signalbox::scripting
