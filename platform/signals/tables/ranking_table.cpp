// Rows touched by a batch are changed in a small working set and published once.
#include "signals/tables/ranking_table.hpp"

#include <cfloat>
#include <cstring>
#include <new>

#include "signals/tables/stream.hpp"

namespace signalbox::signals {

namespace {
// Beyond so many half lives above its base a row's base moves on: float sums keep their range.
constexpr int64_t kHeadroom = 32;
}  // namespace

RankingTable::RankingTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items)
    : Table(std::move(options)),
      items_(items),
      epochs_(epochs),
      decay_(this->options().half_life_ms),
      reclaimer_(epochs, alignof(Header)),
      slots_(this->options().dense, reclaimer_) {}

void RankingTable::Add(const uint64_t* keys, const sb_item* members, const float* weights,
                       const int64_t* times_ms, size_t count) {
  StampCache stamps(decay_);
  const uint32_t known = items_.size();
  const size_t row_bytes = options().capacity * (sizeof(sb_item) + sizeof(float));
  for (size_t i = 0; i < count; ++i) {
    if (!Counts(weights[i]) || members[i] >= known || (options().dense && keys[i] >= known)) continue;
    if (working_.size() * row_bytes >= kWorkingBytes) PublishAll();
    const Stamp& stamp = stamps.At(times_ms[i]);
    AddOne(Open(keys[i]), members[i], static_cast<double>(weights[i]) * stamp.factor, stamp.whole);
  }
}

// Index into working_ of the key's row, which is taken into the working set if it is not there.
size_t RankingTable::Open(uint64_t key) {
  Header* row = Find(key);
  if (row == nullptr) {
    // An empty published row carries the mark; readers take it for none.
    row = new (reclaimer_.pool().Allocate(Header::Bytes(0))) Header{0, 0, 0};
    slots_.Set(key, reinterpret_cast<uint64_t>(row));
  }
  if (row->working != 0) return row->working - 1;
  const size_t index = working_.size(), capacity = options().capacity;
  working_.push_back({key, row->base, row->count});
  working_members_.resize((index + 1) * capacity);
  working_weights_.resize((index + 1) * capacity);
  std::memcpy(&working_members_[index * capacity], row->members(), row->count * sizeof(sb_item));
  std::memcpy(&working_weights_[index * capacity], row->weights(), row->count * sizeof(float));
  row->working = static_cast<uint32_t>(index + 1);
  return index;
}

void RankingTable::AddOne(size_t index, sb_item member, double amount, int64_t whole) {
  Working& row = working_[index];
  sb_item* members = &working_members_[index * options().capacity];
  float* weights = &working_weights_[index * options().capacity];
  if (row.count == 0) row.base = static_cast<int32_t>(whole);
  if (whole - row.base > kHeadroom) {
    const auto shrink = static_cast<float>(PowerOfTwo(row.base - whole));
    for (uint32_t i = 0; i < row.count; ++i) weights[i] = std::max(weights[i] * shrink, FLT_TRUE_MIN);
    row.base = static_cast<int32_t>(whole);
  }
  const double exact = amount * PowerOfTwo(whole - row.base);
  const auto added =
      static_cast<float>(std::clamp(exact, static_cast<double>(FLT_TRUE_MIN), static_cast<double>(FLT_MAX)));
  // Without an early exit the compiler compares several members at once.
  uint32_t at = row.count;
  for (uint32_t i = 0; i < row.count; ++i) at = members[i] == member ? i : at;
  if (at < row.count) {
    weights[at] = std::min(weights[at] + added, FLT_MAX);
  } else if (row.count < options().capacity) {
    members[row.count] = member;
    weights[row.count++] = added;
  } else {
    const size_t lightest = Lightest(index);
    members[lightest] = member;
    weights[lightest] = added;
  }
}

size_t RankingTable::Lightest(size_t index) const {
  const sb_item* members = &working_members_[index * options().capacity];
  const float* weights = &working_weights_[index * options().capacity];
  size_t lightest = 0;
  for (size_t i = 1; i < working_[index].count; ++i) {
    if (weights[i] < weights[lightest] ||
        (weights[i] == weights[lightest] && items_.Compare(members[i], members[lightest]) > 0)) {
      lightest = i;
    }
  }
  return lightest;
}

void RankingTable::Publish(uint64_t key, int32_t base, std::span<const sb_item> members,
                           std::span<const float> weights) {
  const auto count = static_cast<uint32_t>(members.size());
  auto* fresh = new (reclaimer_.pool().Allocate(Header::Bytes(count))) Header{base, count, 0};
  std::memcpy(const_cast<sb_item*>(fresh->members()), members.data(), members.size_bytes());
  std::memcpy(const_cast<float*>(fresh->weights()), weights.data(), weights.size_bytes());
  Replace(key, Find(key), fresh);
}

void RankingTable::Replace(uint64_t key, const Header* old, const Header* fresh) {
  slots_.Set(key, reinterpret_cast<uint64_t>(fresh));
  if (old != nullptr) reclaimer_.Retire(const_cast<Header*>(old), Header::Bytes(old->count));
}

void RankingTable::PublishAll() {
  const size_t capacity = options().capacity;
  for (size_t i = 0; i < working_.size(); ++i) {
    const Working& row = working_[i];
    Publish(row.key, row.base, {&working_members_[i * capacity], row.count},
            {&working_weights_[i * capacity], row.count});
  }
  working_.clear();
  working_members_.clear();
  working_weights_.clear();
}

bool RankingTable::Row(uint64_t key, int64_t now_ms, sb_ranking_row* row) const {
  const Header* found = Find(key);
  if (found == nullptr || found->count == 0) return false;
  row->count = found->count;
  row->members = found->members();
  row->weights = found->weights();
  row->scale = decay_.Unit(found->base, now_ms);
  return true;
}

bool RankingTable::RowForWriter(uint64_t key, int64_t now_ms, sb_ranking_row* row) {
  if (const Header* found = Find(key); found != nullptr && found->working != 0) PublishAll();
  return Row(key, now_ms, row);
}

void RankingTable::EndBatch() {
  PublishAll();
  reclaimer_.Flush();
}

void RankingTable::Forget(uint64_t user) {
  if (options().dense) return;
  if (const Header* row = Find(user); row != nullptr) Replace(user, row, nullptr);
  reclaimer_.Flush();
}

class FrozenRanking final : public FrozenTable {
 public:
  explicit FrozenRanking(const RankingTable& table) : pin_(table.epochs_), rows_(table.slots_.Copy()) {}

  Result<void> Write(ByteSink& sink) const override {
    SinkWriter out(sink);
    out.Fixed<uint64_t>(rows_.size());
    for (const auto& [key, slot] : rows_) {
      const auto* row = reinterpret_cast<const RankingTable::Header*>(slot);
      out.Fixed(key);
      out.Fixed(row->base);
      out.Fixed(row->count);
      out.Bytes(row->members(), row->count * sizeof(sb_item));
      out.Bytes(row->weights(), row->count * sizeof(float));
      if (!out.ok()) break;
    }
    return out.Finish();
  }

 private:
  EpochDomain::Pin pin_;
  std::vector<std::pair<uint64_t, uint64_t>> rows_;
};

std::unique_ptr<FrozenTable> RankingTable::Freeze() { return std::make_unique<FrozenRanking>(*this); }

Result<void> RankingTable::Restore(ByteSource& source) {
  SourceReader in(source);
  const auto rows = in.Fixed<uint64_t>();
  const uint32_t known = items_.size();
  std::vector<sb_item> members;
  std::vector<float> weights;
  for (uint64_t r = 0; r < rows && in.ok(); ++r) {
    const auto key = in.Fixed<uint64_t>();
    const auto base = in.Fixed<int32_t>();
    const auto count = in.Fixed<uint32_t>();
    if (count > options().capacity || (options().dense && key >= known)) return Damaged(options().name);
    members.resize(count);
    weights.resize(count);
    in.Bytes(members.data(), count * sizeof(sb_item));
    in.Bytes(weights.data(), count * sizeof(float));
    for (uint32_t i = 0; i < count && in.ok(); ++i) {
      if (members[i] >= known || !Counts(weights[i])) return Damaged(options().name);
    }
    if (in.ok()) Publish(key, base, members, weights);
  }
  return in.ok() ? Result<void>() : Damaged(options().name);
}

void RankingTable::Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const {
  const EpochDomain::Pin pin(epochs_);
  for (const auto& [key, slot] : slots_.Copy()) {
    const auto* row = reinterpret_cast<const Header*>(slot);
    const std::string begin = options().name + " " + KeyText(items, options().dense, key) + " ";
    for (uint32_t i = 0; i < row->count; ++i) {
      lines->push_back(begin + ItemText(items, row->members()[i]) + " " +
                       AmountText(row->weights()[i], row->base));
    }
  }
}

size_t RankingTable::memory_bytes() const {
  return slots_.memory_bytes() + reclaimer_.pool().reserved_bytes();
}

}  // namespace signalbox::signals
