#include "serve/map.h"

#include "common/score_record.h"
#include "report/heat_map.h"

#include <rwda_memory.h>

#include <math.h>
#include <stdlib.h>

static rwda_status find_regions(request *r, const float *map, const rwda_image *image, rwda_error *err)
{
    rwda_region *regions = calloc(SCORE_REGIONS_MAX, sizeof *regions);
    size_t       count   = 0;
    rwda_status  status;

    if (regions == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for regions");
    status = rwda_map_regions(regions, &count, SCORE_REGIONS_MAX, map, image->width, image->height,
                              r->settings.map_threshold, 1, err);
    if (status == RWDA_OK)
        r->work.regions = score_record_regions(regions, count);
    free(regions);
    return status;
}

/* The image under its map, with the outlines of what reaches the threshold. */
static rwda_status draw(request *r, const float *map, const rwda_image *image, rwda_error *err)
{
    float    threshold = r->settings.map_threshold;
    size_t   pixels    = (size_t)image->width * (size_t)image->height;
    uint8_t *mask      = isnan(threshold) ? NULL : calloc(pixels, 1);

    for (size_t i = 0; mask != NULL && i < pixels; i++)
        mask[i] = map[i] >= threshold;
    r->work.overlay = heat_overlay_png(&r->work.overlay_len, image, map, r->work.map_scale, NULL, mask);
    free(mask);
    return r->work.overlay != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the overlay");
}

/* score NULL: it is there already. */
static void map_image(rwda_score *score, item *i, rwda_session *session, const rwda_scorer *scorer)
{
    rwda_map_options options = RWDA_MAP_OPTIONS_INIT;
    request         *r       = i->request;
    float           *map     = calloc((size_t)i->image->height, (size_t)i->image->width * sizeof *map);
    rwda_status      status;

    options.mode = r->settings.map_mode;
    if (map == NULL)
        status = rw_fail(&i->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the map");
    else if (score != NULL)
        status = rwda_map_score(score, map, session, scorer, i->image, &options, &i->err);
    else
        status = rwda_map_compute(map, session, scorer, i->image, &options, &i->err);
    r->work.map_scale = rwda_scorer_map_scale(scorer, options.mode);
    if (status == RWDA_OK)
        (void)(r->settings.map == MAP_PNG ? draw : find_regions)(r, map, i->image, &i->err);
    free(map);
}

void map_item(item *i, rwda_session *session, const rwda_scorer *scorer)
{
    map_image(NULL, i, session, scorer);
}

void map_item_with_score(item *i, rwda_session *session, const rwda_scorer *scorer)
{
    map_image(&i->score, i, session, scorer);
}
