// Learning and reading the VMIS index.
#include "visit_index.hpp"

#include <algorithm>

#include "block_header.hpp"

namespace signalbox::session {

namespace {

constexpr int kTries = 8;

uint64_t PagesFor(uint64_t words) { return (words + kPageWords - 1) / kPageWords; }

}  // namespace

VisitIndex::VisitIndex(const IndexLimits& limits)
    : limits_(limits),
      hot_(PagesFor(uint64_t{limits.max_sessions} * kHotWords)),
      keys_(PagesFor(uint64_t{limits.max_sessions} * kKeyWords)),
      visitors_(PagesFor(limits.max_sessions)),
      items_(PagesFor((uint64_t{1} << 32) * kItemWords)),
      blocks_(std::max(limits.sessions_per_item, limits.items_per_session + kFirstItem)),
      slots_(SlotKey{this}),
      newest_of_(SlotVisitor{this}),
      steps_(PagesFor(limits.max_sessions)) {}

uint32_t VisitIndex::NumberOf(uint32_t slot) const {
  const uint32_t newest = static_cast<uint32_t>(sessions_.load(std::memory_order_relaxed)) - 1;
  return newest - ((newest - slot) & (limits_.max_sessions - 1));
}

uint64_t VisitIndex::KeyAt(uint32_t slot) const {
  const uint32_t* words = keys_.Find(uint64_t{slot} * kKeyWords);
  if (words == nullptr) return 0;
  return LoadWord(words + kKeyLow) | uint64_t{LoadWord(words + kKeyHigh)} << 32;
}

void VisitIndex::Learn(uint64_t session, uint64_t visitor, Item item, int64_t time_ms) {
  uint32_t slot = slots_.Find(session);
  if (slot == slots_.kNone) slot = Begin(session, visitor);
  const uint64_t hot = uint64_t{slot} * kHotWords;
  const uint32_t block = hot_.Load(hot + kBlock);
  const uint32_t header = block == 0 ? 0 : blocks_.Load(block, 0);
  const uint32_t length = std::min(BlockHeader::Length(header), limits_.items_per_session);
  uint32_t position = length;  // of the item; length = it is new
  for (uint32_t i = 0; i < length && position == length; ++i) {
    if (blocks_.Load(block, kFirstItem + i) == item) position = i;
  }
  const bool known = position < length;
  const uint32_t rank = known ? length - 1 - position : kNoItem;
  repeats_.Count(BlockHeader::Last(header), length, rank);
  if (length > 0) CountFollower(blocks_.Load(block, length), rank == 0);
  const LastEvent last = !known      ? LastEvent::kNewItem
                         : rank == 0 ? LastEvent::kSameItem
                                     : LastEvent::kEarlierItem;
  if (known) {
    MoveToEnd(slot, length, last, position, item);
  } else {
    // A full session lets its oldest item go; the entry in that item's list stays and is skipped.
    if (length == limits_.items_per_session) {
      MoveToEnd(slot, length, last, 0, item);
    } else {
      Append(slot, length, last, item);
    }
    AddSession(item, NumberOf(slot));
  }
  hot_.Store(hot + kTime, std::max(hot_.Load(hot + kTime), SecondsOf(time_ms)));
}

uint32_t VisitIndex::Begin(uint64_t session, uint64_t visitor) {
  const uint64_t number = sessions_.load(std::memory_order_relaxed);
  const uint32_t slot = SlotOf(static_cast<uint32_t>(number));
  if (number >= limits_.max_sessions) Drop(slot);
  keys_.Store(uint64_t{slot} * kKeyWords + kKeyLow, static_cast<uint32_t>(session));
  keys_.Store(uint64_t{slot} * kKeyWords + kKeyHigh, static_cast<uint32_t>(session >> 32));
  visitors_.Store(slot, Fold(visitor));
  hot_.Store(uint64_t{slot} * kHotWords + kTime, 0);
  sessions_.store(number + 1, std::memory_order_release);
  slots_.Insert(session, slot);
  Link(static_cast<uint32_t>(number));
  return slot;
}

void VisitIndex::Drop(uint32_t slot) {
  const uint64_t hot = uint64_t{slot} * kHotWords;
  const uint32_t block = hot_.Load(hot + kBlock);
  if (block == 0 && visitors_.Load(slot) == 0) return;  // forgotten before
  slots_.Erase(KeyAt(slot));
  Unlink(slot);
  hot_.Store(hot + kBlock, 0);
  hot_.Store(hot + kTime, 0);
  keys_.Store(uint64_t{slot} * kKeyWords + kKeyLow, 0);
  keys_.Store(uint64_t{slot} * kKeyWords + kKeyHigh, 0);
  visitors_.Store(slot, 0);
  if (block != 0) blocks_.Give(block, kFirstItem + BlockHeader::Length(blocks_.Load(block, 0)));
}

void VisitIndex::Link(uint32_t number) {
  const uint32_t slot = SlotOf(number);
  const uint32_t visitor = visitors_.Load(slot);
  const uint32_t newest = newest_of_.Find(visitor);
  steps_.Store(slot, newest == newest_of_.kNone ? 0 : number - NumberOf(newest));
  newest_of_.Replace(visitor, slot);
}

void VisitIndex::Unlink(uint32_t slot) {
  const uint32_t visitor = visitors_.Load(slot);
  if (newest_of_.Find(visitor) != slot) return;  // later ones step over it
  const uint32_t earlier = EarlierOf(NumberOf(slot), visitor);
  if (earlier == newest_of_.kNone) {
    newest_of_.Erase(visitor);
  } else {
    newest_of_.Replace(visitor, earlier);
  }
}

uint32_t VisitIndex::EarlierOf(uint32_t number, uint32_t visitor) const {
  const uint64_t begun = sessions();
  for (uint32_t step = steps_.Load(SlotOf(number)); step != 0; step = steps_.Load(SlotOf(number))) {
    number -= step;
    if (!Alive(number, begun)) break;
    // A session forgotten by its own key keeps its step.
    if (visitors_.Load(SlotOf(number)) == visitor) return SlotOf(number);
  }
  return newest_of_.kNone;
}

void VisitIndex::AddSession(Item item, uint32_t number) {
  const uint64_t record = uint64_t{item} * kItemWords;
  const uint32_t count = items_.Load(record + kCount);
  if (count == UINT32_MAX) return;
  uint32_t ring = items_.Load(record + kRing);
  const uint32_t words = RingWords(count), needed = RingWords(count + 1);
  if (count == 0) {
    ring = blocks_.Take(needed);
    items_.Store(record + kRing, ring);
  } else if (needed > blocks_.Capacity(words)) {
    const uint32_t wider = blocks_.Take(needed);
    for (uint32_t i = 0; i < words; ++i) blocks_.Store(wider, i, blocks_.Load(ring, i));
    items_.Store(record + kRing, wider);
    blocks_.Give(ring, words);
    ring = wider;
  }
  blocks_.Store(ring, count % limits_.sessions_per_item, number);
  items_.Store(record + kCount, count + 1);
}

void VisitIndex::CountFollower(Item previous, bool same) {
  const uint64_t record = uint64_t{previous} * kItemWords;
  items_.Store(record + kFollowers, items_.Load(record + kFollowers) + 1);
  if (same) items_.Store(record + kRepeats, items_.Load(record + kRepeats) + 1);
}

void VisitIndex::Append(uint32_t slot, uint32_t length, LastEvent last, Item item) {
  const uint64_t hot = uint64_t{slot} * kHotWords;
  const uint32_t block = hot_.Load(hot + kBlock);
  const uint32_t words = kFirstItem + length;
  if (block != 0 && words + 1 <= blocks_.Capacity(words)) {
    blocks_.Store(block, words, item);
    blocks_.Store(block, 0,
                  BlockHeader::Make(length + 1, last, BlockHeader::Version(blocks_.Load(block, 0))));
    return;
  }
  const uint32_t wider = blocks_.Take(words + 1);
  for (uint32_t i = kFirstItem; i < words; ++i) blocks_.Store(wider, i, blocks_.Load(block, i));
  blocks_.Store(wider, words, item);
  blocks_.Store(wider, 0, BlockHeader::Make(length + 1, last, 0));
  hot_.Store(hot + kBlock, wider);
  if (block != 0) blocks_.Give(block, words);
}

void VisitIndex::MoveToEnd(uint32_t slot, uint32_t length, LastEvent last, uint32_t position, Item item) {
  const uint32_t block = hot_.Load(uint64_t{slot} * kHotWords + kBlock);
  const uint32_t version = BlockHeader::Version(blocks_.Load(block, 0));
  if (position + 1 == length && blocks_.Load(block, length) == item) {
    blocks_.Store(block, 0, BlockHeader::Make(length, last, version));
    return;
  }
  blocks_.Store(block, 0, BlockHeader::Make(length, last, version + BlockHeader::kVersionStep));
  for (uint32_t i = kFirstItem + position; i < length; ++i)
    blocks_.Store(block, i, blocks_.Load(block, i + 1));
  blocks_.Store(block, length, item);
  blocks_.Store(block, 0, BlockHeader::Make(length, last, version + 2 * BlockHeader::kVersionStep));
}

void VisitIndex::Forget(uint64_t key) {
  if (const uint32_t slot = slots_.Find(key); slot != slots_.kNone) Drop(slot);
  // Dropping a visitor's newest session makes the one before it the newest.
  for (uint32_t slot = newest_of_.Find(Fold(key)); slot != newest_of_.kNone;
       slot = newest_of_.Find(Fold(key))) {
    Drop(slot);
  }
}

VisitIndex::ItemCounts VisitIndex::Counts(Item item) const {
  const uint32_t* words = items_.Find(uint64_t{item} * kItemWords);
  if (words == nullptr) return {};
  return {LoadWord(words + kCount), LoadWord(words + kFollowers), LoadWord(words + kRepeats)};
}

size_t VisitIndex::CopySessions(Item item, std::span<uint32_t> numbers) const {
  const uint32_t* record = items_.Find(uint64_t{item} * kItemWords);
  if (record == nullptr) return 0;
  const uint32_t most = limits_.sessions_per_item;
  for (int tries = 0; tries < kTries; ++tries) {
    // The count before the ring: a ring never holds less than a count that was seen before it.
    const uint32_t count = LoadWord(record + kCount);
    if (count == 0) return 0;
    const uint32_t ring = LoadWord(record + kRing);
    const uint32_t* words = blocks_.Find(ring);
    size_t taken = std::min<size_t>(RingWords(count), numbers.size());
    // Backwards from the newest, then on from the ring's end.
    const uint32_t* newest = words + count % most;
    const size_t first = std::min<size_t>(taken, count % most);
    for (size_t i = 0; i < first; ++i) numbers[i] = LoadWord(--newest);
    newest = words + most;
    for (size_t i = first; i < taken; ++i) numbers[i] = LoadWord(--newest);
    if (LoadWord(record + kRing) != ring) continue;
    // What was added meanwhile overwrote the oldest.
    const uint32_t added = LoadWord(record + kCount) - count;
    return RingWords(count) < most ? taken : std::min<size_t>(taken, most - std::min(added, most));
  }
  return 0;
}

size_t VisitIndex::CopyItems(uint32_t number, Item* items) const {
  const uint32_t* hot = hot_.Find(HotOf(number));
  if (hot == nullptr) return 0;
  for (int tries = 0; tries < kTries; ++tries) {
    const uint32_t block = LoadWord(hot + kBlock);
    if (block == 0) return 0;
    const uint32_t* words = blocks_.Find(block);
    const uint32_t header = LoadWord(words);
    const uint32_t length = std::min(BlockHeader::Length(header), limits_.items_per_session);
    // A block that was given away meanwhile may begin with anything.
    if (BlockHeader::Moving(header) || !blocks_.Holds(block, kFirstItem + length)) continue;
    for (uint32_t i = 0; i < length; ++i) items[i] = LoadWord(words + kFirstItem + i);
    if (BlockHeader::Version(LoadWord(words)) == BlockHeader::Version(header) &&
        LoadWord(hot + kBlock) == block)
      return length;
  }
  return 0;
}

size_t VisitIndex::memory_bytes() const {
  return hot_.memory_bytes() + keys_.memory_bytes() + visitors_.memory_bytes() + items_.memory_bytes() +
         blocks_.memory_bytes() + slots_.memory_bytes() + newest_of_.memory_bytes() + steps_.memory_bytes();
}

}  // namespace signalbox::session
