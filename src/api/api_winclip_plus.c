/* api_winclip_plus.c - which steps lead from an image and a few normal ones to WinCLIP+'s score? */
#include "anomaly/winclip.h"
#include "anomaly/winclip_plus.h"
#include "api/session.h"
#include "base/versioned.h"
#include "clip/towers.h"
#include "image/score_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

rwda_status rwda_windows_new(rwda_windows **out, rwda_session *session, const rwda_image *image, rwda_error *err)
{
    rw_encoder    encoder = rw_session_encoder(session);
    rwda_windows *w       = NULL;
    rwda_status   status;

    *out = NULL;
    RW_TRY(rw_clip_require(encoder.clip, RWDA_TOWERS_IMAGE, err));
    if (image->width < 1 || image->height < 1 || image->stride < 3 * (size_t)image->width)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image of %d x %d pixels with rows of %zu bytes", image->width,
                       image->height, image->stride);
    w = calloc(1, sizeof *w);
    if (w == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "windows, %zu bytes", sizeof *w);
    RW_TRY(rw_windows_look_at(w, &encoder, image, err));
    *out = w;
    w    = NULL;
done:
    rwda_windows_free(w);
    return status;
}

void rwda_windows_free(rwda_windows *w)
{
    if (w == NULL)
        return;
    for (int i = 0; i < RW_WINCLIP_SCALES; i++)
        free(w->panels[i]);
    free(w->windows);
    free(w->patches);
    free(w);
}

static rwda_status check(const rwda_session *session, const rwda_scorer *scorer, const rwda_windows *image,
                         const rwda_windows *const *normal, size_t n, rwda_error *err)
{
    bool same = image->clip == session->model->clip && scorer->dim == (size_t)image->clip->config.embed_dim;

    if (n < 1)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "WinCLIP+ needs at least one normal image");
    if (scorer->options.memory != NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "WinCLIP+ needs a scorer by words, not one with a memory");
    for (size_t i = 0; i < n; i++)
        same = same && normal[i]->clip == image->clip;
    return same ? RWDA_OK
                : rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "windows, scorer and session are of different models");
}

/* field [cells]: A on the grid, which becomes the map's. */
static rwda_status fill_map(float *map, float *field, const rw_encoder *encoder, const rwda_scorer *scorer,
                            const rwda_windows *image, rwda_error *err)
{
    size_t       grid = rw_vision_grid(encoder->clip), cells = grid * grid;
    float       *zero  = rw_arena_array(encoder->arena, cells, sizeof *zero);
    rw_score_map whole = { map, image->width, image->height };
    rwda_status  status;

    if (zero == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "map of %zu patches", cells);
    RW_TRY(rw_winclip_score(zero, scorer, encoder, image->windows, err));
    for (size_t i = 0; i < cells; i++)
        field[i] = 0.5f * (zero[i] + field[i]);
    memset(map, 0, (size_t)image->width * (size_t)image->height * sizeof *map);
    rw_score_map_add_grid(&whole, (rw_box){ 0, 0, image->width, image->height }, field, grid,
                          rw_vision_across(encoder->clip), encoder->pool);
done:
    return status;
}

rwda_status rwda_windows_score_sized(rwda_score *out, size_t size, float *map, rwda_session *session,
                                     const rwda_scorer *scorer, const rwda_windows *image, const rwda_windows *const *normal,
                                     size_t n, rwda_error *err)
{
    rw_encoder    encoder = rw_session_encoder(session);
    rw_arena_mark mark    = rw_arena_save(encoder.arena);
    size_t        grid    = rw_vision_grid(encoder.clip), whole;
    float        *field = NULL, most = 0.0f;
    double        value;
    rwda_score    score;
    rwda_status   status;

    RW_TRY(rw_versioned_check(size, RW_SIZE_TO(rwda_score, logit), "rwda_score", err));
    RW_TRY(check(session, scorer, image, normal, n, err));
    field = rw_arena_array(encoder.arena, grid * grid, sizeof *field);
    if (field == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "map of %zu patches", grid * grid);
        goto done;
    }
    whole = rw_winclip_windows(grid) - 1;
    RW_TRY(rw_score_crops(&score, scorer, image->windows + whole * scorer->dim, 1, encoder.clip->kernels, encoder.arena,
                          encoder.pool, err));
    RW_TRY(rw_windows_associate(field, image, normal, n, encoder.arena, encoder.pool, err));
    for (size_t i = 0; i < grid * grid; i++)
        most = fmaxf(most, field[i]);
    if (map != NULL)
        RW_TRY(fill_map(map, field, &encoder, scorer, image, err));
    value              = 0.5 * ((double)score.score + (double)most);
    score.score        = (float)value;
    score.logit        = (float)log(value / (1.0 - value));
    score.score_memory = most;
    rw_versioned_write(out, size, &score, RW_SIZE_TO(rwda_score, score_memory));
done:
    rw_arena_rewind(encoder.arena, mark);
    return status;
}
