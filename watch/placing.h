/* placing.h - files moved, copied or linked to another folder by what was decided about them.             layer: watch */
#ifndef WATCH_PLACING_H
#define WATCH_PLACING_H

#include "watch/ledger.h"

typedef enum { PLACE_MOVE = 0, PLACE_COPY, PLACE_LINK } place_how;

typedef struct {
    const char *normal, *review, *anomalous, *failed; /* folders, there or to be made; NULL: such files stay as they are */
    place_how   how;                                  /* a link is a hard one, a symbolic one to another file system */
} place_options;

const char *place_of(const place_options *o, const char *label); /* NULL: nowhere */
/* None lies in the watched folder (its real path), nor around it.  RWDA_EINVAL; RWDA_EIO: it cannot be made. */
rwda_status place_check(const place_options *o, const char *folder, rwda_error *err);

/* The file of a record to its place, under its path there.  What is there is never replaced: the same content counts as placed, and beside
 * another one the name gets eight digits of its SHA-256.  A file that was written anew since it was scored stays: it will be scored and placed
 * itself.  *left: it lies in the watched folder no more.  A call that was ended in any way can be made again.
 * RWDA_ENOTFOUND, RWDA_EEXIST, RWDA_EUNSUPPORTED (a link, or behind one: never moved): for good; RWDA_EIO, RWDA_ENOMEM: perhaps not the next time. */
rwda_status place_file(bool *left, const place_options *o, const char *folder, const ledger_message *m, rwda_error *err);

#endif
