/* train.c - how do text embeddings become networks? */
#include "anomaly/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Streams of a seed: 0 belongs to the prompts. */
enum { STREAM_START = 1, STREAM_ORDER, STREAM_DROPOUT, STREAM_NOISE };

#define NOISE_PIECE  256
#define NORMAL_DRAWS 2 /* numbers of the stream in one normal number */

/* Everything one network's training holds, from one arena. */
typedef struct {
    float    *x, *y, *keep, *gradient, *mean, *square;
    uint32_t *order; /* [pairs], shuffled every epoch */
    rw_random shuffle, dropout, noise;
} bench;

static bool bench_new(bench *b, const rw_fnn_shape *shape, size_t rows, size_t pairs, uint64_t seed, rw_arena *arena)
{
    size_t count = rw_fnn_count(shape);

    *b = (bench){
        .x        = rw_arena_array(arena, rows, shape->dim * sizeof(float)),
        .y        = rw_arena_array(arena, rows, sizeof(float)),
        .keep     = rw_arena_array(arena, rows, shape->hidden * sizeof(float)),
        .gradient = rw_arena_array(arena, count, sizeof(float)),
        .mean     = rw_arena_array(arena, count, sizeof(float)),
        .square   = rw_arena_array(arena, count, sizeof(float)),
        .order    = rw_arena_array(arena, pairs, sizeof(uint32_t)),
        .shuffle  = rw_random_init(seed, STREAM_ORDER),
        .dropout  = rw_random_init(seed, STREAM_DROPOUT),
        .noise    = rw_random_init(seed, STREAM_NOISE),
    };
    if (b->x == NULL || b->y == NULL || b->keep == NULL || b->gradient == NULL || b->mean == NULL || b->square == NULL ||
        b->order == NULL)
        return false;
    memset(b->mean, 0, count * sizeof *b->mean);
    memset(b->square, 0, count * sizeof *b->square);
    for (size_t i = 0; i < pairs; i++)
        b->order[i] = (uint32_t)i;
    return true;
}

/* Fisher and Yates. */
static void shuffle(uint32_t *order, size_t n, rw_random *random)
{
    for (size_t i = n; i > 1; i--) {
        size_t   j    = rw_random_below(random, (uint32_t)i);
        uint32_t swap = order[i - 1];

        order[i - 1] = order[j];
        order[j]     = swap;
    }
}

/* Noise on a unit vector, which stays one (CapDec, CLOSE: against the gap between text and image embeddings). */
static void add_noise(float *x, size_t dim, float sigma, rw_random *random, const rw_kernels *kernels)
{
    uint32_t draws[2 * NOISE_PIECE];
    float    u[NOISE_PIECE], v[NOISE_PIECE], factor;

    for (size_t first = 0; first < dim; first += NOISE_PIECE) {
        size_t n = dim - first < NOISE_PIECE ? dim - first : NOISE_PIECE;

        rw_random_fill(draws, 2 * n, random);
        for (size_t j = 0; j < n; j++) {
            u[j] = (float)((draws[2 * j] >> 8) + 1) * 0x1p-24f; /* never ln 0 */
            v[j] = (float)(draws[2 * j + 1] >> 8) * 0x1p-24f;
        }
        kernels->box_muller(u, v, n);
        kernels->axpy(x + first, sigma, u, n);
    }
    factor = 1.0f / sqrtf(kernels->dot(x, x, dim));
    for (size_t j = 0; j < dim; j++)
        x[j] *= factor;
}

/* 0 with probability `drop`, else what keeps the mean. */
static void draw_dropout(float *keep, size_t n, float drop, rw_random *random)
{
    const float factor = 1.0f / (1.0f - drop);
    uint32_t    draws[NOISE_PIECE];

    for (size_t first = 0; first < n; first += NOISE_PIECE) {
        size_t piece = n - first < NOISE_PIECE ? n - first : NOISE_PIECE;

        rw_random_fill(draws, piece, random);
        for (size_t j = 0; j < piece; j++)
            keep[first + j] = (float)(draws[j] >> 8) * 0x1p-24f < drop ? 0.0f : factor;
    }
}

/* ---- A batch: both members of each pair stand in it ------------------------------------------------------------------- */

#define FILL_ROWS 16 /* rows an item */

typedef struct {
    bench                    *b;
    const float              *x;     /* [2 * pairs, D] */
    const uint32_t           *pairs; /* of this batch */
    size_t                    rows;
    const rw_fnn_shape       *shape;
    const rwda_train_options *options;
    const rw_kernels         *kernels;
} fill_job;

/* The streams are skipped forward to the item's first row: what a row gets depends on its place alone. */
static void fill_item(void *context, size_t item, int thread)
{
    const fill_job *job  = context;
    const float     drop = job->options->dropout;
    size_t          dim = job->shape->dim, hidden = job->shape->hidden;
    size_t          first = item * FILL_ROWS, end = first + FILL_ROWS < job->rows ? first + FILL_ROWS : job->rows;
    rw_random       noise = job->b->noise, dropout = job->b->dropout;

    (void)thread;
    rw_random_skip(&noise, first * dim * NORMAL_DRAWS);
    rw_random_skip(&dropout, first * hidden);
    for (size_t i = first; i < end; i++) {
        float *row = job->b->x + i * dim, *keep = job->b->keep + i * hidden;

        memcpy(row, job->x + (2 * (size_t)job->pairs[i / 2] + i % 2) * dim, dim * sizeof *row);
        job->b->y[i] = (float)(i % 2);
        if (job->options->noise > 0.0f)
            add_noise(row, dim, job->options->noise, &noise, job->kernels);
        if (drop > 0.0f)
            draw_dropout(keep, hidden, drop, &dropout);
    }
}

static void fill_batch(fill_job *job, rw_thread_pool *pool)
{
    rw_thread_pool_run(pool, fill_item, job, (job->rows + FILL_ROWS - 1) / FILL_ROWS);
    if (job->options->noise > 0.0f)
        rw_random_skip(&job->b->noise, job->rows * job->shape->dim * NORMAL_DRAWS);
    if (job->options->dropout > 0.0f)
        rw_random_skip(&job->b->dropout, job->rows * job->shape->hidden);
}

static rwda_status train_one(rw_fnn *fnn, const float *x, uint64_t seed, const char *stage,
                             const rwda_train_options *options, const rw_workshop *shop, rwda_error *err)
{
    size_t        pairs = (size_t)options->pairs, most = (size_t)options->batch_pairs;
    size_t        steps = (pairs + most - 1) / most, total = steps * (size_t)options->epochs;
    rw_arena_mark mark   = rw_arena_save(shop->arena);
    rw_random     start  = rw_random_init(seed, STREAM_START);
    rwda_status   status = RWDA_OK;
    bench         b;

    most = most < pairs ? most : pairs;
    if (!bench_new(&b, &fnn->shape, 2 * most, pairs, seed, shop->arena)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "training of a network with %zu parameters",
                         rw_fnn_count(&fnn->shape));
        goto done;
    }
    rw_fnn_init(fnn, &start);
    for (size_t step = 0; step < total; step++) {
        size_t       first = step % steps * most, n = pairs - first < most ? pairs - first : most;
        rw_fnn_batch batch = { b.x, b.y, options->dropout > 0.0f ? b.keep : NULL, 2 * n, options->label_smoothing };
        rw_adamw     adamw = { options->learning_rate, options->weight_decay, options->beta1, options->beta2 };
        double       loss;

        if (first == 0)
            shuffle(b.order, pairs, &b.shuffle);
        fill_batch(&(fill_job){ &b, x, b.order + first, 2 * n, &fnn->shape, options, shop->kernels }, shop->pool);
        RW_TRY(rw_fnn_gradient(&loss, b.gradient, fnn, &batch, shop->kernels, shop->arena, shop->pool, err));
        adamw.rate *= (float)(0.5 * (1.0 + cos(3.141592653589793 * (double)step / (double)total))); /* cosine to 0 */
        rw_adamw_step(fnn->parameters, b.mean, b.square, b.gradient, rw_fnn_count(&fnn->shape), &adamw, (int64_t)step + 1,
                      shop->kernels, shop->pool);
        if (shop->progress != NULL && shop->progress(shop->user, stage, step + 1, total) != 0) {
            status =
                rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "%s: stopped after step %zu of %zu", stage, step + 1, total);
            goto done;
        }
    }
done:
    rw_arena_rewind(shop->arena, mark);
    return status;
}

rwda_status rw_train(rwda_detector *detector, const float *x, size_t dim, const rwda_train_options *options,
                     const rw_workshop *shop, rwda_error *err)
{
    rw_fnn_shape shape  = { dim, (size_t)options->hidden, options->loss == RWDA_LOSS_CE ? 2 : 1, options->activation };
    rwda_status  status = RWDA_OK;

    detector->dim      = dim;
    detector->networks = rw_new_array((size_t)options->ensemble, sizeof *detector->networks);
    if (detector->networks == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%d networks", options->ensemble);
    RW_TRY(rw_direction_paired(&detector->paired, x, (size_t)options->pairs, dim, err));
    RW_TRY(rw_direction_lda(&detector->lda, x, (size_t)options->pairs, dim, shop->kernels, shop->arena, shop->pool, err));
    for (int i = 0; i < options->ensemble; i++) {
        char stage[48];

        (void)snprintf(stage, sizeof stage, "network %d of %d", i + 1, options->ensemble);
        RW_TRY(rw_fnn_new(&detector->networks[i], &shape, err));
        detector->count++;
        RW_TRY(train_one(&detector->networks[i], x, options->seed + (uint64_t)i, stage, options, shop, err));
    }
done:
    return status;
}
