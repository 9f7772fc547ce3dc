/* image_stream.h - images of a source, decoded ahead in threads, handed out in order.                layer: common */
#ifndef RW_IMAGE_STREAM_H
#define RW_IMAGE_STREAM_H

#include "common/image_reading.h"
#include "common/image_source.h"

/* A decoded image, or why there is none. */
typedef struct {
    char       *name;  /* as the source named it */
    rwda_image *image; /* NULL: see err */
    rwda_error  err;
    double      decode_ms;
    uint64_t    order; /* as the source numbered it */
    json_t     *given; /* what the source said beside it; NULL: nothing */
} rw_decoded;

void rw_decoded_free(rw_decoded *decoded); /* what it holds; zeroed afterwards */

typedef struct rw_image_stream rw_image_stream;

/* Decodes in `threads` >= 1 threads, at most `ahead` >= 1 images (and a name a thread) before the one last taken; memory is bounded by
 * that however long the source is.  reading: how, and where those handed out are counted; NULL for the defaults; it must outlive the stream.
 * The source stays the caller's, to be freed after the stream, which has stopped it.  NULL: no memory. */
rw_image_stream *rw_image_stream_new(rw_image_source *source, rw_image_reading *reading, int threads, size_t ahead);

/* Waits for the next image in the order of the source; what *out holds is the caller's.  RWDA_OK with name NULL: there are no more.  A
 * failure is the source's: an image that cannot be decoded is not one. */
rwda_status rw_image_stream_next(rw_image_stream *stream, rw_decoded *out, rwda_error *err);
/* Waits until there is a next image, or none comes; true: all that there was is taken, and the source waits for input.  For consumers that
 * gather several images before they go on: what they have may be answered now. */
bool rw_image_stream_pauses(rw_image_stream *stream);
/* The next images, up to `max`, into group [*n]: fewer where the source waits for input, and at its end, then *more is false.  After a
 * failure, which is the source's, *n came before it. */
rwda_status rw_image_stream_group(rw_image_stream *stream, rw_decoded *group, size_t max, size_t *n, bool *more,
                                  rwda_error *err);
void        rw_image_stream_free(rw_image_stream *stream); /* also before the end; NULL is fine */

#endif
