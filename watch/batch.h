/* batch.h - finished files read, scored and written into the ledger.                                    layer: watch */
#ifndef WATCH_BATCH_H
#define WATCH_BATCH_H

#include "common/drift_watch.h"
#include "common/scoring_run.h"
#include "watch/ledger.h"
#include "watch/placing.h"

#include <jansson.h>

#define BATCH_MOST 64

typedef enum {
    BATCH_LEFT = 0,   /* not looked at: the run was stopped */
    BATCH_DONE,       /* its record is in the ledger */
    BATCH_KNOWN,      /* these bytes had been scored under this name, or the file was renamed */
    BATCH_CHANGED,    /* written to meanwhile */
    BATCH_GONE,       /* no file any more */
    BATCH_UNREADABLE, /* why: err */
} batch_outcome;

typedef struct {
    char         *path; /* below the folder */
    rw_file_stamp stamp;
    int           tries;
    batch_outcome outcome;
    char          sha256[65];
    rwda_error    err;
} batch_item;

typedef struct {
    unsigned long long scored, failed, normal, review, anomalous;
    double             last; /* when, seconds since 1970 */
} batch_totals;

/* What a watch scores with. */
typedef struct {
    scoring             *scoring;
    const decision      *decision;
    drift_watch         *drift;
    json_t              *described; /* score_record_scoring() */
    ledger              *ledger;
    const char          *folder;
    const place_options *places;
    unsigned             sinks; /* bits of ledger_sink that get every record; SINK_PLACE by its label */
    const rwda_events   *events;
    const atomic_bool   *stop;
    rwda_status (*added)(void *user, rwda_error *err); /* records are in the ledger */
    void        *user;
    batch_totals totals;
} batch;

/* Scores the items; what became of each stands in it.  RWDA_EIO and so on: of the ledger or added(); what is not in the ledger then will be
 * found again. */
rwda_status batch_run(batch *b, batch_item *items, size_t n, rwda_error *err);
/* A file that could not be read at last: its record says so. */
rwda_status batch_give_up(batch *b, const batch_item *item, rwda_error *err);

#endif
