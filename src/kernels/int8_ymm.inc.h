/* int8_ymm.inc.h - 256-bit vector operations of int8_avx2.c and int8_avxvnni.c                    rank 1: kernels */
#include <immintrin.h>

#define VL 8
#define MR 6 /* rows of a tile: with two vectors of columns 12 accumulators, 2 of weights, 1 broadcast and its product */

typedef __m256  vf;
typedef __m256i vi;

static inline __m128 reduce_min(__m256 a)
{
    __m128 half = _mm_min_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));

    half = _mm_min_ps(half, _mm_movehl_ps(half, half));
    return _mm_min_ss(half, _mm_movehdup_ps(half));
}

static inline __m128 reduce_max(__m256 a)
{
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));

    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_max_ss(half, _mm_movehdup_ps(half));
}

static inline __m256 load_part(const float *p, size_t n)
{
    __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    return _mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lanes));
}

static inline void store_bytes(uint8_t *p, __m256 v)
{
    __m256i i     = _mm256_cvtps_epi32(v);
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(i), _mm256_extracti128_si256(i, 1));

    _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(words, words));
}

#define f_load(p)         _mm256_loadu_ps(p)
#define f_load_part(p, n) load_part(p, n)
#define f_store(p, v)     _mm256_storeu_ps(p, v)
#define f_set(x)          _mm256_set1_ps(x)
#define f_mul(a, b)       _mm256_mul_ps(a, b)
#define f_add(a, b)       _mm256_add_ps(a, b)
#define f_max(a, b)       _mm256_max_ps(a, b)
#define f_min(a, b)       _mm256_min_ps(a, b)
#define f_round(a)        _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define f_reduce_min(a)   _mm_cvtss_f32(reduce_min(a))
#define f_reduce_max(a)   _mm_cvtss_f32(reduce_max(a))
#define f_bytes(p, v)     store_bytes(p, v)
#define i_load(p)         _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define i_store(p, v)     _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define i_set(x)          _mm256_set1_epi32(x)
#define i_mul(a, b)       _mm256_mullo_epi32(a, b)
#define i_sub(a, b)       _mm256_sub_epi32(a, b)
#define i_float(a)        _mm256_cvtepi32_ps(a)
