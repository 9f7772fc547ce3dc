/* watch.h - a folder's images scored as they arrive, each once.                                         layer: watch */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "common/decision.h"
#include "common/scoring_run.h"
#include "watch/mqtt.h"
#include "watch/placing.h"
#include "watch/webhook.h"

typedef struct {
    const char     *folder;
    const char     *ledger;  /* NULL: watch_ledger_path() */
    const char     *output;  /* NULL: standard output */
    const char     *metrics; /* NULL: none */
    double          settle_s, rescan_s, drain_s;
    double          poll_s; /* 0: as the file system is */
    int             tries;  /* of a delivery */
    bool            once, retry_failed, no_drift;
    place_options   places;
    webhook_options webhook;
    mqtt_options    mqtt;
} watch_options;

typedef struct watch watch;

/* Opens all but what scores: wrong options are told before a model is loaded.  The options' texts must outlive it.
 * RWDA_EINVAL: an option; RWDA_ENOTFOUND: no such folder; RWDA_EUNSUPPORTED: not in this build; else of the ledger. */
rwda_status watch_open(watch **out, const watch_options *options, const rwda_events *events, rwda_error *err);
void        watch_close(watch *w); /* NULL is fine */

/* Until watch_stop(), or with `once` until all that was there is scored and delivered.  RWDA_EIO and so on: the ledger or the output cannot be
 * written; what is not there yet comes at the next start. */
rwda_status watch_run(watch *w, scoring *s, const decision *d, rwda_error *err);
void        watch_stop(watch *w); /* from a signal handler too */

/* Of this run. */
typedef struct {
    unsigned long long scored, failed;
    size_t             waiting, given_up; /* deliveries, of earlier runs too */
    size_t             unsettled;
    unsigned long long unread; /* at the end: folders that could not be read, or the watched one is gone */
} watch_summary;
watch_summary watch_summarise(watch *w);

const char *watch_built(void); /* where records can go; NULL: there is no watch in this build */

#endif
