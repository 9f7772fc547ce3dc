/* keyed_hash.h - SipHash-1-3: hashes that nobody foresees, for tables of chosen keys               rank 0: base
 *
 * J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012, with one round a word and three at the end.  A file whose keys
 * all fall together makes a table with a known hash quadratic; this one's key is drawn for each table.  No result depends on it. */
#ifndef RW_KEYED_HASH_H
#define RW_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t k[2];
} rw_hash_key;

rw_hash_key rw_hash_key_draw(void);
uint64_t    rw_keyed_hash(rw_hash_key key, const void *bytes, size_t len);
uint64_t    rw_keyed_hash_word(rw_hash_key key, uint64_t word); /* of its eight bytes, little-endian */

#endif
