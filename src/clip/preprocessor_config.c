#include "clip/preprocessor_config.h"

#include "clip/clip_config.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define DEFAULT_SIDE 224 /* of CLIPImageProcessor: size and crop */
#define BILINEAR     2   /* Pillow's numbers */
#define BICUBIC      3

/* Keeps the first error, so that a list of reads is checked once. */
typedef struct {
    const char   *file;
    const json_t *keys;
    rwda_error   *err;
    rwda_status   status;
} reader;

static void refuse(reader *r, rwda_status code, const char *what, const char *why)
{
    if (r->status == RWDA_OK)
        r->status = rw_fail(r->err, code, RWDA_NO_OFFSET, "%.200s: %s %s", r->file, what, why);
}

/* A key with null: transformers 4 takes most as unset and some as false or none, 5 as left out. */
static const json_t *value_of(const reader *r, const char *key)
{
    const json_t *value = json_object_get(r->keys, key);

    return json_is_null(value) ? NULL : value;
}

static bool flag(reader *r, const char *key, bool fallback)
{
    const json_t *value = json_object_get(r->keys, key);

    if (value != NULL && !json_is_boolean(value))
        refuse(r, RWDA_EUNSUPPORTED, key, "is neither true nor false");
    return value != NULL ? json_is_true(value) : fallback;
}

static int side_of(reader *r, const json_t *value, const char *key)
{
    if (json_is_integer(value) && json_integer_value(value) >= 1 && json_integer_value(value) <= RW_CLIP_IMAGE_MAX)
        return (int)json_integer_value(value);
    if (r->status == RWDA_OK)
        r->status = rw_fail(r->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: %s is not a whole number in 1..%d", r->file, key,
                            RW_CLIP_IMAGE_MAX);
    return 1;
}

/* A size as transformers takes it: a number, [h, w], { height, width } or { shortest_edge } -> height, width, and shortest, or 0. */
typedef struct {
    int height, width, shortest;
} extent;

static extent extent_of(reader *r, const char *key, bool number_is_shortest, extent fallback)
{
    const json_t *value = value_of(r, key), *shortest = json_object_get(value, "shortest_edge"),
                 *height = json_object_get(value, "height"), *width = json_object_get(value, "width");
    bool plain = json_is_integer(value);

    if (value == NULL)
        return fallback;
    if (json_is_array(value) && json_array_size(value) == 2) {
        height = json_array_get(value, 0);
        width  = json_array_get(value, 1);
    } else if (plain && number_is_shortest) {
        shortest = value;
    } else if (plain) {
        height = width = value;
    } else if (!json_is_object(value) || json_object_size(value) != (shortest != NULL ? 1 : 2)) {
        refuse(r, RWDA_EUNSUPPORTED, key, "is neither a number nor height and width nor shortest_edge alone");
        return fallback;
    }
    if (shortest != NULL)
        return (extent){ 0, 0, side_of(r, shortest, key) };
    return (extent){ side_of(r, height, key), side_of(r, width, key), 0 };
}

/* What the numbers mean for images: squashed to the model's side, or shorter side and centre crop. */
static void read_size(reader *r, rw_clip_config *out)
{
    bool   crops  = flag(r, "do_center_crop", out->resize == RWDA_RESIZE_SHORTEST);
    bool   edge   = out->resize == RWDA_RESIZE_SHORTEST; /* what a number means, and what is left out */
    extent whole  = edge ? (extent){ 0, 0, DEFAULT_SIDE } : (extent){ DEFAULT_SIDE, DEFAULT_SIDE, 0 };
    extent size   = extent_of(r, "size", edge, whole);
    extent crop   = extent_of(r, "crop_size", false, (extent){ DEFAULT_SIDE, DEFAULT_SIDE, 0 });
    int    side   = out->image_size;
    bool   square = size.shortest == 0 && size.height == size.width;

    if (r->status != RWDA_OK)
        return;
    if (crops && (crop.height != side || crop.width != side))
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: crop_size is %d x %d, the model takes %d x %d",
                            r->file, crop.height, crop.width, side, side);
    else if (size.shortest > 0 && !crops)
        refuse(r, RWDA_EUNSUPPORTED, "do_center_crop", "is false, and size is a shortest_edge: images would not be square");
    else if (size.shortest == 0 && (!square || size.height != side))
        r->status = rw_fail(r->err, square && !crops ? RWDA_EMISMATCH : RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                            "%.200s: size is %d x %d, the model takes %d x %d; another size than that is supported as "
                            "shortest_edge only",
                            r->file, size.height, size.width, side, side);
    else if (size.shortest > 0 && size.shortest < side)
        r->status = rw_fail(r->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                            "%.200s: shortest_edge is %d, less than the %d of crop_size: a black border is not supported",
                            r->file, size.shortest, side);
    out->resize   = size.shortest > 0 ? RWDA_RESIZE_SHORTEST : RWDA_RESIZE_SQUASH;
    out->shortest = size.shortest;
}

/* A number for all channels, or a list of three. */
static void triple(reader *r, float out[3], const char *key, bool positive)
{
    const json_t *value = json_object_get(r->keys, key); /* null: CLIP's in transformers 4, an error in 5 */

    for (size_t i = 0; i < 3 && value != NULL; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;

        out[i] = (float)json_number_value(one);
        if ((json_is_array(value) && json_array_size(value) != 3) || !json_is_number(one) || !isfinite(out[i]) ||
            (positive && out[i] <= 0.0f))
            refuse(r, RWDA_EFORMAT, key,
                   positive ? "is not a positive number or a list of three" : "is not a number or a list of three");
    }
}

static void read_levels(reader *r, rw_clip_config *out)
{
    const json_t *factor = json_object_get(r->keys, "rescale_factor");

    if (factor != NULL &&
        !(json_is_number(factor) && isfinite(json_number_value(factor)) && json_number_value(factor) > 0.0))
        refuse(r, RWDA_EUNSUPPORTED, "rescale_factor", "is not a positive number");
    out->scale = flag(r, "do_rescale", true) ? (factor != NULL ? json_number_value(factor) : out->scale) : 1.0;
    triple(r, out->mean, "image_mean", false);
    triple(r, out->std, "image_std", true);
    if (!flag(r, "do_normalize", true))
        for (size_t i = 0; i < 3; i++) {
            out->mean[i] = 0.0f;
            out->std[i]  = 1.0f;
        }
}

static void read_filter(reader *r, rw_clip_config *out)
{
    const json_t *resample = json_object_get(r->keys, "resample");
    json_int_t    number   = json_is_integer(resample) ? json_integer_value(resample) : 0;

    if (resample != NULL && number != BICUBIC && number != BILINEAR)
        refuse(r, RWDA_EUNSUPPORTED, "resample", "is neither 3 (bicubic) nor 2 (bilinear)");
    out->filter = number == BILINEAR ? RW_FILTER_BILINEAR : RW_FILTER_BICUBIC;
}

/* Keys with which images are seen otherwise, and which no published CLIP sets. */
static void refuse_others(reader *r, const char *processor)
{
    static const char *const endings[] = { "", "Fast", "Pil" };
    static const char *const names[]   = { "image_processor_type", "feature_extractor_type" };
    static const char *const unset[]   = { "do_pad", "pad_size", "use_square_size", "input_data_format" };
    const char              *order     = json_string_value(value_of(r, "data_format"));

    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        const char *type  = json_string_value(value_of(r, names[i]));
        size_t      len   = processor != NULL ? strlen(processor) : 0;
        bool        ours  = type != NULL && processor != NULL && strncmp(type, processor, len) == 0;
        bool        known = type == NULL || (processor != NULL && strcmp(type, "CLIPFeatureExtractor") == 0 &&
                                      strcmp(processor, "CLIPImageProcessor") == 0);

        for (size_t j = 0; j < RW_COUNTOF(endings); j++)
            known = known || (ours && strcmp(type + len, endings[j]) == 0);
        if (!known && r->status == RWDA_OK)
            r->status = rw_fail(r->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.200s: %s \"%.60s\" is not supported; %s is",
                                r->file, names[i], type, processor != NULL ? processor : "none");
    }
    for (size_t i = 0; i < RW_COUNTOF(unset); i++) {
        const json_t *value = value_of(r, unset[i]);

        if (value != NULL && !json_is_false(value))
            refuse(r, RWDA_EUNSUPPORTED, unset[i], "is set, which is not supported");
    }
    if (!flag(r, "do_resize", true))
        refuse(r, RWDA_EUNSUPPORTED, "do_resize", "is false: images of any size are not supported");
    if (value_of(r, "do_convert_rgb") != NULL && !flag(r, "do_convert_rgb", true)) /* null is what SigLIP's files have */
        refuse(r, RWDA_EUNSUPPORTED, "do_convert_rgb", "is false: images that are not RGB would be seen otherwise");
    if (order != NULL && strcmp(order, "channels_first") != 0)
        refuse(r, RWDA_EUNSUPPORTED, "data_format", "is not channels_first");
}

rwda_status rw_preprocessor_config(rw_clip_config *out, bool *found, bool nested, const char *text, size_t len,
                                   const char *name, rwda_error *err)
{
    json_error_t where;
    json_t      *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
    reader       r    = { name, root, err, RWDA_OK };

    *found = false;
    if (root == NULL)
        return rw_fail(err, RWDA_EFORMAT, where.position, "%.200s: not JSON: %.160s (line %d)", name, where.text,
                       where.line);
    if (!json_is_object(root))
        refuse(&r, RWDA_EFORMAT, "the file", "holds no JSON object");
    if (json_object_get(root, "image_processor") != NULL)
        r.keys = json_object_get(root, "image_processor");
    else if (nested)
        goto done; /* transformers 4 keeps the image processor in the other file */
    if (!json_is_object(r.keys))
        refuse(&r, RWDA_EFORMAT, "image_processor", "is no JSON object");
    *found = true;
    if (r.status == RWDA_OK) {
        refuse_others(&r, out->processor);
        read_filter(&r, out);
        read_levels(&r, out);
        read_size(&r, out);
    }
done:
    json_decref(root);
    return r.status;
}
