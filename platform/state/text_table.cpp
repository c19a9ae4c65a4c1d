// A hash of codes over the texts themselves.
#include "state/text_table.hpp"

#include <mutex>
#include <shared_mutex>

#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>

#include "state/arena.hpp"
#include "state/long_texts.hpp"

namespace signalbox::state {
namespace {

using Texts = SegmentedVector<std::string_view, 64>;

struct CodeHash {
  using is_transparent = void;
  const Texts* texts;
  size_t operator()(std::string_view text) const { return absl::HashOf(text); }
  size_t operator()(int32_t code) const { return absl::HashOf((*texts)[static_cast<uint32_t>(code)]); }
};

struct CodeEqual {
  using is_transparent = void;
  const Texts* texts;
  bool operator()(int32_t a, int32_t b) const { return a == b; }
  bool operator()(int32_t a, std::string_view b) const { return (*texts)[static_cast<uint32_t>(a)] == b; }
  bool operator()(std::string_view a, int32_t b) const { return (*this)(b, a); }
};

}  // namespace

struct TextTable::Index {
  explicit Index(const Texts& texts) : codes(0, CodeHash{&texts}, CodeEqual{&texts}) {}
  mutable std::shared_mutex mutex;
  absl::flat_hash_set<int32_t, CodeHash, CodeEqual> codes;  // guarded by mutex
};

TextTable::TextTable(Arena& arena, LongTexts& long_texts)
    : arena_(arena), long_texts_(long_texts), index_(std::make_unique<Index>(texts_)) {}
TextTable::~TextTable() = default;

int32_t TextTable::Intern(std::string_view text) {
  // Only this thread writes: it may look without the lock.
  const auto found = index_->codes.find(text);
  if (found != index_->codes.end()) return *found;
  const auto kept = text.size() > kLongText ? LongTexts::Text(long_texts_.Append(text)) : arena_.Copy(text);
  const auto code = static_cast<int32_t>(texts_.Append(kept));
  const std::unique_lock lock(index_->mutex);
  index_->codes.insert(code);
  return code;
}

int32_t TextTable::Find(std::string_view text) const {
  const std::shared_lock lock(index_->mutex);
  const auto found = index_->codes.find(text);
  return found == index_->codes.end() ? -1 : *found;
}

size_t TextTable::memory_bytes() const {
  const std::shared_lock lock(index_->mutex);
  return texts_.memory_bytes() + index_->codes.capacity() * (sizeof(int32_t) + 1);
}

}  // namespace signalbox::state
