// Freezing, restoring and exporting the VMIS index.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "block_header.hpp"
#include "visit_index.hpp"

namespace signalbox::session {

namespace {

std::string Hex(uint64_t key) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(key));
  return text;
}

std::string NameOf(const Host& host, Item item) {
  const Host::ItemName name = host.Resolve(item);
  return std::string(name.type) + "/" + std::string(name.id);
}

InvalidState Broken() { return InvalidState("the session index names what is not there: learn it again"); }

}  // namespace

// The state of one moment: pages are shared with the writer until it changes them.
class VisitIndex::Frozen final : public FrozenState {
 public:
  explicit Frozen(VisitIndex* index)
      : limits_(index->limits_),
        sessions_(index->sessions()),
        counts_(index->repeats_.counts()),
        heads_(index->blocks_.heads()) {
    for (PagedWords* words :
         {&index->hot_, &index->keys_, &index->visitors_, &index->items_, &index->blocks_.words()}) {
      pages_.push_back(words->Freeze());
    }
  }
  ~Frozen() override {
    for (const auto& pages : pages_) pages->Abandon();
  }

  void Write(Writer& writer) const override {
    writer.Fixed(limits_.items_per_session);
    writer.Fixed(limits_.sessions_per_item);
    writer.Fixed(limits_.max_sessions);
    writer.Fixed(sessions_);
    writer.Fixed(counts_);
    writer.Fixed(heads_.top);
    writer.Array(heads_.free);
    for (const auto& pages : pages_) pages->Write(writer);
  }

 private:
  IndexLimits limits_;
  uint64_t sessions_;
  Repeats::Counts counts_;
  Blocks::Heads heads_;
  std::vector<std::shared_ptr<PageSnapshot>> pages_;
};

std::unique_ptr<FrozenState> VisitIndex::Freeze() { return std::make_unique<Frozen>(this); }

void VisitIndex::Restore(Reader& reader, uint32_t items) {
  const auto items_per_session = reader.Fixed<uint32_t>();
  const auto sessions_per_item = reader.Fixed<uint32_t>();
  const auto max_sessions = reader.Fixed<uint32_t>();
  if (items_per_session != limits_.items_per_session || sessions_per_item != limits_.sessions_per_item ||
      max_sessions != limits_.max_sessions) {
    throw InvalidState("the session index was made with other limits: learn it again");
  }
  const auto sessions = reader.Fixed<uint64_t>();
  repeats_.Restore(reader.Fixed<Repeats::Counts>());
  Blocks::Heads heads;
  heads.top = reader.Fixed<uint64_t>();
  heads.free = reader.Array<uint32_t>();
  for (PagedWords* words : {&hot_, &keys_, &visitors_, &items_, &blocks_.words()}) words->Restore(reader);
  blocks_.RestoreHeads(std::move(heads));
  sessions_.store(sessions, std::memory_order_release);
  CheckRestored(items);
  const uint64_t kept = std::min<uint64_t>(sessions, limits_.max_sessions);
  slots_.Reserve(kept);
  for (uint64_t number = sessions - kept; number < sessions; ++number) {
    const uint32_t slot = SlotOf(static_cast<uint32_t>(number));
    if (hot_.Load(uint64_t{slot} * kHotWords + kBlock) == 0) continue;
    slots_.Insert(KeyAt(slot), slot);
    Link(static_cast<uint32_t>(number));
  }
}

// Readers follow what is stored without looking: every block must be where there is memory,
// every item must be known.
void VisitIndex::CheckRestored(uint32_t items) const {
  const uint64_t kept = std::min<uint64_t>(sessions(), limits_.max_sessions);
  for (uint64_t slot = 0; slot < kept; ++slot) {
    const uint32_t block = hot_.Load(slot * kHotWords + kBlock);
    if (block == 0) continue;
    if (!blocks_.Holds(block, kFirstItem)) throw Broken();
    const uint32_t length = BlockHeader::Length(blocks_.Load(block, 0));
    if (length == 0 || length > limits_.items_per_session) throw Broken();
    if (!blocks_.Holds(block, blocks_.Capacity(kFirstItem + length))) throw Broken();
    for (uint32_t i = 0; i < length; ++i) {
      if (blocks_.Load(block, kFirstItem + i) >= items) throw Broken();
    }
  }
  const uint64_t records = items_.page_count() * kPageWords / kItemWords;
  for (uint64_t item = 0; item < records; ++item) {
    const uint32_t count = items_.Load(item * kItemWords + kCount);
    if (count == 0) continue;
    if (!blocks_.Holds(items_.Load(item * kItemWords + kRing), blocks_.Capacity(RingWords(count))))
      throw Broken();
  }
}

// One line for each session, item and kind of repeat. An item's sessions are sorted: the order in
// which partitions were read does not show.
void VisitIndex::Export(const Host& host, ExportLines& lines) const {
  const uint64_t begun = sessions(), kept = std::min<uint64_t>(begun, limits_.max_sessions);
  lines.Add("sessions " + std::to_string(begun));
  std::vector<Item> items(limits_.items_per_session);
  for (uint32_t slot = 0; slot < kept; ++slot) {
    const uint32_t number = NumberOf(slot), block = hot_.Load(HotOf(number) + kBlock);
    if (block == 0) continue;
    std::string line = "session " + Hex(KeyAt(slot)) + " visitor " + std::to_string(visitors_.Load(slot)) +
                       " at " + std::to_string(VisitOf(number).time_s) + " last " +
                       std::to_string(static_cast<uint32_t>(BlockHeader::Last(blocks_.Load(block, 0)))) +
                       " items";
    const size_t count = CopyItems(number, items.data());
    for (size_t i = 0; i < count; ++i) line += " " + NameOf(host, items[i]);
    lines.Add(line);
  }
  std::vector<uint32_t> numbers(limits_.sessions_per_item);
  const uint64_t known = items_.page_count() * kPageWords / kItemWords;
  for (uint64_t at = 0; at < known; ++at) {
    const auto item = static_cast<Item>(at);
    const ItemCounts counts = Counts(item);
    if (counts.sessions == 0) continue;
    std::vector<uint64_t> keys;
    const size_t listed = CopySessions(item, numbers);
    for (size_t i = 0; i < listed; ++i) {
      if (Alive(numbers[i], begun) && VisitOf(numbers[i]).has_items) keys.push_back(KeyOf(numbers[i]));
    }
    std::sort(keys.begin(), keys.end());
    std::string line = "item " + NameOf(host, item) + " sessions " + std::to_string(counts.sessions) +
                       " followers " + std::to_string(counts.followers) + " repeats " +
                       std::to_string(counts.repeats) + " in";
    for (const uint64_t key : keys) line += " " + Hex(key);
    lines.Add(line);
  }
  const Repeats::Counts& repeats = repeats_.counts();
  for (size_t i = 0; i < repeats.chances.size(); ++i) {
    if (repeats.chances[i] == 0) continue;
    lines.Add("repeat " + std::to_string(i / Repeats::kRanks) + " " + std::to_string(i % Repeats::kRanks) +
              " " + std::to_string(repeats.hits[i]) + " of " + std::to_string(repeats.chances[i]));
  }
}

}  // namespace signalbox::session
