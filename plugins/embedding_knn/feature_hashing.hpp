// Vectors from words: the signed hashing trick of Weinberger et al., "Feature Hashing for Large
// Scale Multitask Learning", ICML 2009.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace signalbox::embedding_knn {

// FNV-1a with a final mix. Its values are kept in snapshots: never change it.
uint64_t HashToken(std::string_view field, std::string_view token);

// Calls visit(token) for each run of ASCII letters and digits or bytes of other scripts, ASCII in
// lower case, at least two bytes long. The token is valid during the call.
void ForEachToken(std::string_view text, void (*visit)(void* context, std::string_view token), void* context);

// Builds one item's vector. A token t of field f adds sign(h) * w to coordinate h mod dimension,
// h = HashToken(f, t). With n tokens in the field, w = weight / sqrt(n): every field counts by its
// weight, however long it is.
class FeatureHasher {
 public:
  explicit FeatureHasher(size_t dimension) : sums_(dimension) {}

  void Clear();
  // The words of a text.
  void AddWords(std::string_view field, std::string_view text, double weight);
  // The text as one token, and each of its parents where it is a path: "a/b" is "a/b" and "a".
  void AddPath(std::string_view field, std::string_view text, double weight);
  // Each value as one token.
  void AddValues(std::string_view field, std::span<const std::string_view> values, double weight);
  // Whether anything was added since Clear. The sums may still be 0, if tokens cancel out.
  bool any() const { return any_; }
  std::span<const float> sums() const { return sums_; }

 private:
  void AddPending(double weight);  // what is in tokens_

  std::vector<float> sums_;
  std::vector<uint64_t> tokens_;  // hashes of the field being added
  bool any_ = false;
};

// A given vector in the index's dimension: the same with zeros behind it when it is shorter, which
// keeps inner products; when it is longer its coordinates are hashed as above, which keeps them in
// expectation. Requires: to is zeroed.
void FitDimension(std::span<const float> from, std::span<float> to);

}  // namespace signalbox::embedding_knn
