/* weights.c - loading of a checkpoint: mapping of tensors to packed weights */
#include "clip/checkpoint.h"
#include "clip/positions.h"
#include "format/safetensors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Names of one block's tensors in the two layouts.  OpenCLIP keeps query, key and value in one matrix, Hugging Face in three;
 * packed they give the same bytes. */
typedef struct {
    const char *ln1, *ln2, *out, *fc, *proj; /* each with .weight and .bias */
} block_names;

static const block_names names_of[2] = {
    [RW_LAYOUT_OPENCLIP]    = { "ln_1", "ln_2", "attn.out_proj", "mlp.c_fc", "mlp.c_proj" },
    [RW_LAYOUT_HUGGINGFACE] = { "layer_norm1", "layer_norm2", "self_attn.out_proj", "mlp.fc1", "mlp.fc2" },
};

/* Tensors that some exporters add and no forward pass needs. */
static const char *const ignorable[] = {
    "attn_mask", "position_ids", "input_resolution", "context_length", "vocab_size",
};

#define PART_BYTES ((size_t)1 << 16) /* of the file, read at a time */

/* Keeps the first error, so that the reads below need no checks between them.  The first pass checks every tensor's name, dtype and
 * shape and counts bytes; the second reads the weights, or finds them in the mapped cache. */
typedef struct {
    rw_clip              *clip;
    rw_safetensors       *file;
    rw_weight_store      *store;  /* of the tower that is read */
    bool                  reads;  /* second pass: values are read into slices of the store */
    bool                 *used;   /* [tensors] */
    float                *buffer; /* a matrix before it is packed; NULL in the first pass */
    uint8_t               raw[PART_BYTES];
    const char           *path;
    rwda_error           *err;
    rwda_status           status;
} loader;

static void *slice(loader *l, size_t count, size_t element)
{
    void *out = NULL;

    if (l->status == RWDA_OK && !rw_store_slice(&out, l->store, count, element))
        l->status = rw_fail(l->err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: no room for %zu weights", l->path, count);
    return out; /* NULL in the first pass */
}

static float *offset(float *array, size_t n)
{
    return array != NULL ? array + n : NULL;
}

static rwda_precision element_dtype(const rw_tensor_view *view)
{
    return view->dtype == RW_F32 ? RWDA_PRECISION_F32 : view->dtype == RW_F16 ? RWDA_PRECISION_F16 : RWDA_PRECISION_BF16;
}

static rwda_status check_shape(const loader *l, const rw_tensor_view *view, const size_t *shape, int ndim)
{
    char have[128] = "", want[128] = "";

    if (view->ndim == ndim && memcmp(view->shape, shape, (size_t)ndim * sizeof *shape) == 0)
        return RWDA_OK;
    for (int i = 0; i < view->ndim; i++)
        (void)snprintf(have + strlen(have), sizeof have - strlen(have), "%s%zu", i > 0 ? ", " : "", view->shape[i]);
    for (int i = 0; i < ndim; i++)
        (void)snprintf(want + strlen(want), sizeof want - strlen(want), "%s%zu", i > 0 ? ", " : "", shape[i]);
    return rw_fail(l->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.160s: tensor \"%.80s\" has shape [%s], the config wants [%s]",
                   l->path, view->name, have, want);
}

/* The tensor of that name: it must exist, with a known dtype and that shape. */
static const rw_tensor_view *find_tensor(loader *l, const char *name, const size_t *shape, int ndim)
{
    const rw_tensor_view *view;
    size_t                index;

    if (l->status != RWDA_OK)
        return NULL;
    view = rw_safetensors_find(l->file, name);
    if (view == NULL) {
        l->status = rw_fail(l->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                            "%.200s: tensor \"%.120s\" is missing; the config asks for it", l->path, name);
        return NULL;
    }
    if (view->dtype != RW_F32 && view->dtype != RW_F16 && view->dtype != RW_BF16) {
        l->status = rw_fail(l->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                            "%.200s: tensor \"%.120s\" is %s; F32, F16 and BF16 are supported", l->path, name,
                            rw_dtype_name(view->dtype));
        return NULL;
    }
    l->status = check_shape(l, view, shape, ndim);
    if (l->status != RWDA_OK)
        return NULL;
    index = (size_t)(view - rw_safetensors_at(l->file, 0));
    if (!l->used[index])
        l->clip->parameters += (int64_t)view->count;
    l->used[index] = true;
    return view;
}

/* Elements first .. first + count - 1 of a tensor into `out` as float32; they must be finite. */
static void read_part(loader *l, float *out, const rw_tensor_view *view, size_t first, size_t count)
{
    size_t element = rw_element_bytes(element_dtype(view)), some;

    for (; count > 0 && l->status == RWDA_OK; first += some, count -= some, out += some) {
        some      = count < PART_BYTES / element ? count : PART_BYTES / element;
        l->status = rw_safetensors_read(l->file, l->raw, view, first * element, some * element, l->err);
        if (l->status != RWDA_OK)
            return;
        rw_widen(out, element_dtype(view), l->raw, some);
        for (size_t i = 0; i < some; i++)
            if (!isfinite(out[i])) {
                l->status = rw_fail(l->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: tensor \"%.120s\" element %zu is %s",
                                    l->path, view->name, first + i, isnan(out[i]) ? "not a number" : "infinite");
                return;
            }
    }
}

static void read_tensor(loader *l, float *out, const char *name, const size_t *shape, int ndim)
{
    const rw_tensor_view *view = find_tensor(l, name, shape, ndim);

    if (view != NULL && l->reads)
        read_part(l, out, view, 0, view->count);
}

/* F16 ends at 65,504: a larger weight would become infinite. */
static void check_range(loader *l, rwda_precision dtype, const float *values, size_t count, const char *name)
{
    for (size_t i = 0; i < count && dtype == RWDA_PRECISION_F16 && l->status == RWDA_OK; i++)
        if (fabsf(values[i]) >= 65520.0f)
            l->status = rw_fail(l->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                                "%.200s: tensor \"%.120s\" holds %g, F16 ends at 65504; use bf16 or f32", l->path, name,
                                (double)values[i]);
}

static const float *vector(loader *l, const char *name, size_t n)
{
    float *out = slice(l, n, sizeof *out);

    read_tensor(l, out, name, &n, 1);
    return out;
}

static const float *matrix_f32(loader *l, const char *name, size_t rows, size_t columns)
{
    float *out = slice(l, rows * columns, sizeof *out);

    read_tensor(l, out, name, (size_t[]){ rows, columns }, 2);
    return out;
}

/* The largest tensor: read row by row, so that no second copy is needed. */
static const void *token_embeddings(loader *l, rwda_precision dtype, const char *name, size_t rows, size_t columns)
{
    size_t                element = rw_element_bytes(dtype);
    unsigned char        *out     = slice(l, rows * columns, element);
    const rw_tensor_view *view    = find_tensor(l, name, (size_t[]){ rows, columns }, 2);

    for (size_t i = 0; i < rows && l->reads && l->status == RWDA_OK; i++) {
        read_part(l, l->buffer, view, i * columns, columns);
        check_range(l, dtype, l->buffer, columns, name);
        rw_narrow(out + i * columns * element, dtype, l->buffer, columns);
    }
    return out;
}

/* buffer -> packed right-hand matrix B [k, n] with B[i][j] = buffer[i * stride_k + j * stride_n]. */
static rw_matrix pack_buffer(loader *l, rwda_precision dtype, const char *name, size_t n, size_t k, size_t stride_n,
                             size_t stride_k)
{
    size_t bytes = 0;
    void  *out;

    if (l->reads)
        check_range(l, dtype, l->buffer, l->status == RWDA_OK ? n * k : 0, name);
    if (!rw_matrix_bytes(&bytes, dtype, l->clip->kernels, n, k) && l->status == RWDA_OK)
        l->status = rw_fail(l->err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: matrix %zu x %zu is too large", l->path, n, k);
    out = slice(l, bytes, 1);
    if (l->status != RWDA_OK || !l->reads)
        return rw_matrix_at(out, dtype, n, k);
    return rw_matrix_pack(out, dtype, l->clip->kernels, l->buffer, n, k, stride_n, stride_k);
}

/* Of the weights outside the blocks: patch embedding, projections, token embeddings. */
static rwda_precision outer_dtype(const loader *l)
{
    return l->clip->precision == RWDA_PRECISION_INT8 ? RWDA_PRECISION_F16 : l->clip->precision;
}

/* A Linear's weight [n, k] of a block, used as y = x W^T. */
static rw_matrix linear(loader *l, const char *name, size_t n, size_t k)
{
    read_tensor(l, l->buffer, name, (size_t[]){ n, k }, 2);
    return pack_buffer(l, l->clip->precision, name, n, k, k, 1);
}

/* The projection y = x P: OpenCLIP stores P [d, D], Hugging Face P^T [D, d]. */
static rw_matrix projection(loader *l, const char *openclip, const char *huggingface, size_t d, size_t embed_dim)
{
    if (l->clip->config.layout == RW_LAYOUT_HUGGINGFACE) {
        read_tensor(l, l->buffer, huggingface, (size_t[]){ embed_dim, d }, 2);
        return pack_buffer(l, outer_dtype(l), huggingface, embed_dim, d, d, 1);
    }
    read_tensor(l, l->buffer, openclip, (size_t[]){ d, embed_dim }, 2);
    return pack_buffer(l, outer_dtype(l), openclip, embed_dim, d, 1, embed_dim);
}

#define NAME_MAX_LEN (2 * RW_SAFETENSORS_NAME_MAX)

static const char *join(char out[NAME_MAX_LEN], const char *a, const char *b, const char *c)
{
    (void)snprintf(out, NAME_MAX_LEN, "%.300s%.100s%.100s", a, b, c);
    return out;
}

static void read_qkv(loader *l, rw_block_weights *w, const char *block, size_t d)
{
    char   name[NAME_MAX_LEN];
    float *bias = slice(l, 3 * d, sizeof *bias);

    if (l->clip->config.layout == RW_LAYOUT_OPENCLIP) {
        read_tensor(l, bias, join(name, block, "attn.in_proj_bias", ""), (size_t[]){ 3 * d }, 1);
        w->qkv = linear(l, join(name, block, "attn.in_proj_weight", ""), 3 * d, d);
    } else {
        static const char *const parts[3] = { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" };

        for (size_t i = 0; i < 3 && l->status == RWDA_OK; i++) {
            read_tensor(l, offset(bias, i * d), join(name, block, parts[i], ".bias"), &d, 1);
            read_tensor(l, offset(l->buffer, i * d * d), join(name, block, parts[i], ".weight"), (size_t[]){ d, d }, 2);
        }
        w->qkv = pack_buffer(l, l->clip->precision, name, 3 * d, d, d, 1);
    }
    w->qkv_bias = bias;
}

/* Blocks whose tensor names start with "<prefix><i>.", into `blocks`, which the first pass allocates. */
static rw_block_weights *read_blocks(rw_block_weights *blocks, loader *l, const char *prefix, const rw_tower_config *tower)
{
    const block_names *names = &names_of[l->clip->config.layout];
    size_t             d = (size_t)tower->width, wide = (size_t)tower->mlp;
    char               block[NAME_MAX_LEN], name[NAME_MAX_LEN];

    if (blocks == NULL && l->status == RWDA_OK)
        blocks = rw_arena_array(&l->clip->memory, (size_t)tower->layers, sizeof *blocks);
    if (blocks == NULL && l->status == RWDA_OK)
        l->status = rw_fail(l->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for %d blocks", l->path, tower->layers);
    for (int i = 0; i < tower->layers && l->status == RWDA_OK; i++) {
        rw_block_weights *w = &blocks[i];

        (void)snprintf(block, sizeof block, "%.200s%d.", prefix, i);
        w->ln1_gain  = vector(l, join(name, block, names->ln1, ".weight"), d);
        w->ln1_bias  = vector(l, join(name, block, names->ln1, ".bias"), d);
        w->ln2_gain  = vector(l, join(name, block, names->ln2, ".weight"), d);
        w->ln2_bias  = vector(l, join(name, block, names->ln2, ".bias"), d);
        w->out       = linear(l, join(name, block, names->out, ".weight"), d, d);
        w->out_bias  = vector(l, join(name, block, names->out, ".bias"), d);
        w->fc        = linear(l, join(name, block, names->fc, ".weight"), wide, d);
        w->fc_bias   = vector(l, join(name, block, names->fc, ".bias"), wide);
        w->proj      = linear(l, join(name, block, names->proj, ".weight"), d, wide);
        w->proj_bias = vector(l, join(name, block, names->proj, ".bias"), d);
        read_qkv(l, w, block, d);
    }
    return blocks;
}

static const float *read_positions(loader *l, const char *name, int image_size)
{
    const rw_clip_config *config = &l->clip->config;
    size_t                d      = (size_t)config->vision.width;
    size_t                stored = (size_t)(config->image_size / config->patch_size);
    size_t                grid   = (size_t)(image_size / config->patch_size);
    float                *out    = slice(l, (1 + grid * grid) * d, sizeof *out);

    read_tensor(l, l->buffer, name, (size_t[]){ 1 + stored * stored, d }, 2);
    if (l->status != RWDA_OK || !l->reads)
        return out;
    if (grid == stored)
        memcpy(out, l->buffer, (1 + grid * grid) * d * sizeof *out);
    else
        l->status = rw_positions_resize(out, grid, l->buffer, stored, d, l->err);
    return out;
}

static void read_vision(loader *l, const char *prefix, int image_size)
{
    rw_clip_config    *config = &l->clip->config;
    rw_vision_weights *w      = &l->clip->vision;
    size_t             d = (size_t)config->vision.width, p = (size_t)config->patch_size;
    bool               hf = config->layout == RW_LAYOUT_HUGGINGFACE;
    char               name[NAME_MAX_LEN], proj[NAME_MAX_LEN];

    read_tensor(l, l->buffer,
                join(name, prefix, hf ? "vision_model.embeddings.patch_embedding.weight" : "visual.conv1.weight", ""),
                (size_t[]){ d, 3, p, p }, 4);
    w->patch = pack_buffer(l, outer_dtype(l), name, d, 3 * p * p, 3 * p * p, 1);
    w->class_embedding =
        vector(l, join(name, prefix, hf ? "vision_model.embeddings.class_embedding" : "visual.class_embedding", ""), d);
    w->positions = read_positions(
        l, join(name, prefix, hf ? "vision_model.embeddings.position_embedding.weight" : "visual.positional_embedding", ""),
        image_size);
    w->ln_pre_gain =
        vector(l, join(name, prefix, hf ? "vision_model.pre_layrnorm" : "visual.ln_pre", ".weight"), d); /* their typo */
    w->ln_pre_bias  = vector(l, join(name, prefix, hf ? "vision_model.pre_layrnorm" : "visual.ln_pre", ".bias"), d);
    w->ln_post_gain = vector(l, join(name, prefix, hf ? "vision_model.post_layernorm" : "visual.ln_post", ".weight"), d);
    w->ln_post_bias = vector(l, join(name, prefix, hf ? "vision_model.post_layernorm" : "visual.ln_post", ".bias"), d);
    w->blocks       = read_blocks(w->blocks, l,
                                  join(name, prefix, hf ? "vision_model.encoder.layers." : "visual.transformer.resblocks.", ""),
                                  &config->vision);
    w->proj = projection(l, join(name, prefix, "visual.proj", ""), join(proj, prefix, "visual_projection.weight", ""), d,
                         (size_t)config->embed_dim);
}

static void read_text(loader *l, const char *prefix, int image_size)
{
    rw_clip_config  *config = &l->clip->config;
    rw_text_weights *w      = &l->clip->text;
    size_t           d      = (size_t)config->text.width;
    bool             hf     = config->layout == RW_LAYOUT_HUGGINGFACE;
    char             name[NAME_MAX_LEN], proj[NAME_MAX_LEN];

    (void)image_size; /* the vision tower's */
    w->tokens_dtype = outer_dtype(l);
    w->tokens       = token_embeddings(
              l, w->tokens_dtype,
              join(name, prefix, hf ? "text_model.embeddings.token_embedding.weight" : "token_embedding.weight", ""),
              (size_t)config->vocab_size, d);
    w->positions = matrix_f32(
        l, join(name, prefix, hf ? "text_model.embeddings.position_embedding.weight" : "positional_embedding", ""),
        (size_t)config->context_length, d);
    w->blocks = read_blocks(
        w->blocks, l, join(name, prefix, hf ? "text_model.encoder.layers." : "transformer.resblocks.", ""), &config->text);
    w->ln_final_gain = vector(l, join(name, prefix, hf ? "text_model.final_layer_norm" : "ln_final", ".weight"), d);
    w->ln_final_bias = vector(l, join(name, prefix, hf ? "text_model.final_layer_norm" : "ln_final", ".bias"), d);
    w->proj = projection(l, join(name, prefix, "text_projection", ""), join(proj, prefix, "text_projection.weight", ""), d,
                         (size_t)config->embed_dim);
}

static void read_logit_scale(loader *l, const char *prefix)
{
    const rw_tensor_view *view;
    char                  name[NAME_MAX_LEN];
    size_t                one       = 1;
    float                 logarithm = 0.0f;

    view     = rw_safetensors_find(l->file, join(name, prefix, "logit_scale", ""));
    l->reads = true;
    read_tensor(l, &logarithm, name, &one, view != NULL && view->ndim == 1 ? 1 : 0);
    l->reads             = false;
    l->clip->logit_scale = expf(logarithm);
    if (l->status == RWDA_OK && !isfinite(l->clip->logit_scale))
        l->status = rw_fail(l->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: exp(logit_scale) is not finite", l->path);
}

static void refuse_unknown_tensors(loader *l)
{
    for (size_t i = 0; i < rw_safetensors_count(l->file) && l->status == RWDA_OK; i++) {
        const char *name  = rw_safetensors_at(l->file, i)->name;
        bool        known = l->used[i];

        for (size_t j = 0; j < RW_COUNTOF(ignorable) && !known; j++) {
            size_t len = strlen(name), tail = strlen(ignorable[j]);

            known = len >= tail && strcmp(name + len - tail, ignorable[j]) == 0;
        }
        if (!known)
            l->status = rw_fail(l->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                                "%.200s: tensor \"%.120s\" has no place in this config", l->path, name);
    }
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The largest matrix of a tower, Hugging Face's q, k and v as one.  The caps of clip_config.h keep the products small. */
static size_t largest_matrix(const rw_tower_config *tower, int embed_dim)
{
    size_t d = (size_t)tower->width;

    return d * larger(larger(3 * d, (size_t)tower->mlp), (size_t)embed_dim);
}

/* Size of the buffer: the config's largest matrix, but no more than the file could fill (shapes are checked before). */
static bool buffer_floats(size_t *floats, const rw_clip_config *config, const rw_safetensors *file)
{
    size_t d = (size_t)config->vision.width, p = (size_t)config->patch_size, grid = (size_t)config->image_size / p, most = 1;
    size_t wanted =
        larger(largest_matrix(&config->vision, config->embed_dim), largest_matrix(&config->text, config->embed_dim));

    wanted = larger(wanted, d * larger(3 * p * p, 1 + grid * grid));
    for (size_t i = 0; i < rw_safetensors_count(file); i++)
        most = larger(most, rw_safetensors_at(file, i)->count);
    if (!rw_size_mul(floats, most, 3))
        return false;
    *floats = *floats < wanted ? *floats : wanted;
    return true;
}

/* ---- The two passes ------------------------------------------------------------------------------------------------ */

typedef struct {
    const char *name; /* of the tower, in the cache */
    void (*read)(loader *l, const char *prefix, int image_size);
    const char      *prefix; /* of its tensors */
    rw_weight_store *store;
    rw_store_key     key;
    bool             wanted;
} tower_source;

/* What the packed bytes of a tower depend on. */
static void make_key(tower_source *t, const rw_clip *clip, const rw_safetensors *file, int image_size, const char *dir)
{
    const rw_clip_config *c     = &clip->config;
    const rw_file_stamp  *stamp = rw_safetensors_stamp(file);
    char                  path[RW_PATH_MAX], identity[RW_PATH_MAX + 256], state[512];

    if (dir == NULL || dir[0] == '\0' || realpath(clip->weights_path, path) == NULL) {
        t->key.path[0] = '\0';
        return;
    }
    (void)snprintf(identity, sizeof identity, "%s %s %s %zu %d %s", t->name, rwda_precision_name(clip->precision),
                   clip->kernels->name, clip->kernels->nr, image_size, path);
    (void)snprintf(state, sizeof state,
                   "file %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n"
                   "config %d %d %d %d %d %d\nvision %d %d %d %d\ntext %d %d %d %d",
                   stamp->inode, stamp->size, stamp->modified, stamp->changed, (int)c->layout, c->embed_dim, c->image_size,
                   c->patch_size, c->context_length, c->vocab_size, c->vision.width, c->vision.layers, c->vision.heads,
                   c->vision.mlp, c->text.width, c->text.layers, c->text.heads, c->text.mlp);
    (void)mkdir(dir, 0700);
    rw_store_key_make(&t->key, dir, identity, state);
}

/* A tower that is not cached: its slices are filled and written to the cache. */
static void read_tower(loader *l, tower_source *t, int image_size)
{
    size_t floats;

    if (l->status != RWDA_OK)
        return;
    if (!buffer_floats(&floats, &l->clip->config, l->file)) {
        l->status = rw_fail(l->err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: a tensor is too large", l->path);
        return;
    }
    l->buffer = rw_new_array(floats, sizeof *l->buffer);
    if (l->buffer == NULL)
        l->status = rw_fail(l->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for a matrix of the %s tower", l->path,
                            t->name);
    l->reads = true;
    t->read(l, t->prefix, image_size);
    l->reads = false;
    free(l->buffer);
    l->buffer = NULL;
    if (l->status == RWDA_OK)
        rw_store_write(t->store, l->clip->sha256, &t->key);
}

/* Memory for the towers that are wanted, filled where the cache has them and they are of one checkpoint -> are all? */
static bool take_cached(loader *l, tower_source towers[2], int image_size, const char *cache_dir)
{
    char sha256[65];
    bool all = true;

    for (int i = 0; i < 2 && l->status == RWDA_OK; i++) {
        tower_source *t = &towers[i];

        if (!t->wanted)
            continue;
        make_key(t, l->clip, l->file, image_size, cache_dir);
        if (!rw_store_allocate(t->store, &l->clip->memory))
            l->status = rw_fail(l->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for the %s tower's weights", l->path,
                                t->name);
        else if (!rw_store_load(t->store, sha256, &t->key))
            all = false;
        else if (l->clip->sha256[0] == '\0')
            memcpy(l->clip->sha256, sha256, sizeof sha256);
        else if (strcmp(l->clip->sha256, sha256) != 0)
            all = t->store->cached = false;
    }
    return all;
}

/* The checkpoint's SHA-256: read_part() gives the summed bytes from now on. */
static void sum_checkpoint(loader *l, tower_source towers[2], bool verify)
{
    char cached[65];

    memcpy(cached, l->clip->sha256, sizeof cached);
    l->status = rw_safetensors_sum(l->file, l->clip->sha256, l->err);
    if (l->status != RWDA_OK || cached[0] == '\0' || strcmp(cached, l->clip->sha256) == 0)
        return;
    if (verify)
        l->status = rw_fail(l->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                            "%.200s: its SHA-256 is %.16s..., but %.16s... when its weights were cached, and its times are the "
                            "same: the disk has changed it, or the cache is another file's",
                            l->path, l->clip->sha256, cached);
    for (int i = 0; i < 2; i++)
        towers[i].store->cached = false;
}

static rwda_status read_all(rw_clip *clip, rw_safetensors *file, int image_size, const char *cache_dir, bool verify,
                            rwda_error *err)
{
    loader       l         = { .clip = clip, .file = file, .path = clip->weights_path, .err = err };
    const char  *prefix    = rw_safetensors_find(file, "module.logit_scale") != NULL ? "module." : "";
    bool         apart     = rw_safetensors_find(file, "text.token_embedding.weight") != NULL;
    tower_source towers[2] = {
        { "image", read_vision, prefix, &clip->vision_store, .wanted = clip->towers != RWDA_TOWERS_TEXT },
        { "text", read_text, apart ? "text." : prefix, &clip->text_store, .wanted = clip->towers != RWDA_TOWERS_IMAGE },
    };

    l.used = rw_new_array(rw_safetensors_count(file), sizeof *l.used);
    if (l.used == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for a list of %zu tensors", l.path,
                       rw_safetensors_count(file));
    for (int i = 0; i < 2; i++) {
        l.store = towers[i].store;
        towers[i].read(&l, towers[i].prefix, image_size);
    }
    read_logit_scale(&l, prefix);
    refuse_unknown_tensors(&l);
    if (l.status == RWDA_OK && (!take_cached(&l, towers, image_size, cache_dir) || verify) && l.status == RWDA_OK) {
        sum_checkpoint(&l, towers, verify);
        read_logit_scale(&l, prefix);
    }
    for (int i = 0; i < 2 && l.status == RWDA_OK; i++) {
        l.store = towers[i].store;
        if (towers[i].wanted && l.store->cached)
            towers[i].read(&l, towers[i].prefix, image_size);
        else if (towers[i].wanted)
            read_tower(&l, &towers[i], image_size);
    }
    if (l.status == RWDA_OK)
        l.status = rw_safetensors_check_same(file, err); /* what the cache does not have was read without a sum */
    free(l.used);
    return l.status;
}

rwda_status rw_clip_load(rw_clip **out, const char *path, const rw_kernels *kernels, const rw_clip_options *options,
                         rwda_error *err)
{
    char            weights_path[RW_PATH_MAX];
    rw_safetensors *file       = NULL;
    rw_clip        *clip       = NULL;
    int             image_size = options->image_size;
    rwda_status     status     = RWDA_OK;

    *out = NULL;
    clip = calloc(1, sizeof *clip);
    if (clip == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "model, %zu bytes", sizeof *clip);
    clip->kernels   = kernels;
    clip->precision = options->precision;
    clip->towers    = options->towers;
    RW_TRY(options->config != NULL
               ? rw_checkpoint_take(&clip->config, weights_path, path, options->config, options->config_len, err)
               : rw_checkpoint_find(&clip->config, weights_path, path, err));
    if (image_size == 0)
        image_size = clip->config.image_size;
    if (image_size < clip->config.patch_size || image_size > 4096 || image_size % clip->config.patch_size != 0) {
        status =
            rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image size %d is not a multiple of the patch size %d in %d..4096",
                    image_size, clip->config.patch_size, clip->config.patch_size);
        goto done;
    }
    clip->weights_path = rw_string_copy(weights_path);
    if (clip->weights_path == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "path of %zu bytes", strlen(weights_path));
        goto done;
    }
    RW_TRY(rw_safetensors_open(&file, weights_path, err));
    RW_TRY(read_all(clip, file, image_size, options->cache_dir, options->verify, err));
    clip->own_size          = clip->config.image_size;
    clip->config.image_size = image_size;
    *out                    = clip;
    clip                    = NULL;
done:
    rw_safetensors_close(file);
    rw_clip_free(clip);
    return status;
}

void rw_clip_free(rw_clip *clip)
{
    if (clip == NULL)
        return;
    rw_arena_done(&clip->memory);
    free(clip->weights_path);
    free(clip);
}

rwda_status rw_clip_require(const rw_clip *clip, rwda_towers tower, rwda_error *err)
{
    if (clip->towers == RWDA_TOWERS_BOTH || clip->towers == tower)
        return RWDA_OK;
    return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.200s: opened without its %s tower, which this needs",
                   clip->weights_path, tower == RWDA_TOWERS_IMAGE ? "image" : "text");
}
