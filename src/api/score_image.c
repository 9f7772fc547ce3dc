#include "api/score_image.h"

#include "anomaly/memory_score.h"

#include <math.h>
#include <string.h>

/* An image on its way. */
typedef struct {
    size_t         skip;  /* its number in the memory of the batch that it belongs to, or RW_MEMORY_NOBODY */
    bool           known; /* its score is that of the memory's image, which is there already */
    rw_memory_look look;
    const float   *x; /* [crops, D] for words and class token; NULL: not needed */
} passenger;

/* What of an image the memory of its own batch holds: its score, or its tokens where they are whole. */
static rwda_status recall(passenger *p, const rwda_memory *m, const rwda_image *image, bool score_alone, rw_arena *arena,
                          rwda_error *err)
{
    char        sha256[65];
    rwda_status status = RWDA_OK;

    *p = (passenger){ .skip = RW_MEMORY_NOBODY };
    if (!m->options.mutual)
        return RWDA_OK;
    rw_image_sha256(sha256, image);
    p->skip = rw_memory_find(m, sha256);
    if (p->skip == RW_MEMORY_NOBODY)
        goto done;
    p->known = score_alone && !isnan(m->images[p->skip].score);
    if (!p->known && m->options.keep >= 1.0f)
        RW_TRY(rw_memory_recall(&p->look, m, p->skip, arena, err));
done:
    return status;
}

/* Looks at those images whose tokens are not there yet, all in one go. */
static rwda_status look_at_rest(passenger *p, const rwda_memory *m, const rw_encoder *encoder,
                                const rwda_image *const *images, size_t n, rwda_error *err)
{
    const rwda_image **rest   = rw_arena_array(encoder->arena, n, sizeof *rest);
    rw_memory_look    *looks  = rw_arena_array(encoder->arena, n, sizeof *looks);
    size_t             count  = 0;
    rwda_status        status = RWDA_OK;

    if (rest == NULL || looks == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "tokens of %zu images", n);
    for (size_t i = 0; i < n; i++)
        if (!p[i].known && p[i].look.cells == 0)
            rest[count++] = images[i];
    if (count > 0)
        RW_TRY(rw_memory_look_at(looks, &m->options, &m->view, encoder, rest, count, err));
    count = 0;
    for (size_t i = 0; i < n; i++)
        if (!p[i].known && p[i].look.cells == 0) {
            p[i].look = looks[count++];
            p[i].x    = p[i].look.embedding;
        }
done:
    return status;
}

/* Image embeddings as words see the images, of those whose pass over patches did not give them. */
static rwda_status embed_rest(passenger *p, rwda_session *session, const rwda_scorer *scorer,
                              const rwda_image *const *images, size_t n, rwda_error *err)
{
    const rwda_memory *m      = scorer->options.memory;
    const rwda_image **rest   = rw_arena_array(&session->arena, n, sizeof *rest);
    float             *x      = rw_arena_array(&session->arena, n * m->crops, scorer->dim * sizeof *x);
    size_t             count  = 0;
    rwda_status        status = RWDA_OK;

    if (rest == NULL || x == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "embeddings of %zu images", n);
    for (size_t i = 0; i < n; i++)
        if (!p[i].known && p[i].x == NULL) {
            p[i].x        = x + count * m->crops * scorer->dim;
            rest[count++] = images[i];
        }
    if (count > 0)
        status = rwda_session_embed_images(x, session, rest, count, m->options.resize, m->options.crops, err);
    return status;
}

static rwda_status score_one(rwda_score *out, float *grid, passenger *p, rwda_session *session, const rwda_scorer *scorer,
                             rwda_error *err)
{
    const rwda_memory *m     = scorer->options.memory;
    rw_arena          *arena = &session->arena;
    rw_arena_mark      mark  = rw_arena_save(arena);
    bool               words = scorer->options.fuse > 0.0;
    rwda_score         by_words;
    float              memory;
    rwda_status        status = RWDA_OK;

    if (p->known) {
        rw_score_fuse(out, scorer, m->images[p->skip].score, NULL);
        return RWDA_OK;
    }
    grid = grid != NULL ? grid : rw_arena_array(arena, p->look.cells, sizeof *grid);
    if (grid == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "distances of %zu patches", p->look.cells);
    RW_TRY(rw_memory_distances(grid, m, p->look.tokens, p->look.cells, p->skip, arena, session->pool, err));
    if (out == NULL)
        goto done;
    RW_TRY(rw_memory_score(&memory, m, grid, p->look.cells, p->x, p->skip, arena, err));
    if (words)
        RW_TRY(rw_score_crops(&by_words, scorer, p->x, m->crops, session->model->clip->kernels, arena, session->pool, err));
    rw_score_fuse(out, scorer, memory, words ? &by_words : NULL);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

bool rw_sees_alike(const rwda_memory *a, const rwda_memory *b)
{
    const rwda_memory_options *one = a->info.options, *other = b->info.options;

    if (a == b)
        return true;
    return !one->mutual && !other->mutual && one->image_size == other->image_size && one->tiles == other->tiles &&
           one->neighbourhood == other->neighbourhood && one->words == other->words && one->resize == other->resize &&
           one->crops == other->crops && memcmp(one->layers, other->layers, sizeof one->layers) == 0;
}

rwda_status rw_sight_new(rw_sight *out, const rwda_memory *of, size_t n, rw_arena *arena, rwda_error *err)
{
    *out = (rw_sight){ of, rw_arena_array(arena, n, sizeof *out->looks), rw_arena_array(arena, n, sizeof *out->x) };
    if (out->looks == NULL || out->x == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "tokens of %zu images", n);
    for (size_t i = 0; i < n; i++) {
        out->looks[i] = (rw_memory_look){ .cells = 0 };
        out->x[i]     = NULL;
    }
    return RWDA_OK;
}

rwda_status rw_score_images(rwda_score *out, float *grids, rwda_session *session, const rwda_scorer *scorer,
                            const rwda_image *const *images, size_t n, rw_sight *shared, rwda_error *err)
{
    const rwda_memory *m       = scorer->options.memory;
    rw_encoder         encoder = rw_session_encoder(session);
    rw_arena          *arena   = &session->arena;
    rw_arena_mark      mark    = rw_arena_save(arena);
    size_t             cells   = (size_t)m->info.grid * (size_t)m->info.grid;
    bool        words = scorer->options.fuse > 0.0, embedded = out != NULL && (words || m->options.class_weight > 0.0f);
    passenger  *p = rw_arena_array(arena, n, sizeof *p);
    rwda_status status;

    for (size_t i = 0; out != NULL && i < n; i++)
        out[i] = (rwda_score){ NAN, NAN, NAN, 0, NAN, NAN };
    if (p == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scores of %zu images", n);
    RW_TRY(rw_clip_require(session->model->clip, RWDA_TOWERS_IMAGE, err));
    for (size_t i = 0; i < n; i++) {
        if (images[i]->width < 1 || images[i]->height < 1 || images[i]->stride < 3 * (size_t)images[i]->width) {
            status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image of %d x %d pixels with rows of %zu bytes",
                             images[i]->width, images[i]->height, images[i]->stride);
            goto done;
        }
        RW_TRY(recall(&p[i], m, images[i], out != NULL && grids == NULL && !words, arena, err));
        if (shared != NULL && p[i].look.cells == 0)
            p[i].look = shared->looks[i];
        p[i].x = shared != NULL ? shared->x[i] : NULL;
    }
    RW_TRY(look_at_rest(p, m, &encoder, images, n, err));
    if (embedded)
        RW_TRY(embed_rest(p, session, scorer, images, n, err));
    for (size_t i = 0; shared != NULL && i < n; i++) {
        shared->looks[i] = p[i].look;
        shared->x[i]     = p[i].x;
    }
    mark = shared != NULL ? rw_arena_save(arena) : mark;
    for (size_t i = 0; i < n; i++)
        RW_TRY(
            score_one(out != NULL ? &out[i] : NULL, grids != NULL ? grids + i * cells : NULL, &p[i], session, scorer, err));
done:
    rw_arena_rewind(arena, mark);
    return status;
}

size_t rw_score_images_together(rwda_session *session, const rwda_scorer *scorer)
{
    const rwda_memory *m       = scorer->options.memory;
    rw_encoder         encoder = rw_session_encoder(session);

    return rw_memory_images_together(&m->options, &m->view, &encoder);
}
