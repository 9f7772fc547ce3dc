/* verb_train.c - rwda train: a detector from random words. */
#include "cli/cli.h"
#include "common/clock.h"
#include "common/text_file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static cli_engine  engine;
static const char *out_path, *preset = "paper", *word_list;
static bool        force, json;

/* Settings of the recipe: the library's name of each, and what was given. */
enum {
    PAIRS,
    WORDS,
    LENGTH,
    ALPHABET,
    WORD_POSITION,
    NORMAL_WORDS,
    ANOMALOUS_WORDS,
    TEMPLATES,
    HIDDEN,
    ACTIVATION,
    DROPOUT,
    LOSS,
    LABEL_SMOOTHING,
    NOISE,
    LEARNING_RATE,
    WEIGHT_DECAY,
    BATCH_PAIRS,
    EPOCHS,
    SEED,
    ENSEMBLE,
    SETTINGS
};
static const char *const settings[SETTINGS] = {
    "pairs",         "words",        "length",      "alphabet", "word_position", "normal_words",    "anomalous_words",
    "templates",     "hidden",       "activation",  "dropout",  "loss",          "label_smoothing", "noise",
    "learning_rate", "weight_decay", "batch_pairs", "epochs",   "seed",          "ensemble"
};
static const char *given[SETTINGS];

static const cli_option options[] = {
    { "output", "FILE", "where the detector goes (required; - is standard output)", &out_path, NULL, 'o' },
    { "force", NULL, "overwrite FILE", NULL, &force, 'f' },
    { "preset", "NAME", "paper (the paper's recipe, our defaults for the rest) or best", &preset, NULL, 0,
      .words = "paper best" },
    { "pairs", "N", "pairs of one normal and one anomalous prompt (10000)", &given[PAIRS], NULL, 0 },
    { "words", "A:B", "random words in a prompt (1:5)", &given[WORDS], NULL, 0 },
    { "length", "A:B", "letters in a word (5:10)", &given[LENGTH], NULL, 0 },
    { "alphabet", "CHARS", "what words are made of (a to z)", &given[ALPHABET], NULL, 0 },
    { "word-list", "FILE", "words to draw from instead of making them of letters, spaces or lines between", &word_list, NULL,
      0 },
    { "word-pos", "WHERE", "after, before, both or random: where words stand by the state (after)", &given[WORD_POSITION],
      NULL, 0, .words = "after before both random" },
    { "normal-words", "LIST", "states, comma-separated (normal)", &given[NORMAL_WORDS], NULL, 0 },
    { "anomalous-words", "LIST", "states, comma-separated (anomalous)", &given[ANOMALOUS_WORDS], NULL, 0 },
    { "template", "LIST", "'|'-separated, with {state} and {words} (a photo of a {state} {words})", &given[TEMPLATES], NULL,
      0 },
    { "hidden", "N", "units of the hidden layer, 0: linear (640)", &given[HIDDEN], NULL, 0 },
    { "activation", "A", "relu or gelu (relu)", &given[ACTIVATION], NULL, 0, .words = "relu gelu" },
    { "dropout", "P", "on the hidden layer (0.1)", &given[DROPOUT], NULL, 0 },
    { "loss", "L", "bce or ce (bce)", &given[LOSS], NULL, 0, .words = "bce ce" },
    { "label-smoothing", "S", "0..0.5 (0.05)", &given[LABEL_SMOOTHING], NULL, 0 },
    { "noise", "SIGMA", "added to unit embeddings (0; best: 0.1)", &given[NOISE], NULL, 0 },
    { "learning-rate", "R", "AdamW's, falling to 0 by a cosine (0.001)", &given[LEARNING_RATE], NULL, 0 },
    { "weight-decay", "W", "AdamW's (0.01)", &given[WEIGHT_DECAY], NULL, 0 },
    { "batch-pairs", "N", "pairs a step (256)", &given[BATCH_PAIRS], NULL, 0 },
    { "epochs", "N", "passes over the pairs (10)", &given[EPOCHS], NULL, 0 },
    { "seed", "N", "of words, weights, order, dropout and noise (1)", &given[SEED], NULL, 0 },
    { "ensemble", "E", "networks from seeds seed, seed+1, ...; logits are averaged (1; best: 5)", &given[ENSEMBLE], NULL,
      0 },
    { "json", NULL, "report as JSON on standard output", NULL, &json, 0 },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "train",
    "Makes a detector from random words with CLIP's text encoder.  No image is needed.",
    "-o FILE [OPTIONS]",
    "  rwda train -o detector.safetensors\n"
    "  rwda train -o d.safetensors --preset best --seed 7 --model ViT-B-16-plus-240/\n",
    options,
    sizeof options / sizeof options[0],
};

/* The option that fills `setting`. */
static const char *option_of(int setting)
{
    size_t i = 0;

    while (options[i].text != &given[setting])
        i++;
    return options[i].name;
}

static const rwda_train_field *field_named(const char *name)
{
    size_t i = 0;

    while (strcmp(rwda_train_options_field(i)->name, name) != 0)
        i++;
    return rwda_train_options_field(i);
}

static bool refuse(int setting, const rwda_error *err)
{
    const rwda_train_field *f    = field_named(settings[setting]);
    const char             *name = option_of(setting), *text = given[setting];
    int                     ignored;

    if (f->type == RWDA_FIELD_INT || f->type == RWDA_FIELD_UINT64)
        cli_error("--%s: \"%s\" is not a whole number in %.0f..%.0f", name, text, f->low, f->high);
    else if (f->type == RWDA_FIELD_RANGE)
        cli_error("--%s: \"%s\" is neither a number in %.0f..%.0f nor a range such as 5:10", name, text, f->low, f->high);
    else if (f->type == RWDA_FIELD_FLOAT)
        cli_error("--%s: \"%s\" is not a number in %.9g..%.9g", name, text, f->low, f->high);
    else if (f->type == RWDA_FIELD_ENUM)
        (void)cli_enum(&ignored, name, text, f->names);
    else
        cli_error("--%s: %s", name, err->message);
    return false;
}

static bool read_options(rwda_train_options *o)
{
    rwda_error err;

    for (int i = 0; i < SETTINGS; i++)
        if (given[i] != NULL && rwda_train_options_set(o, settings[i], given[i], &err) != RWDA_OK)
            return refuse(i, &err);
    return true;
}

static void report(const rwda_detector *detector, double seconds)
{
    json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:o}", "schema", "rwda.train/1", "path", out_path, "detector",
                             rwda_detector_sha256(detector), "model", rwda_detector_model_sha256(detector), "precision",
                             rwda_detector_precision(detector), "seconds", seconds, "recipe",
                             json_loads(rwda_detector_recipe(detector), 0, NULL));

    if (json)
        (void)cli_put_json(json_incref(root), JSON_COMPACT);
    json_decref(root);
    if (strcmp(out_path, "-") == 0)
        cli_note("detector made in %.1f s", seconds);
    else
        cli_note("%s: detector made in %.1f s; now 'rwda score --detector %s IMAGES'", out_path, seconds, out_path);
}

static int save(const rwda_detector *detector)
{
    size_t      len;
    const void *bytes = rwda_detector_bytes(detector, &len);

    return cli_write_bytes(out_path, force, bytes, len);
}

int verb_train(int argc, char **argv)
{
    rwda_train_options train;
    rwda_model        *model    = NULL;
    rwda_session      *session  = NULL;
    rwda_detector     *detector = NULL;
    rwda_error         err;
    rwda_status        status;
    char              *list  = NULL;
    double             start = rw_now_ms();
    int                first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (out_path == NULL || first != argc) {
        cli_error(out_path == NULL ? "train needs a place for the detector, for instance -o detector.safetensors"
                                   : "train takes no arguments beside its options");
        return EXIT_USAGE;
    }
    if (json && strcmp(out_path, "-") == 0) {
        cli_error("--json and the detector cannot both go to standard output");
        return EXIT_USAGE;
    }
    if (rwda_train_options_preset(&train, preset, &err) != RWDA_OK) {
        cli_error("%s", err.message);
        return EXIT_USAGE;
    }
    if (!read_options(&train))
        return EXIT_USAGE;
    code = cli_output_check(out_path, force); /* before minutes of work, not after */
    if (code != 0)
        return code;
    if (word_list != NULL && rw_text_file_words(&list, word_list, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_SOME_FAILED);
    train.word_list = list;
    engine.towers   = RWDA_TOWERS_TEXT;
    train.cache_dir = cli_cache_folder(&engine);
    code            = cli_engine_open(&model, &session, &engine);
    if (code != 0) {
        free(list);
        return code;
    }
    status = rwda_detector_train(&detector, session, &train, cli_progress, NULL, &err);
    if (status == RWDA_OK) {
        code = save(detector);
        if (code == 0)
            report(detector, (rw_now_ms() - start) / 1e3);
    } else {
        cli_error("%s", err.message);
        code = cli_status_exit(status, EXIT_MODEL);
    }
    rwda_detector_free(detector);
    rwda_session_free(session);
    rwda_model_free(model);
    free(list);
    return code;
}
