/* folder.h - what is new in a folder and below it: by inotify with a scan now and then, or by scans alone.     layer: watch */
#ifndef WATCH_FOLDER_H
#define WATCH_FOLDER_H

#include "common/paths.h"

typedef struct {
    double
        poll_s; /* between scans, without inotify; 0: inotify, and polls where it cannot tell (network file systems, FUSE) */
    double rescan_s; /* between scans beside inotify */
} folder_options;
#define FOLDER_POLL_S 5.0 /* where it polls by its own choice */

typedef struct watched_folder watched_folder;

/* path must outlive it; it need not be there at the moment.  events says what is in the way: which files cannot be watched, and why.
 * RWDA_ENOMEM. */
rwda_status folder_open(watched_folder **out, const char *path, const folder_options *options, const rwda_events *events,
                        rwda_error *err);
void        folder_close(watched_folder *f); /* NULL is fine */

typedef enum {
    FOLDER_NOTHING = 0, /* at the moment */
    FOLDER_FOUND,       /* an image, by a scan */
    FOLDER_CHANGED,     /* a file was made or written to: is it an image? */
    FOLDER_CLOSED,      /* the same, and its writer has finished */
    FOLDER_GONE,        /* a file is gone */
    FOLDER_LOOK         /* nothing yet: there is more to look at */
} folder_news;
/* The next news, of the file at `path`.  scan: whether it may look for files; else it tells only what it hears of. */
folder_news folder_next(char path[RW_PATH_MAX], watched_folder *f, bool scan, double now);

int  folder_fd(const watched_folder *f);      /* to wait for; -1: it polls */
bool folder_scanned(const watched_folder *f); /* all of it, at least once, and nothing more is to be looked at now */
bool folder_is_there(const watched_folder *f);

typedef struct {
    unsigned long long scans, overflows; /* overflows: more happened than the kernel keeps, so that all is scanned anew */
    unsigned long long unread; /* folders that could not be read since the last scan began; or the watched one is gone */
    bool               polls;
} folder_counts;
folder_counts folder_count(const watched_folder *f);

#endif
