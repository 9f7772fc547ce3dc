/* kinds.c - which of some words fits a part of an image best? */
#include "anomaly/kinds.h"

#include "anomaly/look.h"
#include "anomaly/prompts.h"
#include "clip/patch_tower.h"
#include "clip/towers.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEMPLATES_MAX 16
#define MARGIN        1.5 /* of the crop's side over the region's longer one: what is around a defect tells what it is */

/* One sentence was better than ensembles of four and seven of its like (docs/kinds.md). */
static const char built_in[] = "a photo of a {object} with a {kind}";

/* ---- Names and templates ---------------------------------------------------------------------------------------------- */

/* One template of a list, NULL behind the last, and where the next begins. */
typedef struct {
    const char *text, *next;
    size_t      len;
} template_at;

static template_at template_from(const char *list)
{
    size_t len = list != NULL ? strcspn(list, "|") : 0;

    return (template_at){ list, list != NULL && list[len] == '|' ? list + len + 1 : NULL, len };
}

static const char *templates_of(const rwda_kinds_options *options)
{
    return options->templates != NULL ? options->templates : built_in;
}

static const char *object_of(const rwda_kinds_options *options)
{
    return options->object != NULL ? options->object : "object";
}

/* The name in its sentence: underscores may become spaces (rwda_names). */
static void written(char out[RWDA_KIND_BYTES + 1], const char *name, rwda_names names)
{
    strcpy(out, name);
    rw_prompt_name(out, names);
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " ")] == '\0';
}

static rwda_status check_name(const char *name, size_t i, rwda_names names, rwda_error *err)
{
    size_t  len    = name != NULL ? strlen(name) : 0;
    json_t *string = len >= 1 && len <= RWDA_KIND_BYTES ? json_string(name) : NULL; /* NULL too: not UTF-8 */
    bool    utf8 = string != NULL, plain = true;
    char    text[RWDA_KIND_BYTES + 1];

    json_decref(string);
    if (len < 1 || len > RWDA_KIND_BYTES)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "kind %zu has %zu bytes; 1 to %d are taken", i + 1, len,
                       RWDA_KIND_BYTES);
    for (size_t c = 0; c < len; c++)
        plain = plain && (unsigned char)name[c] >= ' ' && name[c] != 127;
    if (!utf8 || !plain)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "kind %zu is not UTF-8 without control characters", i + 1);
    written(text, name, names);
    return is_blank(text) ? rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "kind %zu is blank", i + 1) : RWDA_OK;
}

static rwda_status check_templates(const char *list, rwda_error *err)
{
    size_t count = 0;

    for (template_at t = template_from(list); t.text != NULL; t = template_from(t.next)) {
        const char *kind = strstr(t.text, "{kind}");

        if (++count > TEMPLATES_MAX || t.len >= RW_PROMPT_MAX / 2)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "templates of kinds: 1 to %d of fewer than %d bytes",
                           TEMPLATES_MAX, RW_PROMPT_MAX / 2);
        if (kind == NULL || kind >= t.text + t.len)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "template \"%.*s\" has no {kind}", (int)t.len, t.text);
    }
    return RWDA_OK;
}

rwda_status rw_kinds_check(const char *const *names, size_t n, const rwda_kinds_options *options, rwda_error *err)
{
    const char *object = object_of(options);
    rwda_status status;

    if (n < 1 || n > RWDA_KINDS_MAX)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%zu kinds; 1 to %d are taken", n, RWDA_KINDS_MAX);
    if ((unsigned)options->names > RWDA_NAMES_CLEAN)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "an option of the kinds is none of its values");
    if (object[0] == '\0' || strlen(object) >= RW_PROMPT_MAX / 4)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "object name of %zu bytes; 1 to %d are taken", strlen(object),
                       RW_PROMPT_MAX / 4 - 1);
    RW_TRY(check_templates(templates_of(options), err));
    for (size_t i = 0; i < n; i++) {
        char text[RWDA_KIND_BYTES + 1], other[RWDA_KIND_BYTES + 1];

        RW_TRY(check_name(names[i], i, options->names, err));
        written(text, names[i], options->names);
        for (size_t k = 0; k < i; k++) { /* two that read alike would share one vote */
            written(other, names[k], options->names);
            if (strcasecmp(text, other) == 0)
                return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "kinds %zu and %zu are the same: \"%s\"", k + 1, i + 1,
                               text);
        }
    }
done:
    return status;
}

/* ---- Prototypes ------------------------------------------------------------------------------------------------------- */

/* A text that grows in place; false: it is full. */
typedef struct {
    char   text[RW_PROMPT_MAX];
    size_t used;
} prompt;

static bool put(prompt *p, const char *text, size_t len)
{
    if (len >= sizeof p->text - p->used)
        return false;
    memcpy(p->text + p->used, text, len);
    p->used += len;
    p->text[p->used] = '\0';
    return true;
}

/* A word, after "a " that becomes "an " where the word begins with a vowel. */
static bool put_word(prompt *p, const char *word)
{
    bool article = p->used >= 2 && strcmp(p->text + p->used - 2, "a ") == 0 && (p->used == 2 || p->text[p->used - 3] == ' ');

    if (article && strchr("aeiouAEIOU", word[0]) != NULL) {
        p->used--;
        if (!put(p, "n ", 2))
            return false;
    }
    return put(p, word, strlen(word));
}

static bool fill(prompt *p, template_at t, const char *object, const char *kind)
{
    bool fits = true;

    p->used    = 0;
    p->text[0] = '\0';
    for (size_t i = 0; i < t.len && fits;) {
        if (t.len - i >= 6 && strncmp(t.text + i, "{kind}", 6) == 0) {
            fits = put_word(p, kind);
            i += 6;
        } else if (t.len - i >= 8 && strncmp(t.text + i, "{object}", 8) == 0) {
            fits = put_word(p, object);
            i += 8;
        } else {
            fits = put(p, t.text + i++, 1);
        }
    }
    return fits;
}

/* A prompt that the model would cut has lost its kind, or its end. */
static rwda_status check_length(const prompt *p, int32_t *ids, const rw_encoder *encoder, bool fits, rwda_error *err)
{
    size_t      context = (size_t)encoder->clip->config.context_length, count = 0;
    int         cut    = 0;
    rwda_status status = RWDA_OK;

    if (fits)
        RW_TRY(rw_tokenizer_encode(ids, &count, context, &cut, encoder->clip->tokenizer, p->text, p->used, err));
    if (!fits || cut)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "\"%.60s...\" is longer than the model's %zu tokens", p->text,
                       context);
done:
    return status;
}

/* texts [count * templates]: the prompts of one kind after those of another. */
static rwda_status write_prompts(prompt *prompts, const char **texts, const rwda_kinds *kinds, const rw_encoder *encoder,
                                 const rwda_kinds_options *options, rwda_error *err)
{
    rw_arena_mark mark = rw_arena_save(encoder->arena);
    int32_t      *ids  = rw_arena_array(encoder->arena, (size_t)encoder->clip->config.context_length, sizeof *ids);
    char          object[RW_PROMPT_MAX / 4], kind[RWDA_KIND_BYTES + 1];
    size_t        n      = 0;
    rwda_status   status = RWDA_OK;

    if (ids == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "token ids of a prompt");
    strcpy(object, object_of(options)); /* its length was checked */
    rw_prompt_name(object, options->names);
    for (size_t k = 0; k < kinds->count; k++) {
        written(kind, kinds->names[k], options->names);
        for (template_at t = template_from(templates_of(options)); t.text != NULL; t = template_from(t.next)) {
            bool fits = fill(&prompts[n], t, object, kind);

            RW_TRY(check_length(&prompts[n], ids, encoder, fits, err));
            texts[n] = prompts[n].text;
            n++;
        }
    }
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

/* x [n, D], weights [n] (NULL: all 1) -> out [D]: the unit vector along their weighted sum. */
static void unit_sum(float *out, const float *x, const double *weights, size_t n, size_t dim)
{
    double square = 0.0;

    for (size_t j = 0; j < dim; j++) {
        double sum = 0.0;

        for (size_t i = 0; i < n; i++)
            sum += (weights != NULL ? weights[i] : 1.0) * (double)x[i * dim + j];
        out[j] = (float)sum;
        square += (double)out[j] * (double)out[j];
    }
    for (size_t j = 0; j < dim; j++)
        out[j] = (float)(out[j] / sqrt(square));
}

rwda_status rw_kinds_prototypes(rwda_kinds *kinds, const rw_encoder *encoder, const rwda_kinds_options *options,
                                rwda_error *err)
{
    rw_arena_mark mark = rw_arena_save(encoder->arena);
    size_t        each = 0, n, dim = kinds->dim;
    prompt       *prompts;
    const char  **texts;
    float        *x;
    rwda_status   status;

    for (template_at t = template_from(templates_of(options)); t.text != NULL; t = template_from(t.next))
        each++;
    n                 = kinds->count * each;
    prompts           = rw_arena_array(encoder->arena, n, sizeof *prompts);
    texts             = rw_arena_array(encoder->arena, n, sizeof *texts);
    x                 = rw_arena_array(encoder->arena, n, dim * sizeof *x);
    kinds->prototypes = rw_new_array(kinds->count, dim * sizeof *kinds->prototypes);
    if (prompts == NULL || texts == NULL || x == NULL || kinds->prototypes == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu prompts of %zu kinds", n, kinds->count);
        goto done;
    }
    RW_TRY(rw_clip_require_tokenizer(encoder->clip, err));
    RW_TRY(write_prompts(prompts, texts, kinds, encoder, options, err));
    RW_TRY(rw_encode_texts(x, encoder, texts, NULL, n, NULL, NULL, err));
    for (size_t k = 0; k < kinds->count; k++)
        unit_sum(kinds->prototypes + k * dim, x + k * each * dim, NULL, each, dim);
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

/* ---- The region ------------------------------------------------------------------------------------------------------- */

/* Half way between the map's smallest and largest value: scales of scorers differ, and there is no threshold of maps. */
static float middle_of(const float *map, size_t n)
{
    float low = map[0], high = map[0];

    for (size_t i = 1; i < n; i++) {
        low  = map[i] < low ? map[i] : low;
        high = map[i] > high ? map[i] : high;
    }
    return low + 0.5f * (high - low);
}

/* Where a stretch of `side` around the middle of at .. at + length begins inside 0 .. whole. */
static int centred(int at, int length, int side, int whole)
{
    int begin = at + (length - side) / 2;

    return begin < 0 ? 0 : begin > whole - side ? whole - side : begin;
}

/* The largest of all regions; NULL: no memory, or there is none. */
static rwda_status largest(rwda_region *out, size_t *count, const float *map, int width, int height, float threshold,
                           rwda_error *err)
{
    rwda_region *regions = NULL;
    rwda_status  status;

    RW_TRY(rwda_map_regions(NULL, count, 0, map, width, height, threshold, 1, err));
    regions = rw_new_array(*count, sizeof *regions);
    if (regions == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu regions", *count);
    RW_TRY(rwda_map_regions(regions, count, *count, map, width, height, threshold, 1, err));
    for (size_t i = 0; i < *count; i++)
        if (i == 0 || regions[i].area > out->area)
            *out = regions[i];
done:
    free(regions);
    return status;
}

rwda_status rw_kinds_region(rwda_region *out, int side, const float *map, int width, int height, float threshold,
                            rwda_error *err)
{
    rwda_region found = { 0, 0, width, height, 0, 0.0f, 0, 0 };
    size_t      count = 0;
    double      wanted;
    int         shorter = width < height ? width : height, length;
    rwda_status status;

    *out = found;
    if (isnan(threshold) && width >= 1 && height >= 1)
        threshold = middle_of(map, (size_t)width * (size_t)height);
    RW_TRY(largest(&found, &count, map, width, height, threshold, err));
    *out = found;
    if (count == 0)
        return RWDA_OK;
    wanted      = MARGIN * (found.width > found.height ? found.width : found.height);
    wanted      = wanted > side / 2 ? wanted : side / 2;
    length      = wanted < shorter ? (int)wanted : shorter;
    out->x      = centred(found.x, found.width, length, width);
    out->y      = centred(found.y, found.height, length, height);
    out->width  = length;
    out->height = length;
done:
    return status;
}

/* ---- Its embedding ---------------------------------------------------------------------------------------------------- */

/* Of pixel i of `length`: the patch of the squashed image that it falls into, the last one where it is beyond all. */
static size_t patch_at(size_t i, size_t length, const rw_clip *clip)
{
    size_t side = (size_t)clip->config.image_size, patch = (size_t)clip->config.patch_size, grid = rw_vision_grid(clip);
    size_t at = (2 * i + 1) * side / (2 * length * patch);

    return at < grid ? at : grid - 1;
}

/* weights [grid, grid]: how many pixels of each patch of the squashed image reach the threshold inside the box; whether any does. */
static bool weigh_patches(double *weights, const rw_clip *clip, const float *map, const rwda_image *image, rw_box box,
                          float threshold)
{
    size_t width = (size_t)image->width, height = (size_t)image->height, grid = rw_vision_grid(clip);
    bool   any = false;

    memset(weights, 0, grid * grid * sizeof *weights);
    for (size_t y = (size_t)box.y; y < (size_t)(box.y + box.height); y++)
        for (size_t x = (size_t)box.x; x < (size_t)(box.x + box.width); x++)
            if (map[y * width + x] >= threshold) {
                weights[patch_at(y, height, clip) * grid + patch_at(x, width, clip)] += 1.0;
                any = true;
            }
    return any;
}

/* Adds to x [D] the unit embedding of the patches that the map points at. */
static rwda_status add_patches(float *x, const rw_encoder *e, const rw_preprocess_config *look, const rwda_image *image,
                               rw_box box, const float *map, float threshold, rwda_error *err)
{
    const rw_clip_config *config = &e->clip->config;
    size_t                grid = rw_vision_grid(e->clip), side = (size_t)look->side, dim = (size_t)config->embed_dim;
    double               *weights = rw_arena_array(e->arena, grid * grid, sizeof *weights);
    float                *pixels  = rw_arena_array(e->arena, 3 * side, side * sizeof *pixels);
    float *tokens  = rw_arena_array(e->arena, rw_vision_token_count(e->clip), (size_t)config->vision.width * sizeof *tokens);
    float *patches = rw_arena_array(e->arena, grid * grid, dim * sizeof *patches);
    float *sum     = rw_arena_array(e->arena, dim, sizeof *sum);
    rw_box whole   = { 0, 0, image->width, image->height };
    rwda_status status = RWDA_OK;

    if (weights == NULL || pixels == NULL || tokens == NULL || patches == NULL || sum == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu patch embeddings", grid * grid);
    if (!weigh_patches(weights, e->clip, map, image, box, threshold))
        return RWDA_OK;
    RW_TRY(rw_preprocess_box(pixels, look, image, whole, true, err));
    RW_TRY(rw_vision_tokens(tokens, e->clip, pixels, 1, e->arena, e->pool, err));
    RW_TRY(rw_patches_encode(patches, NULL, e->clip, tokens, config->vision.layers / 2, e->arena, e->pool, err));
    unit_sum(sum, patches, weights, grid * grid, dim);
    for (size_t j = 0; j < dim; j++)
        x[j] += sum[j];
done:
    return status;
}

rwda_status rw_kinds_embed(float *x, const rw_encoder *encoder, const rwda_image *image, rw_box box, const float *map,
                           float threshold, rwda_error *err)
{
    const rw_clip       *clip   = encoder->clip;
    rw_preprocess_config look   = rw_look_of(clip, clip->config.image_size);
    rw_arena_mark        mark   = rw_arena_save(encoder->arena);
    size_t               side   = (size_t)look.side;
    float               *pixels = rw_arena_array(encoder->arena, 3 * side, side * sizeof *pixels);
    rwda_status          status;

    if (pixels == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a region of %d x %d pixels", box.width, box.height);
        goto done;
    }
    RW_TRY(rw_preprocess_box(pixels, &look, image, box, true, err));
    RW_TRY(rw_encode_crops(x, encoder, pixels, 1, err));
    if (map != NULL) {
        if (isnan(threshold))
            threshold = middle_of(map, (size_t)image->width * (size_t)image->height);
        RW_TRY(add_patches(x, encoder, &look, image, box, map, threshold, err));
        unit_sum(x, x, NULL, 1, (size_t)clip->config.embed_dim);
    }
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

/* ---- Shares ----------------------------------------------------------------------------------------------------------- */

static int by_falling_score(const void *left, const void *right)
{
    const rwda_kind *a = left, *b = right;

    if (a->score < b->score || a->score > b->score)
        return (a->score < b->score) - (a->score > b->score);
    return (a->index > b->index) - (a->index < b->index);
}

rwda_status rw_kinds_shares(rwda_kind *out, const rwda_kinds *kinds, const float *x, const rw_kernels *kernels,
                            rwda_error *err)
{
    float  most = -INFINITY;
    double sum  = 0.0;

    for (size_t k = 0; k < kinds->count; k++) {
        float logit = kinds->scale * kernels->dot(x, kinds->prototypes + k * kinds->dim, kinds->dim);

        if (!isfinite(logit))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "kind %zu of %zu: its logit is not finite", k + 1,
                           kinds->count);
        out[k] = (rwda_kind){ kinds->names[k], k, logit };
        most   = logit > most ? logit : most;
    }
    for (size_t k = 0; k < kinds->count; k++)
        sum += exp((double)out[k].score - (double)most);
    for (size_t k = 0; k < kinds->count; k++)
        out[k].score = (float)(exp((double)out[k].score - (double)most) / sum);
    qsort(out, kinds->count, sizeof *out, by_falling_score);
    return RWDA_OK;
}
