// An item index for tests: items in the order they were named.
#pragma once

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "ports/item_index.hpp"

namespace signalbox::ports::fakes {

// Threads: reads from any while nothing is added.
class ListedItems final : public ItemIndex {
 public:
  ListedItems() = default;
  // Items "0", "1", ... "count - 1" of type "item".
  explicit ListedItems(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) Add(std::to_string(i));
  }
  explicit ListedItems(const std::vector<std::string>& ids) {
    for (const auto& id : ids) Add(id);
  }

  Handle Add(std::string id, std::string type = "item") {
    handles_.emplace(std::pair(type, id), static_cast<Handle>(names_.size()));
    names_.emplace_back(std::move(type), std::move(id));
    return static_cast<Handle>(names_.size() - 1);
  }
  void SetNumber(const std::string& attribute, Handle item, double value) {
    numbers_[{attribute, item}] = value;
  }
  void SetText(const std::string& attribute, Handle item, std::string value) {
    texts_[{attribute, item}] = std::move(value);
  }

  ItemName Name(Handle item) const override {
    if (item >= names_.size()) return {};
    return {names_[item].first, names_[item].second};
  }
  Handle Find(std::string_view type, std::string_view id) const override {
    const auto at = handles_.find({std::string(type), std::string(id)});
    return at == handles_.end() ? kNoHandle : at->second;
  }
  uint32_t size() const override { return static_cast<uint32_t>(names_.size()); }
  void ReadNumbers(std::string_view attribute, std::span<const Handle> items, double* values) const override {
    for (size_t i = 0; i < items.size(); ++i) {
      const auto at = numbers_.find({std::string(attribute), items[i]});
      values[i] = at == numbers_.end() ? std::numeric_limits<double>::quiet_NaN() : at->second;
    }
  }
  void ReadTexts(std::string_view attribute, std::span<const Handle> items,
                 std::string_view* values) const override {
    for (size_t i = 0; i < items.size(); ++i) {
      const auto at = texts_.find({std::string(attribute), items[i]});
      values[i] = at == texts_.end() ? std::string_view() : std::string_view(at->second);
    }
  }

 private:
  std::deque<std::pair<std::string, std::string>> names_;  // stay where they are
  std::map<std::pair<std::string, std::string>, Handle> handles_;
  std::map<std::pair<std::string, Handle>, double> numbers_;
  std::map<std::pair<std::string, Handle>, std::string> texts_;
};

}  // namespace signalbox::ports::fakes
