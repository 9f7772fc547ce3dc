#include "common/memory_images.h"

#include "common/events.h"

#include <stdlib.h>

#define DECODED_AHEAD     8
#define MUTUAL_ALL        1000 /* images that are all compared with each other ... */
#define MUTUAL_REFERENCES 64   /* ... and of more, so many */

/* One that was decoded, or not. */
static rwda_status add_image(rwda_memory_builder *b, const rw_decoded *decoded, size_t *added, size_t *failed,
                             const rwda_events *events, rwda_error *err)
{
    const rwda_image *image = decoded->image;
    const char       *name  = decoded->name;
    int               known = 0;
    rwda_status       status;

    if (image == NULL) {
        rw_warn(events, "%s; left out of the memory", decoded->err.message);
        ++*failed;
        return RWDA_OK;
    }
    status = rwda_memory_builder_add(b, &image, &name, &known, 1, err);
    if (status == RWDA_OK && known)
        rw_warn(events, "%s: the same pixels are in the memory already", name);
    *added += status == RWDA_OK && !known;
    return status;
}

rwda_status memory_add_images(rwda_memory_builder *b, rw_image_source *images, rw_image_reading *reading, int threads,
                              size_t *added, size_t *failed, const rwda_events *events, rwda_error *err)
{
    rw_image_stream *stream = rw_image_stream_new(images, reading, threads, DECODED_AHEAD);
    rwda_status      status = stream != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for decoding");

    *added = *failed = 0;
    for (size_t done = 1; status == RWDA_OK; done++) {
        rw_decoded next;

        status = rw_image_stream_next(stream, &next, err);
        if (status != RWDA_OK || next.name == NULL)
            break;
        status = add_image(b, &next, added, failed, events, err);
        rw_decoded_free(&next);
        (void)rw_progress(events, "normal images", done, images->total);
    }
    rw_image_stream_free(stream);
    return status;
}

void memory_choose_storage(rwda_memory_options *made, const rwda_model *model, size_t images)
{
    static const rwda_precision by_size[] = { RWDA_PRECISION_F32, RWDA_PRECISION_F16, RWDA_PRECISION_INT8 };
    int64_t                     bytes;

    for (size_t i = 0; i < 3; i++) {
        made->storage = by_size[i];
        if (rwda_memory_bytes(&bytes, model, made, images, NULL) == RWDA_OK && bytes <= made->max_bytes)
            break;
    }
}

rw_image_source *memory_batch_source(char ***chosen, size_t *count, char *const *paths, size_t n, size_t references)
{
    *count  = references > 0 ? references : n <= MUTUAL_ALL ? n : MUTUAL_REFERENCES;
    *count  = *count < n ? *count : n;
    *chosen = calloc(*count + 1, sizeof **chosen);
    for (size_t i = 0; *chosen != NULL && i < *count; i++)
        (*chosen)[i] = paths[i * n / *count];
    return *chosen != NULL ? rw_image_source_list(*chosen, *count) : NULL;
}
