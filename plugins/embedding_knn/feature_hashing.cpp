// Tokens, their hashes, and the sums.
#include "feature_hashing.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace signalbox::embedding_knn {
namespace {

// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
uint64_t Mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

uint64_t Fnv1a(uint64_t hash, std::string_view bytes) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool InWord(char c) {
  const char lower = Lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Sign and coordinate come from different bits.
void AddHashed(uint64_t hash, float amount, std::span<float> sums) {
  sums[(hash >> 1) % sums.size()] += (hash & 1) != 0 ? amount : -amount;
}

}  // namespace

uint64_t HashToken(std::string_view field, std::string_view token) {
  const uint64_t seeded = Fnv1a(Fnv1a(0xCBF29CE484222325u, field), std::string_view("\0", 1));
  return Mix(Fnv1a(seeded, token));
}

void ForEachToken(std::string_view text, void (*visit)(void* context, std::string_view token),
                  void* context) {
  std::string token;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && InWord(text[i])) {
      token.push_back(Lower(text[i]));
      continue;
    }
    if (token.size() >= 2) visit(context, token);
    token.clear();
  }
}

void FeatureHasher::Clear() {
  std::fill(sums_.begin(), sums_.end(), 0.0f);
  any_ = false;
}

void FeatureHasher::AddWords(std::string_view field, std::string_view text, double weight) {
  struct Context {
    FeatureHasher* self;
    std::string_view field;
  } context{this, field};
  ForEachToken(
      text,
      [](void* raw, std::string_view token) {
        auto* words = static_cast<Context*>(raw);
        words->self->tokens_.push_back(HashToken(words->field, token));
      },
      &context);
  AddPending(weight);
}

void FeatureHasher::AddPath(std::string_view field, std::string_view text, double weight) {
  for (std::string_view path = text; !path.empty();) {
    tokens_.push_back(HashToken(field, path));
    const size_t slash = path.rfind('/');
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  }
  AddPending(weight);
}

void FeatureHasher::AddValues(std::string_view field, std::span<const std::string_view> values,
                              double weight) {
  for (const std::string_view value : values) tokens_.push_back(HashToken(field, value));
  AddPending(weight);
}

void FeatureHasher::AddPending(double weight) {
  if (!tokens_.empty() && weight > 0) {
    const double each = weight / std::sqrt(static_cast<double>(tokens_.size()));
    for (const uint64_t token : tokens_) AddHashed(token, static_cast<float>(each), sums_);
    any_ = true;
  }
  tokens_.clear();
}

void FitDimension(std::span<const float> from, std::span<float> to) {
  if (from.size() <= to.size()) {
    std::copy(from.begin(), from.end(), to.begin());
    return;
  }
  for (size_t i = 0; i < from.size(); ++i) AddHashed(Mix(i + 1), from[i], to);
}

}  // namespace signalbox::embedding_knn
