// The kernels, each once per instruction set, and the choice between them.
#include "kernels.hpp"

#include <bit>
#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace signalbox::embedding_knn {
namespace {

#if defined(__x86_64__)

float SumOf(__m128 lanes) {
  lanes = _mm_add_ps(lanes, _mm_movehl_ps(lanes, lanes));
  return _mm_cvtss_f32(_mm_add_ss(lanes, _mm_shuffle_ps(lanes, lanes, 1)));
}

float DotBaseline(const float* a, const float* b, size_t dimension) {
  __m128 even = _mm_setzero_ps(), odd = _mm_setzero_ps();
  size_t i = 0;
  for (; i + 8 <= dimension; i += 8) {
    even = _mm_add_ps(even, _mm_mul_ps(_mm_loadu_ps(a + i), _mm_loadu_ps(b + i)));
    odd = _mm_add_ps(odd, _mm_mul_ps(_mm_loadu_ps(a + i + 4), _mm_loadu_ps(b + i + 4)));
  }
  float sum = SumOf(_mm_add_ps(even, odd));
  for (; i < dimension; ++i) sum += a[i] * b[i];
  return sum;
}

__attribute__((target("avx2,fma"))) float DotAvx2(const float* a, const float* b, size_t dimension) {
  __m256 even = _mm256_setzero_ps(), odd = _mm256_setzero_ps();
  size_t i = 0;
  for (; i + 16 <= dimension; i += 16) {
    even = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), even);
    odd = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), odd);
  }
  const __m256 both = _mm256_add_ps(even, odd);
  __m128 lanes = _mm_add_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1));
  lanes = _mm_add_ps(lanes, _mm_movehl_ps(lanes, lanes));
  float sum = _mm_cvtss_f32(_mm_add_ss(lanes, _mm_shuffle_ps(lanes, lanes, 1)));
  for (; i < dimension; ++i) sum += a[i] * b[i];
  return sum;
}

float DistanceBaseline(const void* a, const void* b, const void* dimension) {
  return 1.0f - DotBaseline(static_cast<const float*>(a), static_cast<const float*>(b),
                            *static_cast<const size_t*>(dimension));
}

__attribute__((target("avx2,fma"))) float DistanceAvx2(const void* a, const void* b, const void* dimension) {
  return 1.0f - DotAvx2(static_cast<const float*>(a), static_cast<const float*>(b),
                        *static_cast<const size_t*>(dimension));
}

__attribute__((target("popcnt"))) size_t CountBitsPopcnt(const uint64_t* bits, size_t words) {
  size_t count = 0;
  for (size_t i = 0; i < words; ++i) count += static_cast<size_t>(__builtin_popcountll(bits[i]));
  return count;
}

const bool kAvx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
const bool kPopcnt = __builtin_cpu_supports("popcnt");

#else

float DotBaseline(const float* a, const float* b, size_t dimension) {
  float sums[4] = {};
  size_t i = 0;
  for (; i + 4 <= dimension; i += 4) {
    for (size_t lane = 0; lane < 4; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  for (; i < dimension; ++i) sum += a[i] * b[i];
  return sum;
}

float DistanceBaseline(const void* a, const void* b, const void* dimension) {
  return 1.0f - DotBaseline(static_cast<const float*>(a), static_cast<const float*>(b),
                            *static_cast<const size_t*>(dimension));
}

#endif

size_t CountBitsBaseline(const uint64_t* bits, size_t words) {
  size_t count = 0;
  for (size_t i = 0; i < words; ++i) count += static_cast<size_t>(std::popcount(bits[i]));
  return count;
}

}  // namespace

float Dot(const float* a, const float* b, size_t dimension) {
#if defined(__x86_64__)
  if (kAvx2) return DotAvx2(a, b, dimension);
#endif
  return DotBaseline(a, b, dimension);
}

DistanceFunction PickDistance() {
#if defined(__x86_64__)
  if (kAvx2) return DistanceAvx2;
#endif
  return DistanceBaseline;
}

bool Normalise(float* values, size_t dimension) {
  double squares = 0;
  for (size_t i = 0; i < dimension; ++i) squares += static_cast<double>(values[i]) * values[i];
  if (!std::isfinite(squares) || squares <= 0) return false;
  const double scale = 1.0 / std::sqrt(squares);
  for (size_t i = 0; i < dimension; ++i) values[i] = static_cast<float>(values[i] * scale);
  return true;
}

size_t CountBits(const uint64_t* bits, size_t words) {
#if defined(__x86_64__)
  if (kPopcnt) return CountBitsPopcnt(bits, words);
#endif
  return CountBitsBaseline(bits, words);
}

}  // namespace signalbox::embedding_knn
