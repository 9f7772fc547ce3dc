/* weights.c - loading of a checkpoint: two passes over its tensors, or the cache */
#include "clip/checkpoint.h"
#include "clip/tokenizer_rules.h"
#include "clip/tower_weights.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tensors that some exporters add and no forward pass needs. */
static const char *const ignorable[] = {
    "attn_mask", "position_ids", "input_resolution", "context_length", "vocab_size",
};

/* A number of shape [] or [1]. */
static float read_scalar(rw_weight_reader *r, const char *prefix, const char *name)
{
    const rw_tensor_view *view;
    char                  full[64];
    size_t                one   = 1;
    float                 value = 0.0f;

    (void)snprintf(full, sizeof full, "%.20s%.40s", prefix, name);
    view     = rw_safetensors_find(r->file, full);
    r->reads = true;
    rw_reader_tensor(r, &value, full, &one, view != NULL && view->ndim == 1 ? 1 : 0);
    r->reads = false;
    return value;
}

static void read_logit_scale(rw_weight_reader *r, const char *prefix)
{
    float stored;

    if (r->clip->config.towers != RWDA_TOWERS_BOTH)
        return; /* of images and texts together */
    stored               = read_scalar(r, prefix, "logit_scale");
    r->clip->logit_scale = expf(stored);
    if (r->status == RWDA_OK && !isnormal(r->clip->logit_scale)) /* its reciprocal is finite too */
        r->status = rw_fail(r->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: logit_scale is %g, and exp of it %g, %s", r->path,
                            (double)stored, (double)r->clip->logit_scale,
                            r->clip->logit_scale > 1.0f ? "which is not finite" : "which leaves no logits");
    if (r->clip->config.logit_bias)
        r->clip->logit_bias = read_scalar(r, prefix, "logit_bias");
}

static void refuse_unknown_tensors(rw_weight_reader *r)
{
    for (size_t i = 0; i < rw_safetensors_count(r->file) && r->status == RWDA_OK; i++) {
        const char *name  = rw_safetensors_at(r->file, i)->name;
        bool        known = r->used[i];

        for (size_t j = 0; j < RW_COUNTOF(ignorable) && !known; j++) {
            size_t len = strlen(name), tail = strlen(ignorable[j]);

            known = len >= tail && strcmp(name + len - tail, ignorable[j]) == 0;
        }
        if (!known)
            r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                                "%.200s: tensor \"%.120s\" has no place in this config", r->path, name);
    }
}

/* Size of the buffer: the config's largest matrix, but no more than the file could fill (shapes are checked before). */
static bool buffer_floats(size_t *floats, const rw_clip_config *config, const rw_safetensors *file)
{
    size_t most = 1, wanted = rw_tower_buffer_floats(config);

    for (size_t i = 0; i < rw_safetensors_count(file); i++)
        most = rw_safetensors_at(file, i)->count > most ? rw_safetensors_at(file, i)->count : most;
    if (!rw_size_mul(floats, most, 3))
        return false;
    *floats = *floats < wanted ? *floats : wanted;
    return true;
}

/* ---- The two passes ------------------------------------------------------------------------------------------------ */

typedef struct {
    const char *name; /* of the tower, in the cache */
    void (*read)(rw_weight_reader *r, const char *prefix, int image_size);
    const char      *prefix; /* of its tensors */
    rw_weight_store *store;
    rw_store_key     key;
    bool             there, wanted;
} tower_source;

/* What the packed bytes of a tower depend on. */
static void make_key(tower_source *t, const rw_clip *clip, const rw_safetensors *file, int image_size, const char *dir)
{
    const rw_clip_config *c     = &clip->config;
    const rw_file_stamp  *stamp = rw_safetensors_stamp(file);
    char                  path[RW_PATH_MAX], identity[RW_PATH_MAX + 256], state[512];

    if (dir == NULL || dir[0] == '\0' || !rw_real_path(path, clip->weights_path)) {
        t->key.path[0] = '\0';
        return;
    }
    (void)snprintf(identity, sizeof identity, "%s %s %s %zu %d %s", t->name, rwda_precision_name(clip->precision),
                   clip->kernels->name, clip->kernels->nr, image_size, path);
    (void)snprintf(state, sizeof state,
                   "file %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n"
                   "config %d %d %d %d %d %d\nvision %d %d %d %d\ntext %d %d %d %d\nparts %d %d %d %d %d %d %d %d %d %d",
                   stamp->inode, stamp->size, stamp->modified, stamp->changed, (int)c->layout, c->embed_dim, c->image_size,
                   c->patch_size, c->context_length, c->vocab_size, c->vision.width, c->vision.layers, c->vision.heads,
                   c->vision.mlp, c->text.width, c->text.layers, c->text.heads, c->text.mlp, c->vision_parts.class_token,
                   c->vision_parts.patch_bias, c->vision_parts.ln_pre, (int)c->vision_parts.pooling,
                   c->vision_parts.pool_heads, c->vision_parts.pool_mlp, c->vision_parts.rope_grid,
                   c->vision_parts.rope_first, (int)c->vision_parts.projection, (int)c->text_parts.projection);
    (void)rw_make_own_folder(dir); /* most often it is there */
    rw_store_key_make(&t->key, dir, identity, state);
}

/* A tower that is not cached: its slices are filled and written to the cache. */
static void read_tower(rw_weight_reader *r, tower_source *t, int image_size)
{
    size_t floats;

    if (r->status != RWDA_OK)
        return;
    if (!buffer_floats(&floats, &r->clip->config, r->file)) {
        r->status = rw_fail(r->err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: a tensor is too large", r->path);
        return;
    }
    r->buffer = rw_new_array(floats, sizeof *r->buffer);
    if (r->buffer == NULL)
        r->status =
            rw_fail(r->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for a matrix of the %s tower", r->path, t->name);
    r->reads = true;
    t->read(r, t->prefix, image_size);
    r->reads = false;
    free(r->buffer);
    r->buffer = NULL;
    if (r->status == RWDA_OK)
        rw_store_write(t->store, r->clip->sha256, &t->key);
}

/* Memory for the towers that are wanted, filled where the cache has them and they are of one checkpoint -> are all? */
static bool take_cached(rw_weight_reader *r, tower_source towers[2], int image_size, const char *cache_dir)
{
    char sha256[65];
    bool all = true;

    for (int i = 0; i < 2 && r->status == RWDA_OK; i++) {
        tower_source *t = &towers[i];

        if (!t->wanted)
            continue;
        make_key(t, r->clip, r->file, image_size, cache_dir);
        if (!rw_store_allocate(t->store, &r->clip->memory))
            r->status = rw_fail(r->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for the %s tower's weights", r->path,
                                t->name);
        else if (!rw_store_load(t->store, sha256, &t->key))
            all = false;
        else if (r->clip->sha256[0] == '\0')
            memcpy(r->clip->sha256, sha256, sizeof sha256);
        else if (strcmp(r->clip->sha256, sha256) != 0)
            all = t->store->cached = false;
    }
    return all;
}

/* The checkpoint's SHA-256: read_part() gives the summed bytes from now on. */
static void sum_checkpoint(rw_weight_reader *r, tower_source towers[2], bool verify)
{
    char cached[65];

    memcpy(cached, r->clip->sha256, sizeof cached);
    r->status = rw_safetensors_sum(r->file, r->clip->sha256, r->err);
    if (r->status != RWDA_OK || cached[0] == '\0' || strcmp(cached, r->clip->sha256) == 0)
        return;
    if (verify)
        r->status =
            rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                    "%.200s: its SHA-256 is %.16s..., but %.16s... when its weights were cached, and its times are the "
                    "same: the disk has changed it, or the cache is another file's",
                    r->path, r->clip->sha256, cached);
    for (int i = 0; i < 2; i++)
        towers[i].store->cached = false;
}

static rwda_status read_all(rw_clip *clip, rw_safetensors *file, int image_size, const char *cache_dir, bool verify,
                            rwda_error *err)
{
    rw_weight_reader r         = { .clip = clip, .file = file, .path = clip->weights_path, .err = err };
    const char      *prefix    = rw_safetensors_find(file, "module.logit_scale") != NULL ? "module." : "";
    bool             apart     = rw_safetensors_find(file, "text.token_embedding.weight") != NULL;
    rwda_towers      there     = clip->config.towers;
    tower_source     towers[2] = {
            { "image", rw_read_vision, prefix, &clip->vision_store, .there = there != RWDA_TOWERS_TEXT,
              .wanted = clip->towers != RWDA_TOWERS_TEXT },
            { "text", rw_read_text, apart ? "text." : prefix, &clip->text_store, .there = there != RWDA_TOWERS_IMAGE,
              .wanted = clip->towers != RWDA_TOWERS_IMAGE },
    };

    r.used = rw_new_array(rw_safetensors_count(file), sizeof *r.used);
    if (r.used == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for a list of %zu tensors", r.path,
                       rw_safetensors_count(file));
    if (there != RWDA_TOWERS_BOTH) /* transformers 5 saves a tower alone without it */
        r.omitted = there == RWDA_TOWERS_IMAGE ? "vision_model." : "text_model.";
    for (int i = 0; i < 2; i++) {
        r.store = towers[i].store;
        if (towers[i].there)
            towers[i].read(&r, towers[i].prefix, image_size);
    }
    read_logit_scale(&r, prefix);
    refuse_unknown_tensors(&r);
    if (r.status == RWDA_OK && (!take_cached(&r, towers, image_size, cache_dir) || verify) && r.status == RWDA_OK) {
        sum_checkpoint(&r, towers, verify);
        read_logit_scale(&r, prefix);
    }
    for (int i = 0; i < 2 && r.status == RWDA_OK; i++) {
        r.store = towers[i].store;
        if (towers[i].wanted && r.store->cached)
            towers[i].read(&r, towers[i].prefix, image_size);
        else if (towers[i].wanted)
            read_tower(&r, &towers[i], image_size);
    }
    if (r.status == RWDA_OK)
        r.status = rw_safetensors_check_same(file, err); /* what the cache does not have was read without a sum */
    free(r.used);
    return r.status;
}

/* A tokenizer that is missing or not read refuses texts, not the model. */
static rwda_status open_tokenizer(rw_clip *clip, const char *path, const rw_clip_options *options, rwda_error *err)
{
    rwda_error  *refusal = &clip->tokenizer_refusal;
    rwda_status *status  = &clip->tokenizer_status;
    bool         wanted  = clip->towers != RWDA_TOWERS_IMAGE;

    if (clip->config.towers == RWDA_TOWERS_IMAGE)
        return RWDA_OK;
    if (!clip->config.text_parts.clip_tokenizer)
        *status = rw_tokenizer_of_model(wanted ? &clip->tokenizer : NULL, clip->tokenizer_id, path, &clip->config,
                                        options->config, options->config_len, refusal);
    else if (wanted)
        *status = rw_tokenizer_new_clip(&clip->tokenizer, (size_t)clip->config.context_length, refusal);
    return *status == RWDA_ENOMEM ? rw_fail(err, *status, RWDA_NO_OFFSET, "%s", refusal->message) : RWDA_OK;
}

static rwda_status check_towers(const rw_clip_config *config, rwda_towers tower, const char *path, rwda_error *err)
{
    bool image = config->towers == RWDA_TOWERS_IMAGE;

    if (config->towers == RWDA_TOWERS_BOTH || config->towers == tower)
        return RWDA_OK;
    return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.200s: this model is %s tower alone, and this needs %s tower", path,
                   image ? "an image" : "a text", image ? "a text" : "an image");
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
    if (clip->towers == RWDA_TOWERS_BOTH)
        clip->towers = clip->config.towers;
    RW_TRY(check_towers(&clip->config, clip->towers, weights_path, err));
    if (image_size == 0)
        image_size = clip->config.image_size;
    if (image_size != clip->config.image_size &&
        (image_size < clip->config.patch_size || image_size > 4096 || image_size % clip->config.patch_size != 0)) {
        status =
            rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image size %d is not a multiple of the patch size %d in %d..4096",
                    image_size, clip->config.patch_size, clip->config.patch_size);
        goto done;
    }
    RW_TRY(open_tokenizer(clip, path, options, err));
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
    rw_tokenizer_free(clip->tokenizer);
    free(clip->weights_path);
    free(clip);
}

rwda_status rw_clip_require(const rw_clip *clip, rwda_towers tower, rwda_error *err)
{
    rwda_status status = check_towers(&clip->config, tower, clip->weights_path, err);

    if (status != RWDA_OK || clip->towers == RWDA_TOWERS_BOTH || clip->towers == tower)
        return status;
    return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.200s: opened without its %s tower, which this needs",
                   clip->weights_path, tower == RWDA_TOWERS_IMAGE ? "image" : "text");
}

rwda_status rw_clip_require_tokenizer(const rw_clip *clip, rwda_error *err)
{
    const rwda_error *refusal = &clip->tokenizer_refusal;
    rwda_status       status  = rw_clip_require(clip, RWDA_TOWERS_TEXT, err);

    if (status != RWDA_OK || clip->tokenizer != NULL)
        return status;
    return rw_fail(err, clip->tokenizer_status, refusal->offset, "texts of this model need its tokenizer: %.400s",
                   refusal->message);
}
