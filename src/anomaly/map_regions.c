/* map_regions.c - which connected components of a map reach a threshold, and where are they? */
#include "base/memory.h"
#include "base/versioned.h"
#include "metrics/connected_components.h"

#include <math.h>
#include <stdlib.h>

/* Pixels are taken in row by row, so the first with a region's peak is kept. */
static void take_in(rwda_region *region, int x, int y, float value)
{
    int right = region->x + region->width;

    if (region->area++ == 0) {
        *region = (rwda_region){ x, y, 1, 1, 1, value, x, y };
        return;
    }
    region->x      = x < region->x ? x : region->x;
    region->width  = (x + 1 > right ? x + 1 : right) - region->x;
    region->height = y - region->y + 1;
    if (value > region->peak) {
        region->peak   = value;
        region->peak_x = x;
        region->peak_y = y;
    }
}

static int by_falling_peak(const void *left, const void *right)
{
    const rwda_region *a = left, *b = right;

    if (a->peak != b->peak)
        return (a->peak < b->peak) - (a->peak > b->peak);
    if (a->peak_y != b->peak_y)
        return (a->peak_y > b->peak_y) - (a->peak_y < b->peak_y);
    return (a->peak_x > b->peak_x) - (a->peak_x < b->peak_x);
}

rwda_status rwda_map_regions_sized(rwda_region *out, size_t size, size_t *count, size_t capacity, const float *map,
                                   int width, int height, float threshold, int64_t min_area, rwda_error *err)
{
    uint8_t     *mask    = NULL;
    uint32_t    *labels  = NULL;
    rwda_region *regions = NULL;
    size_t       pixels = 0, n, kept = 0;
    rwda_status  status;

    *count = 0;
    RW_TRY(rw_versioned_check(size, RW_SIZE_TO(rwda_region, peak_y), "rwda_region", err));
    if (width < 1 || height < 1 || isnan(threshold))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "regions of a map of %d x %d at threshold %g", width, height,
                       (double)threshold);
    if (!rw_size_mul(&pixels, (size_t)width, (size_t)height) || pixels > INT32_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "regions of a map of %d x %d; at most %d pixels", width, height,
                       INT32_MAX);
    mask   = rw_new_array(pixels, sizeof *mask);
    labels = rw_new_array(pixels, sizeof *labels);
    if (mask == NULL || labels == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "regions of a map of %d x %d", width, height);
        goto done;
    }
    for (size_t i = 0; i < pixels; i++)
        mask[i] = map[i] >= threshold;
    n       = rw_connected_components(labels, mask, (size_t)height, (size_t)width);
    regions = rw_new_array(n, sizeof *regions);
    if (regions == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu regions", n);
        goto done;
    }
    for (size_t i = 0; i < pixels; i++)
        if (labels[i] != 0)
            take_in(&regions[labels[i] - 1], (int)(i % (size_t)width), (int)(i / (size_t)width), map[i]);
    for (size_t i = 0; i < n; i++)
        if (regions[i].area >= min_area)
            regions[kept++] = regions[i];
    qsort(regions, kept, sizeof *regions, by_falling_peak);
    for (size_t i = 0; i < kept && i < capacity; i++)
        rw_versioned_write((uint8_t *)out + i * size, size, &regions[i], RW_SIZE_TO(rwda_region, peak_y));
    *count = kept;
done:
    free(mask);
    free(labels);
    free(regions);
    return status;
}
