/* avx512.c - what does each operation look like with AVX-512?  (compiled with its own flags; see cpu.c for who may call it) */
#if defined(__x86_64__)
#include "kernels/tables.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

#define KERNEL_TABLE rw_kernels_avx512
#define KERNEL_NAME  "avx512"
#define VL           16
#define MR           14 /* 14 x 2 accumulators, 2 panel vectors, 1 broadcast: 31 of 32 registers */
#define NV           2

typedef __m512 vf;

static inline __mmask16 first(size_t n)
{
    return (__mmask16)((1u << n) - 1u);
}

#define v_load(p)     _mm512_loadu_ps(p)
#define v_store(p, v) _mm512_storeu_ps(p, v)
#define v_load_f16(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)(p)))
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
#define v_sum(a)                  _mm512_reduce_add_ps(a)
#define v_top(a)                  _mm512_reduce_max_ps(a)

#define KERNEL_ACROSS resample_across
#define KERNEL_DOWN   resample_down

#include "kernels/resample_x86.inc.h"
#include "kernels/simd.inc.h"
#else
typedef int rw_avx512_is_not_for_this_machine;
#endif
