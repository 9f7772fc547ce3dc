/* file.h - memory-mapped input, size-limited reads, atomic output, SHA-256                        rank 0: base */
#ifndef RW_FILE_H
#define RW_FILE_H

#include "base/status.h"

#include <stdbool.h>

/* Identity and state of a file: a changed file has another stamp.  Times in nanoseconds since 1970. */
typedef struct {
    uint64_t inode, size; /* no device number: it may change with every mount */
    int64_t  modified, changed;
} rw_file_stamp;

typedef struct {
    const uint8_t *bytes; /* [len], read only; NULL when len is 0 */
    size_t         len;
    rw_file_stamp  stamp; /* of the file when it was mapped */
} rw_mapping;

/* Maps a regular file read-only.  A file that another process shortens while mapped ends the process with SIGBUS: weights
 * are files their owner does not rewrite in place.  RWDA_ENOTFOUND, RWDA_EIO (not a regular file, unreadable: message with
 * path and the system's words). */
rwda_status rw_file_map(rw_mapping *out, const char *path, rwda_error *err);
void        rw_file_unmap(rw_mapping *mapping); /* a zeroed mapping is fine */

/* Maps a file of exactly `len` >= 1 bytes that only this process's user can have written: regular, not a symbolic link, owned by
 * the user, not writable by others.  Pages are populated at once, not one by one at first use.  false: no such file. */
bool rw_file_map_own(rw_mapping *out, const char *path, size_t len);

/* Drops the whole pages within bytes [len] of a mapping from memory; using them again reads them again. */
void rw_file_drop_pages(const void *bytes, size_t len);

/* Reads a whole regular file of at most `limit` bytes into memory; a NUL follows the last byte.  *out is the caller's to free. */
rwda_status rw_file_read(uint8_t **out, size_t *len, const char *path, size_t limit, rwda_error *err);

/* One output that appears whole or not at all: bytes go to "<path>.XXXXXX" in the same folder, then fsync and rename. */
typedef struct rw_output rw_output;
rwda_status rw_output_new(rw_output **out, const char *path, bool overwrite, rwda_error *err); /* RWDA_EEXIST, RWDA_EIO */
rwda_status rw_output_write(rw_output *output, const void *bytes, size_t len, rwda_error *err);
rwda_status rw_output_commit(rw_output *output, rwda_error *err); /* after it, or after a failure of it, only _free() */
void        rw_output_make_private(rw_output *output);            /* mode 0600 */
void        rw_output_free(rw_output *output);                    /* without commit: the temporary file is removed */

/* For a caller who writes through a stream of his own, and for one who removes unfinished outputs when a signal ends the program. */
int         rw_output_fd(const rw_output *output);
const char *rw_output_temporary(const rw_output *output); /* "" once it is in place */

/* _new, _write, _commit and _free in one call. */
rwda_status rw_file_write(const char *path, const void *bytes, size_t len, bool overwrite, rwda_error *err);

/* Removes temporary files of killed writers of `path` that are older than an hour. */
void rw_output_remove_stale(const char *path);

/* SHA-256 as 64 lower-case hex digits and a NUL. */
void rw_sha256_hex(char out[65], const void *bytes, size_t len);
/* The same of a mapped file, whose pages are dropped as they are hashed.  RWDA_ENOMEM. */
rwda_status rw_sha256_mapped(char out[65], const rw_mapping *mapping, rwda_error *err);

bool rw_is_directory(const char *path);
/* "dir/name" into out [capacity]; false when it does not fit. */
bool rw_path_join(char *out, size_t capacity, const char *dir, const char *name);

#define RW_PATH_MAX 4096

#endif
