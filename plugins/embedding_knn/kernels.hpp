// Inner products for the processor at hand: AVX2 with FMA where there is one, else what every
// x86-64 has. Chosen once, when the library is loaded.
#pragma once

#include <cstddef>
#include <cstdint>

namespace signalbox::embedding_knn {

// Requires: both have `dimension` floats. No alignment needed.
float Dot(const float* a, const float* b, size_t dimension);

// 1 - Dot in the shape hnswlib calls: `dimension` points to a size_t.
using DistanceFunction = float (*)(const void* a, const void* b, const void* dimension);
DistanceFunction PickDistance();

// Scales to length 1. False, and untouched, if the length is 0 or any value is not finite.
bool Normalise(float* values, size_t dimension);

// Set bits of `words` 64-bit words.
size_t CountBits(const uint64_t* bits, size_t words);

}  // namespace signalbox::embedding_knn
