// The catalogue in memory, as columns by item handle: immutable views, replaced as a whole.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "model/item.hpp"
#include "state/item_dictionary.hpp"
#include "state/vector_column.hpp"

namespace signalbox::state {

// One attribute's column in a view; -1 = the tenant has no such attribute.
struct AttributeRef {
  int column = -1;
  model::AttributeKind kind = model::AttributeKind::kNumber;
  // False for numbers and for the long texts (title, url, image_url): no codes, compare Text().
  bool interned = false;
};

// What the catalogue held at one epoch. Text values are interned per column (category, brand) or
// kept per item; title, image_url and url are long texts, kept out of memory: see LongTexts.
//
// Threads: immutable, any. Chunks of 4,096 items are shared between views (copy on write).
// Lifetime: texts live as long as the mirror or any of its views.
class CatalogueView {
 public:
  uint64_t epoch() const;
  // Handles the view covers; items past it are implicit (known by events only).
  uint32_t size() const;

  bool Present(Handle item) const;  // in the catalogue, not deleted
  bool Deleted(Handle item) const;  // was posted and deleted: gone until posted again
  bool Hidden(Handle item) const;   // attribute hidden = true

  AttributeRef Find(std::string_view attribute) const;
  // NaN = absent. Requires: a number, bool or time column.
  double Number(AttributeRef attribute, Handle item) const;
  // data() == nullptr = absent. Requires: a text column (title, url and image_url too).
  std::string_view Text(AttributeRef attribute, Handle item) const;
  // The text's number within the column, the same in all views; -1 = absent, or not interned.
  int32_t TextCode(AttributeRef attribute, Handle item) const;
  // -1 = no item ever had this text, or the column is not interned.
  int32_t CodeOf(AttributeRef attribute, std::string_view text) const;
  std::span<const int32_t> ListCodes(AttributeRef attribute, Handle item) const;
  bool HasList(AttributeRef attribute, Handle item) const;  // tells an empty list from an absent one
  std::string_view TextOfCode(AttributeRef attribute, int32_t code) const;

  // The items' vectors of this name; null = it is not kept (CatalogueMirror::KeepVectors).
  const VectorColumn* Vectors(std::string_view name) const;

  // The item as a document again; nullopt if absent or deleted. Vectors are not included.
  std::optional<model::Item> Document(Handle item, const ItemDictionary& dictionary) const;
  std::vector<std::pair<std::string, model::AttributeKind>> attributes() const;

  struct Impl;
  explicit CatalogueView(std::shared_ptr<const Impl> impl);
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

// Follows the catalogue's truth: applies changes in epoch order, publishes a new view each time.
//
// Texts are only added while the process runs, so one that is replaced stays until a restart: the
// snapshot leaves it out.
//
// Threads: Apply, Restore from one thread at a time; view(), Write, memory_bytes from any.
// Memory: per item 8 bytes a number or time, 4 a boolean or short text, 8 a list or long text, of
//         the attributes in use; the distinct short texts besides; of each vector that is kept, see
//         VectorColumn.
class CatalogueMirror {
 public:
  // long_text_dir: where long texts are kept and mapped; empty = in memory. clock: says when an
  // item without created_at was first seen; null = the system's.
  CatalogueMirror(ItemDictionary& dictionary, std::string long_text_dir, const Clock* clock = nullptr);
  ~CatalogueMirror();

  // Never null.
  std::shared_ptr<const CatalogueView> view() const;
  // Changes at or below the view's epoch are ignored.
  void Apply(std::span<const model::ItemChange> changes);

  // From now on views hold the vectors of these names and no others. Those that are new here must be
  // loaded: VectorsAfter says from where. Checkpoints hold none. Any thread.
  void KeepVectors(std::set<std::string, std::less<>> names);
  // The epoch after which LoadVectors is to be given the catalogue's changes; nullopt = all is loaded.
  // Any thread.
  std::optional<uint64_t> VectorsAfter() const;
  // Takes the vectors of changes in epoch order, up to the view's epoch; none = there are no more.
  // The thread that calls Apply.
  void LoadVectors(std::span<const model::ItemChange> changes);

  // The item's handle; kNoHandle = never applied or seen.
  Handle HandleOf(const model::Item& item) const;

  // Any view, while changes go on. The dictionary stored with it must have been frozen after the
  // view was taken, so that it names all its items.
  Result<void> Write(const CatalogueView& view, ByteSink& sink) const;
  // Requires: the dictionary is restored, nothing was applied. Errors: kDataLoss; the view is as before.
  Result<void> Restore(ByteSource& source);
  size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::state
