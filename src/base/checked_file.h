/* checked_file.h - a file that is summed first and then read in pieces: the bytes read are the summed ones   rank 0: base
 *
 * For checkpoints, which are too large to hold twice.  Nothing is mapped: a file that is shortened or rewritten meanwhile gives an error,
 * never a signal and never other bytes than the SHA-256 says. */
#ifndef RW_CHECKED_FILE_H
#define RW_CHECKED_FILE_H

#include "base/file.h"

typedef struct {
    rw_file   file;
    uint64_t *sums;  /* XXH3 of each piece, since rw_checked_sum() */
    uint8_t  *piece; /* [RW_PIECE]: number `held` */
    size_t    held;
} rw_checked_file;

#define RW_PIECE          ((size_t)1 << 20)
#define RW_CHECKED_CLOSED ((rw_checked_file){ .file = RW_FILE_CLOSED })

rwda_status rw_checked_open(rw_checked_file *out, const char *path, rwda_error *err);
/* Reads all of it.  RWDA_EIO: it was changed on the way; RWDA_ENOMEM. */
rwda_status rw_checked_sum(rw_checked_file *f, char sha256[65], const char *path, rwda_error *err);
/* Bytes offset .. offset + len - 1, which lie within the file; after rw_checked_sum() they are those that were summed, or RWDA_EIO. */
rwda_status rw_checked_read(rw_checked_file *f, void *out, size_t len, uint64_t offset, const char *path, rwda_error *err);
void        rw_checked_close(rw_checked_file *f); /* a closed one is fine */

#endif
