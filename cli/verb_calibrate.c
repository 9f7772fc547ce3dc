/* verb_calibrate.c - rwda calibrate: a threshold from normal images, with its false-alarm rate. */
#include "cli/collect.h"
#include "cli/labelled_images.h"

#include <rwda_drift.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static cli_engine      engine;
static scoring_options how;
static const char     *out_path, *quantile_text, *rate_text, *confidence_text, *review_text, *rule_name, *column, *note;
static bool            force, nul;

static const cli_option options[] = {
    { "quantile", "Q", "of normal scores: at most 1 - Q of normal images is called anomalous (0.995)", &quantile_text, NULL,
      0 },
    { "false-alarms", "RATE", "the same as --quantile 1 - RATE", &rate_text, NULL, 0 },
    { "confidence", "C", "that this rate holds, 0.5..0.999999; 0: on average only (0.95)", &confidence_text, NULL, 0 },
    { "review", "Q", "scores above this smaller quantile are labelled review (no band)", &review_text, NULL, 0 },
    { "rule", "NAME", "false-alarms, or f1: largest F1 on labelled images (false-alarms)", &rule_name, NULL, 0,
      .words = "false-alarms f1" },
    { "column", "NAME", "of a CSV file with several scores", &column, NULL, 0 },
    { "note", "TEXT", "who, when, which images: written into the file", &note, NULL, 0 },
    { "output", "FILE", "the threshold file, instead of standard output; appears whole", &out_path, NULL, 'o' },
    { "force", NULL, "overwrite FILE", NULL, &force, 'f' },
    { "null", NULL, "a list on standard input is separated by NUL bytes", NULL, &nul, '0' },
    SCORING_OPTIONS(how),
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "calibrate",
    "Finds a threshold from normal images alone and writes a threshold file for 'rwda score --threshold FILE'.  A data set\n"
    "in a layout of 'rwda eval' and folders named good, ok or normal label images; without one all are taken as normal.  A "
    "CSV\n"
    "file does not say how it was scored: give the same options as to 'rwda score', and --detector.",
    "[OPTIONS] [IMAGE|DIRECTORY|-...|SCORES.jsonl|SCORES.csv]",
    "  rwda calibrate -d detector.safetensors normal/ -o thresholds.json\n"
    "  rwda score -d detector.safetensors --threshold thresholds.json new/\n"
    "  rwda calibrate --quantile 0.99 --review 0.9 scores.jsonl -o thresholds.json\n"
    "  rwda calibrate --memory memory.safetensors -o thresholds.json    # its own images, each against the others\n",
    options,
    sizeof options / sizeof options[0],
};

/* "0.995" -> 0.005, without the rounding error of the subtraction. */
static bool read_rate(double *rate, const char *name, const char *text, bool quantile)
{
    float  value = 0.0f;
    double exact;

    if (text == NULL)
        return true;
    if (!cli_float(&value, name, text))
        return false;
    exact = strtod(text, NULL);
    *rate = quantile ? round((1.0 - exact) * 1e12) / 1e12 : exact;
    return true;
}

static int read_options(rwda_thresholds_options *o)
{
    int rule = RWDA_RULE_FALSE_ALARMS;

    if (quantile_text != NULL && rate_text != NULL) {
        cli_error("--quantile and --false-alarms say the same: give one");
        return EXIT_USAGE;
    }
    if (!cli_enum(&rule, "rule", rule_name, RWDA_ENUM_RULE) || !read_rate(&o->rate, "quantile", quantile_text, true) ||
        !read_rate(&o->rate, "false-alarms", rate_text, false) || !read_rate(&o->review_rate, "review", review_text, true) ||
        !read_rate(&o->confidence, "confidence", confidence_text, false))
        return EXIT_USAGE;
    o->rule = (rwda_rule)rule;
    o->note = note;
    return 0;
}

/* Folders that are data sets say what is normal, and what is no image. */
static int score_images(score_table *data, rw_rows *embeddings, char **arguments, int n)
{
    labelled_images  labelled;
    rw_image_source *images = NULL;
    bool             found;
    int              code = labelled_images_read(&labelled, &found, arguments, n, nul);

    if (code == 0 && !found)
        code = cli_images(&images, arguments, n, nul);
    else if (code == 0 && (images = rw_image_source_list(labelled.paths, labelled.count)) == NULL)
        code = EXIT_SOME_FAILED;
    if (code == 0)
        code = collect_scores(data, &how, &engine, NULL, images, embeddings);
    if (code == 0)
        labelled_images_label(data, &labelled);
    rw_image_source_free(images);
    labelled_images_free(&labelled);
    return code;
}

/* Scores of the arguments, how they were made (data->scoring), and embeddings where they are images.  0, or an exit code. */
static int get_scores(score_table *data, rw_rows *embeddings, int argc, char **argv, int first)
{
    bool from_file = first + 1 == argc && score_table_is_in(argv[first]);
    int  code      = from_file ? collect_from_file(data, argv[first], column) : 0;

    if (code == 0 && first == argc && memory_options_given(&how.memory))
        return collect_from_memory(data, &how, &engine);
    if (code == 0 && first == argc) {
        cli_error("calibrate needs normal images or their scores; 'rwda calibrate --help' shows examples");
        code = EXIT_USAGE;
    }
    if (code == 0 && !from_file && column != NULL) {
        cli_error("--column is for a CSV file of scores");
        code = EXIT_USAGE;
    }
    if (code == 0 && data->scoring != NULL && scoring_given(&how)) {
        cli_error("%s says how it was scored: leave the scoring options out", argv[first]);
        code = EXIT_USAGE;
    }
    if (code != 0 || data->scoring != NULL)
        return code;
    return from_file ? collect_scores(data, &how, &engine, NULL, NULL, embeddings)
                     : score_images(data, embeddings, argv + first, argc - first);
}

/* x: a row for each of the first images with a score; those of images that count move to its front. */
static int make_thresholds(rwda_thresholds **out, const score_table *data, rw_rows *x, const rwda_thresholds_options *o)
{
    bool        labelled = score_table_labelled(data, 0) > 0;
    double     *values   = calloc(data->count + 1, sizeof *values);
    uint8_t    *labels   = calloc(data->count + 1, 1);
    size_t      n = 0, scored = 0, rows = 0, unlabelled = 0;
    rwda_error  err    = { RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the scores" };
    rwda_status status = RWDA_ENOMEM;

    for (size_t i = 0; values != NULL && labels != NULL && i < data->count; i++) {
        if (isnan(data->items[i].score))
            continue;
        if (!(labelled && data->items[i].truth < 0)) {
            values[n]   = data->items[i].score;
            labels[n++] = data->items[i].truth == 1;
            if (scored < x->count)
                memmove(x->x + x->dim * rows++, x->x + x->dim * scored, x->dim * sizeof *x->x);
        } else {
            unlabelled++;
        }
        scored++;
    }
    if (unlabelled > 0)
        cli_error("warning: %zu of %zu images have no label beside labelled ones, and are left out", unlabelled, scored);
    if (values != NULL && labels != NULL && data->scoring != NULL)
        status = rwda_thresholds_new_with_embeddings(out, values, labels, n, x->x, rows, x->dim, data->scoring, o, &err);
    free(values);
    free(labels);
    if (status == RWDA_OK)
        return 0;
    cli_error("%s", err.message);
    return status == RWDA_EINVAL ? EXIT_USAGE : EXIT_SOME_FAILED;
}

/* The image whose score the threshold lies just above: one odd image among the normal ones hides every defect below it. */
static void say_support(const score_table *data, double threshold)
{
    bool                by_labels = score_table_labelled(data, 0) > 0;
    const scored_image *highest = NULL, *next = NULL;

    for (size_t i = 0; i < data->count; i++) {
        const scored_image *image = &data->items[i];

        if (!(image->score < threshold) || (by_labels && image->truth != 0))
            continue;
        if (highest == NULL || image->score > highest->score) {
            next    = highest;
            highest = image;
        } else if (next == NULL || image->score > next->score) {
            next = image;
        }
    }
    if (next != NULL)
        cli_note("it rests on %s (%.4g); the next lower normal score is %.4g", highest->path, highest->score, next->score);
}

static void say_calibration(const char *what, const rwda_calibration *c, const score_table *data)
{
    if (c->n == 0)
        return;
    if (c->confidence > 0)
        cli_note("%s from %.9g: just above number %zu of %zu sorted normal scores; at most %.4g %% of normal images "
                 "reach it, with a confidence of %.4g %%",
                 what, c->threshold, c->order, c->n, 100 * (c->enough ? c->rate : c->bound),
                 100 * (c->enough ? c->achieved : c->confidence));
    else
        cli_note("%s from %.9g: just above number %zu of %zu sorted normal scores; %.4g %% of normal images reach it on "
                 "average",
                 what, c->threshold, c->order, c->n, 100 * c->bound);
    say_support(data, c->threshold);
    if (!c->enough)
        cli_error("warning: %zu normal score%s too few for a false-alarm rate of %.4g %%: %zu are needed", c->n,
                  c->n == 1 ? " is" : "s are", 100 * c->rate, c->needed);
}

static void say(const rwda_thresholds_info *i, const score_table *data)
{
    if (i->rule == RWDA_RULE_F1)
        cli_note("anomalous from %.9g: largest F1 on these images; it says nothing about the false-alarm rate on others",
                 i->threshold);
    say_calibration("anomalous", &i->calibration, data);
    say_calibration("review", &i->review_calibration, data);
    if (i->anomalous > 0)
        cli_note("of the labelled images, %zu of %zu anomalous and %zu of %zu normal ones reach the threshold", i->found,
                 i->anomalous, i->false_alarms, i->normal);
    else if (score_table_labelled(data, 0) == 0 && i->normal == 1)
        cli_note("the image was taken as normal");
    else if (score_table_labelled(data, 0) == 0)
        cli_note("all %zu images were taken as normal", i->normal);
}

int verb_calibrate(int argc, char **argv)
{
    rwda_thresholds_options o          = RWDA_THRESHOLDS_OPTIONS_INIT;
    score_table             data       = SCORE_TABLE_INIT;
    rwda_thresholds        *thresholds = NULL;
    rw_rows                 embeddings = { 0 };
    rw_stream               out;
    size_t                  failed = 0;
    int                     first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    code = read_options(&o);
    if (code == 0)
        code = cli_output_check(out_path != NULL ? out_path : "-", force); /* before the work, not after it */
    if (code == 0)
        code = get_scores(&data, &embeddings, argc, argv, first);
    if (code == 0) {
        score_table_label_by_folder(&data);
        code = make_thresholds(&thresholds, &data, &embeddings, &o);
    }
    if (code == 0)
        code = cli_output_open(&out, out_path, force);
    if (code == 0) {
        fputs(rwda_thresholds_text(thresholds), out.file);
        code = cli_output_close(&out, true);
    }
    if (code == 0) {
        say(rwda_thresholds_get_info(thresholds), &data);
        for (size_t i = 0; i < data.count; i++)
            failed += data.items[i].error != NULL;
        code = failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    }
    rwda_thresholds_free(thresholds);
    score_table_free(&data);
    free(embeddings.x);
    return code;
}
