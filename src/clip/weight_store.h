/* weight_store.h - memory of a tower's packed weights, filled from the checkpoint or from the cache   rank 2: clip
 *
 * A tower is a fixed sequence of slices.  The first pass over it only adds up their sizes; the second hands out slices of one buffer, which
 * the cache has filled or the caller fills and may write to the cache.  The file:
 *
 *     offset  size              content
 *     0       RW_STORE_HEADER   the key's text, "<SHA-256 of the checkpoint>\n<checksum of the slices>\n", zeros; in the last 64 bytes the
 *                               SHA-256 of those before
 *     ...     total of slices   slices, each followed by zeros to a multiple of RW_ALIGNMENT
 *
 * A file with another key or length, or with a changed bit, is ignored.  It is read, not mapped (base/file.h says why): bench/SPEED.md has
 * what that costs. */
#ifndef RW_WEIGHT_STORE_H
#define RW_WEIGHT_STORE_H

#include "base/file.h"
#include "base/memory.h"

#define RW_STORE_HEADER ((size_t)8192) /* whole pages, so that slices stay aligned */

typedef struct {
    uint8_t *buffer;    /* of all slices; NULL in the counting pass */
    size_t   used, len; /* bytes handed out or counted so far; in total */
    bool     cached;    /* the cache has filled it */
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

/* After the counting pass; then the second pass.  false: no memory. */
bool rw_store_allocate(rw_weight_store *store, rw_arena *arena);
/* Between the two: false: no usable cache file; the caller fills the slices. */
bool rw_store_load(rw_weight_store *store, char sha256[65], const rw_store_key *key);

/* Writes filled slices and the checkpoint's SHA-256 to the cache, replacing the old file.  Errors are ignored. */
void rw_store_write(const rw_weight_store *store, const char sha256[65], const rw_store_key *key);

#endif
