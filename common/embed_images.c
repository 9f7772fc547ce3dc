#include "common/embed_images.h"

#include <stdlib.h>

static rwda_status embed_group(const rw_embed_sink *sink, rw_rows *rows, rw_decoded *group, size_t n, rwda_session *session,
                               rwda_resize resize, rwda_crops crops, rwda_error *err)
{
    rw_rows_item items[RW_GROUP];
    size_t       row    = 0;
    rwda_status  status = RWDA_OK;

    for (size_t i = 0; i < n; i++)
        items[i] = (rw_rows_item){ group[i].image, 0, &group[i].err };
    rows->count = 0;
    RW_TRY(rw_rows_embed(rows, items, n, session, resize, crops, err));
    for (size_t i = 0; i < n; i++) {
        RW_TRY(sink->embedded(sink->user, &group[i], rows->x + row * rows->dim, items[i].crops, err));
        row += items[i].crops;
    }
    if (sink->answered != NULL)
        RW_TRY(sink->answered(sink->user, err));
done:
    for (size_t i = 0; i < n; i++)
        rw_decoded_free(&group[i]);
    return status;
}

rwda_status rw_embed_images(const rw_embed_sink *sink, size_t dim, rw_image_source *images, rwda_session *session,
                            rwda_resize resize, rwda_crops crops, rw_image_reading *reading, rwda_error *err)
{
    rw_image_stream *stream = rw_image_stream_new(images, reading, rwda_session_threads(session), (size_t)2 * RW_GROUP);
    rw_rows          rows   = { .dim = dim };
    rw_decoded       group[RW_GROUP];
    size_t           n;
    bool             more   = stream != NULL;
    rwda_status      status = more ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for decoding");

    while (more) {
        status = rw_image_stream_group(stream, group, RW_GROUP, &n, &more, err);
        if (n > 0) {
            rwda_status answered =
                embed_group(sink, &rows, group, n, session, resize, crops, status == RWDA_OK ? err : NULL);

            if (status == RWDA_OK)
                status = answered;
            more &= status == RWDA_OK;
        }
    }
    rw_image_stream_free(stream);
    free(rows.x);
    return status;
}
