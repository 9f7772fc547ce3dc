/* avx2.c - kernel set for AVX2, FMA and F16C (compiled with its own flags; cpu.c checks the CPU before any call) */
#if defined(__x86_64__)
#include "kernels/kernel_sets.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

#define KERNEL_SET  rw_kernels_avx2
#define KERNEL_NAME "avx2"
#define VL          8
#define MR          6 /* 6 x 2 accumulators, 2 panel vectors, 1 broadcast: 15 of 16 registers */
#define NV          2

typedef __m256 vf;

static inline __m256i first(size_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static inline float reduce_add(__m256 a)
{
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));

    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

static inline float reduce_max(__m256 a)
{
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));

    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}

static inline __m256 exponent(__m256 a)
{
    return _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(_mm256_castps_si256(a), 23), _mm256_set1_epi32(127)));
}

static inline __m256 mantissa(__m256 a)
{
    return _mm256_or_ps(_mm256_and_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffff))), _mm256_set1_ps(1.0f));
}

/* Broadcast to both lanes, then one shuffle that places each lane's four values above zeros: zero extension and shift would be two
 * instructions, on ports that also multiply. */
static inline __m256 widen_bf16(const void *p)
{
    __m256i twice = _mm256_broadcastsi128_si256(_mm_loadu_si128(p));
    __m256i upper = _mm256_setr_epi8(-1, -1, 0, 1, -1, -1, 2, 3, -1, -1, 4, 5, -1, -1, 6, 7, -1, -1, 8, 9, -1, -1, 10, 11,
                                     -1, -1, 12, 13, -1, -1, 14, 15);

    return _mm256_castsi256_ps(_mm256_shuffle_epi8(twice, upper));
}

/* 8 x 8 transposed in place.  After the first half, lane l (of four floats) of r[4 g + c] is column 4 l + c of rows 4 g .. 4 g + 3. */
static inline __attribute__((always_inline)) void transpose_square(vf r[VL])
{
#pragma GCC unroll 2
    for (int g = 0; g < VL; g += 4) {
        __m256d low01  = _mm256_castps_pd(_mm256_unpacklo_ps(r[g], r[g + 1])),
                low23  = _mm256_castps_pd(_mm256_unpacklo_ps(r[g + 2], r[g + 3]));
        __m256d high01 = _mm256_castps_pd(_mm256_unpackhi_ps(r[g], r[g + 1])),
                high23 = _mm256_castps_pd(_mm256_unpackhi_ps(r[g + 2], r[g + 3]));

        r[g]     = _mm256_castpd_ps(_mm256_unpacklo_pd(low01, low23));
        r[g + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(low01, low23));
        r[g + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(high01, high23));
        r[g + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(high01, high23));
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) {
        __m256 low = _mm256_permute2f128_ps(r[c], r[4 + c], 0x20), high = _mm256_permute2f128_ps(r[c], r[4 + c], 0x31);

        r[c]     = low;
        r[4 + c] = high;
    }
}

#define v_transpose(rows)         transpose_square(rows)
#define v_load(p)                 _mm256_loadu_ps(p)
#define v_store(p, v)             _mm256_storeu_ps(p, v)
#define v_load_f16(p)             _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(p)))
#define v_load_bf16(p)            widen_bf16(p)
#define v_load_part(p, n)         _mm256_maskload_ps(p, first(n))
#define v_store_part(p, v, n)     _mm256_maskstore_ps(p, first(n), v)
#define v_set(x)                  _mm256_set1_ps(x)
#define v_add(a, b)               _mm256_add_ps(a, b)
#define v_sub(a, b)               _mm256_sub_ps(a, b)
#define v_mul(a, b)               _mm256_mul_ps(a, b)
#define v_div(a, b)               _mm256_div_ps(a, b)
#define v_fma(a, b, c)            _mm256_fmadd_ps(a, b, c)
#define v_max(a, b)               _mm256_max_ps(a, b)
#define v_min(a, b)               _mm256_min_ps(a, b)
#define v_sqrt(a)                 _mm256_sqrt_ps(a)
#define v_exponent(a)             exponent(a)
#define v_mantissa(a)             mantissa(a)
#define v_round(a)                _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define v_pow2(i)                 _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(i), _mm256_set1_epi32(127)), 23))
#define v_select_less(a, b, c, d) _mm256_blendv_ps(d, c, _mm256_cmp_ps(a, b, _CMP_LT_OQ))
#define v_turn(a, b)                                                                                                        \
    _mm256_fmaddsub_ps(a, _mm256_moveldup_ps(b), _mm256_mul_ps(_mm256_permute_ps(a, 0xb1), _mm256_movehdup_ps(b)))
#define v_reduce_add(a) reduce_add(a)
#define v_reduce_max(a) reduce_max(a)

#define KERNEL_RESAMPLE_HORIZONTAL resample_horizontal
#define KERNEL_RESAMPLE_VERTICAL   resample_vertical

#include "kernels/resample_x86.inc.h"
#include "kernels/simd.inc.h"
#else
typedef int rw_avx2_is_not_for_this_machine;
#endif
