// Reading the catalogue's columns into vectors.
#include "item_vectors.hpp"

#include <algorithm>

#include "kernels.hpp"

namespace signalbox::embedding_knn {

ItemVectors::ItemVectors(const ItemVectorOptions& options, const Items& batch)
    : options_(options),
      given_(batch.FindVector(options.vector)),
      hasher_(options.dimension),
      vector_(options.dimension) {
  for (size_t i = 0; i < batch.column_count(); ++i) columns_.push_back(batch.column(i));
  // Sums of floats depend on their order: by name, not by the batch's.
  std::sort(columns_.begin(), columns_.end(),
            [](const AttributeColumn& a, const AttributeColumn& b) { return a.name() < b.name(); });
}

size_t ItemVectors::folded_from() const {
  return given_ && given_->dimension() > options_.dimension ? given_->dimension() : 0;
}

std::span<const float> ItemVectors::Make(size_t i) {
  if (Given(i) || Made(i)) return vector_;
  return {};
}

bool ItemVectors::Given(size_t i) {
  if (!given_) return false;
  const std::span<const float> row = given_->row(i);
  if (row.empty()) return false;
  std::fill(vector_.begin(), vector_.end(), 0.0f);
  FitDimension(row, vector_);
  return Normalise(vector_.data(), vector_.size());
}

bool ItemVectors::Made(size_t i) {
  hasher_.Clear();
  for (const AttributeColumn& column : columns_) {
    const std::string_view name = column.name();
    if (column.kind() == SB_ATTRIBUTE_LIST) {
      values_.clear();
      for (const sb_text value : column.list(i)) values_.push_back(ToView(value));
      hasher_.AddValues(name, values_, options_.list_weight);
    } else if (column.kind() != SB_ATTRIBUTE_TEXT || column.text(i).data() == nullptr) {
      continue;
    } else if (name == "title") {
      hasher_.AddWords(name, column.text(i), options_.title_weight);
    } else if (name == "category") {
      hasher_.AddPath(name, column.text(i), options_.category_weight);
    } else if (name == "brand") {
      const std::string_view brand = column.text(i);
      hasher_.AddValues(name, {&brand, 1}, options_.brand_weight);
    }
  }
  if (!hasher_.any()) return false;
  std::copy(hasher_.sums().begin(), hasher_.sums().end(), vector_.begin());
  return Normalise(vector_.data(), vector_.size());
}

}  // namespace signalbox::embedding_knn
