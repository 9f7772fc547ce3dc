#include "anomaly/memory_recipe.h"

#include "base/memory.h"
#include "base/versioned.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROBUST_MUTUAL 0.3f /* MuSc's */
#define IMAGE_BYTES   2048 /* its name, hash and score: in the file, as JSON while that is written and read, and in memory */

/* In the order in which they are written; `layers`, an array, is first and by itself. */
#define AT(member) offsetof(rwda_memory_options, member)
static const rwda_train_field fields[] = {
    { "image_size", RWDA_FIELD_INT, AT(image_size), 1, 4096, 0 },
    { "tiles", RWDA_FIELD_INT, AT(tiles), 1, 8, 0 },
    { "neighbourhood", RWDA_FIELD_INT, AT(neighbourhood), 1, 7, 0 },
    { "rotations", RWDA_FIELD_INT, AT(rotations), 0, 1, 0 },
    { "share", RWDA_FIELD_FLOAT, AT(share), 1e-6, 1, 0 },
    { "robust", RWDA_FIELD_FLOAT, AT(robust), 0, 1, 0 },
    { "class_weight", RWDA_FIELD_FLOAT, AT(class_weight), 0, 1, 0 },
    { "keep", RWDA_FIELD_FLOAT, AT(keep), 1e-4, 1, 0 },
    { "storage", RWDA_FIELD_ENUM, AT(storage), 0, 0, RWDA_ENUM_PRECISION },
    { "mutual", RWDA_FIELD_INT, AT(mutual), 0, 1, 0 },
    { "words", RWDA_FIELD_INT, AT(words), 0, 1, 0 },
    { "resize", RWDA_FIELD_ENUM, AT(resize), 0, 0, RWDA_ENUM_RESIZE },
    { "crops", RWDA_FIELD_ENUM, AT(crops), 0, 0, RWDA_ENUM_CROPS },
    { "scores", RWDA_FIELD_INT, AT(scores), 0, RWDA_MEMORY_IMAGES_MAX, 0 },
    { "orientation", RWDA_FIELD_ENUM, AT(orientation), 0, 0, RWDA_ENUM_ORIENTATION },
    { "depth", RWDA_FIELD_INT, AT(depth), RWDA_DEPTH_AUTO, 16, 0 },
};
#define LATER 2 /* of them, which preprocessing 1 did not write: they have their defaults */

static double value_of(const rwda_memory_options *o, const rwda_train_field *f)
{
    const uint8_t *at = (const uint8_t *)o + f->offset;
    float          real;
    int            whole;

    memcpy(&real, at, sizeof real);
    memcpy(&whole, at, sizeof whole);
    return f->type == RWDA_FIELD_FLOAT ? (double)real : (double)whole;
}

static void set_value(rwda_memory_options *o, const rwda_train_field *f, double value)
{
    uint8_t *at    = (uint8_t *)o + f->offset;
    float    real  = (float)value;
    int      whole = (int)value;

    if (f->type == RWDA_FIELD_FLOAT)
        memcpy(at, &real, sizeof real);
    else
        memcpy(at, &whole, sizeof whole);
}

/* ---- Ranges ------------------------------------------------------------------------------------------------------------ */

static rwda_status check_layers(const rwda_memory_options *o, const rw_clip *clip, rwda_error *err)
{
    int    most = clip->config.vision.layers;
    size_t n    = rw_memory_layers(o);

    for (size_t i = 0; i < RWDA_MEMORY_LAYERS_MAX; i++)
        if (i < n ? o->layers[i] < 1 || o->layers[i] > most || (i > 0 && o->layers[i] <= o->layers[i - 1])
                  : o->layers[i] != 0)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                           "memory: layers: %d is not in 1..%d, the model's blocks, or not above the one before",
                           o->layers[i], most);
    return RWDA_OK;
}

static rwda_status check(const rwda_memory_options *o, const rw_clip *clip, rwda_error *err)
{
    int patch = clip->config.patch_size;

    for (size_t i = 0; i < RW_COUNTOF(fields); i++) {
        const rwda_train_field *f     = &fields[i];
        double                  value = value_of(o, f);
        double                  high  = f->type == RWDA_FIELD_ENUM ? rwda_enum_count(f->names) - 1 : f->high;

        if (!(value >= (double)(float)f->low && value <= high))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "memory: %s %g is not in %g..%g", f->name, value, f->low, high);
    }
    if (o->image_size % patch != 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "memory: image_size %d is not a multiple of the patch size %d",
                       o->image_size, patch);
    if (o->depth > 0 && o->depth < 8)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "memory: depth %d is not in 8..16", o->depth);
    if (o->neighbourhood % 2 == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "memory: neighbourhood %d is not odd", o->neighbourhood);
    if (o->storage == RWDA_PRECISION_AUTO || o->storage == RWDA_PRECISION_BF16)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "memory: storage \"%s\" is none of f32, f16, int8",
                       rwda_precision_name(o->storage));
    if (o->resize == RWDA_RESIZE_TILES)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "memory: resize \"tiles\" gives every image another number of crops: config, shortest or squash");
    if (o->class_weight > 0.0f && o->words == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "memory: class_weight %g needs image embeddings: words 1",
                       (double)o->class_weight);
    return check_layers(o, clip, err);
}

rwda_status rw_memory_options_complete(rwda_memory_options *out, const rwda_memory_options *from, const rw_clip *clip,
                                       rwda_error *err)
{
    int         layers = clip->config.vision.layers, patch = clip->config.patch_size;
    rwda_status status;

    RW_TRY(rw_memory_options_read(out, from, err));
    if (out->image_size == 0 && clip->config.image_size != clip->own_size)
        out->image_size = clip->config.image_size; /* asked for when the model was opened */
    else if (out->image_size == 0)                 /* docs/evidence.md: a larger side helps a memory, not a batch */
        out->image_size = (out->mutual ? clip->own_size : clip->own_size * 3 / 2) / patch * patch;
    if (out->layers[0] == 0) {
        int first = layers * 3 / 4 > 0 ? layers * 3 / 4 : 1;

        memset(out->layers, 0, sizeof out->layers);
        out->layers[0] = first;
        out->layers[1] = layers > first ? layers : 0;
    }
    if (out->mutual && out->robust == 0.0f)
        out->robust = ROBUST_MUTUAL;
    if (out->resize == RWDA_RESIZE_CONFIG)
        out->resize = clip->config.resize;
    if (out->max_bytes <= 0)
        status =
            rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "memory: max_bytes %lld is not above 0", (long long)out->max_bytes);
    else
        status = check(out, clip, err);
done:
    return status;
}

/* ---- Counts ------------------------------------------------------------------------------------------------------------ */

size_t rw_memory_layers(const rwda_memory_options *options)
{
    size_t n = 0;

    while (n < RWDA_MEMORY_LAYERS_MAX && options->layers[n] != 0)
        n++;
    return n;
}

size_t rw_memory_grid(const rwda_memory_options *options, const rw_clip *clip)
{
    return (size_t)options->tiles * (size_t)(options->image_size / clip->config.patch_size);
}

size_t rw_memory_tokens(const rwda_memory_options *options, const rw_clip *clip)
{
    size_t grid = rw_memory_grid(options, clip);

    return grid * grid * (options->rotations ? 4 : 1);
}

size_t rw_memory_embeddings(const rwda_memory_options *options)
{
    return options->words ? rwda_crops_count(1, 1, options->resize, options->crops) : 0;
}

size_t rw_share_of(double share, size_t n)
{
    double count = ceil(share * (double)n * (1.0 - 1e-6));

    return count >= 1.0 ? (size_t)count : 1;
}

rwda_status rw_memory_bytes(int64_t *out, const rwda_memory_options *o, const rw_clip *clip, size_t images, rwda_error *err)
{
    double keep   = (double)o->keep;
    double tokens = (double)images * (double)rw_memory_tokens(o, clip);
    double number = o->storage == RWDA_PRECISION_F32 ? 4.0 : o->storage == RWDA_PRECISION_F16 ? 2.0 : 1.0;
    double layer  = tokens * clip->config.vision.width;
    double bytes  = 2.0 * (double)rw_memory_layers(o) * layer * keep * number;

    if (keep < 1.0) /* all tokens, until the coreset is chosen, one layer of them as float32 */
        bytes += (double)rw_memory_layers(o) * layer * number + layer * 4.0;
    bytes += (double)images * (double)rw_memory_embeddings(o) * clip->config.embed_dim * 4.0 + (double)images * IMAGE_BYTES;
    if (!(bytes < 0x1p62))
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "memory of %zu images: %g bytes", images, bytes);
    *out = (int64_t)bytes;
    return RWDA_OK;
}

rwda_status rw_memory_check_images(const rwda_memory_options *o, const rw_clip *clip, size_t images, rwda_error *err)
{
    int64_t     bytes = 0;
    rwda_status status;

    if (images > RWDA_MEMORY_IMAGES_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "memory of %zu images is over the limit of %d", images,
                       RWDA_MEMORY_IMAGES_MAX);
    RW_TRY(rw_memory_bytes(&bytes, o, clip, images, err));
    if (bytes > o->max_bytes)
        status =
            rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                    "memory of %zu images takes %lld bytes, over the limit of %lld: fewer images, storage f16 or int8, a "
                    "smaller share to keep, or a higher limit",
                    images, (long long)bytes, (long long)o->max_bytes);
done:
    return status;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------------- */

/* The shortest decimal fraction that is this float: 0.05, not 0.0500000007. */
static double shortest(double value)
{
    char   text[32];
    double again = value;

    for (int digits = 1; digits <= 9; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        again = strtod(text, NULL);
        if ((float)again == (float)value)
            break;
    }
    return again;
}

static json_t *field_json(const rwda_memory_options *o, const rwda_train_field *f)
{
    double value = f->type == RWDA_FIELD_FLOAT ? shortest(value_of(o, f)) : value_of(o, f);

    if (f->type == RWDA_FIELD_ENUM)
        return json_string(rwda_enum_name(f->names, (int)value));
    return f->type == RWDA_FIELD_FLOAT ? json_real(value) : json_integer((json_int_t)value);
}

char *rw_memory_recipe_write(const rwda_memory_options *o)
{
    json_t *root = json_object(), *layers = json_array();
    bool    whole = root != NULL && layers != NULL;
    char   *text;

    for (size_t i = 0; i < rw_memory_layers(o) && whole; i++)
        whole = json_array_append_new(layers, json_integer(o->layers[i])) == 0;
    whole = whole && json_object_set(root, "layers", layers) == 0;
    for (size_t i = 0; i < RW_COUNTOF(fields) && whole; i++)
        whole = json_object_set_new(root, fields[i].name, field_json(o, &fields[i])) == 0;
    text = whole ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(layers);
    json_decref(root);
    return text;
}

static bool read_field(rwda_memory_options *o, const rwda_train_field *f, const json_t *value)
{
    double number = json_number_value(value);
    int    which;

    if (f->type == RWDA_FIELD_ENUM) {
        if (!json_is_string(value) || rwda_enum_parse(&which, f->names, json_string_value(value), NULL) != RWDA_OK)
            return false;
        number = which;
    } else if (f->type == RWDA_FIELD_INT ? !json_is_integer(value) : !json_is_number(value)) {
        return false;
    }
    if (!(fabs(number) <= 1e6)) /* what an int holds; the ranges are checked afterwards */
        return false;
    set_value(o, f, number);
    return true;
}

static rwda_status read_layers(rwda_memory_options *o, const json_t *list, rwda_error *err)
{
    size_t n = json_array_size(list);

    if (n < 1 || n > RWDA_MEMORY_LAYERS_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory recipe: %zu layers, not in 1..%d", n,
                       RWDA_MEMORY_LAYERS_MAX);
    for (size_t i = 0; i < n; i++) {
        json_int_t layer = json_integer_value(json_array_get(list, i));

        if (layer < 1 || layer > INT32_MAX)
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory recipe: layer number %zu is not a block", i);
        o->layers[i] = (int)layer;
    }
    return RWDA_OK;
}

rwda_status rw_memory_recipe_read(rwda_memory_options *out, const char *text, int preprocessing, const rw_clip *clip,
                                  rwda_error *err)
{
    json_error_t where;
    json_t      *root = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    size_t       n    = RW_COUNTOF(fields);
    rwda_status  status;

    RW_TRY(rw_memory_options_read(out, NULL, err));
    if (!json_is_object(root)) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory recipe: not a JSON object");
        goto done;
    }
    if (preprocessing == 1 && json_object_size(root) == n + 1 - LATER) /* an older file, to which nothing was added since */
        n -= LATER;
    if (json_object_size(root) != n + 1) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory recipe: %zu settings, expected %zu",
                         json_object_size(root), n + 1);
        goto done;
    }
    RW_TRY(read_layers(out, json_object_get(root, "layers"), err));
    for (size_t i = 0; i < n; i++)
        if (!read_field(out, &fields[i], json_object_get(root, fields[i].name))) {
            status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "memory recipe: \"%s\" is missing or not a value of it",
                             fields[i].name);
            goto done;
        }
    status = check(out, clip, err);
    if (status == RWDA_EINVAL) { /* values that no call would have let in */
        if (err != NULL)
            err->code = RWDA_EFORMAT;
        status = RWDA_EFORMAT;
    }
done:
    json_decref(root);
    return status;
}
