/* neon.c - kernel set for NEON */
#if defined(__aarch64__)
#include "kernels/kernel_sets.h"

#include <arm_neon.h>
#include <math.h>
#include <string.h>

#define KERNEL_SET  rw_kernels_neon
#define KERNEL_NAME "neon"
#define VL          4
#define MR          8 /* 8 x 3 accumulators, 3 panel vectors: 27 of 32 registers */
#define NV          3

typedef float32x4_t vf;

static inline vf load_part(const float *p, size_t n)
{
    float lanes[VL] = { 0 };

    memcpy(lanes, p, n * sizeof *p);
    return vld1q_f32(lanes);
}

static inline void store_part(float *p, vf v, size_t n)
{
    float lanes[VL];

    vst1q_f32(lanes, v);
    memcpy(p, lanes, n * sizeof *p);
}

static inline vf exponent(vf a)
{
    return vcvtq_f32_s32(vsubq_s32(vshrq_n_s32(vreinterpretq_s32_f32(a), 23), vdupq_n_s32(127)));
}

static inline vf mantissa(vf a)
{
    int32x4_t bits = vandq_s32(vreinterpretq_s32_f32(a), vdupq_n_s32(0x7fffff));

    return vreinterpretq_f32_s32(vorrq_s32(bits, vdupq_n_s32(0x3f800000)));
}

static inline vf turn(vf x, vf turns)
{
    static const float signs[VL] = { -1.0f, 1.0f, -1.0f, 1.0f };

    return vfmaq_f32(vmulq_f32(vrev64q_f32(x), vmulq_f32(vtrn2q_f32(turns, turns), vld1q_f32(signs))), x,
                     vtrn1q_f32(turns, turns));
}

/* 4 x 4 transposed in place. */
static inline void transpose_square(vf r[VL])
{
    float64x2_t even01 = vreinterpretq_f64_f32(vtrn1q_f32(r[0], r[1])),
                odd01  = vreinterpretq_f64_f32(vtrn2q_f32(r[0], r[1]));
    float64x2_t even23 = vreinterpretq_f64_f32(vtrn1q_f32(r[2], r[3])),
                odd23  = vreinterpretq_f64_f32(vtrn2q_f32(r[2], r[3]));

    r[0] = vreinterpretq_f32_f64(vtrn1q_f64(even01, even23));
    r[1] = vreinterpretq_f32_f64(vtrn1q_f64(odd01, odd23));
    r[2] = vreinterpretq_f32_f64(vtrn2q_f64(even01, even23));
    r[3] = vreinterpretq_f32_f64(vtrn2q_f64(odd01, odd23));
}

#define v_transpose(rows)         transpose_square(rows)
#define v_load(p)                 vld1q_f32(p)
#define v_store(p, v)             vst1q_f32(p, v)
#define v_load_f16(p)             vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16((const uint16_t *)(const void *)(p))))
#define v_load_bf16(p)            vreinterpretq_f32_u32(vshll_n_u16(vld1_u16((const uint16_t *)(const void *)(p)), 16))
#define v_load_part(p, n)         load_part(p, n)
#define v_store_part(p, v, n)     store_part(p, v, n)
#define v_set(x)                  vdupq_n_f32(x)
#define v_add(a, b)               vaddq_f32(a, b)
#define v_sub(a, b)               vsubq_f32(a, b)
#define v_mul(a, b)               vmulq_f32(a, b)
#define v_div(a, b)               vdivq_f32(a, b)
#define v_fma(a, b, c)            vfmaq_f32(c, a, b)
#define v_max(a, b)               vmaxq_f32(a, b)
#define v_min(a, b)               vminq_f32(a, b)
#define v_sqrt(a)                 vsqrtq_f32(a)
#define v_exponent(a)             exponent(a)
#define v_mantissa(a)             mantissa(a)
#define v_round(a)                vrndnq_f32(a)
#define v_pow2(i)                 vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(i), vdupq_n_s32(127)), 23))
#define v_select_less(a, b, c, d) vbslq_f32(vcltq_f32(a, b), c, d)
#define v_turn(a, b)              turn(a, b)
#define v_reduce_add(a)           vaddvq_f32(a)
#define v_reduce_max(a)           vmaxvq_f32(a)

#define KERNEL_RESAMPLE_HORIZONTAL rw_resample_horizontal_ref
#define KERNEL_RESAMPLE_VERTICAL   rw_resample_vertical_ref

#include "kernels/simd.inc.h"
#else
typedef int rw_neon_is_not_for_this_machine;
#endif
