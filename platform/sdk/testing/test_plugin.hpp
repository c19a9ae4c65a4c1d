// One instance of a plugin under test, driven through its real table of hooks.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "signalbox/testing/event_feed.hpp"
#include "signalbox/testing/fake_host.hpp"
#include "signalbox/testing/json.hpp"

namespace signalbox::testing {

// A hook returned a failure; code() is its sb_code.
class HookFailed : public std::runtime_error {
 public:
  HookFailed(const std::string& hook, int32_t code, const std::string& message)
      : std::runtime_error(hook + ": " + message), code_(code) {}
  int32_t code() const { return code_; }

 private:
  int32_t code_;
};

struct TestExplanation {
  std::string reason;
  std::vector<Item> items;
};

// Every member throws HookFailed when the hook fails; a hook that is missing does nothing.
// Lifetime: the host outlives it.
class TestPlugin {
 public:
  // config: a JSON object; keys left out take the schema's defaults, others are passed as they are.
  TestPlugin(FakeHost& host, const sb_plugin* table, std::string_view config = "{}")
      : host_(&host), table_(table), config_(config) {
    const Settings settings(table->config_schema, config);
    sb_error error = NewError();
    Check("create", table_->create(host.raw(), &settings.raw(), &instance_, &error), error);
  }
  ~TestPlugin() {
    if (instance_ != nullptr) table_->destroy(instance_);
  }
  TestPlugin(const TestPlugin&) = delete;
  TestPlugin& operator=(const TestPlugin&) = delete;

  const sb_plugin& table() const { return *table_; }

  void Update(const EventBatch& batch) {
    const sb_events events = batch.raw();
    Call("update", table_->update, &events);
  }
  void Update(const EventFeed& feed) { Update(feed.All()); }
  // Tells the plugin what the fake host's catalogue has of these items.
  void PutItems(const std::vector<Item>& items) { ChangeItems(items, {}); }
  void DeleteItems(const std::vector<Item>& items) { ChangeItems({}, items); }
  void ChangeItems(const std::vector<Item>& upserts, const std::vector<Item>& deletes);

  // In the order given by the plugin, as it gave them.
  Ranked Candidates(const TestRequest& request) const {
    Ranked taken;
    InRequest(request, [&](const sb_request* raw, void* scratch) {
      sb_candidate_sink sink{};
      sink.struct_size = sizeof sink;
      sink.context = &taken;
      sink.add = [](void* context, const sb_item* items, const float* scores, size_t count) {
        auto* out = static_cast<Ranked*>(context);
        out->items.insert(out->items.end(), items, items + count);
        out->scores.insert(out->scores.end(), scores, scores + count);
      };
      Call("candidates", table_->candidates, raw, scratch, &sink);
    });
    return taken;
  }
  // NaN = no opinion.
  std::vector<float> Score(const TestRequest& request, const std::vector<Item>& items) const {
    std::vector<float> scores(items.size(), kNoOpinion);
    InRequest(request, [&](const sb_request* raw, void* scratch) {
      Call("score", table_->score, raw, scratch, items.data(), items.size(), scores.data());
    });
    return scores;
  }
  TestExplanation Explain(const TestRequest& request, Item item) const {
    sb_explanation explanation{};
    explanation.struct_size = sizeof explanation;
    InRequest(request, [&](const sb_request* raw, void* scratch) {
      Call("explain", table_->explain, raw, scratch, item, &explanation);
    });
    return {explanation.reason, {explanation.items, explanation.items + explanation.item_count}};
  }
  // True = it asks to be called again.
  bool Maintain(uint64_t budget_us = 1'000'000) {
    int32_t more = 0;
    Call("maintain", table_->maintain, budget_us, &more);
    return more != 0;
  }
  void Forget(uint64_t user) { Call("forget", table_->forget, user); }

  // The private state's bytes; empty if it has none.
  std::string Snapshot() const;
  // A fresh plugin with this one's tables and private state, on a host with the same items.
  std::unique_ptr<TestPlugin> Restored(FakeHost& host) const {
    host.RestoreTables(*host_);
    auto copy = std::make_unique<TestPlugin>(host, table_, config_);
    copy->Restore(Snapshot());
    return copy;
  }
  void Restore(const std::string& bytes);
  // Tables and private state as sorted lines.
  std::vector<std::string> Export() const;

 private:
  // A configuration as the host hands it over.
  class Settings {
   public:
    Settings(const char* schema, std::string_view config) {
      if (schema != nullptr) {
        const auto top = json::Object(schema);
        if (const auto at = top.find("properties"); at != top.end()) {
          for (const auto& [key, property] : json::Object(at->second)) {
            const auto fields = json::Object(property);
            if (const auto given = fields.find("default"); given != fields.end())
              values_[key] = given->second;
          }
        }
      }
      for (const auto& [key, value] : json::Object(config)) values_[key] = value;
      for (const auto& [key, value] : values_) Append(key, value);
      json_ += "}";
      raw_.struct_size = sizeof raw_;
      raw_.count = static_cast<uint32_t>(settings_.size());
      raw_.settings = settings_.data();
      raw_.instance = ToText("test");
      raw_.json = ToText(json_);
    }
    const sb_config& raw() const { return raw_; }

   private:
    void Append(const std::string& key, const std::string& value) {
      json_ += (json_.size() > 1 ? ",\"" : "\"") + key + "\":" + value;
      sb_setting setting{};
      setting.struct_size = sizeof setting;
      setting.key = ToText(key);
      if (value[0] == '"') {
        setting.kind = SB_SETTING_TEXT;
        texts_.push_back(json::Scanner::Unquote(value));
        setting.text = ToText(texts_.back());
      } else if (value == "true" || value == "false") {
        setting.kind = SB_SETTING_BOOL;
        setting.number = value == "true" ? 1 : 0;
      } else if (value[0] == '{' || value[0] == '[') {
        setting.kind = SB_SETTING_JSON;
        setting.text = ToText(value);
      } else {
        setting.kind = SB_SETTING_NUMBER;
        setting.number = std::strtod(value.c_str(), nullptr);
      }
      settings_.push_back(setting);
    }

    std::map<std::string, std::string> values_;
    std::deque<std::string> texts_;
    std::vector<sb_setting> settings_;
    std::string json_ = "{";
    sb_config raw_{};
  };

  static sb_error NewError() {
    sb_error error{};
    error.struct_size = sizeof error;
    return error;
  }
  static void Check(const char* hook, int32_t code, const sb_error& error) {
    if (code != SB_OK && code != SB_NOT_IMPLEMENTED) throw HookFailed(hook, code, error.message);
  }
  template <typename Hook, typename... Arguments>
  void Call(const char* name, Hook hook, Arguments... arguments) const {
    if (hook == nullptr) return;
    sb_error error = NewError();
    Check(name, hook(instance_, arguments..., &error), error);
  }
  template <typename Use>
  void InRequest(const TestRequest& request, Use use) const {
    const sb_request raw = request.raw();
    void* scratch = nullptr;
    Call("begin", table_->begin, &raw, &scratch);
    struct AtEnd {
      const TestPlugin* self;
      void* scratch;
      ~AtEnd() {
        if (self->table_->end != nullptr) self->table_->end(self->instance_, scratch);
      }
    } const end{this, scratch};
    use(&raw, scratch);
  }
  static sb_writer AppendTo(std::string* bytes) {
    sb_writer writer{};
    writer.struct_size = sizeof writer;
    writer.context = bytes;
    writer.write = [](void* context, const void* data, size_t size) -> int32_t {
      static_cast<std::string*>(context)->append(static_cast<const char*>(data), size);
      return SB_OK;
    };
    return writer;
  }

  FakeHost* host_;
  const sb_plugin* table_;
  std::string config_;
  void* instance_ = nullptr;
};

inline std::string TestPlugin::Snapshot() const {
  std::string bytes;
  if (table_->freeze == nullptr) return bytes;
  void* frozen = nullptr;
  Call("freeze", table_->freeze, &frozen);
  const sb_writer writer = AppendTo(&bytes);
  try {
    Call("write_snapshot", table_->write_snapshot, frozen, &writer);
  } catch (...) {
    table_->thaw(instance_, frozen);
    throw;
  }
  table_->thaw(instance_, frozen);
  return bytes;
}

inline void TestPlugin::Restore(const std::string& bytes) {
  std::string_view rest = bytes;
  sb_reader reader{};
  reader.struct_size = sizeof reader;
  reader.context = &rest;
  reader.read = [](void* context, void* data, size_t size) {
    auto* left = static_cast<std::string_view*>(context);
    const size_t part = std::min(size, left->size());
    std::memcpy(data, left->data(), part);
    left->remove_prefix(part);
    return part;
  };
  Call("restore", table_->restore, table_->state_version, static_cast<const sb_reader*>(&reader));
}

inline std::vector<std::string> TestPlugin::Export() const {
  std::vector<std::string> lines = host_->ExportTables();
  std::string text;
  const sb_writer writer = AppendTo(&text);
  Call("export_state", table_->export_state, &writer);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace signalbox::testing

#include "signalbox/testing/item_columns.hpp"
