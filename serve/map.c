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

bool map_wanted(const settings *s)
{
    return s->map != MAP_NONE || s->kinds[0] != '\0';
}

/* score NULL: it is there already. */
static void map_image(rwda_score *score, item *i, rwda_session *session, const rwda_scorer *scorer)
{
    rwda_map_options options = RWDA_MAP_OPTIONS_INIT;
    request         *r       = i->request;

    options.mode      = r->settings.map_mode;
    i->map            = calloc((size_t)i->image->height, (size_t)i->image->width * sizeof *i->map);
    r->work.map_scale = rwda_scorer_map_scale(scorer, options.mode);
    if (i->map == NULL)
        (void)rw_fail(&i->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the map");
    else if (score != NULL)
        (void)rwda_map_score(score, i->map, session, scorer, i->image, &options, &i->err);
    else
        (void)rwda_map_compute(i->map, session, scorer, i->image, &options, &i->err);
}

void map_item(item *i, rwda_session *session, const rwda_scorer *scorer)
{
    map_image(NULL, i, session, scorer);
}

void map_item_with_score(item *i, rwda_session *session, const rwda_scorer *scorer)
{
    map_image(&i->score, i, session, scorer);
}

void map_item_used(item *i, rwda_session *session, const rwda_scorer *scorer, const rwda_kinds *kinds)
{
    request    *r      = i->request;
    rwda_status status = i->err.code;

    if (status == RWDA_OK && r->settings.map != MAP_NONE)
        status = (r->settings.map == MAP_PNG ? draw : find_regions)(r, i->map, i->image, &i->err);
    if (status == RWDA_OK && kinds != NULL)
        (void)kind_opinion_of(&i->opinion, session, scorer, kinds, i->image, i->map, &i->err);
    free(i->map);
    i->map = NULL;
}
