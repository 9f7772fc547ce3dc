/* file.h - input, size-limited reads, atomic output, SHA-256                                       rank 0: base */
#ifndef RW_FILE_H
#define RW_FILE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* Identity and state of a file: a changed file has another stamp.  Times in nanoseconds since 1970. */
typedef struct {
    uint64_t inode, size; /* no device number: it may change with every mount */
    int64_t  modified, changed;
} rw_file_stamp;
/* Of the regular file at a path, links followed; false: there is none. */
bool rw_file_stamp_of(rw_file_stamp *out, const char *path);
/* Whether both are likely of the same content.  `changed` is not compared: a rename or one more link sets it, too. */
bool rw_file_stamp_same(const rw_file_stamp *a, const rw_file_stamp *b);

/* A regular file open for reading.  No file is mapped: one that another process shortens would end this process with SIGBUS, and one that
 * it rewrites would change what has been checked. */
typedef struct {
    int           fd;
    rw_file_stamp stamp; /* of the file when it was opened */
} rw_file;

#define RW_FILE_CLOSED ((rw_file){ .fd = -1 })

/* RWDA_ENOTFOUND, RWDA_EIO (not a regular file, unreadable: message with path and the system's words). */
rwda_status rw_file_open(rw_file *out, const char *path, rwda_error *err);
/* A file that only this process's user can have written, for caches: not a symbolic link, owned by the user, not writable by others.
 * false: no such file. */
bool rw_file_open_own(rw_file *out, const char *path);
/* All of bytes offset .. offset + len - 1; RWDA_EIO where the file ends before. */
rwda_status rw_file_get(const rw_file *file, void *out, size_t len, uint64_t offset, const char *path, rwda_error *err);
/* The whole file, as rw_file_read() has it. */
rwda_status rw_file_get_all(uint8_t **out, size_t *len, const rw_file *file, const char *path, size_t limit,
                            rwda_error *err);
/* RWDA_EIO: it was written to since it was opened. */
rwda_status rw_file_check_same(const rw_file *file, const char *path, rwda_error *err);
void        rw_file_close(rw_file *file); /* a closed one is fine */

/* Reads a whole regular file of at most `limit` bytes into memory; a NUL follows the last byte.  *out is the caller's to free.  RWDA_EIO
 * too where it is written to meanwhile. */
rwda_status rw_file_read(uint8_t **out, size_t *len, const char *path, size_t limit, rwda_error *err);
/* A stream of a regular file, the caller's to fclose(). */
rwda_status rw_file_stream(FILE **out, const char *path, rwda_error *err);
/* The same of a file as rw_file_open_own() takes it. */
bool rw_file_read_own(uint8_t **out, size_t *len, const char *path, size_t limit);
/* A stream of such a file; NULL: no such file. */
FILE *rw_file_stream_own(const char *path);

/* One output that appears whole or not at all: bytes go to a file of the same folder without a name or with a temporary one
 * ("<path>.XXXXXX"), then fsync and a link or rename. */
typedef struct rw_output rw_output;
rwda_status rw_output_new(rw_output **out, const char *path, bool overwrite, rwda_error *err); /* RWDA_EEXIST, RWDA_EIO */
/* One that rw_file_open_own() takes: not writable by others whatever the umask is; others may read it or not. */
rwda_status rw_output_new_own(rw_output **out, const char *path, bool readable, rwda_error *err);
rwda_status rw_output_write(rw_output *output, const void *bytes, size_t len, rwda_error *err);
rwda_status rw_output_commit(rw_output *output, rwda_error *err); /* after it, or after a failure of it, only _free() */
void        rw_output_free(rw_output *output);                    /* without commit: the temporary file is removed */

/* For a caller who writes through a stream of his own, and for one who removes unfinished outputs when a signal ends the program. */
int         rw_output_fd(const rw_output *output);
const char *rw_output_temporary(const rw_output *output); /* it need not be there yet; "" once the output is in place */

/* _new, _write, _commit and _free in one call. */
rwda_status rw_file_write(const char *path, const void *bytes, size_t len, bool overwrite, rwda_error *err);

/* A cache file in one call: _new_own, readable, after removing what killed writers of it left. */
rwda_status rw_file_write_own(const char *path, const void *bytes, size_t len, rwda_error *err);

/* Removes temporary files of killed writers of `path` that are older than an hour. */
void rw_output_remove_stale(const char *path);

/* SHA-256 as 64 lower-case hex digits and a NUL.  Nettle's takes no memory, so that no sum can fail. */
struct sha256_ctx;
void rw_sha256_hex(char out[65], const void *bytes, size_t len);
void rw_sha256_finish(char out[65], struct sha256_ctx *sum);

/* Messages with path and reason: errno's, and what a file is that is not a regular one. */
rwda_status rw_fail_errno(rwda_error *err, const char *path, const char *what);
rwda_status rw_fail_not_regular(rwda_error *err, const char *path, mode_t mode);
/* A file that changes while it is read; sizes in bytes. */
rwda_status rw_fail_shorter(rwda_error *err, const char *path, uint64_t end, uint64_t size);
rwda_status rw_fail_written_to(rwda_error *err, const char *path, uint64_t before, uint64_t after);

#define RW_PATH_MAX   4096
#define RW_NAME_BYTES 255 /* of a file in a folder, on every usual file system */

bool rw_is_directory(const char *path);
bool rw_path_exists(const char *path);
/* The path itself: absolute, links followed, its parts separated by '/' on every system; false: there is no such file. */
bool rw_real_path(char out[RW_PATH_MAX], const char *path);
/* A folder for this user alone, where there is none yet and its parent is; false: it could not be made. */
bool rw_make_own_folder(const char *path);
/* "dir/name" into out [capacity]; false when it does not fit. */
bool rw_path_join(char *out, size_t capacity, const char *dir, const char *name);
/* The last character of a path that ends the name of a folder or drive; NULL: the path is a name alone. */
const char *rw_last_separator(const char *path);
/* A path of a file becomes that of its folder, "." where it has none. */
void rw_path_to_folder(char path[RW_PATH_MAX]);
/* Whether a name from outside can be that of a file in a given folder: not empty, no path. */
bool rw_is_name(const char *name);

#endif
