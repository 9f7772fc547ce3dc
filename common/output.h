/* output.h - output streams that become a whole file or none, after a signal too.                  layer: common */
#ifndef RW_STREAM_H
#define RW_STREAM_H

#include "base/file.h"

#include <stdio.h>

/* "-" or NULL is standard output; a pipe or device is written as it is; a file appears when the stream is closed.  All zero: a closed
 * stream. */
typedef struct {
    FILE      *file;
    rw_output *whole; /* NULL: standard output, a pipe or a device */
    char      *path;  /* NULL: standard output */
    int        slot;  /* of its temporary file among those that the signal handler knows, from 1; 0: it is not */
} rw_stream;

/* RWDA_EEXIST (unless overwrite), RWDA_EIO, RWDA_ENOTFOUND (no such folder), RWDA_ENOMEM; *out is then closed. */
rwda_status rw_stream_open(rw_stream *out, const char *path, bool overwrite, rwda_error *err);
/* Bytes [len] into an open stream, NULL when len is 0.  RWDA_EIO: with the system's reason, which closing does not know any more. */
rwda_status rw_stream_put(rw_stream *out, const void *bytes, size_t len, rwda_error *err);
/* keep: fsync and rename; else what was written is removed.  A closed stream is fine.  RWDA_EIO, RWDA_EEXIST;
 * RWDA_ENOMEM: JSON was lost (json_watch.h), and the file is not kept. */
rwda_status rw_stream_close(rw_stream *out, bool keep, rwda_error *err);
/* Before long work: what opening would say. */
rwda_status rw_stream_check(const char *path, bool overwrite, rwda_error *err);

/* Opening, putting and closing for bytes that are there. */
rwda_status rw_stream_write(const char *path, bool overwrite, const void *bytes, size_t len, rwda_error *err);

/* Signals that end the program remove the files under way first.  At most 8 are known, opened by one thread; for programs alone: it
 * installs handlers. */
void rw_stream_clean_up_on_signals(void);

#endif
