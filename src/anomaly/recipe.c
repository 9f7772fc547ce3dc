/* recipe.c - which settings does a training have, and how is each written down? */
#include "anomaly/recipe.h"

#include "base/memory.h"
#include "base/versioned.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN_MAX   65536
#define ENSEMBLE_MAX 64

/* Preset "paper": what the paper is known to do; the rest is ours (docs/deviations.md). */
static const rwda_train_options paper = {
    .size            = sizeof(rwda_train_options),
    .preset          = "paper",
    .seed            = 1,
    .pairs           = 10000,
    .words_min       = 1,
    .words_max       = 5,
    .length_min      = 5,
    .length_max      = 10,
    .alphabet        = "abcdefghijklmnopqrstuvwxyz",
    .word_position   = RWDA_WORD_AFTER,
    .normal_words    = "normal",
    .anomalous_words = "anomalous",
    .templates       = "a photo of a {state} {words}",
    .hidden          = 640,
    .activation      = RWDA_FNN_RELU,
    .dropout         = 0.1f,
    .loss            = RWDA_LOSS_BCE,
    .label_smoothing = 0.05f,
    .noise           = 0.0f,
    .learning_rate   = 1e-3f,
    .weight_decay    = 1e-2f,
    .beta1           = 0.9f,
    .beta2           = 0.999f,
    .batch_pairs     = 256,
    .epochs          = 10,
    .ensemble        = 1,
};

/* In the order in which they are written. */
#define AT(member) offsetof(rwda_train_options, member)
static const rwda_train_field fields[] = {
    { "preset", RWDA_FIELD_TEXT, AT(preset), 1, 0, 0 },
    { "seed", RWDA_FIELD_UINT64, AT(seed), 0, 0x1p63, 0 },
    { "pairs", RWDA_FIELD_INT, AT(pairs), 1, 1000000, 0 },
    { "words", RWDA_FIELD_RANGE, AT(words_min), 0, 20, 0 },
    { "length", RWDA_FIELD_RANGE, AT(length_min), 1, 32, 0 },
    { "alphabet", RWDA_FIELD_TEXT, AT(alphabet), 1, 0, 0 },
    { "word_position", RWDA_FIELD_ENUM, AT(word_position), 0, 0, RWDA_ENUM_WORD_POSITION },
    { "normal_words", RWDA_FIELD_TEXT, AT(normal_words), 1, 0, 0 },
    { "anomalous_words", RWDA_FIELD_TEXT, AT(anomalous_words), 1, 0, 0 },
    { "templates", RWDA_FIELD_TEXT, AT(templates), 1, 0, 0 },
    { "hidden", RWDA_FIELD_INT, AT(hidden), 0, HIDDEN_MAX, 0 },
    { "activation", RWDA_FIELD_ENUM, AT(activation), 0, 0, RWDA_ENUM_ACTIVATION },
    { "dropout", RWDA_FIELD_FLOAT, AT(dropout), 0, 0.9, 0 },
    { "loss", RWDA_FIELD_ENUM, AT(loss), 0, 0, RWDA_ENUM_LOSS },
    { "label_smoothing", RWDA_FIELD_FLOAT, AT(label_smoothing), 0, 0.5, 0 },
    { "noise", RWDA_FIELD_FLOAT, AT(noise), 0, 1, 0 },
    { "learning_rate", RWDA_FIELD_FLOAT, AT(learning_rate), 1e-9, 10, 0 },
    { "weight_decay", RWDA_FIELD_FLOAT, AT(weight_decay), 0, 10, 0 },
    { "beta1", RWDA_FIELD_FLOAT, AT(beta1), 0, 0.9999, 0 },
    { "beta2", RWDA_FIELD_FLOAT, AT(beta2), 0, 0.999999, 0 },
    { "batch_pairs", RWDA_FIELD_INT, AT(batch_pairs), 1, 65536, 0 },
    { "epochs", RWDA_FIELD_INT, AT(epochs), 1, 10000, 0 },
    { "ensemble", RWDA_FIELD_INT, AT(ensemble), 1, ENSEMBLE_MAX, 0 },
    { "word_list", RWDA_FIELD_TEXT, AT(word_list), 0, 0, 0 },
};

const rwda_train_field *rwda_train_options_field(size_t i)
{
    return i < RW_COUNTOF(fields) ? &fields[i] : NULL;
}

static void *member(rwda_train_options *o, const rwda_train_field *f)
{
    return (uint8_t *)o + f->offset;
}

static const void *member_of(const rwda_train_options *o, const rwda_train_field *f)
{
    return (const uint8_t *)o + f->offset;
}

/* ---- Presets ------------------------------------------------------------------------------------------------------- */

rwda_status rw_train_options_read(rwda_train_options *out, const rwda_train_options *from, rwda_error *err)
{
    *out = paper;
    return rw_versioned_read(out, sizeof *out, RW_SIZE_TO(rwda_train_options, word_list), from, "rwda_train_options", err);
}

rwda_status rwda_train_options_preset_sized(rwda_train_options *out, size_t size, const char *preset, rwda_error *err)
{
    rwda_train_options ours = paper;
    rwda_status        status;

    RW_TRY(rw_versioned_check(size, RW_SIZE_TO(rwda_train_options, word_list), "rwda_train_options", err));
    if (strcmp(preset, "best") == 0) {
        ours.preset          = "best";
        ours.normal_words    = "normal,flawless,perfect,unblemished";
        ours.anomalous_words = "anomalous,damaged,defective,abnormal";
        ours.templates = "a photo of a {state} {words}|a photo of the {state} {words}|a close-up photo of a {state} {words}|"
                         "a cropped photo of the {state} {words}|{state} {words}";
        ours.noise     = 0.1f;
        ours.ensemble  = 5;
    } else if (strcmp(preset, "paper") != 0) {
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "preset \"%.40s\": there are \"paper\" and \"best\"", preset);
    }
    ours.size = size;
    rw_versioned_write(out, size, &ours, sizeof ours);
done:
    return status;
}

void rwda_train_options_default(rwda_train_options *out, size_t size)
{
    (void)rwda_train_options_preset_sized(out, size, "paper", NULL);
}

/* ---- Ranges -------------------------------------------------------------------------------------------------------- */

static rwda_status check_field(const rwda_train_options *o, const rwda_train_field *f, rwda_error *err)
{
    const void *at = member_of(o, f);

    switch (f->type) {
    case RWDA_FIELD_INT: {
        int value = *(const int *)at;

        if (value < f->low || value > f->high)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: %d is not in %.9g..%.9g", f->name, value, f->low, f->high);
        break;
    }
    case RWDA_FIELD_RANGE: {
        const int *range = at;

        if (range[0] < f->low || range[1] < range[0] || range[1] > f->high)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: %d:%d is not a range in %.9g..%.9g", f->name, range[0],
                           range[1], f->low, f->high);
        break;
    }
    case RWDA_FIELD_UINT64:
        if (*(const uint64_t *)at > INT64_MAX)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: at most %" PRId64, f->name, INT64_MAX);
        break;
    case RWDA_FIELD_FLOAT: {
        double value = (double)*(const float *)at;

        if (!(value >= f->low && value <= f->high)) /* NaN neither */
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: %g is not in %.9g..%.9g", f->name, value, f->low, f->high);
        break;
    }
    case RWDA_FIELD_ENUM: {
        int value = *(const int *)at;

        if (value < 0 || value >= rwda_enum_count(f->names))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: %d is none of its values", f->name, value);
        break;
    }
    case RWDA_FIELD_TEXT:
        if (*(const char *const *)at == NULL && f->low > 0)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: must be given", f->name);
        break;
    }
    return RWDA_OK;
}

rwda_status rw_recipe_check(const rwda_train_options *o, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < RW_COUNTOF(fields) && status == RWDA_OK; i++)
        status = check_field(o, &fields[i], err);
    return status;
}

/* ---- From text ----------------------------------------------------------------------------------------------------- */

static bool read_int(int *out, const char *text, char **end)
{
    long value;

    errno = 0;
    value = strtol(text, end, 10);
    *out  = (int)value;
    return errno == 0 && *end != text && value >= INT32_MIN && value <= INT32_MAX;
}

/* false: this is not a value of that type. */
static bool read_value(rwda_train_options *o, const rwda_train_field *f, const char *text)
{
    void *at   = member(o, f);
    int  *ints = at;
    char *end  = NULL;

    errno = 0;
    switch (f->type) {
    case RWDA_FIELD_INT: return read_int(ints, text, &end) && *end == '\0';
    case RWDA_FIELD_RANGE:
        if (!read_int(&ints[0], text, &end))
            return false;
        ints[1] = ints[0];
        return *end == '\0' || (*end == ':' && read_int(&ints[1], end + 1, &end) && *end == '\0');
    case RWDA_FIELD_UINT64:
        *(uint64_t *)at = strtoull(text, &end, 10);
        return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0';
    case RWDA_FIELD_FLOAT: *(float *)at = strtof(text, &end); return end != text && *end == '\0';
    case RWDA_FIELD_ENUM: return rwda_enum_parse(ints, f->names, text, NULL) == RWDA_OK;
    case RWDA_FIELD_TEXT: *(const char **)at = text; return true;
    }
    return false;
}

rwda_status rwda_train_options_set(rwda_train_options *options, const char *name, const char *value, rwda_error *err)
{
    rwda_train_options changed;
    rwda_status        status = rw_train_options_read(&changed, options, err);

    for (size_t i = 0; i < RW_COUNTOF(fields) && status == RWDA_OK; i++) {
        const rwda_train_field *f = &fields[i];

        if (strcmp(f->name, name) != 0 || f->offset >= options->size)
            continue;
        if (!read_value(&changed, f, value))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: \"%.60s\" is not a value of this setting", name, value);
        status = check_field(&changed, f, err);
        if (status == RWDA_OK)
            memcpy((uint8_t *)options + sizeof options->size, (uint8_t *)&changed + sizeof changed.size,
                   (options->size < sizeof changed ? options->size : sizeof changed) - sizeof changed.size);
        return status;
    }
    return status != RWDA_OK ? status
                             : rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "a training has no setting \"%.60s\"", name);
}

/* ---- As JSON ------------------------------------------------------------------------------------------------------- */

static json_t *value_json(const rwda_train_options *o, const rwda_train_field *f)
{
    const void *at   = member_of(o, f);
    const int  *ints = at;

    switch (f->type) {
    case RWDA_FIELD_INT: return json_integer(ints[0]);
    case RWDA_FIELD_RANGE: return json_pack("[i,i]", ints[0], ints[1]);
    case RWDA_FIELD_UINT64: return json_integer((json_int_t) * (const uint64_t *)at);
    case RWDA_FIELD_FLOAT: return json_real((double)*(const float *)at);
    case RWDA_FIELD_ENUM: return json_string(rwda_enum_name(f->names, ints[0]));
    case RWDA_FIELD_TEXT: return json_string(*(const char *const *)at);
    }
    return NULL;
}

char *rw_recipe_write(const rwda_train_options *o)
{
    json_t *root  = json_object();
    bool    whole = root != NULL;
    char   *text;

    for (size_t i = 0; i < RW_COUNTOF(fields) && whole; i++) {
        const rwda_train_field *f    = &fields[i];
        bool                    none = f->type == RWDA_FIELD_TEXT && *(const char *const *)member_of(o, f) == NULL;

        whole = none || json_object_set_new(root, f->name, value_json(o, f)) == 0;
    }
    text = whole ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(root);
    return text;
}

rwda_status rwda_train_options_text(char **out, const rwda_train_options *options, rwda_error *err)
{
    rwda_train_options own;
    rwda_status        status;

    *out = NULL;
    RW_TRY(rw_train_options_read(&own, options, err));
    RW_TRY(rw_recipe_check(&own, err));
    *out = rw_recipe_write(&own);
    if (*out == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text of a recipe");
done:
    return status;
}

void rwda_text_free(char *text)
{
    free(text);
}

rwda_status rw_recipe_read(rw_recipe *out, const char *text, rwda_error *err)
{
    json_error_t  where;
    json_t       *root   = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    const json_t *hidden = json_object_get(root, "hidden"), *ensemble = json_object_get(root, "ensemble");
    const char   *activation_name = json_string_value(json_object_get(root, "activation"));
    const char   *loss_name       = json_string_value(json_object_get(root, "loss"));
    int           activation, loss;
    rwda_status   status = RWDA_OK;

    if (!json_is_object(root))
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "recipe: not a JSON object (%.100s)", where.text);
    else if (!json_is_integer(hidden) || json_integer_value(hidden) < 0 || json_integer_value(hidden) > HIDDEN_MAX)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "recipe: hidden is not a whole number in 0..%d", HIDDEN_MAX);
    else if (!json_is_integer(ensemble) || json_integer_value(ensemble) < 1 || json_integer_value(ensemble) > ENSEMBLE_MAX)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "recipe: ensemble is not a whole number in 1..%d", ENSEMBLE_MAX);
    else if (activation_name == NULL || loss_name == NULL ||
             rwda_enum_parse(&activation, RWDA_ENUM_ACTIVATION, activation_name, NULL) != RWDA_OK ||
             rwda_enum_parse(&loss, RWDA_ENUM_LOSS, loss_name, NULL) != RWDA_OK)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "recipe: activation or loss is missing or unknown");
    else
        *out = (rw_recipe){ (int)json_integer_value(hidden), (int)json_integer_value(ensemble),
                            (rwda_fnn_activation)activation, (rwda_loss)loss };
    json_decref(root);
    return status;
}
