/* weight_store.h - memory of a tower's packed weights, filled from the checkpoint or mapped from the cache rank 2: clip
 *
 * A tower is a fixed sequence of slices.  The first pass over it only adds up their sizes; the second hands out slices of one buffer: arena
 * memory, which the caller fills and may write to the cache, or a cache file, mapped.  The file:
 *
 *     offset  size              content
 *     0       RW_STORE_HEADER   the key's text, "<SHA-256 of the checkpoint>\n<checksum of the slices' pages>\n", zeros; in the last 64
 *                               bytes the SHA-256 of those before
 *     ...     total of slices   slices, each followed by zeros to a multiple of RW_ALIGNMENT
 *
 * A file with another key or length, or with a damaged page, is ignored. */
#ifndef RW_WEIGHT_STORE_H
#define RW_WEIGHT_STORE_H

#include "base/file.h"
#include "base/memory.h"

#define RW_STORE_HEADER ((size_t)8192) /* whole pages, so that slices stay aligned */

typedef struct {
    uint8_t   *buffer;    /* of all slices; NULL in the counting pass */
    size_t     used, len; /* bytes handed out or counted so far; in total */
    rw_mapping file;      /* the buffer's mapping, read only; bytes NULL: arena memory */
} rw_weight_store;

typedef struct {
    char   path[RW_PATH_MAX]; /* of the cache file; empty: no cache */
    char   text[RW_STORE_HEADER];
    size_t len;
} rw_store_key;

/* `identity` names tower, checkpoint and packing: each has one file in `dir`.  `state` is what else must match.  No cache where one of them
 * is too long. */
void rw_store_key_make(rw_store_key *key, const char *dir, const char *identity, const char *state);

/* The next slice, aligned to RW_ALIGNMENT; *out is NULL in the counting pass.  false: overflow, or more than was counted. */
bool rw_store_slice(void **out, rw_weight_store *store, size_t count, size_t element);

/* After the counting pass, one of these; then the second pass. */
bool rw_store_map(rw_weight_store *store, char sha256[65], const rw_store_key *key); /* false: no usable cache file */
bool rw_store_allocate(rw_weight_store *store, rw_arena *arena);                     /* to be filled; false: no memory */

/* Writes filled slices and the checkpoint's SHA-256 to the cache, replacing the old file.  Errors are ignored. */
void rw_store_write(const rw_weight_store *store, const char sha256[65], const rw_store_key *key);
void rw_store_done(rw_weight_store *store); /* arena memory stays the arena's */

#endif
