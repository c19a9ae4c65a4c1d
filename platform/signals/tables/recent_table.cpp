// Each add writes a new row and retires the old one.
#include <algorithm>
#include <new>

#include "signals/tables/row_tables.hpp"
#include "signals/tables/stream.hpp"

namespace signalbox::signals {

RecentTable::RecentTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items)
    : Table(std::move(options)),
      items_(items),
      epochs_(epochs),
      reclaimer_(epochs, alignof(Block)),
      slots_(this->options().dense, reclaimer_) {}

RecentTable::Block* RecentTable::Make(size_t count) {
  return new (reclaimer_.pool().Allocate(Block::Bytes(count))) Block{count};
}

void RecentTable::Replace(uint64_t key, const Block* old, const Block* fresh) {
  slots_.Set(key, reinterpret_cast<uint64_t>(fresh));
  if (old != nullptr) reclaimer_.Retire(const_cast<Block*>(old), Block::Bytes(old->count));
}

void RecentTable::Add(const uint64_t* keys, const uint64_t* members, const int64_t* times_ms, size_t count) {
  const uint32_t known = items_.size();
  for (size_t i = 0; i < count; ++i) {
    if (options().dense && keys[i] >= known) continue;
    const Block* old = Find(keys[i]);
    const size_t had = old == nullptr ? 0 : old->count;
    const size_t kept = std::min<size_t>(had, options().capacity - 1);
    Block* fresh = Make(kept + 1);
    if (kept > 0) {
      std::copy_n(old->members() + (had - kept), kept, fresh->members());
      std::copy_n(old->times() + (had - kept), kept, fresh->times());
    }
    fresh->members()[kept] = members[i];
    fresh->times()[kept] = times_ms[i];
    Replace(keys[i], old, fresh);
  }
}

bool RecentTable::Row(uint64_t key, sb_recent_row* row) const {
  const Block* found = Find(key);
  if (found == nullptr) return false;
  row->count = static_cast<uint32_t>(found->count);
  row->members = found->members();
  row->times_ms = found->times();
  return true;
}

void RecentTable::Forget(uint64_t user) {
  if (!options().dense) {
    if (const Block* row = Find(user); row != nullptr) Replace(user, row, nullptr);
  }
  for (const auto& [key, slot] : slots_.Copy()) {
    const auto* row = reinterpret_cast<const Block*>(slot);
    const auto hits = static_cast<size_t>(std::count(row->members(), row->members() + row->count, user));
    if (hits == 0) continue;
    Block* fresh = hits == row->count ? nullptr : Make(row->count - hits);
    for (size_t i = 0, to = 0; i < row->count && fresh != nullptr; ++i) {
      if (row->members()[i] == user) continue;
      fresh->members()[to] = row->members()[i];
      fresh->times()[to++] = row->times()[i];
    }
    Replace(key, row, fresh);
  }
  reclaimer_.Flush();
}

class FrozenRecent final : public FrozenTable {
 public:
  explicit FrozenRecent(const RecentTable& table) : pin_(table.epochs_), rows_(table.slots_.Copy()) {}

  Result<void> Write(ByteSink& sink) const override {
    SinkWriter out(sink);
    out.Fixed<uint64_t>(rows_.size());
    for (const auto& [key, slot] : rows_) {
      const auto* row = reinterpret_cast<const RecentTable::Block*>(slot);
      out.Fixed(key);
      out.Fixed(row->count);
      out.Bytes(row->members(), row->count * sizeof(uint64_t));
      out.Bytes(row->times(), row->count * sizeof(int64_t));
      if (!out.ok()) break;
    }
    return out.Finish();
  }

 private:
  EpochDomain::Pin pin_;
  std::vector<std::pair<uint64_t, uint64_t>> rows_;
};

std::unique_ptr<FrozenTable> RecentTable::Freeze() { return std::make_unique<FrozenRecent>(*this); }

Result<void> RecentTable::Restore(ByteSource& source) {
  SourceReader in(source);
  const auto rows = in.Fixed<uint64_t>();
  for (uint64_t r = 0; r < rows && in.ok(); ++r) {
    const auto key = in.Fixed<uint64_t>();
    const auto count = in.Fixed<uint64_t>();
    if (!in.ok() || count == 0 || count > options().capacity || (options().dense && key >= items_.size()) ||
        Find(key) != nullptr) {
      return Damaged(options().name);
    }
    Block* fresh = Make(count);
    in.Bytes(fresh->members(), count * sizeof(uint64_t));
    in.Bytes(fresh->times(), count * sizeof(int64_t));
    Replace(key, nullptr, fresh);
  }
  return in.ok() ? Result<void>() : Damaged(options().name);
}

void RecentTable::Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const {
  const EpochDomain::Pin pin(epochs_);
  for (const auto& [key, slot] : slots_.Copy()) {
    const auto* row = reinterpret_cast<const Block*>(slot);
    const std::string begin = options().name + " " + KeyText(items, options().dense, key) + " ";
    for (size_t i = 0; i < row->count; ++i) {
      lines->push_back(begin + std::to_string(i) + " " + std::to_string(row->members()[i]) + " " +
                       std::to_string(row->times()[i]));
    }
  }
}

}  // namespace signalbox::signals
