/* vocabulary.h - tokens and their ids: a pool of bytes with a hash table over it                  rank 2: clip */
#ifndef RW_VOCABULARY_H
#define RW_VOCABULARY_H

#include "base/keyed_hash.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RW_NO_TOKEN UINT32_MAX

typedef struct {
    const char *bytes; /* [len], no NUL: a token may hold one */
    uint32_t    len, id;
} rw_token;

typedef struct {
    char       *pool;
    size_t      pool_used;
    uint32_t   *offsets; /* [count + 1] into the pool */
    uint32_t   *ids;     /* [count] */
    size_t      count;
    uint32_t   *slots; /* [mask + 1] index of a token, or RW_NO_TOKEN */
    size_t      mask;
    rw_hash_key key; /* tokens are whatever a file says */
} rw_vocabulary;

/* Room for `count` tokens of `bytes` bytes together; both are promised by the caller.  RWDA_ENOMEM. */
rwda_status rw_vocabulary_new(rw_vocabulary *out, size_t count, size_t bytes, rwda_error *err);
void        rw_vocabulary_done(rw_vocabulary *vocabulary); /* a zeroed one is fine */

/* Where the next token's bytes go; rw_vocabulary_add() says how many there were.  A token that is there already gets the new id. */
char *rw_vocabulary_room(rw_vocabulary *vocabulary);
void  rw_vocabulary_add(rw_vocabulary *vocabulary, size_t len, uint32_t id);

uint32_t rw_vocabulary_find(const rw_vocabulary *vocabulary, const char *bytes, size_t len); /* id, or RW_NO_TOKEN */
rw_token rw_vocabulary_token(const rw_vocabulary *vocabulary, size_t index);

#endif
