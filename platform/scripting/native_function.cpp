// Running a function natively; every rule here is Lua 5.4's, or the answer is left to Lua.
#include "scripting/native_function.hpp"

#include <cmath>

#include "scripting/script_state.hpp"

namespace signalbox::scripting {
namespace {

using Value = NativeValue;
using Kind = NativeValue::Kind;

constexpr int64_t kLargestExact = int64_t{1} << 53;
constexpr int64_t kDayMs = 86'400'000;

Value OptionalText(std::string_view text) { return text.empty() ? Value::Nil() : Value::Text(text); }

// ctx.<name>, as proxies.cpp reads it.
Value ContextField(const Context& context, std::string_view name) {
  if (name == "user") return OptionalText(context.user);
  if (name == "scenario") return OptionalText(context.scenario);
  if (name == "item") return OptionalText(context.item);
  if (name == "last") return OptionalText(context.last);
  if (name == "count") return Value::Integer(context.count);
  if (name == "history_length") return Value::Integer(context.history_length);
  if (name == "now") return Value::Integer(context.now_ms / 1000);
  const int64_t clock_ms = context.now_ms + context.zone_offset_ms;
  const int64_t day = clock_ms / kDayMs - (clock_ms % kDayMs < 0 ? 1 : 0);
  const int64_t in_day_ms = clock_ms - day * kDayMs;
  if (name == "hour") return Value::Integer(in_day_ms / 3'600'000);
  if (name == "minute") return Value::Integer(in_day_ms / 60'000 % 60);
  return Value::Integer(((day + 3) % 7 + 7) % 7 + 1);  // weekday
}

Value MapValue(const std::map<std::string, model::ContextValue>* values, const std::string& name) {
  if (values == nullptr) return Value::Nil();
  const auto found = values->find(name);
  if (found == values->end()) return Value::Nil();
  if (const auto* number = std::get_if<double>(&found->second)) return Value::Number(*number);
  if (const auto* text = std::get_if<std::string>(&found->second)) return Value::Text(*text);
  if (const auto* flag = std::get_if<bool>(&found->second)) return Value::Flag(*flag);
  return {Kind::kOther, false, 0, 0, {}};
}

// False = not decided here.
bool Equal(const Value& left, const Value& right, bool* equal) {
  if (left.kind == Kind::kOther && right.kind == Kind::kOther) return false;
  if (left.numeric() && right.numeric()) {
    *equal = left.as_number() == right.as_number();
  } else if (left.kind != right.kind) {
    *equal = false;
  } else {
    *equal = left.kind == Kind::kNil || (left.kind == Kind::kFlag && left.flag == right.flag) ||
             (left.kind == Kind::kText && left.text == right.text);
  }
  return true;
}

}  // namespace

void NativeFunction::ForgetContext() {
  for (auto& value : context_) value.known = false;
}

void NativeFunction::ForgetItems() {
  for (auto& name : names_) name.number = View::kUnresolved;
}

bool NativeFunction::Run(View& view, const NativeScratch& scratch, NativeValue* answer) {
  *answer = Value::Nil();
  return RunBlock(body_, view, scratch, answer) != Flow::kUndecided;
}

NativeFunction::Flow NativeFunction::RunBlock(const std::vector<int>& block, View& view,
                                              const NativeScratch& scratch, NativeValue* answer) {
  for (const int place : block) {
    const Statement& statement = statements_[static_cast<size_t>(place)];
    Value value;
    if (statement.value >= 0 && !Eval(statement.value, view, scratch, &value)) return Flow::kUndecided;
    switch (statement.act) {
      case Act::kReturn:
        *answer = value;
        return Flow::kReturned;
      case Act::kKeep:
        locals_[static_cast<size_t>(statement.local)] = value;
        break;
      case Act::kIf: {
        const Flow flow = RunBlock(value.truthy() ? statement.then : statement.other, view, scratch, answer);
        if (flow != Flow::kOn) return flow;
      }
    }
  }
  return Flow::kOn;
}

bool NativeFunction::ReadField(int place, View& view, NativeValue* out) {
  Name& name = names_[static_cast<size_t>(place)];
  if (name.number == View::kUnresolved) name.number = view.NumberOf(View::Kind::kField, name.text);
  if (name.number < 0) {
    *out = Value::Nil();
    return true;
  }
  const FieldValue value = view.items->Field(view.row, name.number);
  if (const auto* number = std::get_if<double>(&value)) {
    *out = Value::Number(*number);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    name.copy.assign(*text);
    *out = text->data() == nullptr ? Value::Nil() : Value::Text(name.copy);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    *out = Value::Flag(*flag);
  } else if (std::holds_alternative<std::monostate>(value)) {
    *out = Value::Nil();
  } else {
    *out = {Kind::kOther, false, 0, 0, {}};
  }
  return true;
}

bool NativeFunction::ReadContext(const Node& node, const View& view, NativeValue* out) {
  ContextValue& value = context_[static_cast<size_t>(node.place)];
  if (!value.known) {
    const Context& context = *view.context;
    value.value = node.op == Op::kRequestValue    ? MapValue(context.request_values, value.name)
                  : node.op == Op::kUserAttribute ? MapValue(context.user_attributes, value.name)
                                                  : ContextField(context, value.name);
    value.known = true;
  }
  *out = value.value;
  return true;
}

bool NativeFunction::ReadSet(const Node& node, View& view, const NativeScratch& scratch, NativeValue* out) {
  const auto set = static_cast<Context::Set>(node.place);
  if (nodes_[static_cast<size_t>(node.left)].op == Op::kId) {
    *out = Value::Flag(view.context->InRow(set, *view.items, view.row));
    return true;
  }
  Value id;
  if (!Eval(node.left, view, scratch, &id) || id.kind != Kind::kText) return false;
  *out = Value::Flag(view.Id() == id.text ? view.context->InRow(set, *view.items, view.row)
                                          : view.context->In(set, id.text));
  return true;
}

bool NativeFunction::Compare(Op op, const NativeValue& left, const NativeValue& right, NativeValue* out) {
  if (op == Op::kEqual || op == Op::kUnequal) {
    bool equal = false;
    if (!Equal(left, right, &equal)) return false;
    *out = Value::Flag(equal == (op == Op::kEqual));
    return true;
  }
  if (!left.numeric() || !right.numeric()) return false;
  const double a = left.as_number(), b = right.as_number();
  *out = Value::Flag(op == Op::kLess ? a < b : a <= b);
  return true;
}

bool NativeFunction::Calculate(Op op, const NativeValue& left, const NativeValue& right, NativeValue* out) {
  if (!left.numeric() || !right.numeric()) return false;
  const double a = left.as_number(), b = right.as_number();
  double result = a / b;
  if (op == Op::kAdd) result = a + b;
  if (op == Op::kSubtract) result = a - b;
  if (op == Op::kMultiply) result = a * b;
  if (op == Op::kDivide || left.kind == Kind::kNumber || right.kind == Kind::kNumber) {
    *out = Value::Number(result);
    return true;
  }
  if (std::fabs(result) >= static_cast<double>(kLargestExact)) return false;
  *out = Value::Integer(static_cast<int64_t>(result));
  return true;
}

bool NativeFunction::Eval(int place, View& view, const NativeScratch& scratch, NativeValue* out) {
  const Node& node = nodes_[static_cast<size_t>(place)];
  switch (node.op) {
    case Op::kConstant:
      *out = constants_[static_cast<size_t>(node.place)];
      return true;
    case Op::kLocal:
      *out = locals_[static_cast<size_t>(node.place)];
      return true;
    case Op::kField:
      return ReadField(node.place, view, out);
    case Op::kId:
      *out = Value::Text(view.Id());
      return true;
    case Op::kScore:
    case Op::kNormalised: {
      Name& name = names_[static_cast<size_t>(node.place)];
      if (name.number == View::kUnresolved) name.number = view.NumberOf(View::Kind::kSignal, name.text);
      const double score =
          name.number < 0 ? NAN : view.items->Score(view.row, name.number, node.op == Op::kNormalised);
      *out = std::isnan(score) ? Value::Nil() : Value::Number(score);
      return true;
    }
    case Op::kBlend: {
      const double blend = view.items->Blend(view.row);
      *out = std::isnan(blend) ? Value::Nil() : Value::Number(blend);
      return true;
    }
    case Op::kTunable:
      *out = Value::Number(scratch.tunables[static_cast<size_t>(node.place)]);
      return true;
    case Op::kContext:
    case Op::kRequestValue:
    case Op::kUserAttribute:
      return ReadContext(node, view, out);
    case Op::kInSet:
      return ReadSet(node, view, scratch, out);
    case Op::kAnd:
    case Op::kOr:
      if (!Eval(node.left, view, scratch, out)) return false;
      return out->truthy() == (node.op == Op::kOr) || Eval(node.right, view, scratch, out);
    default:
      break;
  }
  Value left, right;
  if (!Eval(node.left, view, scratch, &left)) return false;
  if (node.op == Op::kNot) {
    *out = Value::Flag(!left.truthy());
    return true;
  }
  if (node.op == Op::kNegate) {
    if (!left.numeric()) return false;
    *out = left.kind == Kind::kInteger ? Value::Integer(-left.integer) : Value::Number(-left.number);
    return true;
  }
  if (!Eval(node.right, view, scratch, &right)) return false;
  const bool compares =
      node.op == Op::kEqual || node.op == Op::kUnequal || node.op == Op::kLess || node.op == Op::kAtMost;
  return compares ? Compare(node.op, left, right, out) : Calculate(node.op, left, right, out);
}

}  // namespace signalbox::scripting
