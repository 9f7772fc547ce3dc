/* avx512.c - kernel set for AVX-512 (compiled with its own flags; cpu.c checks the CPU before any call) */
#if defined(__x86_64__)
#include "kernels/kernel_sets.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

#define KERNEL_SET  rw_kernels_avx512
#define KERNEL_NAME "avx512"
#define VL          16
#define MR          14 /* 14 x 2 accumulators, 2 panel vectors, 1 broadcast: 31 of 32 registers */
#define NV          2

typedef __m512 vf;

static inline __mmask16 first(size_t n)
{
    return (__mmask16)((1u << n) - 1u);
}

/* 16 x 16 transposed in place.  After the first half, lane l (of four floats) of r[4 g + c] is column 4 l + c of rows 4 g .. 4 g + 3. */
static inline __attribute__((always_inline)) void transpose_square(vf r[VL])
{
#pragma GCC unroll 4
    for (int g = 0; g < VL; g += 4) {
        __m512d low01  = _mm512_castps_pd(_mm512_unpacklo_ps(r[g], r[g + 1])),
                low23  = _mm512_castps_pd(_mm512_unpacklo_ps(r[g + 2], r[g + 3]));
        __m512d high01 = _mm512_castps_pd(_mm512_unpackhi_ps(r[g], r[g + 1])),
                high23 = _mm512_castps_pd(_mm512_unpackhi_ps(r[g + 2], r[g + 3]));

        r[g]     = _mm512_castpd_ps(_mm512_unpacklo_pd(low01, low23));
        r[g + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low01, low23));
        r[g + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high01, high23));
        r[g + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high01, high23));
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) {
        __m512 even0 = _mm512_shuffle_f32x4(r[c], r[4 + c], 0x88), odd0 = _mm512_shuffle_f32x4(r[c], r[4 + c], 0xdd);
        __m512 even1 = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0x88),
               odd1  = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0xdd);

        r[c]      = _mm512_shuffle_f32x4(even0, even1, 0x88);
        r[4 + c]  = _mm512_shuffle_f32x4(odd0, odd1, 0x88);
        r[8 + c]  = _mm512_shuffle_f32x4(even0, even1, 0xdd);
        r[12 + c] = _mm512_shuffle_f32x4(odd0, odd1, 0xdd);
    }
}

#define v_transpose(rows) transpose_square(rows)
#define v_load(p)         _mm512_loadu_ps(p)
#define v_store(p, v)     _mm512_storeu_ps(p, v)
#define v_load_f16(p)     _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)(p)))
#define v_load_bf16(p)                                                                                                      \
    _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(p))), 16))
#define v_load_part(p, n)         _mm512_maskz_loadu_ps(first(n), p)
#define v_store_part(p, v, n)     _mm512_mask_storeu_ps(p, first(n), v)
#define v_set(x)                  _mm512_set1_ps(x)
#define v_add(a, b)               _mm512_add_ps(a, b)
#define v_sub(a, b)               _mm512_sub_ps(a, b)
#define v_mul(a, b)               _mm512_mul_ps(a, b)
#define v_div(a, b)               _mm512_div_ps(a, b)
#define v_fma(a, b, c)            _mm512_fmadd_ps(a, b, c)
#define v_max(a, b)               _mm512_max_ps(a, b)
#define v_min(a, b)               _mm512_min_ps(a, b)
#define v_sqrt(a)                 _mm512_sqrt_ps(a)
#define v_exponent(a)             _mm512_getexp_ps(a)
#define v_mantissa(a)             _mm512_getmant_ps(a, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_zero)
#define v_round(a)                _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define v_pow2(i)                 _mm512_scalef_ps(_mm512_set1_ps(1.0f), i)
#define v_select_less(a, b, c, d) _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), d, c)
#define v_turn(a, b)                                                                                                        \
    _mm512_fmaddsub_ps(a, _mm512_moveldup_ps(b), _mm512_mul_ps(_mm512_permute_ps(a, 0xb1), _mm512_movehdup_ps(b)))
#define v_reduce_add(a) _mm512_reduce_add_ps(a)
#define v_reduce_max(a) _mm512_reduce_max_ps(a)

#define KERNEL_RESAMPLE_HORIZONTAL resample_horizontal
#define KERNEL_RESAMPLE_VERTICAL   resample_vertical

#include "kernels/resample_x86.inc.h"
#include "kernels/simd.inc.h"
#else
typedef int rw_avx512_is_not_for_this_machine;
#endif
