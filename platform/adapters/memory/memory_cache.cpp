// Hash maps with a list in the order of use.
#include "adapters/memory/memory_cache.hpp"

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace signalbox::memory {
namespace {

constexpr size_t kShards = 16;
// Of a list node, a hash node and two strings' headers.
constexpr uint64_t kEntryBytes = 160;

size_t ShardOf(std::string_view key) { return std::hash<std::string_view>{}(key) % kShards; }

}  // namespace

struct MemoryCache::Shard {
  struct Entry {
    std::string key;
    std::string value;
    int64_t expires_ms;
    uint64_t bytes() const { return key.size() + value.size() + kEntryBytes; }
  };

  void Erase(std::list<Entry>::iterator entry) {
    bytes -= entry->bytes();
    by_key.erase(entry->key);
    entries.erase(entry);
  }

  mutable std::mutex mutex;
  std::list<Entry> entries;                                                 // the latest used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key;  // keys lie in entries
  uint64_t bytes = 0;
};

MemoryCache::MemoryCache(const Clock& clock, uint64_t max_bytes)
    : clock_(clock), shard_bytes_(max_bytes / kShards), shards_(new Shard[kShards]) {}
MemoryCache::~MemoryCache() = default;

std::optional<std::string> MemoryCache::Get(std::string_view key) {
  auto& shard = shards_[ShardOf(key)];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return std::nullopt;
  const auto entry = found->second;
  if (entry->expires_ms <= clock_.now_ms()) {
    shard.Erase(entry);
    return std::nullopt;
  }
  shard.entries.splice(shard.entries.begin(), shard.entries, entry);
  return entry->value;
}

void MemoryCache::Put(std::string_view key, std::string value, int64_t ttl_ms) {
  auto& shard = shards_[ShardOf(key)];
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) shard.Erase(found->second);
  Shard::Entry entry{std::string(key), std::move(value), clock_.now_ms() + ttl_ms};
  if (ttl_ms <= 0 || entry.bytes() > shard_bytes_) return;
  shard.bytes += entry.bytes();
  shard.entries.push_front(std::move(entry));
  shard.by_key.emplace(shard.entries.front().key, shard.entries.begin());
  while (shard.bytes > shard_bytes_) shard.Erase(std::prev(shard.entries.end()));
}

uint64_t MemoryCache::bytes() const {
  uint64_t bytes = 0;
  for (size_t i = 0; i < kShards; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    bytes += shards_[i].bytes;
  }
  return bytes;
}

struct MemoryRateLimiter::Shard {
  struct Window {
    int64_t ends_ms;
    uint32_t count;
  };

  void MakeRoom(int64_t now_ms, size_t most) {
    if (windows.size() < most) return;
    for (auto window = windows.begin(); window != windows.end();) {
      window = window->second.ends_ms <= now_ms ? windows.erase(window) : std::next(window);
    }
    if (windows.size() >= most) windows.clear();
  }

  std::mutex mutex;
  std::unordered_map<std::string, Window> windows;
};

MemoryRateLimiter::MemoryRateLimiter(const Clock& clock, size_t max_keys)
    : clock_(clock), shard_keys_(max_keys / kShards + 1), shards_(new Shard[kShards]) {}
MemoryRateLimiter::~MemoryRateLimiter() = default;

bool MemoryRateLimiter::Allow(std::string_view key, uint32_t limit, int64_t window_ms) {
  const int64_t now_ms = clock_.now_ms();
  auto& shard = shards_[ShardOf(key)];
  const std::lock_guard lock(shard.mutex);
  auto found = shard.windows.find(std::string(key));
  if (found == shard.windows.end()) {
    shard.MakeRoom(now_ms, shard_keys_);
    found = shard.windows.emplace(key, Shard::Window{0, 0}).first;
  }
  auto& window = found->second;
  if (window.ends_ms <= now_ms) window = {now_ms - now_ms % window_ms + window_ms, 0};
  if (window.count >= limit) return false;
  ++window.count;
  return true;
}

}  // namespace signalbox::memory
