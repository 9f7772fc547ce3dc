/* half.c - how do f16 and bf16 become f32, exactly? */
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
