/* map_metrics.c - pixel metrics of pairs of a map and a mask. */
#include "base/status.h"
#include "common/events.h"
#include "common/image_reading.h"
#include "eval/mask.h"

#include <rwda_eval.h>

#include <stdlib.h>

static rwda_status add_pair(rwda_pixel_metrics *metrics, const rwda_map_pair *pair, const rwda_image_options *images,
                            rw_mask_doubts *doubts, rwda_error *err)
{
    rwda_plane *map  = NULL;
    uint8_t    *mask = NULL;
    int         width, height;
    rwda_status status;

    RW_TRY(rwda_plane_load(&map, pair->map, images, err));
    if (pair->mask != NULL)
        RW_TRY(rw_mask_load(&mask, &width, &height, pair->mask, images, doubts, err));
    if (mask != NULL && (width != map->width || height != map->height)) {
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: the map is %d x %d, its mask %.200s %d x %d%s",
                         pair->map, map->width, map->height, pair->mask, width, height,
                         width == map->height && height == map->width ? RW_STORED_SIZE : "");
        goto done;
    }
    status = rwda_pixel_metrics_add(metrics, map->values, mask, (size_t)map->height, (size_t)map->width, err);
    if (status != RWDA_OK)
        status = rw_fail_prefix(err, status, pair->map);
done:
    free(mask);
    rwda_plane_free(map);
    return status;
}

rwda_status rwda_map_pairs_measure(rwda_pixel_results *out, const rwda_map_pairs *pairs,
                                   const rwda_pixel_metrics_options *options, const rwda_image_options *images,
                                   const rwda_events *events, rwda_error *err)
{
    rwda_pixel_metrics *metrics = NULL;
    size_t              failed  = 0;
    rw_mask_doubts      doubts  = { 0 };
    rwda_error          why;
    rwda_status         status;

    RW_TRY(rwda_pixel_metrics_new(&metrics, options, err));
    for (size_t i = 0; i < pairs->count; i++) {
        if (add_pair(metrics, &pairs->items[i], images, &doubts, &why) != RWDA_OK) {
            rw_warn(events, "%s", why.message);
            failed++;
        }
        if (rw_progress(events, "maps", i + 1, pairs->count) != 0) {
            status = rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "cancelled at %zu of %zu maps", i + 1, pairs->count);
            goto done;
        }
    }
    rw_mask_doubts_say(&doubts, events);
    if (failed != 0) {
        status =
            rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%zu of %zu maps failed; nothing was computed", failed, pairs->count);
        goto done;
    }
    status = rwda_pixel_metrics_finish(out, metrics, err);
done:
    rwda_pixel_metrics_free(metrics);
    return status;
}
