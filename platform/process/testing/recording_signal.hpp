// Test double: signals that remember what they were taught, and keep it in snapshots.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "signals/signal_set.hpp"

namespace signalbox::process::testing {

// Counts (user, item) pairs and remembers the history it was shown with each event.
class RecordingSignal final : public signals::Signal {
 public:
  RecordingSignal(std::string name, const ports::ItemIndex& items) : name_(std::move(name)), items_(items) {}

  const std::string& name() const override { return name_; }
  const std::string& plugin() const override { return name_; }
  const std::string& version() const override { return version_; }
  const std::string& family() const override { return family_; }
  signals::Health health() const override { return health_; }
  std::string health_reason() const override { return {}; }

  Result<void> ItemsChanged(const sb_items& upserts, std::span<const sb_item> deletes) override {
    for (uint32_t i = 0; i < upserts.count; ++i)
      catalogue[std::string(items_.Name(upserts.items[i]).id)] = true;
    for (const sb_item item : deletes) catalogue[std::string(items_.Name(item).id)] = false;
    return {};
  }
  Result<void> Update(const sb_events& events) override {
    ++batches;
    for (uint32_t i = 0; i < events.count; ++i) {
      std::string line = std::to_string(events.sessions[i]) + ' ' + Id(events.items[i]) + " after";
      for (uint32_t h = events.history_begin[i]; h < events.history_begin[i + 1]; ++h) {
        line += ' ' + Id(events.history_items[h]);
      }
      lines.push_back(line + " in session " + std::to_string(events.history_in_session[i]) + " at " +
                      std::to_string(events.positions[i]));
    }
    return {};
  }
  Result<void> Maintain(int64_t, bool* more) override {
    *more = false;
    return {};
  }
  Result<void> Forget(uint64_t user) override {
    forgotten.push_back(user);
    return {};
  }

  class Snapshot final : public Frozen {
   public:
    explicit Snapshot(std::string bytes) : bytes_(std::move(bytes)) {}
    Result<void> Write(ByteSink& sink) override { return sink.Write(bytes_.data(), bytes_.size()); }

   private:
    std::string bytes_;
  };
  Result<std::unique_ptr<Frozen>> Freeze() override {
    std::string bytes;
    ByteWriter writer(&bytes);
    writer.Text(state_key);
    writer.Varint(lines.size());
    for (const auto& line : lines) writer.Text(line);
    std::string sized;
    ByteWriter(&sized).Fixed(static_cast<uint64_t>(bytes.size()));
    return std::unique_ptr<Frozen>(std::make_unique<Snapshot>(sized + bytes));
  }
  Result<void> Restore(ByteSource& source) override {
    uint64_t size = 0;
    source.Read(&size, sizeof size);
    std::string bytes(size, '\0');
    if (source.Read(bytes.data(), size) != size) return Fail(Code::kDataLoss, "snapshot is cut short");
    ByteReader reader(bytes);
    if (reader.Text() != state_key) return Fail(Code::kInvalidArgument, "another configuration");
    lines.resize(reader.Varint());
    for (auto& line : lines) line = reader.Text();
    return {};
  }
  Result<std::vector<std::string>> Export() const override {
    auto sorted = lines;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
  size_t memory_bytes() const override { return 0; }

  std::string state_key = "1";
  std::vector<std::string> lines;
  std::vector<uint64_t> forgotten;
  std::map<std::string, bool> catalogue;  // false = deleted
  int batches = 0;
  signals::Health health_ = signals::Health::kOk;

 private:
  std::string Id(sb_item item) const { return std::string(items_.Name(item).id); }

  std::string name_, version_ = "1.0.0", family_ = "collaborative";
  const ports::ItemIndex& items_;
};

class RecordingSignals final : public signals::SignalSet {
 public:
  RecordingSignals(const std::vector<std::string>& names, const ports::ItemIndex& items) {
    for (const auto& name : names) signals_.push_back(std::make_unique<RecordingSignal>(name, items));
  }
  size_t size() const override { return signals_.size(); }
  RecordingSignal& at(size_t index) override { return *signals_[index]; }
  const RecordingSignal& at(size_t index) const override { return *signals_[index]; }
  int Find(std::string_view name) const override {
    for (size_t i = 0; i < signals_.size(); ++i) {
      if (signals_[i]->name() == name) return static_cast<int>(i);
    }
    return -1;
  }
  std::unique_ptr<signals::RequestSession> Begin(const sb_request&) override { return nullptr; }

 private:
  std::vector<std::unique_ptr<RecordingSignal>> signals_;
};

}  // namespace signalbox::process::testing
