/* map.c - where in a image does the scorer see an anomaly? */
#include "anomaly/map.h"

#include "anomaly/look.h"
#include "anomaly/winclip.h"
#include "clip/patch_tower.h"
#include "clip/towers.h"
#include "image/score_map.h"

#include <stdlib.h>
#include <string.h>

#define TILE_LEAST  16   /* pixels */
#define SQUARES_MAX 4096 /* a image: each is a pass through the vision tower, or hundreds */
#define CROPS_MAX   32
#define SMOOTH_MAX  256.0f

/* What every part of the work needs. */
typedef struct {
    const rwda_scorer      *scorer;
    const rw_encoder       *encoder;
    const rwda_image       *image;
    const rwda_map_options *options;
    rw_score_map            field;
} mapping;

/* ---- Squares that cover an image --------------------------------------------------------------------------------- */

/* One direction: squares of `side` from at(0) = 0, 0.8 of a side apart, the last flush with the end. */
typedef struct {
    int length, side, stride, count;
} rail;

static rail rail_along(int length, int side)
{
    int stride = side * 4 / 5 > 0 ? side * 4 / 5 : 1;

    return (rail){ length, side, stride, side < length ? 1 + (length - side + stride - 1) / stride : 1 };
}

static int rail_at(const rail *r, int i)
{
    int at = i * r->stride, end = r->length - r->side;

    return at < end ? at : end;
}

/* counts [length]: how many squares cover each pixel of this direction. */
static void rail_count(uint32_t *counts, const rail *r)
{
    for (int i = 0; i < r->count; i++)
        for (int p = rail_at(r, i); p < rail_at(r, i) + r->side; p++)
            counts[p]++;
}

/* ---- One square --------------------------------------------------------------------------------------------------- */

static rwda_status preprocess(float *pixels, const mapping *m, rw_box box, rwda_error *err)
{
    const rw_clip       *clip = m->encoder->clip;
    rw_preprocess_config look = rw_look_of(clip, clip->config.image_size);

    return rw_preprocess_box(pixels, &look, m->image, box, true, err);
}

static rwda_status patch_scores(float *grid, const mapping *m, const float *tokens, rwda_error *err)
{
    const rw_encoder *e      = m->encoder;
    int               layers = e->clip->config.vision.layers;
    int               blocks = m->options->value_blocks < 0 ? layers / 2 : m->options->value_blocks;
    size_t            cells  = rw_vision_grid(e->clip) * rw_vision_grid(e->clip);
    float            *x      = rw_arena_array(e->arena, cells, m->scorer->dim * sizeof *x);
    rwda_status       status = RWDA_OK;

    if (x == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu patch embeddings", cells);
    RW_TRY(rw_patches_encode(x, NULL, e->clip, tokens, blocks, e->arena, e->pool, err));
    RW_TRY(rw_score_rows(grid, m->scorer, x, cells, e->clip->kernels, e->arena, e->pool, err));
done:
    return status;
}

static rwda_status add_grid(const mapping *m, rw_box box, rwda_error *err)
{
    const rw_encoder *e      = m->encoder;
    size_t            side   = (size_t)e->clip->config.image_size;
    float            *pixels = rw_arena_array(e->arena, 3 * side, side * sizeof *pixels);
    float            *tokens =
        rw_arena_array(e->arena, rw_vision_token_count(e->clip), (size_t)e->clip->config.vision.width * sizeof *tokens);
    float      *grid   = rw_arena_array(e->arena, rw_vision_token_count(e->clip), sizeof *grid);
    rwda_status status = RWDA_OK;

    if (pixels == NULL || tokens == NULL || grid == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a map's square of %d x %d pixels", box.width, box.height);
    RW_TRY(preprocess(pixels, m, box, err));
    RW_TRY(rw_vision_tokens(tokens, e->clip, pixels, 1, e->arena, e->pool, err));
    RW_TRY(m->options->mode == RWDA_MAP_WINDOWS ? rw_winclip_map(grid, m->scorer, e, tokens, err)
                                                : patch_scores(grid, m, tokens, err));
    rw_score_map_add_grid(&m->field, box, grid, rw_vision_grid(e->clip), rw_vision_across(e->clip), e->pool);
done:
    return status;
}

/* Length of a crop: the share of a side, and enough that n of them leave no gap. */
static int share_of(int length, float share, int n)
{
    int pixels = (int)((double)share * length), least = length / n + (length % n != 0);

    return pixels > length ? length : pixels > least ? pixels : least;
}

static rwda_status add_crops(const mapping *m, rw_box box, rwda_error *err)
{
    const rw_encoder *e = m->encoder;
    int               n = m->options->crops_across;
    int         w = share_of(box.width, m->options->crops_share, n), h = share_of(box.height, m->options->crops_share, n);
    size_t      side = (size_t)e->clip->config.image_size, count = (size_t)n * (size_t)n, crop = 3 * side * side;
    size_t      most = rw_encoder_crops(e), batch = most < count ? most : count;
    float      *pixels = rw_arena_array(e->arena, batch, crop * sizeof *pixels);
    float      *x      = rw_arena_array(e->arena, count, m->scorer->dim * sizeof *x);
    float      *scores = rw_arena_array(e->arena, count, sizeof *scores);
    rwda_status status = RWDA_OK;

    if (pixels == NULL || x == NULL || scores == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu crops of a map", count);
    for (size_t first = 0; first < count; first += batch) {
        size_t some = count - first < batch ? count - first : batch;

        for (size_t i = 0; i < some; i++) {
            int    row = (int)(first + i) / n, column = (int)(first + i) % n;
            rw_box part = { box.x + rw_score_map_offset(box.width, w, n, column),
                            box.y + rw_score_map_offset(box.height, h, n, row), w, h };

            RW_TRY(preprocess(pixels + i * crop, m, part, err));
        }
        RW_TRY(rw_encode_crops(x + first * m->scorer->dim, e, pixels, some, err));
    }
    RW_TRY(rw_score_rows(scores, m->scorer, x, count, e->clip->kernels, e->arena, e->pool, err));
    rw_score_map_add_crops(&m->field, box, scores, n, w, h, e->pool);
done:
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------------------------------ */

static rwda_status check(const mapping *m, rwda_error *err)
{
    const rwda_map_options *o      = m->options;
    int                     layers = m->encoder->clip->config.vision.layers;

    if (m->image->width < 1 || m->image->height < 1 || m->image->stride < 3 * (size_t)m->image->width)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image of %d x %d pixels with rows of %zu bytes", m->image->width,
                       m->image->height, m->image->stride);
    if ((unsigned)o->mode > RWDA_MAP_CROPS)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: mode %d is none of its values", (int)o->mode);
    if (o->tile != 0 && o->tile < TILE_LEAST)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: tile of %d pixels; 0 or at least %d", o->tile, TILE_LEAST);
    if (o->value_blocks < -1 || o->value_blocks > layers)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: value_blocks %d is not in -1..%d, the model's layers",
                       o->value_blocks, layers);
    if (o->crops_across < 1 || o->crops_across > CROPS_MAX)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: crops_across %d is not in 1..%d", o->crops_across, CROPS_MAX);
    if (!(o->crops_share <= 1.0f && o->crops_share * (float)o->crops_across >= 0.9999f))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: crops_share %g is not in 1/%d..1: crops would leave gaps",
                       (double)o->crops_share, o->crops_across);
    if (!(o->smooth >= 0.0f && o->smooth <= SMOOTH_MAX))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: smooth %g is not in 0..%g pixels", (double)o->smooth,
                       (double)SMOOTH_MAX);
    return RWDA_OK;
}

rwda_status rw_map_compute(float *map, const rwda_scorer *scorer, const rw_encoder *encoder, const rwda_image *image,
                           const rwda_map_options *options, rwda_error *err)
{
    int         width = image->width, height = image->height, side = width < height ? width : height;
    mapping     m      = { scorer, encoder, image, options, { map, width, height } };
    uint32_t   *counts = NULL; /* [width + height] */
    rail        across, down;
    rwda_status status;

    RW_TRY(check(&m, err));
    side   = options->tile > 0 && options->tile < side ? options->tile : side;
    across = rail_along(width, options->tile > 0 ? side : width);
    down   = rail_along(height, options->tile > 0 ? side : height);
    if ((int64_t)across.count * down.count > SQUARES_MAX) {
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "image of %d x %d takes %lld squares of %d pixels, at most %d",
                         width, height, (long long)across.count * down.count, side, SQUARES_MAX);
        goto done;
    }
    memset(map, 0, (size_t)width * (size_t)height * sizeof *map);
    for (int row = 0; row < down.count; row++)
        for (int column = 0; column < across.count; column++) {
            rw_box        box  = { rail_at(&across, column), rail_at(&down, row), across.side, down.side };
            rw_arena_mark mark = rw_arena_save(encoder->arena);

            status = options->mode == RWDA_MAP_CROPS ? add_crops(&m, box, err) : add_grid(&m, box, err);
            rw_arena_rewind(encoder->arena, mark);
            if (status != RWDA_OK)
                goto done;
        }
    if (across.count > 1 || down.count > 1) {
        counts = rw_new_array((size_t)width + (size_t)height, sizeof *counts);
        if (counts == NULL) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "map of %d x %d", width, height);
            goto done;
        }
        rail_count(counts, &across);
        rail_count(counts + width, &down);
        rw_score_map_divide(&m.field, counts, counts + width, encoder->pool);
    }
    if (options->smooth > 0.0f)
        RW_TRY(rw_score_map_blur(&m.field, options->smooth, encoder->pool, err));
done:
    free(counts);
    return status;
}
