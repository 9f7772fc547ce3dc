/* watch_none.c - the build without a ledger. */
#include "watch/watch.h"

rwda_status watch_open(watch **out, const watch_options *options, const rwda_events *events, rwda_error *err)
{
    (void)options;
    (void)events;
    *out = NULL;
    return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                   "this rwda was built without 'rwda watch' (RWDA_WATCH=OFF: no SQLite)");
}

void watch_close(watch *w)
{
    (void)w;
}

rwda_status watch_run(watch *w, scoring *s, const decision *d, rwda_error *err)
{
    (void)w;
    (void)s;
    (void)d;
    return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "this rwda was built without 'rwda watch'");
}

void watch_stop(watch *w)
{
    (void)w;
}

watch_summary watch_summarise(watch *w)
{
    (void)w;
    return (watch_summary){ 0 };
}

const char *watch_built(void)
{
    return NULL;
}
