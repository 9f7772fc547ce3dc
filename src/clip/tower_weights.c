#include "clip/tower_weights.h"

#include "clip/family.h"
#include "clip/positions.h"
#include "clip/rope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN (2 * RW_SAFETENSORS_NAME_MAX)

static const char *join(char out[NAME_MAX_LEN], const char *a, const char *b, const char *c)
{
    (void)snprintf(out, NAME_MAX_LEN, "%.300s%.100s%.100s", a, b, c);
    return out;
}

static float *offset(float *array, size_t n)
{
    return array != NULL ? array + n : NULL;
}

/* "<prefix><name>.weight" and "<prefix><name>.bias", both [n]. */
static void norm(rw_weight_reader *r, const float **gain, const float **bias, const char *prefix, const char *name, size_t n)
{
    char full[NAME_MAX_LEN];

    *gain = rw_reader_vector(r, join(full, prefix, name, ".weight"), n);
    *bias = rw_reader_vector(r, join(full, prefix, name, ".bias"), n);
}

static rw_matrix linear(rw_weight_reader *r, const float **bias, rwda_precision dtype, const char *prefix, const char *name,
                        size_t n, size_t k)
{
    char      full[NAME_MAX_LEN];
    rw_matrix matrix = rw_reader_matrix(r, dtype, join(full, prefix, name, ".weight"), n, k);

    *bias = rw_reader_vector(r, join(full, prefix, name, ".bias"), n);
    return matrix;
}

/* ---- Blocks ---------------------------------------------------------------------------------------------------------- */

static void read_qkv(rw_weight_reader *r, rw_block_weights *w, const char *block, const rw_block_names *names, size_t d)
{
    char              name[NAME_MAX_LEN];
    float            *bias     = rw_reader_slice(r, 3 * d, sizeof *bias);
    const char *const parts[3] = { names->q, names->k, names->v };

    w->qkv_bias = bias;
    if (names->qkv_weight != NULL) {
        rw_reader_tensor(r, bias, join(name, block, names->qkv_bias, ""), (size_t[]){ 3 * d }, 1);
        w->qkv = rw_reader_matrix(r, r->clip->precision, join(name, block, names->qkv_weight, ""), 3 * d, d);
        return;
    }
    for (size_t i = 0; i < 3 && r->status == RWDA_OK; i++) {
        rw_reader_tensor(r, offset(bias, i * d), join(name, block, parts[i], ".bias"), &d, 1);
        rw_reader_tensor(r, offset(r->buffer, i * d * d), join(name, block, parts[i], ".weight"), (size_t[]){ d, d }, 2);
    }
    w->qkv = rw_reader_pack(r, r->clip->precision, name, 3 * d, d, d, 1);
}

/* Blocks whose tensor names start with "<prefix><blocks><i>.", into `to`, which the first pass allocates. */
static rw_block_weights *read_blocks(rw_block_weights *to, rw_weight_reader *r, const char *prefix, const char *blocks,
                                     const rw_block_names *names, const rw_tower_config *tower)
{
    rwda_precision dtype = r->clip->precision;
    size_t         d = (size_t)tower->width, wide = (size_t)tower->mlp;
    char           block[NAME_MAX_LEN];

    if (to == NULL && r->status == RWDA_OK)
        to = rw_arena_array(&r->clip->memory, (size_t)tower->layers, sizeof *to);
    if (to == NULL && r->status == RWDA_OK)
        r->status = rw_fail(r->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for %d blocks", r->path, tower->layers);
    for (int i = 0; i < tower->layers && r->status == RWDA_OK; i++) {
        rw_block_weights *w = &to[i];

        (void)snprintf(block, sizeof block, "%.100s%.100s%d.", prefix, blocks, i);
        norm(r, &w->ln1_gain, &w->ln1_bias, block, names->ln1, d);
        norm(r, &w->ln2_gain, &w->ln2_bias, block, names->ln2, d);
        w->out  = linear(r, &w->out_bias, dtype, block, names->out, d, d);
        w->fc   = linear(r, &w->fc_bias, dtype, block, names->fc, wide, d);
        w->proj = linear(r, &w->proj_bias, dtype, block, names->proj, d, wide);
        read_qkv(r, w, block, names, d);
    }
    return to;
}

/* ---- Ends of a tower ------------------------------------------------------------------------------------------------- */

static rw_matrix read_projection(rw_weight_reader *r, const float **bias, rw_projection kind, const char *prefix,
                                 const char *name, size_t d)
{
    size_t         embed_dim = (size_t)r->clip->config.embed_dim;
    rwda_precision dtype     = rw_reader_outer_dtype(r);
    char           full[NAME_MAX_LEN];

    *bias = NULL;
    switch (kind) {
    case RW_PROJECTION_RIGHT:
        rw_reader_tensor(r, r->buffer, join(full, prefix, name, ""), (size_t[]){ d, embed_dim }, 2);
        return rw_reader_pack(r, dtype, full, embed_dim, d, 1, embed_dim);
    case RW_PROJECTION_LINEAR: return rw_reader_matrix(r, dtype, join(full, prefix, name, ".weight"), embed_dim, d);
    case RW_PROJECTION_AFFINE: return linear(r, bias, dtype, prefix, name, embed_dim, d);
    case RW_PROJECTION_NONE: break;
    }
    return (rw_matrix){ .n = 0 };
}

/* Whatever is 1 x n in a file whose names are batched. */
static void read_batched(rw_weight_reader *r, float *out, const char *name, bool batched, const size_t *shape, int ndim)
{
    size_t with_one[4] = { 1 };

    memcpy(with_one + 1, shape, (size_t)ndim * sizeof *shape);
    rw_reader_tensor(r, out, name, batched ? with_one : shape, batched ? ndim + 1 : ndim);
}

static const float *read_positions(rw_weight_reader *r, const char *name, int image_size)
{
    const rw_clip_config *config = &r->clip->config;
    size_t                d = (size_t)config->vision.width, prefix = config->vision_parts.class_token ? 1 : 0;
    size_t                stored = (size_t)(config->image_size / config->patch_size);
    size_t                grid   = (size_t)(image_size / config->patch_size);
    float                *out    = rw_reader_slice(r, (prefix + grid * grid) * d, sizeof *out);

    read_batched(r, r->buffer, name, config->vision_names->batched, (size_t[]){ prefix + stored * stored, d }, 2);
    if (r->status != RWDA_OK || !r->reads)
        return out;
    if (grid == stored)
        memcpy(out, r->buffer, (prefix + grid * grid) * d * sizeof *out);
    else
        r->status = rw_positions_resize(out, grid, r->buffer, stored, d, prefix, r->err);
    return out;
}

static const float *read_rope(rw_weight_reader *r, int image_size)
{
    const rw_clip_config *config = &r->clip->config;
    size_t                grid   = (size_t)(image_size / config->patch_size);
    size_t                hd     = (size_t)(config->vision.width / config->vision.heads);
    float                *out;

    if (config->vision_parts.rope_grid == 0)
        return NULL;
    out = rw_reader_slice(r, grid * grid * hd, sizeof *out);
    if (r->status == RWDA_OK && r->reads)
        rw_rope_table(out, grid, hd, config->vision_parts.rope_grid, config->vision_parts.rope_first);
    return out;
}

/* qkv [3d, d] and its bias as they stand in the buffer, probe [d] -> query [heads, d]: row h is the key projection's part of head h, times
 * that head's part of the projected probe (attention_pool.h). */
static void fold_query(float *query, const float *qkv, const float *bias, const float *probe, size_t d, size_t heads)
{
    size_t hd = d / heads;

    for (size_t h = 0; h < heads; h++) {
        float *row = query + h * d;

        memset(row, 0, d * sizeof *row);
        for (size_t j = h * hd; j < (h + 1) * hd; j++) {
            double q = bias[j];

            for (size_t i = 0; i < d; i++)
                q += (double)probe[i] * (double)qkv[j * d + i];
            for (size_t i = 0; i < d; i++)
                row[i] += (float)q * qkv[(d + j) * d + i];
        }
    }
}

static void read_pool(rw_weight_reader *r, rw_pool_weights *w, const char *prefix)
{
    const rw_clip_config *config = &r->clip->config;
    const rw_pool_names  *names  = &config->vision_names->pool;
    size_t         d = (size_t)config->vision.width, heads = (size_t)config->vision_parts.pool_heads, one[] = { 1, 1, d };
    size_t         wide       = (size_t)config->vision_parts.pool_mlp;
    rwda_precision dtype      = rw_reader_outer_dtype(r);
    float         *value_bias = rw_reader_slice(r, d, sizeof *value_bias);
    float         *small      = r->reads ? rw_new_array(4 + heads, d * sizeof *small) : NULL; /* probe, bias [3d], query */
    char           name[NAME_MAX_LEN];

    if (r->reads && small == NULL && r->status == RWDA_OK)
        r->status = rw_fail(r->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: pooling head of width %zu", r->path, d);
    rw_reader_tensor(r, small, join(name, prefix, names->probe, ""), one, 3);
    if (names->qkv_weight != NULL) {
        rw_reader_tensor(r, offset(small, d), join(name, prefix, names->qkv_bias, ""), (size_t[]){ 3 * d }, 1);
        rw_reader_tensor(r, r->buffer, join(name, prefix, names->qkv_weight, ""), (size_t[]){ 3 * d, d }, 2);
    } else {
        rw_reader_tensor(r, offset(small, d), join(name, prefix, names->q, ".bias"), &d, 1);
        rw_reader_tensor(r, offset(small, 2 * d), join(name, prefix, names->kv, ".bias"), (size_t[]){ 2 * d }, 1);
        rw_reader_tensor(r, r->buffer, join(name, prefix, names->q, ".weight"), (size_t[]){ d, d }, 2);
        rw_reader_tensor(r, offset(r->buffer, d * d), join(name, prefix, names->kv, ".weight"), (size_t[]){ 2 * d, d }, 2);
    }
    if (r->reads && r->status == RWDA_OK) {
        memcpy(value_bias, small + 3 * d, d * sizeof *small);
        fold_query(small + 4 * d, r->buffer, small + d, small, d, heads);
        memmove(r->buffer, r->buffer + 2 * d * d, d * d * sizeof *small);
    }
    w->value_bias = value_bias;
    w->value      = rw_reader_pack(r, dtype, name, d, d, d, 1);
    if (r->reads && r->status == RWDA_OK)
        memcpy(r->buffer, small + 4 * d, heads * d * sizeof *small);
    w->query = rw_reader_pack(r, RWDA_PRECISION_F32, name, heads, d, d, 1);
    w->out   = linear(r, &w->out_bias, dtype, prefix, names->out, d, d);
    norm(r, &w->norm_gain, &w->norm_bias, prefix, names->norm, d);
    w->fc   = linear(r, &w->fc_bias, dtype, prefix, names->fc, wide, d);
    w->proj = linear(r, &w->proj_bias, dtype, prefix, names->proj, d, wide);
    free(small);
}

/* ---- Towers ---------------------------------------------------------------------------------------------------------- */

void rw_read_vision(rw_weight_reader *r, const char *prefix, int image_size)
{
    const rw_clip_config  *config = &r->clip->config;
    const rw_vision_parts *parts  = &config->vision_parts;
    const rw_vision_names *names  = config->vision_names;
    rw_vision_weights     *w      = &r->clip->vision;
    size_t                 d = (size_t)config->vision.width, p = (size_t)config->patch_size;
    char                   name[NAME_MAX_LEN];

    rw_reader_tensor(r, r->buffer, join(name, prefix, names->patch, ".weight"), (size_t[]){ d, 3, p, p }, 4);
    w->patch = rw_reader_pack(r, rw_reader_outer_dtype(r), name, d, 3 * p * p, 3 * p * p, 1);
    if (parts->patch_bias)
        w->patch_bias = rw_reader_vector(r, join(name, prefix, names->patch, ".bias"), d);
    if (parts->class_token) {
        float *token = rw_reader_slice(r, d, sizeof *token);

        read_batched(r, token, join(name, prefix, names->class_token, ""), names->batched,
                     names->batched ? (size_t[]){ 1, d } : &d, names->batched ? 2 : 1);
        w->class_embedding = token;
    }
    w->positions = read_positions(r, join(name, prefix, names->positions, ""), image_size);
    w->rope      = read_rope(r, image_size);
    if (parts->ln_pre)
        norm(r, &w->ln_pre_gain, &w->ln_pre_bias, prefix, names->ln_pre, d);
    norm(r, &w->ln_post_gain, &w->ln_post_bias, prefix, names->ln_post, d);
    w->blocks = read_blocks(w->blocks, r, prefix, names->blocks, &names->block, &config->vision);
    if (parts->pooling == RW_POOL_ATTENTION)
        read_pool(r, &w->pool, prefix);
    w->proj = read_projection(r, &w->proj_bias, parts->projection, prefix, names->proj, d);
}

void rw_read_text(rw_weight_reader *r, const char *prefix, int image_size)
{
    const rw_clip_config *config = &r->clip->config;
    const rw_text_names  *names  = config->text_names;
    rw_text_weights      *w      = &r->clip->text;
    size_t                d      = (size_t)config->text.width;
    char                  name[NAME_MAX_LEN];

    (void)image_size; /* the vision tower's */
    w->tokens_dtype = rw_reader_outer_dtype(r);
    w->tokens =
        rw_reader_token_table(r, w->tokens_dtype, join(name, prefix, names->tokens, ""), (size_t)config->vocab_size, d);
    w->positions = rw_reader_table(r, join(name, prefix, names->positions, ""), (size_t)config->context_length, d);
    w->blocks    = read_blocks(w->blocks, r, prefix, names->blocks, &names->block, &config->text);
    norm(r, &w->ln_final_gain, &w->ln_final_bias, prefix, names->ln_final, d);
    w->proj = read_projection(r, &w->proj_bias, config->text_parts.projection, prefix, names->proj, d);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The largest matrix of a tower, q, k and v as one. */
static size_t largest_matrix(const rw_tower_config *tower, int embed_dim)
{
    size_t d = (size_t)tower->width;

    return d * larger(larger(3 * d, (size_t)tower->mlp), (size_t)embed_dim);
}

size_t rw_tower_buffer_floats(const rw_clip_config *config)
{
    size_t d = (size_t)config->vision.width, p = (size_t)config->patch_size, grid = (size_t)config->image_size / p;
    size_t wanted =
        larger(largest_matrix(&config->vision, config->embed_dim), largest_matrix(&config->text, config->embed_dim));

    return larger(wanted, d * larger(larger(3 * p * p, 1 + grid * grid), (size_t)config->vision_parts.pool_mlp));
}
