/* map.c - where in the picture is the anomaly? */
#include "serve.h"

#include "../heat.h"
#include "../map_files.h"

#include <math.h>
#include <stdlib.h>

static bool find_regions(request *q, const float *map, const rwda_image *image, rwda_error *err)
{
    rwda_region *regions = calloc(MAP_REGIONS_MAX, sizeof *regions);
    size_t       count   = 0;
    bool         fine    = false;

    if (regions == NULL)
        *err = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for regions" };
    else
        fine = rwda_map_regions(regions, &count, MAP_REGIONS_MAX, map, image->width, image->height,
                                q->settings.map_threshold, 1, err) == RWDA_OK;
    if (fine)
        q->regions = map_regions_json(regions, count);
    free(regions);
    return fine;
}

/* The picture under its map, with the outlines of what reaches the threshold. */
static bool draw(request *q, const float *map, const rwda_image *image, rwda_error *err)
{
    size_t   pixels = (size_t)image->width * (size_t)image->height;
    uint8_t *mask   = isnan(q->settings.map_threshold) ? NULL : calloc(pixels, 1);

    for (size_t i = 0; mask != NULL && i < pixels; i++)
        mask[i] = map[i] >= q->settings.map_threshold;
    q->overlay = heat_overlay_png(&q->overlay_len, image, map, NULL, mask);
    if (q->overlay == NULL)
        *err = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the overlay" };
    free(mask);
    return q->overlay != NULL;
}

/* Called on the engine thread for ?map=..., after i->score is there and while i->image is. */
void map_overlay(server *s, const rwda_scorer *scorer, item *i)
{
    rwda_map_options options = RWDA_MAP_OPTIONS_INIT;
    request         *q       = i->request;
    float           *map     = calloc((size_t)i->image->height, (size_t)i->image->width * sizeof *map);

    options.mode = q->settings.map_kind;
    if (map == NULL)
        i->err = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the map" };
    else if (rwda_map_compute(map, s->session, scorer, i->image, &options, &i->err) == RWDA_OK)
        (void)(q->settings.map == MAP_PNG ? draw(q, map, i->image, &i->err) : find_regions(q, map, i->image, &i->err));
    free(map);
}
