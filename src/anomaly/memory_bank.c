#include "anomaly/memory_bank.h"

#include "base/file.h"
#include "clip/layer_tokens.h"

#include <jansson.h>
#include <math.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_TOKENS (42 * RW_PACK_ROWS) /* widened at a time while they are packed */
#define STD_LEAST    1e-6                /* of leave-one-out scores: images may be nearly the same */
#define JSON_MAX     ((size_t)256 << 20)
#define IMAGES_SLACK 1000 /* where list and scores differ, a later message says so */

static rw_dtype stored_as(rwda_precision storage)
{
    return storage == RWDA_PRECISION_F32 ? RW_F32 : storage == RWDA_PRECISION_F16 ? RW_F16 : RW_I8;
}

const rw_tensor_view *rw_memory_tensor(const rwda_memory *m, const char *kind, size_t i)
{
    char name[32];

    (void)snprintf(name, sizeof name, "%s.%d", kind, m->options.layers[i]);
    return rw_safetensors_find(m->file, name);
}

/* ---- Tokens ------------------------------------------------------------------------------------------------------------ */

void rw_memory_widen(float *out, const rwda_memory *m, size_t i, size_t first, size_t count)
{
    const rw_tensor_view *tokens = rw_memory_tensor(m, "layer", i), *scales = rw_memory_tensor(m, "scale", i);
    size_t                d    = (size_t)m->info.width;
    const uint8_t        *from = tokens->data + first * d * rw_dtype_bytes(tokens->dtype);

    if (tokens->dtype != RW_I8) {
        rw_widen(out, m->options.storage, from, count * d);
        return;
    }
    for (size_t t = 0; t < count; t++) {
        float scale;

        memcpy(&scale, scales->data + (first + t) * sizeof scale, sizeof scale);
        for (size_t j = 0; j < d; j++)
            out[t * d + j] = (float)(int8_t)from[t * d + j] * scale;
    }
}

/* Tokens [first, first + count) have the length that stored unit vectors have; a NaN has none. */
static bool have_length(const float *x, size_t count, size_t d, const rw_kernels *kernels)
{
    for (size_t t = 0; t < count; t++) {
        float square = kernels->dot(x + t * d, x + t * d, d);

        if (!(square > 0.8f && square < 1.2f))
            return false;
    }
    return true;
}

static rwda_status pack_layer(rwda_memory *m, size_t i, rwda_error *err)
{
    const rw_kernels *kernels = m->view.kernels;
    size_t            d = (size_t)m->info.width, n = m->starts[i][m->info.images], bytes;
    size_t            some   = n < BLOCK_TOKENS ? n : BLOCK_TOKENS;
    rwda_precision    dtype  = m->options.storage;
    float            *block  = rw_new_array(some, d * sizeof *block);
    rwda_status       status = RWDA_OK;

    if (block == NULL || !rw_matrix_bytes(&bytes, dtype, kernels, n, d) || (m->panels[i] = rw_new_array(bytes, 1)) == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory of %zu tokens of %zu values", n, d);
        goto done;
    }
    m->banks[i] = rw_matrix_at(m->panels[i], dtype, n, d);
    for (size_t first = 0; first < n; first += some) {
        size_t count = n - first < some ? n - first : some;

        rw_memory_widen(block, m, i, first, count);
        if (!have_length(block, count, d, kernels)) {
            status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory: a token of block %d is not a unit vector",
                             m->options.layers[i]);
            goto done;
        }
        rw_matrix_pack_rows(&m->banks[i], kernels, block, first, count);
    }
    m->info.bytes += (int64_t)bytes;
done:
    free(block);
    return status;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------------- */

rwda_status rw_memory_check_model(const rwda_memory *m, const rw_clip *clip, rwda_error *err)
{
    if (strcmp(m->model_sha256, clip->sha256) != 0)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the memory was made with the model of sha256 %s, this model has %s; make a memory with this model",
                       m->model_sha256, clip->sha256);
    if (m->model_size != clip->config.image_size && rw_safetensors_find(m->file, "embeddings") != NULL)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the memory's image embeddings were made with the model at input side %d, it is open at %d",
                       m->model_size, clip->config.image_size);
    return RWDA_OK;
}

rwda_status rw_memory_check_reading(const rwda_memory *m, rwda_orientation orientation, int depth, rwda_error *err)
{
    const rwda_memory_options *o = &m->options;

    if (m->info.preprocessing >= 2 && o->orientation != orientation)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the memory's images were read with orientation \"%s\", these with \"%s\"; read both alike",
                       rwda_enum_name(RWDA_ENUM_ORIENTATION, (int)o->orientation),
                       rwda_enum_name(RWDA_ENUM_ORIENTATION, (int)orientation));
    if (m->info.preprocessing >= 2 && o->depth != depth)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the memory's images were read with depth %d, these with %d (0: all bits, -1: auto); read both alike",
                       o->depth, depth);
    return RWDA_OK;
}

static rwda_status read_metadata(rwda_memory *m, const rw_clip *clip, rwda_error *err)
{
    const char *format    = rw_safetensors_metadata(m->file, "format"),
               *model     = rw_safetensors_metadata(m->file, "model_sha256");
    const char *recipe    = rw_safetensors_metadata(m->file, "recipe"),
               *precision = rw_safetensors_metadata(m->file, "precision");
    const char *size      = rw_safetensors_metadata(m->file, "model_size"),
               *version   = rw_safetensors_metadata(m->file, "preprocessing");
    int         which, used;
    rwda_status status;

    if (format == NULL || strcmp(format, RW_MEMORY_FORMAT) != 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                       "is not a memory: metadata \"format\" is \"%.40s\", expected \"%s\"", format != NULL ? format : "",
                       RW_MEMORY_FORMAT);
    if (recipe == NULL || model == NULL || strlen(model) != 64 || strspn(model, "0123456789abcdef") != 64 ||
        precision == NULL || rwda_enum_parse(&which, RWDA_ENUM_PRECISION, precision, NULL) != RWDA_OK ||
        which == RWDA_PRECISION_AUTO || size == NULL || sscanf(size, "%5d%n", &m->model_size, &used) != 1 ||
        size[used] != '\0' || m->model_size < 1)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                       "memory: recipe, model_sha256, model_size or precision is missing or none");
    m->info.preprocessing = 1;
    if (version != NULL && (sscanf(version, "%5d%n", &m->info.preprocessing, &used) != 1 || version[used] != '\0'))
        m->info.preprocessing = 0;
    if (m->info.preprocessing < 1 || m->info.preprocessing > RWDA_PREPROCESSING)
        return rw_fail(err, m->info.preprocessing < 1 ? RWDA_EFORMAT : RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                       "memory: preprocessing \"%.20s\" is not in 1..%d, the versions that rwda %s knows", version,
                       RWDA_PREPROCESSING, RWDA_VERSION);
    memcpy(m->model_sha256, model, sizeof m->model_sha256);
    m->precision         = (rwda_precision)which;
    m->info.scores_exact = rw_safetensors_metadata(m->file, "scores") == NULL;
    m->recipe            = rw_string_copy(recipe);
    RW_TRY(rw_memory_check_model(m, clip, err));
    status = m->recipe != NULL ? rw_memory_recipe_read(&m->options, recipe, m->info.preprocessing, clip, err)
                               : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory's recipe of %zu bytes", strlen(recipe));
done:
    return status;
}

/* One element of the list of images: its name, hash, and how many tokens it has of each layer. */
static bool read_image(rwda_memory *m, size_t image, const json_t *item)
{
    const json_t *counts = json_object_get(item, "tokens");
    const char   *name   = json_string_value(json_object_get(item, "name")),
               *sha      = json_string_value(json_object_get(item, "sha256"));
    size_t most          = rw_memory_tokens(&m->options, &m->view);

    if (name == NULL || strlen(name) > RW_MEMORY_NAME_MAX || sha == NULL || strlen(sha) != 64 ||
        strspn(sha, "0123456789abcdef") != 64 || json_array_size(counts) != (size_t)m->info.layers ||
        (image > 0 && strcmp(m->images[image - 1].sha256, sha) >= 0))
        return false;
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return false;
    memcpy(m->images[image].sha256, sha, 65);
    m->images[image].name = name; /* jansson's, until it is copied */
    for (size_t i = 0; i < (size_t)m->info.layers; i++) {
        const json_t *count = json_array_get(counts, i);
        json_int_t    n     = json_integer_value(count);

        if (!json_is_integer(count) || n < 0 || (size_t)n > most || (m->options.keep >= 1.0f && (size_t)n != most))
            return false;
        m->starts[i][image + 1] = m->starts[i][image] + (size_t)n;
    }
    return true;
}

/* Whether the list holds more values than the images have that there are scores of: parsed, "{}," takes 200 bytes and more. */
static bool has_too_many_values(const rw_tensor_view *text, const rw_tensor_view *scores, size_t layers)
{
    size_t images = scores != NULL && scores->count < RWDA_MEMORY_IMAGES_MAX ? scores->count
                    : scores != NULL                                         ? RWDA_MEMORY_IMAGES_MAX
                                                                             : 0;
    size_t n      = 0;
    bool   quoted = false;

    for (size_t i = 0; i < text->nbytes; i++)
        if (quoted && text->data[i] == '\\')
            i++;
        else if (text->data[i] == '"')
            quoted = !quoted;
        else
            n += !quoted && (text->data[i] == ',' || text->data[i] == '[' || text->data[i] == '{');
    return n > (images + IMAGES_SLACK) * (layers + 4); /* of each { , , [ and its commas, and what parts it from others */
}

static rwda_status read_images(rwda_memory *m, rwda_error *err)
{
    const rw_tensor_view *text = rw_safetensors_find(m->file, "images"), *scores = rw_safetensors_find(m->file, "scores");
    json_t               *list   = NULL;
    size_t                n      = 0;
    rwda_status           status = RWDA_OK;

    if (text != NULL && text->dtype == RW_U8 && text->nbytes <= JSON_MAX &&
        !has_too_many_values(text, scores, (size_t)m->info.layers))
        list = json_loadb((const char *)text->data, text->nbytes, JSON_REJECT_DUPLICATES, NULL);
    n = json_array_size(list);
    if (n < 1 || n > RWDA_MEMORY_IMAGES_MAX) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                         "memory: its list of images is missing, damaged or not of 1..%d images", RWDA_MEMORY_IMAGES_MAX);
        goto done;
    }
    m->images = rw_new_array(n, sizeof *m->images);
    for (size_t i = 0; i < (size_t)m->info.layers; i++)
        m->starts[i] = rw_new_array(n + 1, sizeof *m->starts[i]);
    for (size_t i = 0; i < (size_t)m->info.layers; i++)
        if (m->images == NULL || m->starts[i] == NULL) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory of %zu images", n);
            goto done;
        }
    for (size_t image = 0; image < n; image++) {
        char *name = NULL;

        if (!read_image(m, image, json_array_get(list, image))) {
            status = rw_fail(
                err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                "memory: image %zu of its list has no name, hash or counts of tokens that fit, or is out of order", image);
            goto done;
        }
        name                  = rw_string_copy(m->images[image].name);
        m->images[image].name = name;
        m->info.images        = image + 1;
        if (name == NULL) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory of %zu images", n);
            goto done;
        }
    }
done:
    if (status != RWDA_OK && m->images != NULL && m->info.images < n)
        m->images[m->info.images].name = NULL; /* not ours */
    json_decref(list);
    return status;
}

/* A tensor of this type and shape, or an error that names both. */
static rwda_status want(const rw_tensor_view **out, const rwda_memory *m, const char *name, rw_dtype dtype, size_t rows,
                        size_t columns, rwda_error *err)
{
    const rw_tensor_view *view = rw_safetensors_find(m->file, name);

    *out = view;
    if (view == NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory: tensor \"%s\" is missing", name);
    if (view->dtype != dtype || view->ndim != (columns > 0 ? 2 : 1) || view->shape[0] != rows ||
        (columns > 0 && view->shape[1] != columns))
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "memory: tensor \"%s\" has %zu elements of %s, the images and the recipe want %zu x %zu of %s", name,
                       view->count, rw_dtype_name(view->dtype), rows, columns > 0 ? columns : 1, rw_dtype_name(dtype));
    return RWDA_OK;
}

/* A copy of a tensor's numbers, which may lie unaligned; free() it.  nan_too: a number may be missing. */
static rwda_status read_floats(float **out, const rw_tensor_view *view, bool nan_too, rwda_error *err)
{
    float *x = rw_new_array(view->count, sizeof *x);

    *out = x;
    if (x == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory: tensor \"%s\" of %zu numbers", view->name, view->count);
    memcpy(x, view->data, view->nbytes);
    for (size_t i = 0; i < view->count; i++)
        if (!isfinite(x[i]) && !(nan_too && isnan(x[i])))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory: tensor \"%s\" element %zu is not finite", view->name,
                           i);
    return RWDA_OK;
}

static rwda_status read_tensors(rwda_memory *m, rwda_error *err)
{
    const rw_tensor_view *view;
    size_t                n = m->info.images, d = (size_t)m->info.width, known = 2;
    float                *scores = NULL;
    char                  name[32];
    rwda_status           status;

    for (size_t i = 0; i < (size_t)m->info.layers; i++) {
        (void)snprintf(name, sizeof name, "layer.%d", m->options.layers[i]);
        if (m->starts[i][n] == 0) {
            status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory: no tokens of block %d", m->options.layers[i]);
            goto done;
        }
        RW_TRY(want(&view, m, name, stored_as(m->options.storage), m->starts[i][n], d, err));
        known++;
        if (m->options.storage != RWDA_PRECISION_INT8)
            continue;
        (void)snprintf(name, sizeof name, "scale.%d", m->options.layers[i]);
        RW_TRY(want(&view, m, name, RW_F32, m->starts[i][n], 0, err));
        known++;
    }
    m->crops = rw_memory_embeddings(&m->options);
    if (m->crops > 0) {
        RW_TRY(want(&view, m, "embeddings", RW_F32, n * m->crops, (size_t)m->view.config.embed_dim, err));
        RW_TRY(read_floats(&m->embeddings, view, false, err));
        known++;
        if (!have_length(m->embeddings, n * m->crops, (size_t)m->view.config.embed_dim, m->view.kernels)) {
            status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory: an image's embedding is not a unit vector");
            goto done;
        }
    }
    RW_TRY(want(&view, m, "scores", RW_F32, n, 0, err));
    RW_TRY(read_floats(&scores, view, true, err));
    for (size_t i = 0; i < n; i++) {
        if (scores[i] < 0.0f || scores[i] > 1.0f) {
            status =
                rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory: score %zu is %g, not in 0..1", i, (double)scores[i]);
            goto done;
        }
        m->images[i].score = scores[i];
    }
    if (rw_safetensors_count(m->file) != known)
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "memory: %zu tensors, the recipe wants %zu",
                         rw_safetensors_count(m->file), known);
done:
    free(scores);
    return status;
}

/* Mean and standard deviation of the scores that there are, and the file's hash. */
static void summarise(rwda_memory *m)
{
    double sum = 0.0, square = 0.0;

    m->scored = 0;
    for (size_t i = 0; i < m->info.images; i++)
        if (!isnan(m->images[i].score)) {
            sum += (double)m->images[i].score;
            m->scored++;
        }
    m->mean = m->scored >= 2 ? sum / (double)m->scored : NAN;
    for (size_t i = 0; i < m->info.images; i++)
        if (!isnan(m->images[i].score))
            square += ((double)m->images[i].score - m->mean) * ((double)m->images[i].score - m->mean);
    m->std = m->scored >= 2 ? fmax(sqrt(square / (double)(m->scored - 1)), STD_LEAST) : NAN;
    rw_sha256_hex(m->sha256, m->bytes, m->len);
}

rwda_status rw_memory_take(rwda_memory **out, const rw_clip *clip, uint8_t *bytes, size_t len, int64_t max_bytes,
                           rwda_error *err)
{
    rwda_memory *m = calloc(1, sizeof *m);
    rwda_status  status;

    *out = NULL;
    if (m == NULL) {
        free(bytes);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory, %zu bytes", sizeof *m);
    }
    m->bytes = bytes;
    m->len   = len;
    m->view  = *clip;
    RW_TRY(rw_clip_require(clip, RWDA_TOWERS_IMAGE, err));
    RW_TRY(rw_safetensors_parse(&m->file, bytes, len, err));
    RW_TRY(read_metadata(m, clip, err));
    m->options.max_bytes = max_bytes > 0 ? max_bytes : m->options.max_bytes;
    m->info.layers       = (int)rw_memory_layers(&m->options);
    m->info.width        = clip->config.vision.width;
    m->info.grid         = (int)rw_memory_grid(&m->options, clip);
    RW_TRY(read_images(m, err));
    RW_TRY(rw_memory_check_images(&m->options, clip, m->info.images, err));
    RW_TRY(read_tensors(m, err));
    status = rw_clip_at_side(&m->view, &m->positions, clip, m->options.image_size, err);
    if (status == RWDA_EINVAL) /* the model was opened with another side of its own */
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                         "the memory sees images at input side %d, the model was opened with %d instead of its own %d",
                         m->options.image_size, clip->config.image_size, clip->own_size);
    if (status != RWDA_OK)
        goto done;
    m->info.bytes = (int64_t)len;
    for (size_t i = 0; i < (size_t)m->info.layers; i++) {
        RW_TRY(pack_layer(m, i, err));
        m->info.tokens = m->starts[i][m->info.images];
    }
    summarise(m);
    m->info.options      = &m->options;
    m->info.recipe       = m->recipe;
    m->info.sha256       = m->sha256;
    m->info.model_sha256 = m->model_sha256;
    m->info.precision    = rwda_precision_name(m->precision);
    *out                 = m;
    m                    = NULL;
done:
    rwda_memory_free(m);
    return status;
}

void rwda_memory_free(rwda_memory *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < RWDA_MEMORY_LAYERS_MAX; i++) {
        free(m->panels[i]);
        free(m->starts[i]);
    }
    for (size_t i = 0; i < m->info.images; i++)
        free((char *)(uintptr_t)m->images[i].name);
    free(m->images);
    free(m->embeddings);
    free(m->positions);
    free(m->recipe);
    rw_safetensors_close(m->file);
    free(m->bytes);
    free(m);
}

/* ---- Use ---------------------------------------------------------------------------------------------------------------- */

void rw_memory_set_scores(rwda_memory *m, const float *scores)
{
    const rw_tensor_view *view = rw_safetensors_find(m->file, "scores");

    memcpy(m->bytes + (view->data - m->bytes), scores, m->info.images * sizeof *scores);
    for (size_t i = 0; i < m->info.images; i++)
        m->images[i].score = scores[i];
    summarise(m);
}

static int by_hash(const void *key, const void *image)
{
    return strcmp(key, ((const rwda_memory_image *)image)->sha256);
}

size_t rw_memory_find(const rwda_memory *m, const char sha256[65])
{
    const rwda_memory_image *found = bsearch(sha256, m->images, m->info.images, sizeof *m->images, by_hash);

    return found != NULL ? (size_t)(found - m->images) : SIZE_MAX;
}

void rw_image_sha256(char out[65], const rwda_image *image)
{
    char              head[32];
    int               len = snprintf(head, sizeof head, "%d %d\n", image->width, image->height);
    struct sha256_ctx sum;

    sha256_init(&sum);
    sha256_update(&sum, (size_t)len, (const uint8_t *)head);
    for (int y = 0; y < image->height; y++)
        sha256_update(&sum, 3 * (size_t)image->width, image->pixels + (size_t)y * image->stride);
    rw_sha256_finish(out, &sum);
}

const rwda_memory_info *rwda_memory_get_info(const rwda_memory *memory)
{
    return &memory->info;
}

const rwda_memory_image *rwda_memory_image_at(const rwda_memory *memory, size_t i)
{
    return i < memory->info.images ? &memory->images[i] : NULL;
}

rwda_status rwda_memory_save(const rwda_memory *memory, const char *path, int overwrite, rwda_error *err)
{
    return rw_file_write(path, memory->bytes, memory->len, overwrite != 0, err);
}

const void *rwda_memory_file(const rwda_memory *memory, size_t *len)
{
    *len = memory->len;
    return memory->bytes;
}
