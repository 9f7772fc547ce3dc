/* random.c - which random stream gave this result? */
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

uint32_t rw_random_u32(rw_random *random)
{
    uint64_t old     = random->state;
    uint32_t shifted = (uint32_t)(((old >> 18) ^ old) >> 27);
    uint32_t turn    = (uint32_t)(old >> 59);

    random->state = old * 6364136223846793005u + random->increment;
    return (shifted >> turn) | (shifted << ((0u - turn) & 31u));
}

/* The step x -> a x + c, doubled again and again: F. Brown, "Random number generation with arbitrary strides", 1994. */
void rw_random_skip(rw_random *random, uint64_t count)
{
    uint64_t factor = 6364136223846793005u, addend = random->increment, all_factor = 1, all_addend = 0;

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
    uint32_t threshold = (0u - bound) % bound; /* values below it would make some results more likely */

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
