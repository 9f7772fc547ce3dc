/* random.h - PCG32 pseudo-random number generator                                                 rank 0: base
 *
 * PCG32 (M. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
 * Generation", 2014, variant XSH-RR 64/32).  A stream is a value: (seed, stream number) gives the same numbers on every
 * machine.  Test: seed 42, stream 54 starts a15c02b7 7b47f409 ba1d3330 83d2f293 bfa4784b cbed606e (the paper's demo). */
#ifndef RW_RANDOM_H
#define RW_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state, increment;
} rw_random;

rw_random rw_random_init(uint64_t seed, uint64_t stream);
uint32_t  rw_random_u32(rw_random *random);
uint32_t  rw_random_below(rw_random *random, uint32_t bound);         /* uniform in [0, bound), bound >= 1, without bias */
void      rw_random_skip(rw_random *random, uint64_t count);          /* jump ahead by `count` numbers in O(log count) */
void      rw_random_fill(uint32_t *out, size_t n, rw_random *random); /* the next n numbers, as if drawn one by one */
float     rw_random_unit(rw_random *random);                          /* uniform in [0, 1), 24 bits */
float     rw_random_normal(rw_random *random); /* mean 0, standard deviation 1 (Box-Muller, first of the pair) */

/* SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014): the next number, for streams whose
 * seeds are small numbers in a row. */
uint64_t rw_splitmix64(uint64_t *state);

#endif
