#include "clip/block.h"

#include <math.h>
#include <string.h>

#define ROWS_PER_ITEM    16 /* LayerNorm rows a work item */
#define QUERIES_PER_PASS 64 /* attention rows at a time: bounds the score matrix to 64 x tokens a thread */

typedef struct {
    float            *out;
    const float      *x, *gain, *bias;
    size_t            rows, d;
    float             eps;
    const rw_kernels *kernels;
} norm_job;

static void norm_item(void *context, size_t item, int thread)
{
    const norm_job *job   = context;
    size_t          first = item * ROWS_PER_ITEM;
    size_t          count = job->rows - first < ROWS_PER_ITEM ? job->rows - first : ROWS_PER_ITEM;

    (void)thread;
    job->kernels->layer_norm(job->out + first * job->d, job->x + first * job->d, job->gain, job->bias, count, job->d,
                             job->eps);
}

void rw_layer_norm(float *out, const float *x, const float *gain, const float *bias, size_t rows,
                   const rw_tower_config *config, const rw_kernels *kernels, rw_thread_pool *pool)
{
    norm_job job = { out, x, gain, bias, rows, (size_t)config->width, config->eps, kernels };

    rw_thread_pool_run(pool, norm_item, &job, (rows + ROWS_PER_ITEM - 1) / ROWS_PER_ITEM);
}

void rw_project_unit(float *out, const float *x, const rw_matrix *proj, const float *bias, size_t n, size_t d,
                     const rw_kernels *kernels, rw_thread_pool *pool)
{
    size_t       embed_dim = proj->n > 0 ? proj->n : d;
    rw_gemm_args product   = {
          .c = out, .ldc = embed_dim, .a = x, .lda = d, .b = *proj, .m = n, .epilogue = { .bias = bias }
    };

    if (proj->n > 0)
        rw_gemm(&product, kernels, pool);
    else
        memcpy(out, x, n * d * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        float *row    = out + i * embed_dim;
        float  length = sqrtf(kernels->dot(row, row, embed_dim));

        if (length > 0.0f) /* a zero vector stays zero */
            for (size_t j = 0; j < embed_dim; j++)
                row[j] /= length;
    }
}

void rw_linear(float *y, const float *x, const rw_matrix *w, const float *bias, const float *residual, size_t rows,
               rw_activation act, void *scratch, const rw_kernels *kernels, rw_thread_pool *pool)
{
    rw_gemm_args args = {
        .c        = y,
        .ldc      = w->n,
        .a        = x,
        .lda      = w->k,
        .b        = *w,
        .m        = rows,
        .epilogue = { .bias = bias, .residual = residual, .ldr = w->n, .act = act },
        .scratch  = scratch,
    };

    rw_gemm(&args, kernels, pool);
}

static void linear(float *y, const float *x, const rw_matrix *w, const float *bias, const float *residual, size_t rows,
                   rw_activation act, void *scratch, const rw_batch *batch)
{
    rw_linear(y, x, w, bias, residual, rows, act, scratch, batch->kernels, batch->pool);
}

/* ---- Attention: one work item is one head of one sequence -----------------------------------------------------
 *
 *   qkv row:  | q head 0 | q head 1 | ... | k head 0 | ... | v head 0 | ... |        3d floats, head width hd = d / heads
 *
 *   scores [queries, T] = q [queries, hd] * K^T     (K^T packed as a right-hand matrix)
 *   out    [queries, hd] = softmax(scores / sqrt(hd)) * V */

typedef struct {
    const float *rows; /* first one; a head's part begins at head * hd */
    size_t       ld;   /* from row to row */
} head_rows;

typedef struct {
    float          *out;                 /* [rows, d], or [n_pick, d] with pick */
    head_rows       query, keys, values; /* of every row; with pick, one query row a sequence */
    const size_t   *pick;   /* NULL: every row has a query; else only row pick[i] of the first n_pick sequences */
    size_t          n_pick; /* sequences */
    const rw_batch *batch;
    float          *scratch; /* [threads, scratch_floats] */
    size_t          scratch_floats, keys_floats, values_floats, scores_floats;
} attention_job;

/* Softmax over the keys that each query may attend to; the weights of masked keys are 0, which adds exactly 0 to the sum. */
static void masked_softmax(float *scores, size_t first_query, size_t queries, size_t tokens, float scale,
                           const rw_batch *batch)
{
    for (size_t r = 0; r < queries; r++) {
        float *row  = scores + r * tokens;
        size_t seen = batch->causal ? first_query + r + 1 : tokens;

        batch->kernels->softmax(row, seen, scale);
        memset(row + seen, 0, (tokens - seen) * sizeof *row);
    }
}

static size_t parent_of(const rw_batch *batch, size_t sequence)
{
    return batch->parent != NULL ? batch->parent[sequence] : RW_NO_PARENT;
}

/* Rows of all ancestors. */
static size_t ancestor_rows(const rw_batch *batch, size_t sequence)
{
    size_t rows = 0;

    for (size_t s = parent_of(batch, sequence); s != RW_NO_PARENT; s = parent_of(batch, s))
        rows += batch->start[s + 1] - batch->start[s];
    return rows;
}

/* gathered [tokens, 2 * hd] := keys and values of one head, side by side, of the sequence and its ancestors, filled from the end. */
static void gather_keys_and_values(float *gathered, size_t tokens, const attention_job *job, size_t sequence, size_t head,
                                   size_t hd)
{
    const rw_batch *batch = job->batch;

    for (size_t s = sequence; s != RW_NO_PARENT; s = parent_of(batch, s))
        for (size_t row = batch->start[s + 1]; row-- > batch->start[s];) {
            float *to = gathered + --tokens * 2 * hd;

            memcpy(to, job->keys.rows + row * job->keys.ld + head * hd, hd * sizeof *to);
            memcpy(to + hd, job->values.rows + row * job->values.ld + head * hd, hd * sizeof *to);
        }
}

static void attention_item(void *context, size_t item, int thread)
{
    const attention_job *job      = context;
    const rw_batch      *batch    = job->batch;
    size_t               d        = (size_t)batch->config->width;
    size_t               hd       = d / (size_t)batch->config->heads;
    size_t               sequence = item / (size_t)batch->config->heads;
    size_t               head     = item % (size_t)batch->config->heads;
    size_t               row0     = batch->start[sequence];
    size_t               own      = batch->start[sequence + 1] - row0;
    size_t               shared   = ancestor_rows(batch, sequence);
    size_t               tokens   = shared + own;
    float               *keys     = job->scratch + (size_t)thread * job->scratch_floats;
    float               *values   = keys + job->keys_floats;
    float               *scores   = values + job->values_floats;
    float                scale    = 1.0f / sqrtf((float)hd);
    size_t               first    = job->pick != NULL ? job->pick[sequence] : 0;
    size_t               end      = job->pick != NULL ? first + 1 : own;
    size_t               row      = job->pick != NULL ? sequence : row0; /* of the first query and its output */

    if (shared == 0) {
        rw_pack(keys, batch->kernels, job->keys.rows + row0 * job->keys.ld + head * hd, tokens, hd, job->keys.ld, 1);
        rw_pack(values, batch->kernels, job->values.rows + row0 * job->values.ld + head * hd, hd, tokens, 1, job->values.ld);
    } else {
        float *gathered = scores + job->scores_floats;

        gather_keys_and_values(gathered, tokens, job, sequence, head, hd);
        rw_pack(keys, batch->kernels, gathered, tokens, hd, 2 * hd, 1);
        rw_pack(values, batch->kernels, gathered + hd, hd, tokens, 1, 2 * hd);
    }
    for (; first < end; first += QUERIES_PER_PASS, row += QUERIES_PER_PASS) {
        size_t       queries        = end - first < QUERIES_PER_PASS ? end - first : QUERIES_PER_PASS;
        rw_gemm_args scores_product = { .c   = scores,
                                        .ldc = tokens,
                                        .a   = job->query.rows + row * job->query.ld + head * hd,
                                        .lda = job->query.ld,
                                        .b   = rw_matrix_f32(keys, tokens, hd),
                                        .m   = queries };
        rw_gemm_args values_product = { .c   = job->out + row * d + head * hd,
                                        .ldc = d,
                                        .a   = scores,
                                        .lda = tokens,
                                        .b   = rw_matrix_f32(values, hd, tokens),
                                        .m   = queries };

        rw_gemm(&scores_product, batch->kernels, NULL);
        masked_softmax(scores, shared + first, queries, tokens, scale, batch);
        rw_gemm(&values_product, batch->kernels, NULL);
    }
}

/* Runs `job`, whose scratch is allocated here. */
static rwda_status attention(attention_job job, rw_arena *arena, rwda_error *err)
{
    const rw_batch *batch = job.batch;
    size_t          hd = (size_t)batch->config->width / (size_t)batch->config->heads, longest = 0;
    size_t          threads = (size_t)rw_thread_pool_threads(batch->pool);
    const size_t    line    = RW_ALIGNMENT / sizeof(float);

    for (size_t i = 0; i < job.n_pick; i++) {
        size_t tokens = ancestor_rows(batch, i) + batch->start[i + 1] - batch->start[i];

        longest = tokens > longest ? tokens : longest;
    }
    if (!rw_packed_size(&job.keys_floats, batch->kernels, longest, hd) ||
        !rw_packed_size(&job.values_floats, batch->kernels, hd, longest))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "attention over %zu tokens", longest);
    job.keys_floats    = (job.keys_floats + line - 1) / line * line;
    job.values_floats  = (job.values_floats + line - 1) / line * line;
    job.scores_floats  = (QUERIES_PER_PASS * longest + line - 1) / line * line;
    job.scratch_floats = job.keys_floats + job.values_floats + job.scores_floats +
                         (batch->parent != NULL ? (2 * longest * hd + line - 1) / line * line : 0);
    job.scratch = rw_arena_array(arena, threads, job.scratch_floats * sizeof(float));
    if (job.scratch == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "attention scratch of %zu floats for %zu threads",
                       job.scratch_floats, threads);
    rw_thread_pool_run(batch->pool, attention_item, &job, job.n_pick * (size_t)batch->config->heads);
    return RWDA_OK;
}

/* x [rows, d] += proj(act(fc(LN2(x)))); h [rows, d], hidden [rows, mlp] and `scratch` (of the products) are scratch. */
static void mlp(float *x, size_t rows, float *h, float *hidden, void *scratch, const rw_block_weights *w,
                const rw_batch *batch)
{
    rw_layer_norm(h, x, w->ln2_gain, w->ln2_bias, rows, batch->config, batch->kernels, batch->pool);
    linear(hidden, h, &w->fc, w->fc_bias, NULL, rows, batch->config->activation, scratch, batch);
    linear(x, hidden, &w->proj, w->proj_bias, x, rows, RW_ACT_NONE, scratch, batch);
}

/* INT8 scratch that the block's products share, or NULL where they need none; false: no memory.  Products of width d have up to `rows`
 * rows, the one of width mlp has n_rows_out. */
static bool product_scratch(void **scratch, size_t rows, size_t n_rows_out, const rw_block_weights *w, rw_arena *arena)
{
    size_t narrow, wide;

    if (!rw_gemm_scratch(&narrow, &w->qkv, rows) || !rw_gemm_scratch(&wide, &w->proj, n_rows_out))
        return false;
    wide     = narrow > wide ? narrow : wide;
    *scratch = wide > 0 ? rw_arena_array(arena, wide, 1) : NULL;
    return wide == 0 || *scratch != NULL;
}

/* Attention of every row, from qkv [rows, 3d]. */
static attention_job full_attention(float *out, const float *qkv, const rw_batch *batch)
{
    size_t d = (size_t)batch->config->width;

    return (attention_job){ .out    = out,
                            .query  = { qkv, 3 * d },
                            .keys   = { qkv + d, 3 * d },
                            .values = { qkv + 2 * d, 3 * d },
                            .n_pick = batch->n,
                            .batch  = batch };
}

/* y [sequences, d] = row pick[i] of each sequence in x [rows, ld]. */
static void gather_rows(float *y, const float *x, size_t ld, const size_t *pick, size_t sequences, const rw_batch *batch)
{
    size_t d = (size_t)batch->config->width;

    for (size_t i = 0; i < sequences; i++)
        memcpy(y + i * d, x + (batch->start[i] + pick[i]) * ld, d * sizeof *y);
}

/* Rotary positions of a part of qkv, x [rows, d; ld]; cells [rows]. */
static void turn(float *x, size_t ld, size_t rows, const uint32_t *cells, const rw_batch *batch)
{
    size_t heads = (size_t)batch->config->heads;

    if (batch->rope != NULL)
        rw_rope_turn(x, ld, rows, heads, (size_t)batch->config->width / heads, cells, batch->rope, batch->kernels,
                     batch->pool);
}

/* Attention of the picked rows, from h [rows, d]: keys and values of all rows, queries of the picked ones alone.  Where d is not a multiple
 * of the panel width, the packed matrix cannot be split and every row gets a query.  qkv holds [rows, 3d] and [n_pick, d]; y [n_pick, d] and
 * cells [n_pick] are scratch. */
static attention_job picked_attention(float *out, float *qkv, float *y, uint32_t *cells, const float *h, const size_t *pick,
                                      size_t n_pick, const rw_batch *batch, const rw_block_weights *w, void *scratch)
{
    size_t        d = (size_t)batch->config->width, rows = batch->start[batch->n];
    float        *query = qkv + rows * 3 * d;
    attention_job job   = full_attention(out, qkv, batch);
    rw_matrix     queries, rest;

    if (rw_matrix_columns(&queries, &w->qkv, batch->kernels, 0, d) &&
        rw_matrix_columns(&rest, &w->qkv, batch->kernels, d, 2 * d)) {
        gather_rows(y, h, d, pick, n_pick, batch);
        linear(query, y, &queries, w->qkv_bias, NULL, n_pick, RW_ACT_NONE, scratch, batch);
        linear(qkv, h, &rest, w->qkv_bias + d, NULL, rows, RW_ACT_NONE, scratch, batch);
        job.keys   = (head_rows){ qkv, 2 * d };
        job.values = (head_rows){ qkv + d, 2 * d };
        turn(qkv, 2 * d, rows, batch->cells, batch);
    } else {
        linear(qkv, h, &w->qkv, w->qkv_bias, NULL, rows, RW_ACT_NONE, scratch, batch);
        gather_rows(query, qkv, 3 * d, pick, n_pick, batch);
        turn(qkv + d, 3 * d, rows, batch->cells, batch);
    }
    for (size_t i = 0; i < n_pick && batch->rope != NULL; i++)
        cells[i] = batch->cells[batch->start[i] + pick[i]];
    turn(query, d, n_pick, cells, batch);
    job.query  = (head_rows){ query, d };
    job.pick   = pick;
    job.n_pick = n_pick;
    return job;
}

/* The block in all its forms: after attention n_rows_out rows go on, all of them or one for each of the first n_pick sequences; `vv`
 * (NULL: none) is the residual stream of v-v attention. */
static rwda_status run(float *y, const float *x, float *vv, const size_t *pick, size_t n_pick, const rw_batch *batch,
                       const rw_block_weights *w, rw_arena *arena, rwda_error *err)
{
    size_t        d = (size_t)batch->config->width, wide = (size_t)batch->config->mlp;
    size_t        rows       = batch->start[batch->n];
    size_t        n_rows_out = pick != NULL ? n_pick : rows;
    rw_arena_mark mark       = rw_arena_save(arena);
    float        *h          = rw_arena_array(arena, rows, d * sizeof *h);
    float        *qkv        = NULL, *hidden;
    uint32_t     *cells      = batch->rope != NULL && pick != NULL ? rw_arena_array(arena, n_pick, sizeof *cells) : NULL;
    void         *scratch    = NULL;
    size_t        qkv_floats, query_floats = 0, hidden_floats;
    attention_job job;
    rwda_status   status = RWDA_OK;

    if (rw_size_mul(&qkv_floats, rows, 3 * d) && (pick == NULL || rw_size_mul(&query_floats, n_pick, d)) &&
        rw_size_add(&qkv_floats, qkv_floats, query_floats) &&
        rw_size_mul(&hidden_floats, n_rows_out, wide)) /* one after the other */
        qkv = rw_arena_array(arena, qkv_floats > hidden_floats ? qkv_floats : hidden_floats, sizeof *qkv);
    hidden = qkv;
    if (h == NULL || qkv == NULL || (batch->rope != NULL && pick != NULL && cells == NULL) ||
        !product_scratch(&scratch, rows, n_rows_out, w, arena)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "transformer block over %zu rows of width %zu", rows, d);
        goto done;
    }
    rw_layer_norm(h, x, w->ln1_gain, w->ln1_bias, rows, batch->config, batch->kernels, batch->pool);
    if (pick != NULL) { /* attention overwrites h, which qkv no longer needs */
        job = picked_attention(h, qkv, y, cells, h, pick, n_pick, batch, w, scratch);
        gather_rows(y, x, d, pick, n_pick, batch);
    } else {
        linear(qkv, h, &w->qkv, w->qkv_bias, NULL, rows, RW_ACT_NONE, scratch, batch);
        turn(qkv, 3 * d, rows, batch->cells, batch);
        turn(qkv + d, 3 * d, rows, batch->cells, batch);
        job = full_attention(h, qkv, batch);
    }
    if (vv != NULL) {
        attention_job vv_job = job;

        vv_job.query = vv_job.keys = job.values;
        RW_TRY(attention(vv_job, arena, err));
        linear(vv, h, &w->out, w->out_bias, vv, rows, RW_ACT_NONE, scratch, batch);
    }
    RW_TRY(attention(job, arena, err));
    linear(y, h, &w->out, w->out_bias, y, n_rows_out, RW_ACT_NONE, scratch, batch);
    mlp(y, n_rows_out, h, hidden, scratch, w, batch);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

rwda_status rw_block_run(float *x, const rw_batch *batch, const rw_block_weights *weights, rw_arena *arena, rwda_error *err)
{
    return run(x, x, NULL, NULL, 0, batch, weights, arena, err);
}

rwda_status rw_block_run_vv(float *x, float *vv, const rw_batch *batch, const rw_block_weights *weights, rw_arena *arena,
                            rwda_error *err)
{
    return run(x, x, vv, NULL, 0, batch, weights, arena, err);
}

rwda_status rw_block_run_last(float *out, const float *x, const size_t *pick, size_t n_pick, const rw_batch *batch,
                              const rw_block_weights *weights, rw_arena *arena, rwda_error *err)
{
    return run(out, x, NULL, pick, n_pick, batch, weights, arena, err);
}
