// Clustered vectors for tests and benchmarks, the same on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "kernels.hpp"

namespace signalbox::embedding_knn {

// `count` vectors of length 1 around `clusters` random centres, row-major. Noise of `spread` times
// the centre's length; sums of uniform numbers stand in for a normal distribution.
inline std::vector<float> ClusteredVectors(size_t count, size_t dimension, size_t clusters, float spread,
                                           uint32_t seed) {
  std::mt19937 random(seed);
  const auto draw = [&random] {
    float sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<float>(random()) * 0x1p-32f - 0.5f;
    return sum;
  };
  std::vector<float> centres(clusters * dimension), rows(count * dimension);
  for (float& value : centres) value = draw();
  for (size_t i = 0; i < count; ++i) {
    const float* centre = &centres[random() % clusters * dimension];
    for (size_t d = 0; d < dimension; ++d) rows[i * dimension + d] = centre[d] + spread * draw();
    Normalise(&rows[i * dimension], dimension);
  }
  return rows;
}

}  // namespace signalbox::embedding_knn
