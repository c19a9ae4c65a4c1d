// Reads a JSON body by the names of its fields, and says what is wrong with it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/recommendation.hpp"

namespace signalbox::admin {

// The first fault is kept and every later read gives its fallback, so that a handler reads all it knows
// and asks Finish() once. Not more than 32 levels of nesting.
//
// Threads: one. Lifetime: those of Objects() need not be outlived.
class Fields {
 public:
  // An empty body is an empty object.
  explicit Fields(std::string_view body);

  bool Has(std::string_view name) const;
  std::string Text(std::string_view name, std::string_view fallback = {});
  uint64_t Number(std::string_view name, uint64_t fallback = 0, uint64_t highest = UINT64_MAX >> 11);
  bool Flag(std::string_view name, bool fallback = false);
  // RFC 3339 or Unix milliseconds; 0 = absent.
  int64_t Time(std::string_view name);
  // Any value, as JSON text. nullopt = absent.
  std::optional<std::string> Json(std::string_view name);
  // An object of numbers. nullopt = absent.
  std::optional<std::map<std::string, double>> Values(std::string_view name);
  // An object of texts, numbers and booleans.
  std::map<std::string, model::ContextValue> Context(std::string_view name);
  // An array of item ids, or of {"item_type", "item_id"}.
  std::vector<model::ItemKey> Items(std::string_view name, size_t highest);
  // An array of objects, or one object; their faults are this one's.
  std::vector<Fields> Objects(std::string_view name, size_t highest);

  // Keeps a fault of the caller's; the first stays.
  void Refuse(std::string_view name, const std::string& reason, const std::string& hint = {});
  // The first fault; a field that nobody has read is one.
  // Errors: kInvalidArgument with the field's path.
  Result<void> Finish();

 private:
  struct Value;
  struct Fault;
  Fields(std::shared_ptr<const Value> value, std::string path, std::shared_ptr<Fault> fault);
  const Value* Find(std::string_view name);
  std::string PathOf(std::string_view name) const;

  std::shared_ptr<const Value> value_;
  std::string path_;  // "visitors[2]."; empty for the body
  std::shared_ptr<Fault> fault_;
  std::set<std::string, std::less<>> read_;
};

}  // namespace signalbox::admin
