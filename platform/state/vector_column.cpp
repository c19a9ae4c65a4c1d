// Quantising by each vector's own greatest component: only directions matter here.
#include "state/vector_column.hpp"

#include <algorithm>
#include <cmath>

namespace signalbox::state {
namespace {

constexpr float kGreatest = 127;

}  // namespace

VectorRow VectorColumn::Get(ports::Handle item) const {
  const size_t at = item / kChunk;
  if (at >= chunks_.size() || chunks_[at] == nullptr) return {};
  const Chunk& chunk = *chunks_[at];
  const float length = chunk.lengths[item % kChunk];
  if (length == 0) return {};
  return {chunk.codes.data() + size_t{item % kChunk} * dimension_, length};
}

VectorColumn::Chunk& VectorColumn::Writable(size_t at) {
  if (at >= chunks_.size()) chunks_.resize(at + 1);
  auto& chunk = chunks_[at];
  if (chunk == nullptr) {
    chunk = std::make_shared<Chunk>();
    chunk->codes.resize(size_t{kChunk} * dimension_);
  } else if (chunk.use_count() > 1) {
    chunk = std::make_shared<Chunk>(*chunk);
  }
  return *chunk;
}

void VectorColumn::Set(ports::Handle item, std::span<const float> values) {
  float greatest = 0;
  for (const float value : values) greatest = std::max(greatest, std::abs(value));
  if (dimension_ == 0 && greatest > 0) dimension_ = static_cast<uint32_t>(values.size());
  if (greatest == 0 || values.size() != dimension_) {
    if (Get(item).codes != nullptr) Writable(item / kChunk).lengths[item % kChunk] = 0;
    return;
  }
  Chunk& chunk = Writable(item / kChunk);
  int8_t* codes = chunk.codes.data() + size_t{item % kChunk} * dimension_;
  int64_t squares = 0;
  for (uint32_t i = 0; i < dimension_; ++i) {
    const long code = std::lround(values[i] / greatest * kGreatest);
    codes[i] = static_cast<int8_t>(code);
    squares += code * code;
  }
  chunk.lengths[item % kChunk] = std::sqrt(static_cast<float>(squares));
}

std::vector<float> VectorColumn::Values(ports::Handle item) const {
  const VectorRow row = Get(item);
  return row.codes == nullptr ? std::vector<float>() : std::vector<float>(row.codes, row.codes + dimension_);
}

double VectorColumn::Cosine(const VectorRow& a, const VectorRow& b) const {
  int32_t sum = 0;  // 127 * 127 times at most 4,096 dimensions
  for (uint32_t i = 0; i < dimension_; ++i) sum += int32_t{a.codes[i]} * b.codes[i];
  return sum / (double{a.length} * b.length);
}

size_t VectorColumn::memory_bytes() const {
  size_t bytes = chunks_.capacity() * sizeof(chunks_[0]);
  for (const auto& chunk : chunks_) bytes += chunk == nullptr ? 0 : sizeof(Chunk) + chunk->codes.capacity();
  return bytes;
}

}  // namespace signalbox::state
