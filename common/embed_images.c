#include "common/embed_images.h"

#include "common/events.h"

/* Embeds a group and frees it; how many of it failed. */
static size_t embed_group(rw_rows *rows, rw_decoded *group, size_t n, rwda_session *session, rwda_resize resize,
                          rwda_crops crops, const rwda_events *events)
{
    rw_rows_item items[RW_GROUP];
    rwda_error   err;
    size_t       failed = 0;
    bool         fine;

    for (size_t i = 0; i < n; i++)
        items[i] = (rw_rows_item){ group[i].image, 0, &group[i].err };
    fine = rw_rows_embed(rows, items, n, session, resize, crops, &err) == RWDA_OK;
    for (size_t i = 0; i < n; i++) {
        if (!fine || items[i].crops == 0) {
            rw_warn(events, "%s", group[i].image != NULL && !fine ? err.message : group[i].err.message);
            failed++;
        }
        rw_decoded_free(&group[i]);
    }
    return failed;
}

rwda_status rw_embed_images(rw_rows *rows, size_t *done, size_t *failed, rw_image_source *images, rwda_session *session,
                            rwda_resize resize, rwda_crops crops, rw_image_reading *reading, const rwda_events *events,
                            rwda_error *err)
{
    rw_image_stream *stream = rw_image_stream_new(images, reading, rwda_session_threads(session), (size_t)2 * RW_GROUP);
    rw_decoded       group[RW_GROUP];
    size_t           waiting = 0;
    bool             more    = stream != NULL;
    rwda_status      status  = more ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for decoding");

    *done = *failed = 0;
    while (more) {
        status = rw_image_stream_next(stream, &group[waiting], err);
        more   = status == RWDA_OK && group[waiting].name != NULL;
        waiting += more;
        if (waiting == RW_GROUP || (!more && waiting > 0)) {
            *failed += embed_group(rows, group, waiting, session, resize, crops, events);
            *done += waiting;
            waiting = 0;
        }
    }
    rw_image_stream_free(stream);
    return status;
}
