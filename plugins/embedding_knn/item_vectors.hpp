// An item's vector from the catalogue: the one it was given, else one made from its attributes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feature_hashing.hpp"
#include "signalbox/views.hpp"

namespace signalbox::embedding_knn {

struct ItemVectorOptions {
  std::string vector = "embedding";  // name of the given vector
  size_t dimension = 64;
  // What each field counts in a made vector; 0 leaves it out.
  double title_weight = 1;
  double category_weight = 2;
  double brand_weight = 1;
  double list_weight = 1;  // each attribute that is a list
};

// Makes the vectors of one batch. One thread; the batch must outlive it.
class ItemVectors {
 public:
  ItemVectors(const ItemVectorOptions& options, const Items& batch);

  // The vector of row i, of length 1, valid until the next call; empty = the item has none.
  std::span<const float> Make(size_t i);
  // Dimension of the batch's given vectors if it is larger than the index's, else 0.
  size_t folded_from() const;

 private:
  bool Given(size_t i);
  bool Made(size_t i);

  const ItemVectorOptions& options_;
  std::vector<AttributeColumn> columns_;
  std::optional<VectorColumn> given_;
  FeatureHasher hasher_;
  std::vector<float> vector_;
  std::vector<std::string_view> values_;
};

}  // namespace signalbox::embedding_knn
