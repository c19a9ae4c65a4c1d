// What a catalogue view is made of: columns in chunks that views share until one writes.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "state/arena.hpp"
#include "state/catalogue_view.hpp"
#include "state/long_texts.hpp"
#include "state/text_table.hpp"
#include "state/vector_column.hpp"

namespace signalbox::state {

inline constexpr uint32_t kChunkItems = 4096;

// A column of T by item; a missing chunk holds kAbsent only.
//
// Copies share chunks. Set copies a chunk that another copy shares: only a column that nobody else
// reads yet may be written.
template <typename T>
class ChunkedColumn {
 public:
  explicit ChunkedColumn(T absent) : absent_(absent) {}

  T Get(Handle item) const {
    const size_t chunk = item / kChunkItems;
    return chunk < chunks_.size() && chunks_[chunk] != nullptr ? (*chunks_[chunk])[item % kChunkItems]
                                                               : absent_;
  }

  // Requires: absent is written as the same bits that the constructor was given.
  void Set(Handle item, T value) {
    const size_t at = item / kChunkItems;
    if (at >= chunks_.size()) chunks_.resize(at + 1);
    auto& chunk = chunks_[at];
    if (chunk == nullptr) {
      chunk = std::make_shared<Chunk>();
      chunk->fill(absent_);
    } else if (chunk.use_count() > 1) {
      chunk = std::make_shared<Chunk>(*chunk);
    }
    (*chunk)[item % kChunkItems] = value;
  }

  size_t memory_bytes() const {
    size_t bytes = chunks_.capacity() * sizeof(chunks_[0]);
    for (const auto& chunk : chunks_) bytes += chunk == nullptr ? 0 : sizeof(Chunk);
    return bytes;
  }

 private:
  using Chunk = std::array<T, kChunkItems>;
  T absent_;
  std::vector<std::shared_ptr<Chunk>> chunks_;
};

// The texts behind all views of one mirror; only grows.
struct CatalogueTexts {
  explicit CatalogueTexts(std::string dir) : long_texts(std::move(dir)) {}
  Arena arena;
  LongTexts long_texts;
};

// One attribute; of the three columns only the kind's own is used.
struct AttributeColumn {
  std::string name;
  model::AttributeKind kind;
  bool interned;                     // a text column that has a table
  std::shared_ptr<TextTable> table;  // of interned texts and lists, shared by all views
  ChunkedColumn<double> numbers{std::numeric_limits<double>::quiet_NaN()};  // number, time
  ChunkedColumn<int32_t> codes{-1};                                         // bool, interned text
  ChunkedColumn<const char*> places{nullptr};  // long text; list: int32 count, then codes

  std::span<const int32_t> List(Handle item) const {
    const auto* list = reinterpret_cast<const int32_t*>(places.Get(item));
    if (list == nullptr) return {};
    return {list + 1, static_cast<size_t>(*list)};
  }
};

struct CatalogueView::Impl {
  static constexpr uint8_t kPresent = 1;
  static constexpr uint8_t kDeleted = 2;
  static constexpr uint8_t kHidden = 4;

  uint64_t epoch = 0;
  uint32_t size = 0;
  ChunkedColumn<uint8_t> flags{0};
  std::vector<AttributeColumn> columns;
  std::map<std::string, int, std::less<>> names;
  std::map<std::string, VectorColumn, std::less<>> vectors;  // those that are kept
  std::shared_ptr<CatalogueTexts> texts;

  // Null = no such column.
  const AttributeColumn* Column(AttributeRef attribute) const {
    const bool known = attribute.column >= 0 && static_cast<size_t>(attribute.column) < columns.size();
    return known ? &columns[static_cast<size_t>(attribute.column)] : nullptr;
  }
  // The column of the name, added with the kind when new. Requires: not published yet.
  AttributeColumn& ColumnFor(const std::string& name, model::AttributeKind kind);
  size_t memory_bytes() const;
};

}  // namespace signalbox::state
