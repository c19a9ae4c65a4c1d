// Entries of 24 bytes in segments that never move, texts in an arena, and a sharded hash of
// handles in front.
#include "state/item_dictionary.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <shared_mutex>
#include <string>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "base/hash.hpp"
#include "state/arena.hpp"
#include "state/section_stream.hpp"
#include "state/segmented_vector.hpp"

namespace signalbox::state {
namespace {

constexpr size_t kShards = 16;

struct Entry {
  const char* id;
  int64_t first_seen_ms;
  uint32_t type;
  uint32_t id_size;
};
static_assert(sizeof(Entry) == 24);

struct Key {
  std::string_view type;
  std::string_view id;
  uint64_t hash;
};

// What the hash's functors look handles up in.
struct Entries {
  SegmentedVector<Entry, 1024> items;
  SegmentedVector<std::string_view, 16> types;
  // Of this process only: ids come from outside, so their places must not be chosen there.
  HashKey hash_key = RandomHashKey();

  ItemName Name(Handle item) const {
    const Entry& entry = items[item];
    return {types[entry.type], {entry.id, entry.id_size}};
  }
  uint64_t Hash(std::string_view type, std::string_view id) const { return KeyedHash(hash_key, type, id); }
};

struct HandleHash {
  using is_transparent = void;
  const Entries* entries;
  size_t operator()(Handle item) const {
    const ItemName name = entries->Name(item);
    return entries->Hash(name.type, name.id);
  }
  size_t operator()(const Key& key) const { return key.hash; }
};

struct HandleEqual {
  using is_transparent = void;
  const Entries* entries;
  bool operator()(Handle a, Handle b) const { return a == b; }
  bool operator()(Handle a, const Key& b) const {
    const ItemName name = entries->Name(a);
    return name.id == b.id && name.type == b.type;
  }
  bool operator()(const Key& a, Handle b) const { return (*this)(b, a); }
};

using HandleSet = absl::flat_hash_set<Handle, HandleHash, HandleEqual>;

struct alignas(64) Shard {
  explicit Shard(const Entries& entries) : handles(0, HandleHash{&entries}, HandleEqual{&entries}) {}
  mutable std::shared_mutex mutex;
  HandleSet handles;  // guarded by mutex
};

}  // namespace

struct ItemDictionary::Impl {
  Impl() {
    for (auto& shard : shards) shard = std::make_unique<Shard>(entries);
  }

  Shard& ShardOf(uint64_t hash) const { return *shards[hash >> 60]; }

  Handle Find(const Key& key) const {
    const Shard& shard = ShardOf(key.hash);
    const std::shared_lock lock(shard.mutex);
    const auto found = shard.handles.find(key);
    return found == shard.handles.end() ? kNoHandle : *found;
  }

  // Requires: append_mutex held.
  uint32_t TypeOf(std::string_view type) {
    const auto found = type_index.find(type);
    if (found != type_index.end()) return found->second;
    const std::string_view kept = texts.Copy(type);
    const uint32_t index = entries.types.Append(kept);
    type_index.emplace(kept, index);
    return index;
  }

  // Requires: append_mutex held. kNoHandle: the key is there already, or every number is taken.
  Handle Append(const Key& key, int64_t first_seen_ms) {
    if (entries.items.size() == kNoHandle) return kNoHandle;
    const uint32_t type = TypeOf(key.type);
    const std::string_view id = texts.Copy(key.id);
    const Handle item =
        entries.items.Append({id.data(), first_seen_ms, type, static_cast<uint32_t>(id.size())});
    Shard& shard = ShardOf(key.hash);
    const std::unique_lock lock(shard.mutex);
    // By the key, whose hash is at hand.
    return *shard.handles.lazy_emplace(key, [item](const auto& construct) { construct(item); }) == item
               ? item
               : kNoHandle;
  }

  // Shards are filled evenly but for chance. A damaged count must not take all memory.
  void Reserve(uint64_t count) {
    const uint64_t each = std::min<uint64_t>(count, 1 << 24) / kShards;
    for (auto& shard : shards) {
      const std::unique_lock lock(shard->mutex);
      shard->handles.reserve(each + each / 32);
    }
  }

  Entries entries;
  std::array<std::unique_ptr<Shard>, kShards> shards;
  std::mutex append_mutex;
  Arena texts;                                                 // guarded by append_mutex
  absl::flat_hash_map<std::string_view, uint32_t> type_index;  // guarded by append_mutex
};

ItemDictionary::ItemDictionary() : impl_(std::make_unique<Impl>()) {}
ItemDictionary::~ItemDictionary() = default;

Handle ItemDictionary::Intern(std::string_view type, std::string_view id, int64_t first_seen_ms) {
  const Key key{type, id, impl_->entries.Hash(type, id)};
  const Handle known = impl_->Find(key);
  if (known != kNoHandle) return known;
  const std::lock_guard lock(impl_->append_mutex);
  const Handle raced = impl_->Find(key);
  return raced != kNoHandle ? raced : impl_->Append(key, first_seen_ms);
}

Handle ItemDictionary::Find(std::string_view type, std::string_view id) const {
  return impl_->Find({type, id, impl_->entries.Hash(type, id)});
}

ItemName ItemDictionary::Name(Handle item) const {
  if (item >= size()) return {};
  return impl_->entries.Name(item);
}

int64_t ItemDictionary::first_seen_ms(Handle item) const { return impl_->entries.items[item].first_seen_ms; }

uint32_t ItemDictionary::size() const { return impl_->entries.items.size(); }

Result<void> ItemDictionary::Write(uint32_t count, ByteSink& sink) const {
  const Entries& entries = impl_->entries;
  SectionWriter writer(sink);
  // A type is appended before its first item: all that the first `count` items use are there.
  const uint32_t types = entries.types.size();
  writer.Varint(types);
  for (uint32_t i = 0; i < types; ++i) writer.Text(entries.types[i]);
  writer.Varint(count);
  for (uint32_t i = 0; i < count; ++i) {
    const Entry& entry = entries.items[i];
    writer.Varint(entry.type);
    writer.Text({entry.id, entry.id_size});
    writer.Fixed(entry.first_seen_ms);
  }
  return writer.Finish();
}

Result<void> ItemDictionary::Restore(ByteSource& source) {
  const std::lock_guard lock(impl_->append_mutex);
  Entries& entries = impl_->entries;
  SectionReader reader(source);
  const uint64_t types = reader.Varint();
  for (uint64_t i = 0; i < types && reader.ok(); ++i) impl_->TypeOf(reader.Text());
  const uint64_t count = reader.Varint();
  impl_->Reserve(count);
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const uint64_t type = reader.Varint();
    // The view is gone with the next read.
    const std::string id(reader.Text());
    const auto first_seen_ms = reader.Fixed<int64_t>();
    if (!reader.ok() || type >= entries.types.size()) break;
    const std::string_view type_name = entries.types[static_cast<uint32_t>(type)];
    if (impl_->Append({type_name, id, entries.Hash(type_name, id)}, first_seen_ms) == kNoHandle) break;
  }
  return reader.Finish("item dictionary");
}

size_t ItemDictionary::memory_bytes() const {
  size_t bytes = impl_->entries.items.memory_bytes() + impl_->texts.memory_bytes();
  for (const auto& shard : impl_->shards) {
    const std::shared_lock lock(shard->mutex);
    bytes += sizeof(Shard) + shard->handles.capacity() * (sizeof(Handle) + 1);
  }
  return bytes;
}

}  // namespace signalbox::state
