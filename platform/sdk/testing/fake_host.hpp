// A host for tests: items with ids and attributes, a clock that is set, tables, and what was logged.
#pragma once

#include <cstring>
#include <deque>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signalbox/testing/fake_tables.hpp"
#include "signalbox/views.hpp"

namespace signalbox::testing {

// One item's attributes as a test sets them.
struct FakeItem {
  std::string type, id;
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> texts;
  std::map<std::string, std::vector<std::string>> lists;
  std::map<std::string, std::vector<float>> vectors;
};

// Threads: one, except that services which read are safe from many while nothing writes.
// Lifetime: outlives the plugins that are made with it.
class FakeHost {
 public:
  FakeHost() { FillServices(); }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // The item's handle; a new one takes the next number.
  Item AddItem(std::string_view id, std::string_view type = "item") {
    if (const Item known = Find(type, id); known != kNoItem) return known;
    items_.push_back({std::string(type), std::string(id), {}, {}, {}, {}});
    items_.back().numbers["created_at"] = static_cast<double>(now_ms_);
    return static_cast<Item>(items_.size() - 1);
  }
  std::vector<Item> AddItems(std::initializer_list<std::string_view> ids) {
    std::vector<Item> handles;
    for (const auto id : ids) handles.push_back(AddItem(id));
    return handles;
  }
  Item Find(std::string_view type, std::string_view id) const {
    for (size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].type == type && items_[i].id == id) return static_cast<Item>(i);
    }
    return kNoItem;
  }
  const FakeItem& item(Item handle) const { return items_.at(handle); }
  uint32_t items() const { return static_cast<uint32_t>(items_.size()); }

  // The catalogue; TestPlugin::PutItems tells a plugin.
  void SetNumber(Item item, const std::string& name, double value) { items_.at(item).numbers[name] = value; }
  void SetText(Item item, const std::string& name, std::string value) {
    items_.at(item).texts[name] = std::move(value);
  }
  void SetList(Item item, const std::string& name, std::vector<std::string> values) {
    items_.at(item).lists[name] = std::move(values);
  }
  void SetVector(Item item, const std::string& name, std::vector<float> values) {
    items_.at(item).vectors[name] = std::move(values);
  }

  void SetNow(int64_t now_ms) { now_ms_ = now_ms; }
  int64_t now_ms() const { return now_ms_; }

  const std::vector<std::string>& logged() const { return logged_; }
  // 0 = never set.
  double metric(const std::string& name) const {
    const auto at = metrics_.find(name);
    return at == metrics_.end() ? 0 : at->second;
  }

  const sb_host* raw() const { return &services_; }

  // The tables' content as sorted lines with ids, as the platform's canonical export has it.
  std::vector<std::string> ExportTables() const;
  // Tables opened later under these names begin with this content.
  void RestoreTables(const FakeHost& from) {
    for (const auto& [name, table] : from.tables_) restored_[name] = table->data;
  }
  const FakeTable* table(const std::string& name) const {
    const auto at = tables_.find(name);
    return at == tables_.end() ? nullptr : &at->second->data;
  }

 private:
  static FakeHost& Self(void* context) { return *static_cast<FakeHost*>(context); }
  // Rows that hooks read live until the next row is read 4,096 times.
  template <typename T>
  static const T* Keep(std::deque<std::vector<T>>& rows, std::vector<T> row) {
    rows.push_back(std::move(row));
    if (rows.size() > 4096) rows.pop_front();
    return rows.back().data();
  }
  std::string KeyName(const FakeTable& table, uint64_t key) const {
    return table.key_kind == SB_KEY_ITEM ? items_.at(key).type + "/" + items_.at(key).id
                                         : std::to_string(key);
  }
  int Compare(Item a, Item b) const {
    const auto& x = items_.at(a);
    const auto& y = items_.at(b);
    const int by_type = x.type.compare(y.type);
    return by_type != 0 ? by_type : x.id.compare(y.id);
  }
  sb_table* Open(const sb_table_options& options, sb_error* error);
  size_t Top(const FakeTable& table, const uint32_t* groups, size_t group_count, size_t k, Eligible eligible,
             int64_t now_ms, sb_item* items, float* values) const;
  void FillServices();
  void FillTableServices();

  std::deque<FakeItem> items_;  // names stay where they are
  std::map<std::string, std::unique_ptr<sb_table>> tables_;
  std::map<std::string, FakeTable> restored_;
  std::vector<std::string> logged_;
  std::map<std::string, double> metrics_;
  int64_t now_ms_ = 1'700'000'000'000;
  sb_host services_{};
};

}  // namespace signalbox::testing

#include "signalbox/testing/fake_services.hpp"
