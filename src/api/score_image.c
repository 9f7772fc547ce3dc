#include "api/score_image.h"

#include "anomaly/memory_score.h"

#include <math.h>

/* The image's number in a memory of the batch that it belongs to, and its tokens from there where they are whole. */
static rwda_status recall(size_t *skip, rw_memory_look *look, const rwda_memory *m, const rwda_image *image, rw_arena *arena,
                          rwda_error *err)
{
    char        sha256[65];
    rwda_status status;

    *skip = RW_MEMORY_NOBODY;
    if (!m->info.options.mutual)
        return RWDA_OK;
    RW_TRY(rw_image_sha256(sha256, image, err));
    *skip = rw_memory_find(m, sha256);
    if (*skip != RW_MEMORY_NOBODY && m->info.options.keep >= 1.0f)
        RW_TRY(rw_memory_recall(look, m, *skip, arena, err));
done:
    return status;
}

rwda_status rw_score_image(rwda_score *out, float *grid, rwda_session *session, const rwda_scorer *scorer,
                           const rwda_image *image, rwda_error *err)
{
    const rwda_memory *m       = scorer->options.memory;
    const rw_kernels  *kernels = session->model->clip->kernels;
    rw_encoder         encoder = rw_session_encoder(session);
    rw_arena          *arena   = &session->arena;
    rw_arena_mark      mark    = rw_arena_save(arena);
    bool               words   = out != NULL && scorer->options.fuse > 0.0;
    bool               class   = out != NULL && m->info.options.class_weight > 0.0f;
    size_t             skip, rows = m->crops, cells;
    rw_memory_look     look = { .cells = 0 };
    float             *x    = NULL, memory;
    rwda_score         by_words;
    rwda_status        status;

    if (out != NULL)
        *out = (rwda_score){ NAN, NAN, NAN, 0, NAN, NAN };
    RW_TRY(rw_clip_require(session->model->clip, RWDA_TOWERS_IMAGE, err));
    if (image->width < 1 || image->height < 1 || image->stride < 3 * (size_t)image->width) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image of %d x %d pixels with rows of %zu bytes", image->width,
                         image->height, image->stride);
        goto done;
    }
    RW_TRY(recall(&skip, &look, m, image, arena, err));
    if (skip != RW_MEMORY_NOBODY && grid == NULL && !words && !isnan(m->images[skip].score)) {
        rw_score_fuse(out, scorer, m->images[skip].score, NULL); /* known since the memory was made */
        goto done;
    }
    if (look.cells == 0)
        RW_TRY(rw_memory_look_at(&look, &m->info.options, &m->view, &encoder, image, err));
    cells = look.cells;
    grid  = grid != NULL ? grid : rw_arena_array(arena, cells, sizeof *grid);
    x     = look.embedding;
    if (x == NULL && (words || class)) {
        x = rw_arena_array(arena, rows, scorer->dim * sizeof *x);
        if (x != NULL)
            RW_TRY(rwda_session_embed_images(x, session, &image, 1, m->info.options.resize, m->info.options.crops, err));
    }
    if (grid == NULL || (x == NULL && (words || class))) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "distances of %zu patches", cells);
        goto done;
    }
    RW_TRY(rw_memory_distances(grid, m, look.tokens, cells, skip, arena, session->pool, err));
    if (out == NULL)
        goto done;
    RW_TRY(rw_memory_score(&memory, m, grid, cells, x, skip, arena, err));
    if (words)
        RW_TRY(rw_score_crops(&by_words, scorer, x, rows, kernels, arena, session->pool, err));
    rw_score_fuse(out, scorer, memory, words ? &by_words : NULL);
done:
    rw_arena_rewind(arena, mark);
    return status;
}
