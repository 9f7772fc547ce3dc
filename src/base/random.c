#include "base/random.h"

#include <math.h>

rw_random rw_random_init(uint64_t seed, uint64_t stream)
{
    rw_random random = { 0, (stream << 1) | 1 };

    (void)rw_random_u32(&random);
    random.state += seed;
    (void)rw_random_u32(&random);
    return random;
}

#define LCG_A 6364136223846793005u /* multiplier of the linear congruential generator x -> a x + c */

static uint32_t permute(uint64_t state)
{
    uint32_t shifted  = (uint32_t)(((state >> 18) ^ state) >> 27);
    uint32_t rotation = (uint32_t)(state >> 59);

    return (shifted >> rotation) | (shifted << ((0u - rotation) & 31u));
}

uint32_t rw_random_u32(rw_random *random)
{
    uint64_t old = random->state;

    random->state = old * LCG_A + random->increment;
    return permute(old);
}

/* Four interleaved states, each advanced by four steps: four independent chains of multiplications. */
void rw_random_fill(uint32_t *out, size_t n, rw_random *random)
{
    uint64_t c = random->increment, s0 = random->state, s1 = s0 * LCG_A + c, s2 = s1 * LCG_A + c, s3 = s2 * LCG_A + c;
    uint64_t factor = LCG_A * LCG_A * LCG_A * LCG_A, addend = ((c * LCG_A + c) * LCG_A + c) * LCG_A + c;
    size_t   i = 0;

    for (; i + 4 <= n; i += 4) {
        out[i]     = permute(s0);
        out[i + 1] = permute(s1);
        out[i + 2] = permute(s2);
        out[i + 3] = permute(s3);
        s0         = s0 * factor + addend;
        s1         = s1 * factor + addend;
        s2         = s2 * factor + addend;
        s3         = s3 * factor + addend;
    }
    random->state = s0;
    for (; i < n; i++)
        out[i] = rw_random_u32(random);
}

/* Jump ahead by repeated squaring of the step x -> a x + c: F. Brown, "Random number generation with arbitrary strides", 1994. */
void rw_random_skip(rw_random *random, uint64_t count)
{
    uint64_t factor = LCG_A, addend = random->increment, all_factor = 1, all_addend = 0;

    for (; count > 0; count >>= 1) {
        if (count & 1) {
            all_factor *= factor;
            all_addend = all_addend * factor + addend;
        }
        addend *= factor + 1;
        factor *= factor;
    }
    random->state = all_factor * random->state + all_addend;
}

uint32_t rw_random_below(rw_random *random, uint32_t bound)
{
    uint32_t threshold = (0u - bound) % bound; /* rejection: values below it would bias the result */

    for (;;) {
        uint32_t value = rw_random_u32(random);

        if (value >= threshold)
            return value % bound;
    }
}

float rw_random_unit(rw_random *random)
{
    return (float)(rw_random_u32(random) >> 8) * 0x1p-24f;
}

float rw_random_normal(rw_random *random)
{
    double radius = (double)(rw_random_u32(random) >> 8) + 1.0; /* 1 .. 2^24: never log(0) */
    double angle  = (double)(rw_random_u32(random) >> 8);

    return (float)(sqrt(-2.0 * log(radius * 0x1p-24)) * cos(6.283185307179586 * angle * 0x1p-24));
}

uint64_t rw_splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
