/* half.c - conversions between float32 and float16 or bfloat16 */
#include "kernels/kernels.h"

#include <string.h>

static uint16_t load_le16(const uint8_t *from)
{
    return (uint16_t)(from[0] | from[1] << 8);
}

static float from_bits(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static float from_f16(uint16_t half)
{
    uint32_t sign     = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = (half >> 10) & 31;
    uint32_t fraction = half & 1023;

    if (exponent == 31) /* infinity and NaN */
        return from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent != 0)
        return from_bits(sign | (exponent + 112) << 23 | fraction << 13); /* bias 15 -> 127 */
    return (sign != 0 ? -1.0f : 1.0f) * (float)fraction * 0x1p-24f;       /* zero and subnormals */
}

void rw_f32_from_f16(float *out, const void *from, size_t n)
{
    const uint8_t *bytes = from;

    for (size_t i = 0; i < n; i++)
        out[i] = from_f16(load_le16(bytes + 2 * i));
}

void rw_f32_from_bf16(float *out, const void *from, size_t n)
{
    const uint8_t *bytes = from;

    for (size_t i = 0; i < n; i++)
        out[i] = from_bits((uint32_t)load_le16(bytes + 2 * i) << 16);
}

static uint32_t to_bits(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* bits >> shift, rounded to nearest, ties to even; a carry into the exponent is the right result. */
static uint32_t round_off(uint32_t bits, uint32_t shift)
{
    uint32_t half = 1u << (shift - 1), odd = bits >> shift & 1;

    return (bits + half - 1 + odd) >> shift;
}

uint16_t rw_f16_from_f32(float value)
{
    uint32_t bits = to_bits(value), sign = bits >> 16 & 0x8000u, size = bits & 0x7fffffffu;

    if (size > 0x7f800000u) /* NaN stays one, quiet */
        return (uint16_t)(sign | 0x7e00u);
    if (size >= 0x47800000u) /* 65,536 and more */
        return (uint16_t)(sign | 0x7c00u);
    if (size >= 0x38800000u) /* 2^-14: normal numbers; 65,520 and more carry into infinity */
        return (uint16_t)(sign | round_off(size - (112u << 23), 13));
    /* Subnormal: a multiple of 2^-24.  Adding 1/2 rounds it into the last bits of the sum. */
    return (uint16_t)(sign | (to_bits(from_bits(size) + 0.5f) - to_bits(0.5f)));
}

uint16_t rw_bf16_from_f32(float value)
{
    uint32_t bits = to_bits(value);

    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)round_off(bits, 16);
}

void rw_widen(float *out, rwda_precision dtype, const void *from, size_t n)
{
    if (dtype == RWDA_PRECISION_F32)
        memcpy(out, from, n * sizeof *out);
    else if (dtype == RWDA_PRECISION_F16)
        rw_f32_from_f16(out, from, n);
    else
        rw_f32_from_bf16(out, from, n);
}

void rw_narrow(void *out, rwda_precision dtype, const float *from, size_t n)
{
    uint16_t *halves = out;

    if (dtype == RWDA_PRECISION_F32)
        memcpy(out, from, n * sizeof *from);
    for (size_t i = 0; i < n && dtype != RWDA_PRECISION_F32; i++)
        halves[i] = dtype == RWDA_PRECISION_F16 ? rw_f16_from_f32(from[i]) : rw_bf16_from_f32(from[i]);
}
