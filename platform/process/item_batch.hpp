// Catalogue changes as the columns of sb_items.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "model/item.hpp"
#include "signalbox/plugin_abi.h"
#include "state/catalogue_view.hpp"

namespace signalbox::process {

// Owns the columns of one batch; texts are views into the changes, which outlive it.
class ItemBatch {
 public:
  // Requires: the mirror has applied the changes (so that every item has a handle).
  ItemBatch(std::span<const model::ItemChange> changes, const state::CatalogueMirror& mirror);
  ~ItemBatch();

  const sb_items& upserts() const { return upserts_; }
  std::span<const sb_item> deletes() const { return deletes_; }

 private:
  struct Column;
  struct Vectors;

  void AddColumns(std::span<const model::ItemChange* const> changes);
  void AddVectors(std::span<const model::ItemChange* const> changes);

  std::vector<sb_item> items_, deletes_;
  std::vector<std::unique_ptr<Column>> columns_;
  std::vector<std::unique_ptr<Vectors>> vectors_;
  std::vector<sb_attribute_column> column_views_;
  std::vector<sb_vector_column> vector_views_;
  sb_items upserts_{};
};

}  // namespace signalbox::process
