/* recipe.c - how is every setting of a training written down? */
#include "anomaly/recipe.h"

#include <jansson.h>
#include <string.h>

static const char *const positions[]   = { "after", "before", "both", "random" };
static const char *const losses[]      = { "bce", "ce" };
static const char *const activations[] = { "relu", "gelu" };

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

rwda_status rwda_train_options_preset(rwda_train_options *out, const char *preset, rwda_error *err)
{
    *out = paper;
    if (strcmp(preset, "paper") == 0)
        return RWDA_OK;
    if (strcmp(preset, "best") != 0)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "preset \"%.40s\": there are \"paper\" and \"best\"", preset);
    out->preset          = "best";
    out->normal_words    = "normal,flawless,perfect,unblemished";
    out->anomalous_words = "anomalous,damaged,defective,abnormal";
    out->templates = "a photo of a {state} {words}|a photo of the {state} {words}|a close-up photo of a {state} {words}|"
                     "a cropped photo of the {state} {words}|{state} {words}";
    out->noise     = 0.1f;
    out->ensemble  = 5;
    return RWDA_OK;
}

char *rw_recipe_write(const rwda_train_options *o)
{
    char   *text;
    json_t *root = json_pack(
        "{s:s, s:I, s:i, s:[i,i], s:[i,i], s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:f, s:s, s:f, s:f, s:f, s:f, s:f, "
        "s:f, s:i, s:i, s:i}",
        "preset", o->preset, "seed", (json_int_t)o->seed, "pairs", o->pairs, "words", o->words_min, o->words_max, "length",
        o->length_min, o->length_max, "alphabet", o->alphabet, "word_position", positions[o->word_position], "normal_words",
        o->normal_words, "anomalous_words", o->anomalous_words, "templates", o->templates, "hidden", o->hidden, "activation",
        activations[o->activation], "dropout", (double)o->dropout, "loss", losses[o->loss], "label_smoothing",
        (double)o->label_smoothing, "noise", (double)o->noise, "learning_rate", (double)o->learning_rate, "weight_decay",
        (double)o->weight_decay, "beta1", (double)o->beta1, "beta2", (double)o->beta2, "batch_pairs", o->batch_pairs,
        "epochs", o->epochs, "ensemble", o->ensemble);
    if (root != NULL && o->word_list != NULL && json_object_set_new(root, "word_list", json_string(o->word_list)) != 0) {
        json_decref(root);
        root = NULL;
    }
    text = root != NULL ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;

    json_decref(root);
    return text;
}

static int find_name(const json_t *root, const char *key, const char *const *names, size_t n)
{
    const char *name = json_string_value(json_object_get(root, key));

    for (size_t i = 0; name != NULL && i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return (int)i;
    return -1;
}

rwda_status rw_recipe_read(rw_recipe *out, const char *text, rwda_error *err)
{
    json_error_t  where;
    json_t       *root   = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    const json_t *hidden = json_object_get(root, "hidden"), *ensemble = json_object_get(root, "ensemble");
    int           activation = find_name(root, "activation", activations, RW_COUNTOF(activations));
    int           loss       = find_name(root, "loss", losses, RW_COUNTOF(losses));
    rwda_status   status     = RWDA_OK;

    if (!json_is_object(root))
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "recipe: no JSON object (%.100s)", where.text);
    else if (!json_is_integer(hidden) || json_integer_value(hidden) < 0 || json_integer_value(hidden) > HIDDEN_MAX)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "recipe: hidden is no whole number in 0..%d", HIDDEN_MAX);
    else if (!json_is_integer(ensemble) || json_integer_value(ensemble) < 1 || json_integer_value(ensemble) > ENSEMBLE_MAX)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "recipe: ensemble is no whole number in 1..%d", ENSEMBLE_MAX);
    else if (activation < 0 || loss < 0)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "recipe: activation or loss is missing or unknown");
    else
        *out = (rw_recipe){ (int)json_integer_value(hidden), (int)json_integer_value(ensemble),
                            (rwda_fnn_activation)activation, (rwda_loss)loss };
    json_decref(root);
    return status;
}

static rwda_status in_range(const char *name, double value, double low, double high, rwda_error *err)
{
    return value >= low && value <= high
               ? RWDA_OK
               : rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: %g is not in %g..%g", name, value, low, high);
}

rwda_status rw_recipe_check(const rwda_train_options *o, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    if (o->preset == NULL || o->normal_words == NULL || o->anomalous_words == NULL || o->templates == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "preset, state words and templates must be given");
    if ((unsigned)o->word_position > RWDA_WORD_RANDOM || (unsigned)o->loss > RWDA_LOSS_CE ||
        (unsigned)o->activation > RWDA_FNN_GELU)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "word_position, loss or activation is none of its values");
    if (o->seed > INT64_MAX)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "seed: at most %lld", (long long)INT64_MAX);
    RW_TRY(in_range("hidden", o->hidden, 0, HIDDEN_MAX, err));
    RW_TRY(in_range("dropout", (double)o->dropout, 0, 0.9, err));
    RW_TRY(in_range("label_smoothing", (double)o->label_smoothing, 0, 0.5, err));
    RW_TRY(in_range("noise", (double)o->noise, 0, 1, err));
    RW_TRY(in_range("learning_rate", (double)o->learning_rate, 1e-9, 10, err));
    RW_TRY(in_range("weight_decay", (double)o->weight_decay, 0, 10, err));
    RW_TRY(in_range("beta1", (double)o->beta1, 0, 0.9999, err));
    RW_TRY(in_range("beta2", (double)o->beta2, 0, 0.999999, err));
    RW_TRY(in_range("batch_pairs", o->batch_pairs, 1, 65536, err));
    RW_TRY(in_range("epochs", o->epochs, 1, 10000, err));
    RW_TRY(in_range("ensemble", o->ensemble, 1, ENSEMBLE_MAX, err));
done:
    return status;
}
