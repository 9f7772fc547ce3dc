/* fnn.c - what does the small network compute, forwards and backwards? */
#include "anomaly/fnn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t inputs_of_last(const rw_fnn_shape *shape)
{
    return shape->hidden > 0 ? shape->hidden : shape->dim;
}

size_t rw_fnn_count(const rw_fnn_shape *shape)
{
    return shape->hidden * (shape->dim + 1) + shape->outputs * (inputs_of_last(shape) + 1);
}

rwda_status rw_fnn_new(rw_fnn *out, const rw_fnn_shape *shape, rwda_error *err)
{
    out->shape      = *shape;
    out->parameters = rw_new_array(rw_fnn_count(shape), sizeof *out->parameters);
    if (out->parameters == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "network of %zu parameters", rw_fnn_count(shape));
    return RWDA_OK;
}

void rw_fnn_free(rw_fnn *fnn)
{
    free(fnn->parameters);
    fnn->parameters = NULL;
}

rw_fnn_parts rw_fnn_split(const rw_fnn_shape *shape, float *parameters)
{
    rw_fnn_parts parts = { .w1 = parameters };

    parts.b1 = parts.w1 + shape->hidden * shape->dim;
    parts.w2 = parts.b1 + shape->hidden;
    parts.b2 = parts.w2 + shape->outputs * inputs_of_last(shape);
    return parts;
}

void rw_fnn_init(rw_fnn *fnn, rw_random *random)
{
    const rw_fnn_shape *s     = &fnn->shape;
    size_t              first = s->hidden * (s->dim + 1), all = rw_fnn_count(s);

    for (size_t i = 0; i < all; i++) {
        float bound = 1.0f / sqrtf((float)(i < first ? s->dim : inputs_of_last(s)));

        fnn->parameters[i] = (2.0f * rw_random_unit(random) - 1.0f) * bound;
    }
}

/* ---- Products: the right-hand matrix is packed on the spot, a panel an item ------------------------------------------ */

typedef struct {
    const float *b; /* B[i][j] = b[i * stride_k + j * stride_n], 0 <= i < k, 0 <= j < n */
    size_t       n, k, stride_n, stride_k;
    float       *packed;
} matrix;

typedef struct {
    const matrix     *matrices;
    const rw_kernels *kernels;
} pack_job;

static size_t panels_of(const matrix *m, const rw_kernels *kernels)
{
    return (m->n + kernels->nr - 1) / kernels->nr;
}

static void pack_item(void *context, size_t item, int thread)
{
    const pack_job *job = context;
    const matrix   *m   = job->matrices;
    size_t          nr  = job->kernels->nr, panels;

    (void)thread;
    while (item >= (panels = panels_of(m, job->kernels))) {
        item -= panels;
        m++;
    }
    rw_pack(m->packed + item * nr * m->k, job->kernels, m->b + item * nr * m->stride_n,
            m->n - item * nr < nr ? m->n - item * nr : nr, m->k, m->stride_n, m->stride_k);
}

static rwda_status pack_all(matrix *matrices, size_t count, const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool,
                            rwda_error *err)
{
    pack_job job   = { matrices, kernels };
    size_t   items = 0;

    for (size_t i = 0; i < count; i++) {
        matrix *m      = &matrices[i];
        size_t  floats = 0;

        m->packed = rw_packed_size(&floats, kernels, m->n, m->k) ? rw_arena_array(arena, floats, sizeof(float)) : NULL;
        if (m->packed == NULL)
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "matrix of %zu x %zu", m->n, m->k);
        items += panels_of(m, kernels);
    }
    rw_thread_pool_run(pool, pack_item, &job, items);
    return RWDA_OK;
}

static void multiply(float *c, const float *a, size_t m, const matrix *b, const float *bias, const rw_kernels *kernels,
                     rw_thread_pool *pool)
{
    rw_gemm_args args = {
        .c = c, .ldc = b->n, .a = a, .lda = b->k, .b = rw_matrix_f32(b->packed, b->n, b->k), .m = m, .epilogue.bias = bias
    };

    rw_gemm(&args, kernels, pool);
}

/* ---- Rows: from W1 x + b1 to the logit, the loss, and back ----------------------------------------------------------- */

#define TURN_ROWS  16 /* rows whose gradients are turned together: a cache line of the turned matrix */
#define BLOCKS_MAX 32 /* partial sums of the gradient: their number depends on n only, so sums are the same for any pool */

/* What the items of one pass share.  Training: batch, partial, loss and turned; scoring: logits. */
typedef struct {
    const rw_fnn       *fnn;
    const rw_fnn_batch *batch;
    const rw_kernels   *kernels;
    rw_fnn_parts        p;
    const float        *x, *before; /* [n, D], [n, H]: W1 x + b1 */
    float              *after;      /* [threads, H]: what the last layer sees of one row */
    float              *delta;      /* [threads, TURN_ROWS, H]: gradient by `before` */
    float              *turned;     /* [H, n]: the same of all rows, transposed */
    float              *partial;    /* [blocks, O * I + O + H]: gradient of w2, b2, b1 */
    double             *loss;       /* [blocks] */
    float              *logits;     /* [n] */
    size_t              n, rows_per_block;
} rows_job;

static size_t partial_count(const rw_fnn_shape *s)
{
    return s->outputs * (inputs_of_last(s) + 1) + s->hidden;
}

static rw_activation kernel_activation(rwda_fnn_activation activation)
{
    return activation == RWDA_FNN_GELU ? RW_ACT_GELU : RW_ACT_RELU;
}

/* Row i up to the outputs z [O]; returns what the last layer saw of it. */
static const float *row_forward(float *z, float *after, const rows_job *job, size_t i)
{
    const rw_fnn_shape *s     = &job->fnn->shape;
    const float        *last  = job->x + i * s->dim;
    size_t              width = inputs_of_last(s);

    if (s->hidden > 0) {
        rw_epilogue epilogue = { .act = kernel_activation(s->activation) };

        job->kernels->apply_epilogue(after, 0, job->before + i * s->hidden, 0, &epilogue, 1, s->hidden);
        if (job->batch != NULL && job->batch->keep != NULL)
            job->kernels->multiply(after, job->batch->keep + i * s->hidden, s->hidden);
        last = after;
    }
    for (size_t o = 0; o < s->outputs; o++)
        z[o] = job->kernels->dot(last, job->p.w2 + o * width, width) + job->p.b2[o];
    return last;
}

/* Loss of one row and its gradient by z, divided by n. */
static double row_loss(float *dz, const float *z, float y, const rw_fnn_batch *batch, size_t outputs)
{
    float target = y * (1.0f - batch->label_smoothing) + 0.5f * batch->label_smoothing;
    float v      = outputs == 1 ? z[0] : z[1] - z[0]; /* softmax over two is the sigmoid of their difference */
    float p      = 1.0f / (1.0f + expf(-v));
    float d      = (p - target) / (float)batch->n;

    dz[0] = outputs == 1 ? d : -d;
    dz[1] = d;
    /* -t log p - (1 - t) log(1 - p) = max(v, 0) - v t + log(1 + e^-|v|), for logits of any size */
    return (v > 0.0f ? v : 0.0f) - v * target + log1pf(expf(-fabsf(v)));
}

/* Gradient by `before` of row i into delta [H], and the row's share of the sums. */
static void row_backward(float *delta, float *partial, const float *dz, const float *last, const rows_job *job, size_t i)
{
    const rw_fnn_shape *s     = &job->fnn->shape;
    const rw_kernels   *k     = job->kernels;
    size_t              width = inputs_of_last(s);

    for (size_t o = 0; o < s->outputs; o++) {
        k->axpy(partial + o * width, dz[o], last, width);
        partial[s->outputs * width + o] += dz[o];
    }
    if (s->hidden == 0)
        return;
    memset(delta, 0, s->hidden * sizeof *delta);
    for (size_t o = 0; o < s->outputs; o++)
        k->axpy(delta, dz[o], job->p.w2 + o * width, width);
    if (job->batch->keep != NULL)
        k->multiply(delta, job->batch->keep + i * s->hidden, s->hidden);
    k->activation_backward(delta, job->before + i * s->hidden, s->hidden, kernel_activation(s->activation));
    k->axpy(partial + s->outputs * (width + 1), 1.0f, delta, s->hidden);
}

static void train_rows(void *context, size_t item, int thread)
{
    const rows_job     *job     = context;
    const rw_fnn_shape *s       = &job->fnn->shape;
    size_t              first   = item * job->rows_per_block;
    size_t              end     = first + job->rows_per_block < job->n ? first + job->rows_per_block : job->n;
    float              *after   = job->after + (size_t)thread * s->hidden;
    float              *delta   = job->delta + (size_t)thread * TURN_ROWS * s->hidden;
    float              *partial = job->partial + item * partial_count(s);
    double              loss    = 0.0;

    memset(partial, 0, partial_count(s) * sizeof *partial);
    for (size_t top = first; top < end; top += TURN_ROWS) {
        size_t rows = end - top < TURN_ROWS ? end - top : TURN_ROWS;

        for (size_t r = 0; r < rows; r++) {
            float        z[2], dz[2];
            const float *last = row_forward(z, after, job, top + r);

            loss += row_loss(dz, z, job->batch->y[top + r], job->batch, s->outputs);
            row_backward(delta + r * s->hidden, partial, dz, last, job, top + r);
        }
        job->kernels->transpose(job->turned + top, job->n, delta, s->hidden, rows, s->hidden);
    }
    job->loss[item] = loss;
}

static void score_rows(void *context, size_t item, int thread)
{
    const rows_job     *job = context;
    const rw_fnn_shape *s   = &job->fnn->shape;
    size_t              end = (item + 1) * job->rows_per_block < job->n ? (item + 1) * job->rows_per_block : job->n;

    for (size_t i = item * job->rows_per_block; i < end; i++) {
        float z[2];

        (void)row_forward(z, job->after + (size_t)thread * s->hidden, job, i);
        job->logits[i] = s->outputs == 1 ? z[0] : z[1] - z[0];
    }
}

/* Whole groups of TURN_ROWS rows, at most BLOCKS_MAX blocks of them. */
static void cut_rows(rows_job *job, size_t *blocks)
{
    size_t groups = (job->n + TURN_ROWS - 1) / TURN_ROWS;

    job->rows_per_block = (groups + BLOCKS_MAX - 1) / BLOCKS_MAX * TURN_ROWS;
    *blocks             = job->n > 0 ? (job->n + job->rows_per_block - 1) / job->rows_per_block : 0;
}

rwda_status rw_fnn_logits(float *logits, const rw_fnn *fnn, const float *x, size_t n, const rw_kernels *kernels,
                          rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    const rw_fnn_shape *s       = &fnn->shape;
    rw_arena_mark       mark    = rw_arena_save(arena);
    size_t              threads = (size_t)rw_thread_pool_threads(pool), blocks;
    rw_fnn_parts        p       = rw_fnn_split(s, fnn->parameters);
    float              *before  = rw_arena_array(arena, n, s->hidden * sizeof *before);
    float              *after   = rw_arena_array(arena, threads, s->hidden * sizeof *after);
    rows_job    job = { .fnn = fnn, .kernels = kernels, .p = p, .x = x, .before = before, .after = after, .logits = logits };
    matrix      first  = { .b = p.w1, .n = s->hidden, .k = s->dim, .stride_n = s->dim, .stride_k = 1 };
    rwda_status status = RWDA_OK;

    if (before == NULL || after == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "network over %zu rows of %zu units", n, s->hidden);
        goto done;
    }
    job.n = n;
    cut_rows(&job, &blocks);
    if (s->hidden > 0) {
        RW_TRY(pack_all(&first, 1, kernels, arena, pool, err));
        multiply(before, x, n, &first, p.b1, kernels, pool);
    }
    rw_thread_pool_run(pool, score_rows, &job, blocks);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

rwda_status rw_fnn_gradient(double *loss, float *gradient, const rw_fnn *fnn, const rw_fnn_batch *batch,
                            const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    const rw_fnn_shape *s    = &fnn->shape;
    rw_arena_mark       mark = rw_arena_save(arena);
    size_t              n = batch->n, threads = (size_t)rw_thread_pool_threads(pool), blocks;
    rw_fnn_parts        p = rw_fnn_split(s, fnn->parameters), g = rw_fnn_split(s, gradient);
    size_t              last    = s->outputs * (inputs_of_last(s) + 1); /* w2 and b2 stand together */
    float              *before  = rw_arena_array(arena, n, s->hidden * sizeof *before);
    float              *after   = rw_arena_array(arena, threads, s->hidden * sizeof *after);
    float              *delta   = rw_arena_array(arena, threads * TURN_ROWS, s->hidden * sizeof *delta);
    float              *turned  = rw_arena_array(arena, n, s->hidden * sizeof *turned);
    float              *partial = rw_arena_array(arena, BLOCKS_MAX, partial_count(s) * sizeof *partial);
    double              losses[BLOCKS_MAX], total = 0.0;
    rows_job    job    = { fnn, batch, kernels, p, batch->x, before, after, delta, turned, partial, losses, NULL, n, 0 };
    matrix      both[] = { { p.w1, s->hidden, s->dim, s->dim, 1, NULL }, { batch->x, s->dim, n, 1, s->dim, NULL } };
    rwda_status status = RWDA_OK;

    if (before == NULL || after == NULL || delta == NULL || turned == NULL || partial == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "training batch of %zu rows and %zu units", n, s->hidden);
        goto done;
    }
    cut_rows(&job, &blocks);
    if (s->hidden > 0) {
        RW_TRY(pack_all(both, 2, kernels, arena, pool, err));
        multiply(before, batch->x, n, &both[0], p.b1, kernels, pool);
    }
    rw_thread_pool_run(pool, train_rows, &job, blocks);
    if (s->hidden > 0)
        multiply(g.w1, turned, s->hidden, &both[1], NULL, kernels, pool);
    memset(g.b1, 0, (s->hidden + last) * sizeof *gradient);
    for (size_t i = 0; i < blocks; i++) {
        kernels->axpy(g.w2, 1.0f, partial + i * partial_count(s), last);
        kernels->axpy(g.b1, 1.0f, partial + i * partial_count(s) + last, s->hidden);
        total += losses[i];
    }
    *loss = total / (double)n;
done:
    rw_arena_rewind(arena, mark);
    return status;
}

/* ---- AdamW ------------------------------------------------------------------------------------------------------------ */

#define ADAMW_PIECE 16384 /* parameters an item: four arrays of it lie in a core's L2 cache */

typedef struct {
    float            *parameters, *mean, *square;
    const float      *gradient;
    size_t            count;
    rw_adamw_factors  factors;
    const rw_kernels *kernels;
} adamw_job;

static void adamw_item(void *context, size_t item, int thread)
{
    const adamw_job *job   = context;
    size_t           first = item * ADAMW_PIECE;
    size_t           n     = job->count - first < ADAMW_PIECE ? job->count - first : ADAMW_PIECE;

    (void)thread;
    job->kernels->adamw(job->parameters + first, job->mean + first, job->square + first, job->gradient + first, n,
                        &job->factors);
}

void rw_adamw_step(float *parameters, float *mean, float *square, const float *gradient, size_t count, const rw_adamw *adamw,
                   int64_t step, const rw_kernels *kernels, rw_thread_pool *pool)
{
    double    correct1 = 1.0 - pow(adamw->beta1, (double)step), correct2 = 1.0 - pow(adamw->beta2, (double)step);
    adamw_job job = { parameters, mean, square, gradient, count, { 0 }, kernels };

    job.factors = (rw_adamw_factors){ 1.0f - adamw->rate * adamw->decay, adamw->beta1, adamw->beta2,
                                      (float)(adamw->rate / correct1), (float)(1.0 / sqrt(correct2)) };
    rw_thread_pool_run(pool, adamw_item, &job, (count + ADAMW_PIECE - 1) / ADAMW_PIECE);
}
