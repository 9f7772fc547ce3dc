#include "anomaly/winclip_plus.h"

#include "anomaly/look.h"
#include "anomaly/winclip.h"
#include "clip/layer_tokens.h"
#include "clip/towers.h"
#include "clip/window_pass.h"
#include "kernels/nearest.h"

#include <math.h>

#define DISTANCE_LEAST 1e-7f /* what rounding leaves of no distance; and of 1, whose logit is infinite */

/* Rows of one scale. */
typedef struct {
    const float *x; /* [count, d] */
    size_t       count, d;
} scale;

static scale scale_of(const rwda_windows *w, int i)
{
    size_t grid = rw_vision_grid(w->clip), dim = (size_t)w->clip->config.embed_dim, twos = rw_window_count(grid, 2);

    if (i == 0)
        return (scale){ w->windows, twos, dim };
    if (i == 1)
        return (scale){ w->windows + twos * dim, rw_window_count(grid, 3), dim };
    return (scale){ w->patches, grid * grid, (size_t)w->clip->config.vision.width };
}

static rwda_status pack(rwda_windows *w, rwda_error *err)
{
    const rw_kernels *kernels = w->clip->kernels;

    for (int i = 0; i < RW_WINCLIP_SCALES; i++) {
        scale  s = scale_of(w, i);
        size_t bytes;

        if (s.count == 0)
            continue;
        if (!rw_matrix_bytes(&bytes, RWDA_PRECISION_F32, kernels, s.count, s.d) ||
            (w->panels[i] = rw_new_array(bytes, 1)) == NULL)
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu windows", s.count);
        w->packed[i] = rw_matrix_at(w->panels[i], RWDA_PRECISION_F32, s.count, s.d);
        rw_matrix_pack_rows(&w->packed[i], kernels, s.x, 0, s.count);
    }
    return RWDA_OK;
}

rwda_status rw_windows_look_at(rwda_windows *out, const rw_encoder *encoder, const rwda_image *image, rwda_error *err)
{
    const rw_clip        *clip   = encoder->clip;
    const rw_clip_config *config = &clip->config;
    size_t                side = (size_t)config->image_size, grid = rw_vision_grid(clip), d = (size_t)config->vision.width;
    rw_arena_mark         mark   = rw_arena_save(encoder->arena);
    float                *pixels = rw_arena_array(encoder->arena, 3 * side, side * sizeof *pixels);
    float                *tokens = rw_arena_array(encoder->arena, rw_vision_token_count(clip), d * sizeof *tokens);
    rw_preprocess_config  look   = rw_look_of(clip, config->image_size);
    rwda_status           status;

    out->clip    = clip;
    out->width   = image->width;
    out->height  = image->height;
    out->windows = rw_new_array(rw_winclip_windows(grid), (size_t)config->embed_dim * sizeof *out->windows);
    out->patches = rw_new_array(grid * grid, d * sizeof *out->patches);
    if (pixels == NULL || tokens == NULL || out->windows == NULL || out->patches == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "windows of %zu patches", grid * grid);
        goto done;
    }
    RW_TRY(rw_preprocess_box(pixels, &look, image, (rw_box){ 0, 0, image->width, image->height }, true, err));
    RW_TRY(rw_layer_tokens(&out->patches, NULL, clip, pixels, 1, &config->vision.layers, 1, encoder->arena, encoder->pool,
                           err));
    if (!rw_tokens_average_unit(out->patches, NULL, grid, d, 1, clip->kernels)) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: a token after the last block is not finite",
                         clip->weights_path);
        goto done;
    }
    RW_TRY(rw_vision_tokens(tokens, clip, pixels, 1, encoder->arena, encoder->pool, err));
    RW_TRY(rw_winclip_encode(out->windows, encoder, tokens, err));
    status = pack(out, err);
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

/* near [s.count] = the largest product of each row with those of any normal image. */
static rwda_status largest(float *near, scale s, int i, const rwda_windows *const *normal, size_t n, rw_arena *arena,
                           rw_thread_pool *pool, rwda_error *err)
{
    const rw_kernels *kernels   = normal[0]->clip->kernels;
    size_t            starts[2] = { 0, s.count }, bytes = 0;
    rw_bank           bank    = { normal[0]->packed[i], starts, 1 };
    bool              fits    = rw_nearest_scratch(&bytes, &bank, s.count, kernels, pool);
    void             *scratch = fits ? rw_arena_array(arena, bytes, 1) : NULL;
    float            *one     = rw_arena_array(arena, s.count, sizeof *one);

    if (scratch == NULL || one == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "nearest of %zu windows", s.count);
    for (size_t k = 0; k < n; k++) {
        bank.columns = normal[k]->packed[i];
        rw_nearest(one, s.x, s.d, s.count, &bank, scratch, kernels, pool);
        for (size_t w = 0; w < s.count; w++)
            near[w] = k == 0 ? one[w] : fmaxf(near[w], one[w]);
    }
    return RWDA_OK;
}

rwda_status rw_windows_associate(float *map, const rwda_windows *image, const rwda_windows *const *normal, size_t n,
                                 rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    size_t        grid = rw_vision_grid(image->clip), cells = grid * grid, scales = 0;
    rw_arena_mark mark   = rw_arena_save(arena);
    double       *sums   = rw_arena_array(arena, cells, sizeof *sums);
    float        *near   = rw_arena_array(arena, cells, sizeof *near); /* no scale has more windows than patches */
    rwda_status   status = RWDA_OK;

    if (sums == NULL || near == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "association of %zu patches", cells);
        goto done;
    }
    for (size_t c = 0; c < cells; c++)
        sums[c] = 0.0;
    for (int i = 0; i < RW_WINCLIP_SCALES; i++) {
        scale s = scale_of(image, i);

        if (s.count == 0)
            continue;
        RW_TRY(largest(near, s, i, normal, n, arena, pool, err));
        for (size_t w = 0; w < s.count; w++)
            near[w] = fminf(fmaxf((1.0f - near[w]) * 0.5f, DISTANCE_LEAST), 1.0f - DISTANCE_LEAST);
        if (i < 2)
            rw_winclip_aggregate(map, near, grid, (size_t)i + 2);
        for (size_t c = 0; c < cells; c++)
            sums[c] += (double)(i < 2 ? map[c] : near[c]);
        scales++;
    }
    for (size_t c = 0; c < cells; c++)
        map[c] = (float)(sums[c] / (double)scales);
done:
    rw_arena_rewind(arena, mark);
    return status;
}
