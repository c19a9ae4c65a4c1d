// The fake catalogue as the columns of an sb_items. Included by test_plugin.hpp.
#pragma once

#include <deque>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "signalbox/testing/test_plugin.hpp"

namespace signalbox::testing {

// Owns the columns of one batch of items; pinned in place.
class ItemColumns {
 public:
  ItemColumns(const FakeHost& host, const std::vector<Item>& items) : host_(host), items_(items) {
    for (const auto& name : Names(&FakeItem::numbers)) AddNumbers(name);
    for (const auto& name : Names(&FakeItem::texts)) AddTexts(name);
    for (const auto& name : Names(&FakeItem::lists)) AddLists(name);
    for (const auto& name : Names(&FakeItem::vectors)) AddVectors(name);
    raw_.struct_size = sizeof raw_;
    raw_.count = static_cast<uint32_t>(items_.size());
    raw_.items = items_.data();
    raw_.columns = columns_.data();
    raw_.column_count = static_cast<uint32_t>(columns_.size());
    raw_.vectors = vectors_.data();
    raw_.vector_count = static_cast<uint32_t>(vectors_.size());
    raw_.epoch = 1;
  }
  ItemColumns(const ItemColumns&) = delete;
  ItemColumns& operator=(const ItemColumns&) = delete;
  const sb_items& raw() const { return raw_; }

 private:
  template <typename Attributes>
  std::set<std::string> Names(Attributes attributes) const {
    std::set<std::string> names;
    for (const Item item : items_) {
      for (const auto& entry : host_.item(item).*attributes) names.insert(entry.first);
    }
    return names;
  }
  sb_attribute_column& AddColumn(const std::string& name, sb_attribute_kind kind) {
    sb_attribute_column column{};
    column.struct_size = sizeof column;
    column.kind = kind;
    column.name = ToText(names_.emplace_back(name));
    return columns_.emplace_back(column);
  }
  void AddNumbers(const std::string& name) {
    auto& values = numbers_.emplace_back();
    for (const Item item : items_) {
      const auto at = host_.item(item).numbers.find(name);
      const bool known = at != host_.item(item).numbers.end();
      values.push_back(known ? at->second : std::numeric_limits<double>::quiet_NaN());
    }
    AddColumn(name, name == "created_at" ? SB_ATTRIBUTE_TIME : SB_ATTRIBUTE_NUMBER).numbers = values.data();
  }
  void AddTexts(const std::string& name) {
    auto& values = texts_.emplace_back();
    for (const Item item : items_) {
      const auto at = host_.item(item).texts.find(name);
      values.push_back(at == host_.item(item).texts.end() ? sb_text{} : ToText(at->second));
    }
    AddColumn(name, SB_ATTRIBUTE_TEXT).texts = values.data();
  }
  void AddLists(const std::string& name) {
    auto& begins = begins_.emplace_back(1, 0u);
    auto& values = texts_.emplace_back();
    for (const Item item : items_) {
      if (const auto at = host_.item(item).lists.find(name); at != host_.item(item).lists.end()) {
        for (const auto& value : at->second) values.push_back(ToText(value));
      }
      begins.push_back(static_cast<uint32_t>(values.size()));
    }
    auto& column = AddColumn(name, SB_ATTRIBUTE_LIST);
    column.list_begin = begins.data();
    column.list_values = values.data();
  }
  void AddVectors(const std::string& name) {
    size_t dimension = 0;
    for (const Item item : items_) {
      if (const auto at = host_.item(item).vectors.find(name); at != host_.item(item).vectors.end()) {
        dimension = at->second.size();
      }
    }
    auto& values = floats_.emplace_back(items_.size() * dimension, 0.0f);
    auto& present = present_.emplace_back(items_.size(), uint8_t{0});
    for (size_t i = 0; i < items_.size(); ++i) {
      const auto at = host_.item(items_[i]).vectors.find(name);
      if (at == host_.item(items_[i]).vectors.end()) continue;
      present[i] = 1;
      std::copy(at->second.begin(), at->second.end(),
                values.begin() + static_cast<std::ptrdiff_t>(i * dimension));
    }
    sb_vector_column column{};
    column.struct_size = sizeof column;
    column.dimension = static_cast<uint32_t>(dimension);
    column.name = ToText(names_.emplace_back(name));
    column.values = values.data();
    column.present = present.data();
    vectors_.push_back(column);
  }

  const FakeHost& host_;
  std::vector<Item> items_;
  std::deque<std::string> names_;
  std::deque<std::vector<double>> numbers_;
  std::deque<std::vector<sb_text>> texts_;
  std::deque<std::vector<uint32_t>> begins_;
  std::deque<std::vector<float>> floats_;
  std::deque<std::vector<uint8_t>> present_;
  std::vector<sb_attribute_column> columns_;
  std::vector<sb_vector_column> vectors_;
  sb_items raw_{};
};

inline void TestPlugin::ChangeItems(const std::vector<Item>& upserts, const std::vector<Item>& deletes) {
  const ItemColumns columns(*host_, upserts);
  Call("items_changed", table_->items_changed, &columns.raw(), deletes.data(), deletes.size());
}

}  // namespace signalbox::testing
