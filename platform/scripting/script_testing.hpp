// Fakes for tests of scripts: items held in maps, a context with sets.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "scripting/scenario.hpp"

namespace signalbox::scripting {

class FakeItems final : public ItemReader {
 public:
  struct Row {
    std::string id;
    std::map<std::string, FieldValue> fields;
  };
  explicit FakeItems(std::vector<Row> rows) : rows_(std::move(rows)) {}

  std::string_view Id(uint32_t row) const override { return rows_[row].id; }
  int FieldByName(std::string_view name) const override {
    ++asked;
    for (const auto& row : rows_) {
      if (row.fields.count(std::string(name)) == 0) continue;
      names_.emplace_back(name);
      return static_cast<int>(names_.size()) - 1;
    }
    return -1;
  }
  FieldValue Field(uint32_t row, int field) const override {
    const auto found = rows_[row].fields.find(names_[static_cast<size_t>(field)]);
    return found == rows_[row].fields.end() ? FieldValue() : found->second;
  }

  mutable int asked = 0;

 private:
  std::vector<Row> rows_;
  mutable std::vector<std::string> names_;
};

struct FakeContext final : Context {
  std::map<Set, std::set<std::string, std::less<>>> sets;
  bool In(Set set, std::string_view item_id) const override {
    const auto found = sets.find(set);
    return found != sets.end() && found->second.count(item_id) > 0;
  }
};

}  // namespace signalbox::scripting
