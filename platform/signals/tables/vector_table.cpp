// Each set writes a new row and retires the old one.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "signals/tables/row_tables.hpp"
#include "signals/tables/stream.hpp"

namespace signalbox::signals {

VectorTable::VectorTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items)
    : Table(std::move(options)),
      items_(items),
      epochs_(epochs),
      reclaimer_(epochs, alignof(float)),
      slots_(this->options().dense, reclaimer_) {}

void VectorTable::Set(const uint64_t* keys, const float* values, size_t count) {
  const uint32_t known = items_.size();
  const size_t dimension = options().capacity;
  for (size_t i = 0; i < count; ++i) {
    const float* row = values + i * dimension;
    if (options().dense && keys[i] >= known) continue;
    if (!std::all_of(row, row + dimension, [](float value) { return std::isfinite(value); })) continue;
    void* fresh = reclaimer_.pool().Allocate(row_bytes());
    std::memcpy(fresh, row, row_bytes());
    auto* old = const_cast<float*>(Row(keys[i]));
    slots_.Set(keys[i], reinterpret_cast<uint64_t>(fresh));
    if (old != nullptr) reclaimer_.Retire(old, row_bytes());
  }
}

void VectorTable::Forget(uint64_t user) {
  if (options().dense) return;
  auto* old = const_cast<float*>(Row(user));
  if (old == nullptr) return;
  slots_.Set(user, 0);
  reclaimer_.Retire(old, row_bytes());
  reclaimer_.Flush();
}

class FrozenVector final : public FrozenTable {
 public:
  explicit FrozenVector(const VectorTable& table)
      : row_bytes_(table.row_bytes()), pin_(table.epochs_), rows_(table.slots_.Copy()) {}

  Result<void> Write(ByteSink& sink) const override {
    SinkWriter out(sink);
    out.Fixed<uint64_t>(rows_.size());
    for (const auto& [key, slot] : rows_) {
      out.Fixed(key);
      out.Bytes(reinterpret_cast<const void*>(slot), row_bytes_);
      if (!out.ok()) break;
    }
    return out.Finish();
  }

 private:
  size_t row_bytes_;
  EpochDomain::Pin pin_;
  std::vector<std::pair<uint64_t, uint64_t>> rows_;
};

std::unique_ptr<FrozenTable> VectorTable::Freeze() { return std::make_unique<FrozenVector>(*this); }

Result<void> VectorTable::Restore(ByteSource& source) {
  SourceReader in(source);
  const auto rows = in.Fixed<uint64_t>();
  std::vector<float> values(options().capacity);
  for (uint64_t r = 0; r < rows && in.ok(); ++r) {
    const auto key = in.Fixed<uint64_t>();
    in.Bytes(values.data(), row_bytes());
    if (in.ok()) Set(&key, values.data(), 1);
    if (in.ok() && Row(key) == nullptr) return Damaged(options().name);
  }
  return in.ok() ? Result<void>() : Damaged(options().name);
}

void VectorTable::Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const {
  const EpochDomain::Pin pin(epochs_);
  for (const auto& [key, slot] : slots_.Copy()) {
    std::string line = options().name + " " + KeyText(items, options().dense, key);
    const auto* row = reinterpret_cast<const float*>(slot);
    for (size_t i = 0; i < options().capacity; ++i) {
      char text[32];
      std::snprintf(text, sizeof text, " %.9g", static_cast<double>(row[i]));
      line += text;
    }
    lines->push_back(std::move(line));
  }
}

}  // namespace signalbox::signals
