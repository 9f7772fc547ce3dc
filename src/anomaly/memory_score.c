#include "anomaly/memory_score.h"

#include "kernels/nearest.h"

#include <math.h>
#include <string.h>

#define DISTANCE_LEAST 1e-7f             /* what rounding leaves of no distance; and of 1, whose logit is infinite */
#define TABLE_FLOATS   ((size_t)1 << 22) /* of nearest products that are held at a time: 16 MB */

static float distance_of(double similarity)
{
    return fminf(fmaxf((float)((1.0 - similarity) * 0.5), DISTANCE_LEAST), 1.0f - DISTANCE_LEAST);
}

/* Moves the `count` largest of x [n] to its front, in an order that follows from x alone. */
static void select_largest(float *x, size_t n, size_t count)
{
    size_t low = 0, high = n;

    while (high - low > 1) {
        float  pivot = x[low + (high - low) / 2];
        size_t above = low, equal = low, end = high;

        while (equal < end) { /* larger ones to the front, smaller ones to the end */
            float value = x[equal];

            if (value > pivot) {
                x[equal++] = x[above];
                x[above++] = value;
            } else if (value < pivot) {
                x[equal] = x[--end];
                x[end]   = value;
            } else {
                equal++;
            }
        }
        if (count < above)
            high = above;
        else if (count > end)
            low = end;
        else
            return;
    }
}

/* Mean of the `count` largest of x [n], which is put in another order. */
static double mean_of_largest(float *x, size_t n, size_t count)
{
    double sum = 0.0;

    select_largest(x, n, count);
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i];
    return sum / (double)count;
}

/* ---- Distances --------------------------------------------------------------------------------------------------------- */

/* Rows of one layer whose nearest products are known. */
typedef struct {
    float  *best; /* [rows, segments]; -INFINITY where a coreset left an image without tokens */
    size_t  segments;
    size_t  skip;    /* the segment that does not count, if there is one */
    size_t  nearest; /* so many images' are averaged */
    double  layers;
    double *sums; /* [rows] += distance / layers */
} reduction;

static void reduce_row(void *context, size_t row, int thread)
{
    const reduction *r    = context;
    float           *x    = r->best + row * r->segments;
    bool             skip = r->skip < r->segments;

    (void)thread;
    if (skip)
        memmove(x + r->skip, x + r->skip + 1, (r->segments - r->skip - 1) * sizeof *x);
    r->sums[row] += (double)distance_of(mean_of_largest(x, r->segments - skip, r->nearest)) / r->layers;
}

/* What is searched of layer i: every image by itself where that matters, else all of them, or those before and behind `skip`. */
static rw_bank bank_of(size_t starts[4], reduction *r, const rwda_memory *m, size_t i, size_t skip)
{
    const size_t *of     = m->starts[i];
    size_t        images = m->info.images, counted = 0;

    *r = (reduction){ .skip = SIZE_MAX, .nearest = 1, .layers = m->info.layers };
    if (m->options.robust > 0.0f) {
        for (size_t s = 0; s < images; s++)
            counted += s != skip && of[s + 1] > of[s];
        r->segments = images;
        r->skip     = skip;
        r->nearest  = rw_share_of((double)m->options.robust, counted);
        return (rw_bank){ m->banks[i], of, images };
    }
    r->segments = skip < images ? 3 : 1;
    starts[0]   = 0;
    starts[1]   = skip < images ? of[skip] : of[images];
    if (skip < images) {
        starts[2] = of[skip + 1];
        starts[3] = of[images];
        r->skip   = 1;
    }
    return (rw_bank){ m->banks[i], starts, r->segments };
}

static rwda_status add_layer(double *sums, const rwda_memory *m, const float *x, size_t cells, size_t i, size_t skip,
                             rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    rw_arena_mark mark = rw_arena_save(arena);
    size_t        starts[4], bytes, some, d = (size_t)m->info.width;
    reduction     r;
    rw_bank       bank    = bank_of(starts, &r, m, i, skip);
    void         *scratch = NULL;
    rwda_status   status  = RWDA_OK;

    some   = TABLE_FLOATS / r.segments > 0 ? TABLE_FLOATS / r.segments : 1;
    some   = some < cells ? some : cells;
    r.best = rw_arena_array(arena, some, r.segments * sizeof *r.best);
    if (rw_nearest_scratch(&bytes, &bank, some, m->view.kernels, pool))
        scratch = rw_arena_array(arena, bytes, 1);
    if (r.best == NULL || scratch == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "nearest of %zu tokens in %zu images", some, m->info.images);
        goto done;
    }
    for (size_t first = 0; first < cells; first += some) {
        size_t count = cells - first < some ? cells - first : some;

        rw_nearest(r.best, x + first * d, d, count, &bank, scratch, m->view.kernels, pool);
        r.sums = sums + first;
        rw_thread_pool_run(pool, reduce_row, &r, count);
    }
done:
    rw_arena_rewind(arena, mark);
    return status;
}

/* Whether nothing is left to compare with where image `skip` does not count. */
static bool is_alone(const rwda_memory *m, size_t skip)
{
    bool alone = false;

    for (size_t i = 0; i < (size_t)m->info.layers && skip < m->info.images; i++)
        alone = alone || m->starts[i][skip + 1] - m->starts[i][skip] == m->starts[i][m->info.images];
    return alone;
}

rwda_status rw_memory_distances(float *grid, const rwda_memory *m, float *const *tokens, size_t cells, size_t skip,
                                rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    rw_arena_mark mark   = rw_arena_save(arena);
    double       *sums   = rw_arena_array(arena, cells, sizeof *sums);
    bool          alone  = is_alone(m, skip);
    rwda_status   status = RWDA_OK;

    if (sums == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "distances of %zu patches", cells);
    memset(sums, 0, cells * sizeof *sums);
    for (size_t i = 0; i < (size_t)m->info.layers && !alone; i++)
        RW_TRY(add_layer(sums, m, tokens[i], cells, i, skip, arena, pool, err));
    for (size_t p = 0; p < cells; p++)
        grid[p] = alone ? NAN : (float)sums[p];
done:
    rw_arena_rewind(arena, mark);
    return status;
}

/* ---- Scores ------------------------------------------------------------------------------------------------------------ */

rwda_status rw_memory_highest(float *score, const float *grid, size_t cells, double share, rw_arena *arena, rwda_error *err)
{
    rw_arena_mark mark = rw_arena_save(arena);
    float        *copy = rw_arena_array(arena, cells, sizeof *copy);

    if (copy == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "score of %zu patches", cells);
    memcpy(copy, grid, cells * sizeof *copy);
    *score = (float)mean_of_largest(copy, cells, rw_share_of(share, cells));
    rw_arena_rewind(arena, mark);
    return RWDA_OK;
}

/* Half the cosine distance of an image embedding to the nearest of the memory's, each image's first row; robust as for patches. */
static rwda_status class_distance(float *out, const rwda_memory *m, const float *x, size_t skip, rw_arena *arena,
                                  rwda_error *err)
{
    rw_arena_mark mark   = rw_arena_save(arena);
    size_t        images = m->info.images, dim = (size_t)m->view.config.embed_dim, n = 0;
    float        *best   = rw_arena_array(arena, images, sizeof *best);
    float         robust = m->options.robust;

    if (best == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "distances to %zu images", images);
    for (size_t i = 0; i < images; i++)
        if (i != skip)
            best[n++] = m->view.kernels->dot(x, m->embeddings + i * m->crops * dim, dim);
    *out = n > 0 ? distance_of(mean_of_largest(best, n, robust > 0.0f ? rw_share_of((double)robust, n) : 1)) : NAN;
    rw_arena_rewind(arena, mark);
    return RWDA_OK;
}

rwda_status rw_memory_score(float *score, const rwda_memory *m, const float *grid, size_t cells, const float *embedding,
                            size_t skip, rw_arena *arena, rwda_error *err)
{
    float       weight = m->options.class_weight, class = NAN;
    rwda_status status;

    RW_TRY(rw_memory_highest(score, grid, cells, (double)m->options.share, arena, err));
    if (weight > 0.0f) {
        RW_TRY(class_distance(&class, m, embedding, skip, arena, err));
        *score = (1.0f - weight) * *score + weight * class;
    }
done:
    return status;
}

rwda_status rw_memory_look_new(rw_memory_look *out, const rwda_memory *m, rw_arena *arena, rwda_error *err)
{
    size_t cells = (size_t)m->info.grid * (size_t)m->info.grid;

    *out = (rw_memory_look){ .cells = cells };
    for (size_t i = 0; i < (size_t)m->info.layers; i++) {
        out->tokens[i] = rw_arena_array(arena, cells, (size_t)m->info.width * sizeof *out->tokens[i]);
        if (out->tokens[i] == NULL)
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "tokens of %zu patches", cells);
    }
    return RWDA_OK;
}

rwda_status rw_memory_recall(rw_memory_look *out, const rwda_memory *m, size_t image, rw_arena *arena, rwda_error *err)
{
    rwda_status status = rw_memory_look_new(out, m, arena, err);

    for (size_t i = 0; i < (size_t)m->info.layers && status == RWDA_OK; i++)
        rw_memory_widen(out->tokens[i], m, i, m->starts[i][image], out->cells);
    return status;
}
