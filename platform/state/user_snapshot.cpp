// The users' part of a checkpoint and of the canonical export.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "state/section_stream.hpp"
#include "state/user_store_impl.hpp"

namespace signalbox::state {
namespace {

constexpr uint8_t kUserWithoutDays = 1;  // as former versions wrote it
constexpr uint8_t kUserEntry = 3;
constexpr uint8_t kAliasEntry = 2;
constexpr uint8_t kEnd = 0;
constexpr size_t kAhead = 8;

struct StoredUser {
  uint64_t key;
  uint64_t session;
  int64_t last_time_ms;
  uint32_t session_events;
  uint16_t seen_count;
  uint16_t session_tag;
  uint8_t history_count;
  uint8_t in_session;
  uint8_t reserved[6];
};
static_assert(sizeof(StoredUser) == 40);

// Seen items go out in the order of entering, so that a restored set evolves like the one that
// was never stored.
void WriteUser(const UserBlock& user, std::vector<SeenEntry>* scratch, SectionWriter* writer) {
  writer->Fixed(kUserEntry);
  writer->Fixed(StoredUser{user.key,
                           user.session,
                           user.last_time_ms,
                           user.session_events,
                           user.seen_count,
                           user.session_tag,
                           user.history_count,
                           user.in_session,
                           {}});
  writer->Bytes(user.history(), user.history_count * sizeof(PackedEvent));
  scratch->assign(user.seen_entries().begin(), user.seen_entries().end());
  writer->Bytes(scratch->data(), scratch->size() * sizeof(SeenEntry));
}

// Without days: 8 bytes an item.
void ReadSeen(bool days, SectionReader* reader, std::vector<SeenEntry>* seen) {
  const size_t bytes = days ? sizeof(SeenEntry) : sizeof(SeenEntry) - sizeof(SeenEntry::day);
  const auto items = reader->Bytes(seen->size() * bytes);
  if (items.empty()) return;
  for (size_t i = 0; i < seen->size(); ++i) {
    (*seen)[i].day = 0;
    std::memcpy(&(*seen)[i], items.data() + i * bytes, bytes);
  }
}

bool ReadUser(bool days, SectionReader* reader, UserDraft* draft, std::vector<PackedEvent>* history,
              std::vector<SeenEntry>* seen) {
  const auto stored = reader->Fixed<StoredUser>();
  if (!reader->ok() || stored.key == 0 || stored.history_count > kHistoryEvents ||
      stored.seen_count > kSeenItems || stored.session_tag >= kSessionTags ||
      stored.in_session > stored.history_count) {
    return false;
  }
  *draft = {stored.key,          stored.session,     stored.session_events,
            stored.last_time_ms, stored.session_tag, stored.in_session};
  history->resize(stored.history_count);
  const auto events = reader->Bytes(history->size() * sizeof(PackedEvent));
  if (!events.empty()) std::memcpy(history->data(), events.data(), events.size());
  seen->resize(stored.seen_count);
  ReadSeen(days, reader, seen);
  return reader->ok();
}

std::string Hex(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, value);
  return text;
}

void AppendItem(const ports::ItemIndex& items, Handle item, std::string* line) {
  const auto name = items.Name(item);
  line->append(name.type).append("/").append(name.id);
}

std::string ExportUser(const UserBlock& user, const ports::ItemIndex& items) {
  std::string line = "user " + Hex(user.key) + " session=" + Hex(user.session) +
                     " events=" + std::to_string(user.session_events) +
                     " last=" + std::to_string(user.last_time_ms) + " history=";
  for (const auto& event : user.events()) {
    if (&event != user.history()) line.append(TagOf(event) == TagOf((&event)[-1]) ? "," : "|");
    AppendItem(items, event.item, &line);
    line.append(":").append(std::to_string(TypeOf(event))).append("@").append(std::to_string(TimeOf(event)));
  }
  std::vector<SeenEntry> seen(user.seen_entries().begin(), user.seen_entries().end());
  std::sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.order < b.order; });
  line.append(" seen=");
  for (const auto& entry : seen) {
    if (&entry != seen.data()) line.append(",");
    AppendItem(items, entry.item(), &line);
    line.append("*").append(std::to_string(UnpackStrength(entry.strength)));
    line.append("@").append(std::to_string(entry.day));
  }
  return line;
}

}  // namespace

std::shared_ptr<const UserStore::Frozen> UserStore::Freeze() const {
  auto frozen = std::make_shared<Frozen>(impl_->epochs);
  frozen->blocks.reserve(impl_->table.size());
  impl_->table.ForEach([&](const BlockHead* block) { frozen->blocks.push_back(block); });
  return frozen;
}

Result<void> UserStore::Write(const Frozen& frozen, ByteSink& sink) const {
  SectionWriter writer(sink);
  std::vector<SeenEntry> scratch;
  writer.Varint(frozen.blocks.size());
  for (size_t i = 0; i < frozen.blocks.size(); ++i) {
    // Blocks lie all over memory.
    if (i + kAhead < frozen.blocks.size()) __builtin_prefetch(frozen.blocks[i + kAhead]);
    const BlockHead* block = frozen.blocks[i];
    if (block->kind == BlockKind::kUser) {
      WriteUser(*reinterpret_cast<const UserBlock*>(block), &scratch, &writer);
    } else {
      const auto& alias = *reinterpret_cast<const AliasBlock*>(block);
      writer.Fixed(kAliasEntry);
      writer.Fixed(alias.key);
      writer.Fixed(alias.target);
    }
  }
  writer.Fixed(kEnd);
  return writer.Finish();
}

Result<void> UserStore::Restore(ByteSource& source) {
  SectionReader reader(source);
  const uint64_t count = reader.Varint();
  UserDraft draft;
  std::vector<PackedEvent> history;
  std::vector<SeenEntry> seen;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const auto kind = reader.Fixed<uint8_t>();
    const bool user = kind == kUserEntry || kind == kUserWithoutDays;
    if (user && ReadUser(kind == kUserEntry, &reader, &draft, &history, &seen)) {
      impl_->Publish(impl_->NewUser(draft, {}, history, impl_->seen_builder.Pack(std::move(seen))));
    } else if (kind == kAliasEntry) {
      const auto from = reader.Fixed<uint64_t>();
      const auto into = reader.Fixed<uint64_t>();
      if (reader.ok() && from != 0 && into != 0) impl_->PutAlias(from, into);
    } else {
      break;
    }
  }
  if (reader.ok() && reader.Fixed<uint8_t>() != kEnd) {
    return Fail(Error(Code::kDataLoss, "the checkpoint's users cannot be read")
                    .WithHint("Remove this checkpoint; the one before it and the log bring the state back."));
  }
  return reader.Finish("users");
}

void UserStore::Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const {
  const auto frozen = Freeze();
  for (const BlockHead* block : frozen->blocks) {
    if (block->kind == BlockKind::kUser) {
      lines->push_back(ExportUser(*reinterpret_cast<const UserBlock*>(block), items));
    } else {
      const auto& alias = *reinterpret_cast<const AliasBlock*>(block);
      lines->push_back("alias " + Hex(alias.key) + " into=" + Hex(alias.target));
    }
  }
}

}  // namespace signalbox::state
