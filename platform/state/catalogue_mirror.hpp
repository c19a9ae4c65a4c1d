// The parts of a catalogue mirror, shared by the files that implement it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "state/catalogue_columns.hpp"

namespace signalbox::state {

struct CatalogueMirror::Impl {
  Impl(ItemDictionary& items, std::string long_text_dir, const Clock* given_clock);

  // The next view, to be changed and published; shares everything with the current one.
  std::shared_ptr<CatalogueView::Impl> Next() const;
  void Publish(std::shared_ptr<CatalogueView::Impl> next);

  ItemDictionary& dictionary;
  SystemClock system_clock;
  const Clock& clock;
  std::shared_ptr<const CatalogueView::Impl> current;  // the writer's
  mutable std::mutex mutex;
  std::shared_ptr<const CatalogueView> view;  // guarded by mutex, as what follows
  std::set<std::string, std::less<>> kept_vectors;
  uint64_t kept_version = 0;              // of kept_vectors
  std::optional<uint64_t> vectors_after;  // loaded up to this epoch; nullopt = all of it

  // Without the columns that are not kept any more; with new ones if asked to. Returns the version.
  uint64_t AdaptVectors(CatalogueView::Impl* next, bool add);
};

// Sets one attribute of one item; a value of another kind than the column's is left out and
// reported as false.
bool SetAttribute(CatalogueView::Impl& next, Handle item, const std::string& name,
                  const model::AttributeValue& value);

// Writes a list's codes into the arena. Returns its place.
const char* PutList(Arena& arena, std::span<const int32_t> codes);

}  // namespace signalbox::state
