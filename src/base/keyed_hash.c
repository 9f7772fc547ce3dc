#include "base/keyed_hash.h"

#include "base/entropy.h"

#include <string.h>
#include <time.h>

rw_hash_key rw_hash_key_draw(void)
{
    rw_hash_key     key;
    struct timespec now;

    if (rw_entropy(&key, sizeof key, false))
        return key;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* a machine that has just started, or a sandbox */
    return (
        rw_hash_key){ { (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u, (uint64_t)(uintptr_t)&key ^ (uint64_t)now.tv_sec } };
}

typedef struct {
    uint64_t a, b, c, d;
} state;

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void stir(state *s)
{
    s->a += s->b;
    s->b = rotate(s->b, 13) ^ s->a;
    s->a = rotate(s->a, 32);
    s->c += s->d;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotate(s->b, 17) ^ s->c;
    s->c = rotate(s->c, 32);
}

static inline state begin(rw_hash_key key)
{
    return (state){ key.k[0] ^ 0x736f6d6570736575u, key.k[1] ^ 0x646f72616e646f6du, key.k[0] ^ 0x6c7967656e657261u,
                    key.k[1] ^ 0x7465646279746573u };
}

static inline void take(state *s, uint64_t word)
{
    s->d ^= word;
    stir(s);
    s->a ^= word;
}

static inline uint64_t finish(state *s)
{
    s->c ^= 0xff;
    stir(s);
    stir(s);
    stir(s);
    return s->a ^ s->b ^ s->c ^ s->d;
}

uint64_t rw_keyed_hash(rw_hash_key key, const void *bytes, size_t len)
{
    const unsigned char *p    = bytes;
    state                s    = begin(key);
    uint64_t             last = (uint64_t)len << 56, word;

    for (size_t left = len; left >= sizeof word; left -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word); /* a big-endian machine is refused by the build */
        take(&s, word);
    }
    for (size_t i = 0; i < len % sizeof word; i++)
        last |= (uint64_t)p[i] << 8 * i;
    take(&s, last);
    return finish(&s);
}

uint64_t rw_keyed_hash_word(rw_hash_key key, uint64_t word)
{
    state s = begin(key);

    take(&s, word);
    take(&s, (uint64_t)sizeof word << 56);
    return finish(&s);
}
