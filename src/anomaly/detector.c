/* detector.c - how is a detector stored and checked?  (docs/formats.md) */
#include "anomaly/detector.h"

#include "anomaly/recipe.h"
#include "base/file.h"
#include "format/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT   "rwda.detector/1"
#define FILE_MAX ((size_t)1 << 30)
#define DIM_MAX  8192

static const char *const tensor_of[4] = { "w1", "b1", "w2", "b2" };

typedef struct {
    char   name[32];
    float *data;
    int    ndim;
    size_t shape[2];
} part;

/* The four arrays of network `i`; the first two are left out of a linear network. */
static size_t network_parts(part parts[4], rw_fnn *network, size_t i)
{
    const rw_fnn_shape *s           = &network->shape;
    rw_fnn_parts        p           = rw_fnn_split(s, network->parameters);
    size_t              width       = s->hidden > 0 ? s->hidden : s->dim;
    float              *data[4]     = { p.w1, p.b1, p.w2, p.b2 };
    size_t              shape[4][2] = { { s->hidden, s->dim }, { s->hidden, 0 }, { s->outputs, width }, { s->outputs, 0 } };
    size_t              n           = 0;

    for (size_t k = s->hidden > 0 ? 0 : 2; k < 4; k++, n++) {
        (void)snprintf(parts[n].name, sizeof parts[n].name, "fnn.%zu.%s", i, tensor_of[k]);
        parts[n].data     = data[k];
        parts[n].ndim     = k % 2 == 0 ? 2 : 1;
        parts[n].shape[0] = shape[k][0];
        parts[n].shape[1] = shape[k][1];
    }
    return n;
}

rwda_status rw_detector_seal(rwda_detector *d, rwda_error *err)
{
    size_t            room = 4 * d->count + 4, n = 0;
    part             *parts         = rw_new_array(room, sizeof *parts);
    rw_tensor_out    *tensors       = rw_new_array(room, sizeof *tensors);
    rwda_status       status        = RWDA_OK;
    const char *const metadata[][2] = {
        { "format", FORMAT },
        { "recipe", d->recipe },
        { "model_sha256", d->model_sha256 },
        { "rwda_version", RWDA_VERSION },
        { "precision", rwda_precision_name(d->precision) }, /* only where it is not f32 */
    };
    size_t n_metadata = RW_COUNTOF(metadata) - (d->precision == RWDA_PRECISION_F32);

    if (parts == NULL || tensors == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "detector of %zu networks", d->count);
        goto done;
    }
    for (size_t i = 0; i < d->count; i++)
        n += network_parts(parts + n, &d->networks[i], i);
    parts[n++] = (part){ "lda.weight", d->lda.weight, 1, { d->dim, 0 } };
    parts[n++] = (part){ "lda.bias", &d->lda.bias, 1, { 1, 0 } };
    parts[n++] = (part){ "paired.weight", d->mean_difference.weight, 1, { d->dim, 0 } };
    parts[n++] = (part){ "paired.bias", &d->mean_difference.bias, 1, { 1, 0 } };
    for (size_t i = 0; i < n; i++)
        tensors[i] =
            (rw_tensor_out){ parts[i].name, parts[i].data, parts[i].ndim, { parts[i].shape[0], parts[i].shape[1] } };
    RW_TRY(rw_safetensors_build(&d->bytes, &d->len, tensors, n, metadata, n_metadata, err));
    rw_sha256_hex(d->sha256, d->bytes, d->len);
done:
    free(parts);
    free(tensors);
    return status;
}

rwda_status rwda_detector_save(const rwda_detector *detector, const char *path, int overwrite, rwda_error *err)
{
    return rw_file_write(path, detector->bytes, detector->len, overwrite != 0, err);
}

const void *rwda_detector_bytes(const rwda_detector *detector, size_t *len)
{
    *len = detector->len;
    return detector->bytes;
}

/* ---- Loading ---------------------------------------------------------------------------------------------------------- */

static rwda_status copy_part(const part *to, const rw_safetensors *file, rwda_error *err)
{
    const rw_tensor_view *view  = rw_safetensors_find(file, to->name);
    size_t                count = to->shape[0] * (to->ndim == 2 ? to->shape[1] : 1);

    if (view == NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "tensor \"%s\" is missing", to->name);
    if (view->dtype != RW_F32 || view->ndim != to->ndim ||
        memcmp(view->shape, to->shape, (size_t)to->ndim * sizeof *to->shape) != 0)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "tensor \"%s\" has %zu elements, the recipe wants %zu of F32",
                       to->name, view->count, count);
    memcpy(to->data, view->data, view->nbytes);
    for (size_t i = 0; i < view->count; i++)
        if (!isfinite(to->data[i]))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "tensor \"%s\" element %zu is not finite", to->name, i);
    return RWDA_OK;
}

static rwda_status read_direction(rw_direction *out, const char *name, size_t dim, const rw_safetensors *file,
                                  rwda_error *err)
{
    part        weight = { "", NULL, 1, { dim, 0 } }, bias = { "", &out->bias, 1, { 1, 0 } };
    double      square = 0.0;
    rwda_status status = RWDA_OK;

    out->weight = rw_new_array(dim, sizeof *out->weight);
    if (out->weight == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "direction of %zu dimensions", dim);
    weight.data = out->weight;
    (void)snprintf(weight.name, sizeof weight.name, "%s.weight", name);
    (void)snprintf(bias.name, sizeof bias.name, "%s.bias", name);
    RW_TRY(copy_part(&weight, file, err));
    RW_TRY(copy_part(&bias, file, err));
    for (size_t j = 0; j < dim; j++)
        square += (double)out->weight[j] * (double)out->weight[j];
    if (!(fabs(sqrt(square) - 1.0) < 1e-4))
        status =
            rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "tensor \"%s\" has length %g, expected 1", weight.name, sqrt(square));
done:
    return status;
}

static bool is_sha256(const char *text)
{
    return text != NULL && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static rwda_status read_file(rwda_detector *d, const rw_safetensors *file, rwda_error *err)
{
    const char *format = rw_safetensors_metadata(file, "format"), *recipe_text = rw_safetensors_metadata(file, "recipe");
    const char *model         = rw_safetensors_metadata(file, "model_sha256");
    const char *precision     = rw_safetensors_metadata(file, "precision");
    const rw_tensor_view *lda = rw_safetensors_find(file, "lda.weight");
    rw_recipe             recipe;
    size_t                parts_seen = 4;
    rwda_status           status     = RWDA_OK;

    if (format == NULL || strcmp(format, FORMAT) != 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                       "is not a detector: metadata \"format\" is \"%.40s\", expected \"%s\"", format != NULL ? format : "",
                       FORMAT);
    if (recipe_text == NULL || !is_sha256(model) || lda == NULL || lda->ndim != 1 || lda->shape[0] < 1 ||
        lda->shape[0] > DIM_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "recipe, model_sha256 or lda.weight is missing or out of range");
    d->precision = RWDA_PRECISION_F32;
    while (precision != NULL && strcmp(precision, rwda_precision_name(d->precision)) != 0)
        if (d->precision++ == RW_PRECISION_LAST)
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "metadata \"precision\" is \"%.40s\", which is none",
                           precision);
    RW_TRY(rw_recipe_read(&recipe, recipe_text, err));
    memcpy(d->model_sha256, model, sizeof d->model_sha256);
    d->dim      = lda->shape[0];
    d->recipe   = rw_string_copy(recipe_text);
    d->networks = rw_new_array((size_t)recipe.ensemble, sizeof *d->networks);
    if (d->recipe == NULL || d->networks == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "detector of %d networks", recipe.ensemble);
    for (int i = 0; i < recipe.ensemble; i++) {
        rw_fnn_shape shape = { d->dim, (size_t)recipe.hidden, recipe.loss == RWDA_LOSS_CE ? 2 : 1, recipe.activation };
        part         parts[4];
        size_t       n;

        /* The file's own size bounds what a recipe may ask for: allocate only what is there. */
        if (rw_fnn_count(&shape) * sizeof(float) > d->len)
            return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                           "the recipe wants networks of %zu parameters, the file has %zu bytes", rw_fnn_count(&shape),
                           d->len);
        RW_TRY(rw_fnn_new(&d->networks[i], &shape, err));
        d->count++;
        n = network_parts(parts, &d->networks[i], (size_t)i);
        for (size_t k = 0; k < n; k++)
            RW_TRY(copy_part(&parts[k], file, err));
        parts_seen += n;
    }
    RW_TRY(read_direction(&d->lda, "lda", d->dim, file, err));
    RW_TRY(read_direction(&d->mean_difference, "paired", d->dim, file, err));
    if (rw_safetensors_count(file) != parts_seen)
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%zu tensors, the recipe wants %zu",
                         rw_safetensors_count(file), parts_seen);
done:
    return status;
}

/* bytes [len] become the detector's, or are freed. */
static rwda_status take_bytes(rwda_detector **out, uint8_t *bytes, size_t len, rwda_error *err)
{
    rwda_detector  *detector = calloc(1, sizeof *detector);
    rw_safetensors *file     = NULL;
    rwda_status     status;

    if (detector == NULL) {
        free(bytes);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "detector, %zu bytes", sizeof *detector);
    }
    detector->bytes = bytes;
    detector->len   = len;
    RW_TRY(rw_safetensors_parse(&file, bytes, len, err));
    RW_TRY(read_file(detector, file, err));
    rw_sha256_hex(detector->sha256, bytes, len);
    *out     = detector;
    detector = NULL;
done:
    rw_safetensors_close(file);
    rwda_detector_free(detector);
    return status;
}

rwda_status rwda_detector_decode(rwda_detector **out, const void *bytes, size_t len, rwda_error *err)
{
    uint8_t *copy;

    *out = NULL;
    if (len > FILE_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "detector of %zu bytes is over the limit of %zu", len, FILE_MAX);
    copy = rw_new_array(len, 1);
    if (copy == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "detector of %zu bytes", len);
    if (len > 0)
        memcpy(copy, bytes, len);
    return take_bytes(out, copy, len, err);
}

rwda_status rwda_detector_load(rwda_detector **out, const char *path, rwda_error *err)
{
    uint8_t    *bytes = NULL;
    size_t      len   = 0;
    rwda_status status;

    *out = NULL;
    RW_TRY(rw_file_read(&bytes, &len, path, FILE_MAX, err));
    status = take_bytes(out, bytes, len, err);
    if (status != RWDA_OK)
        (void)rw_fail_prefix(err, status, path);
done:
    return status;
}

void rwda_detector_free(rwda_detector *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->count; i++)
        rw_fnn_free(&d->networks[i]);
    free(d->networks);
    rw_direction_free(&d->lda);
    rw_direction_free(&d->mean_difference);
    free(d->recipe);
    free(d->bytes);
    free(d);
}

/* ---- Use ---------------------------------------------------------------------------------------------------------------- */

rwda_status rw_detector_logits(float *out, const rwda_detector *detector, const float *x, size_t n,
                               const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    rw_arena_mark mark   = rw_arena_save(arena);
    float        *one    = rw_arena_array(arena, n, sizeof *one);
    rwda_status   status = RWDA_OK;

    if (one == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu logits", n);
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < detector->count; i++) {
        RW_TRY(rw_fnn_logits(one, &detector->networks[i], x, n, kernels, arena, pool, err));
        for (size_t j = 0; j < n; j++)
            out[j] += one[j] / (float)detector->count;
    }
done:
    rw_arena_rewind(arena, mark);
    return status;
}

rwda_status rwda_detector_logits(float *out, const rwda_detector *detector, const float *x, size_t n, size_t dim,
                                 rwda_error *err)
{
    const rw_kernels *kernels = NULL;
    rw_arena          arena   = RW_ARENA_INIT;
    rwda_status       status  = rw_kernels_find(&kernels, RWDA_CPU_AUTO, err);

    if (status == RWDA_OK && dim != detector->dim)
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "embeddings of %zu dimensions, the detector wants %zu", dim,
                         detector->dim);
    for (size_t i = 0; i < n * dim && status == RWDA_OK; i++)
        if (!isfinite(x[i]))
            status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "embedding %zu of %zu: number %zu of %zu is not finite",
                             i / dim, n, i % dim, dim);
    if (status == RWDA_OK)
        status = rw_detector_logits(out, detector, x, n, kernels, &arena, NULL, err);
    rw_arena_done(&arena);
    return status;
}

const char *rwda_detector_recipe(const rwda_detector *detector)
{
    return detector->recipe;
}

const char *rwda_detector_sha256(const rwda_detector *detector)
{
    return detector->sha256;
}

const char *rwda_detector_model_sha256(const rwda_detector *detector)
{
    return detector->model_sha256;
}

const char *rwda_detector_precision(const rwda_detector *detector)
{
    return rwda_precision_name(detector->precision);
}
