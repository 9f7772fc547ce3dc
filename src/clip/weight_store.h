/* weight_store.h - do a tower's packed weights come from memory that is filled, or from a file?        rank 2: clip
 *
 * A tower is a fixed sequence of slices, which is walked twice.  First the slices are only counted; then they are handed out of one
 * piece of memory: room in an arena, which the caller fills and may write to the cache, or such a file, mapped.
 *
 *     offset  size              content
 *     0       RW_STORE_HEADER   the key's text, "<SHA-256 of the checkpoint>\n<sum of the slices' pages>\n", zeros; in the last 64 bytes the
 *                               SHA-256 of those before
 *     ...     the slices' sum   slices, each followed by zeros to a multiple of RW_ALIGNMENT
 *
 * A file whose key differs in one byte, whose length is not the sum, or of which a page was lost, is not used. */
#ifndef RW_WEIGHT_STORE_H
#define RW_WEIGHT_STORE_H

#include "base/file.h"
#include "base/memory.h"

#define RW_STORE_HEADER ((size_t)8192) /* whole pages: slices stay aligned; a path and some numbers fit */

typedef struct {
    uint8_t   *room;      /* where slices come from; NULL: they are only counted */
    size_t     used, len; /* bytes handed out or counted so far; of all slices */
    rw_mapping file;      /* room is in here: read only, and filled */
} rw_weight_store;

typedef struct {
    char   path[RW_PATH_MAX]; /* of the file; empty: there is no cache */
    char   text[RW_STORE_HEADER];
    size_t len;
} rw_store_key;

/* `place` says which tower of which checkpoint, packed how: there is one file for each, in directory `dir`.  `state` says what else must
 * be the same.  Where one of them is too long there is no cache. */
void rw_store_key_make(rw_store_key *key, const char *dir, const char *place, const char *state);

/* The next slice, aligned to RW_ALIGNMENT; *out is NULL while slices are counted.  false: more than size_t holds, or than were counted. */
bool rw_store_take(void **out, rw_weight_store *store, size_t count, size_t element);

/* After counting, one of these; then the slices are taken again. */
bool rw_store_map(rw_weight_store *store, char sha256[65], const rw_store_key *key); /* false: nothing that fits */
bool rw_store_make(rw_weight_store *store, rw_arena *arena);                         /* to be filled; false: no memory */

/* Keeps filled slices and the checkpoint's sum for the next time, in place of what was there.  Failing is no failure. */
void rw_store_write(const rw_weight_store *store, const char sha256[65], const rw_store_key *key);
void rw_store_done(rw_weight_store *store); /* room in an arena stays the arena's */

#endif
