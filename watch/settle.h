/* settle.h - which files that are being written are finished?                                          layer: watch
 *
 * A file is finished when neither its size, its time nor its inode have changed for a while: for a short one once its writer has closed it or
 * has renamed it into place, for the whole one otherwise.  Times are rw_now_ms(). */
#ifndef WATCH_SETTLE_H
#define WATCH_SETTLE_H

#include "watch/ledger.h"

typedef struct settle settle;

#define SETTLE_CLOSED_MS 200.0 /* some writers close a file and open it again at once */

settle *settle_new(double quiet_ms, double stuck_ms); /* NULL: no memory */
void    settle_free(settle *s);                       /* NULL is fine */
size_t  settle_waiting(const settle *s);

/* What tells of a file, and how it looked then. */
typedef enum {
    SETTLE_FOUND,   /* it is there */
    SETTLE_CHANGED, /* it was made, or written to */
    SETTLE_CLOSED   /* its writer has closed it, or it was renamed */
} settle_news;
/* false: no memory. */
bool settle_tell(settle *s, const char *path, settle_news news, const rw_file_stamp *stamp, double now);
/* A finished file that could not be read is finished again then, unless it changes; tries: so far. */
bool settle_put_off(settle *s, const char *path, const rw_file_stamp *stamp, int tries, double now, double until);
void settle_forget(settle *s, const char *path);
bool settle_has(const settle *s, const char *path);

/* A path that is to be looked at now, until the next call; NULL: none more of this round. */
const char *settle_next(settle *s, double now);
/* What was seen there; stamp NULL: no file, which is forgotten.  true: it is finished, and forgotten; *tries as it was put off, else 0. */
bool settle_look(settle *s, const char *path, const rw_file_stamp *stamp, int *tries, double now);
/* One that has not settled for stuck_ms, each once; NULL: none.  Until the next call. */
const char *settle_stuck(settle *s, double now);

#endif
