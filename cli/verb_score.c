/* verb_score.c - how anomalous are these pictures? */
#include "cli.h"

#include "json_text.h"
#include "map_files.h"
#include "overview.h"
#include "scoring.h"

#include <math.h>
#include <string.h>

static cli_engine      engine;
static scoring_options how;
static map_options     map_texts;
static const char     *out_path, *format_name, *threshold_text, *overview_path, *map_folder;
static bool            force, fail_on_anomaly, nul;

static const cli_option options[] = {
    SCORING_OPTIONS(how),
    { "threshold", "X", "label scores >= X anomalous; without it label is null", &threshold_text, NULL, 0 },
    { "fail-on-anomaly", NULL, "exit with 3 when a score reached the threshold", NULL, &fail_on_anomaly, 0 },
    { "format", "F", "jsonl, csv or table (jsonl)", &format_name, NULL, 0 },
    { "output", "FILE", "instead of standard output; appears whole", &out_path, NULL, 'o' },
    { "overview", "PNG", "also draw the pictures with their scores (the first 240)", &overview_path, NULL, 0 },
    { "map", "DIR", "also write a map of each picture there, as 'rwda map' does", &map_folder, NULL, 0 },
    MAP_OPTIONS("map-", map_texts),
    { "force", NULL, "overwrite output files", NULL, &force, 'f' },
    { "null", NULL, "a list on standard input is separated by NUL bytes", NULL, &nul, '0' },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "score",
    "Scores pictures: 0..1, higher is more anomalous.  0.5 is no threshold.",
    "[OPTIONS] PICTURE|DIRECTORY|-...",
    "  rwda score --detector detector.safetensors pictures/\n"
    "  rwda score --method clip --object \"metal nut\" nut.png\n"
    "  find . -name '*.png' | rwda score -d detector.safetensors --crops 2x2 --format csv -o scores.csv -\n",
    options,
    sizeof options / sizeof options[0],
};

enum { JSONL, CSV, TABLE };

/* One run's settings and counts. */
typedef struct {
    scoring     engine;
    const char *model_sha256, *precision;
    int         format;
    float       threshold;
    cli_output  out;
    overview   *overview;
    map_files  *maps; /* NULL: none are wanted */
    int         code; /* 0, or why maps cannot go on */
    size_t      scored, failed, anomalous;
} run;

static volatile sig_atomic_t stopped = 0;

static void on_signal(int number)
{
    stopped = number;
}

static json_t *number(float value)
{
    return isfinite(value) ? json_real((double)value) : json_null();
}

static const char *label_of(const run *r, float score)
{
    return isnan(r->threshold) ? NULL : score >= r->threshold ? "anomalous" : "normal";
}

static void print_json(const run *r, json_t *record)
{
    json_dumpf(record, r->out.stream, JSON_COMPACT | JSON_REAL_PRECISION(9));
    fputc('\n', r->out.stream);
    fflush(r->out.stream);
    json_decref(record);
}

static void print_failure(void *user, const char *path, const rwda_error *err)
{
    run *r = user;

    r->failed++;
    cli_error("%s", err->message);
    if (r->format == JSONL)
        print_json(r, json_pack("{s:s, s:o, s:{s:s, s:o}}", "schema", "rwda.score/1", "path", json_text(path), "error",
                                "code", rwda_status_name(err->code), "message", json_text(err->message)));
    else if (r->format == CSV) {
        cli_csv_text(r->out.stream, path);
        fprintf(r->out.stream, ",,,");
        cli_csv_text(r->out.stream, err->message);
        fputc('\n', r->out.stream);
    } else {
        fprintf(r->out.stream, "%8s  %s\n", "failed", path);
    }
}

static void print_score(void *user, const char *path, const decoded *picture, const rwda_score *score, double encode_ms)
{
    run                 *r     = user;
    const char          *label = label_of(r, score->score);
    const rwda_detector *d     = r->engine.detector;
    json_t              *map   = NULL;
    char                 model[80], detector[80];

    if (r->maps != NULL) {
        rwda_error err;
        int        code = map_files_add(r->maps, &map, &r->engine, picture->image, path, &err);

        if (code == EXIT_SOME_FAILED) {
            print_failure(r, path, &err);
            return;
        }
        if (code != 0)
            stopped = -1;
        r->code = code;
    }
    r->scored++;
    r->anomalous += label != NULL && strcmp(label, "anomalous") == 0;
    if (r->format == JSONL) {
        (void)snprintf(model, sizeof model, "sha256:%s", r->model_sha256);
        (void)snprintf(detector, sizeof detector, "sha256:%s", d != NULL ? rwda_detector_sha256(d) : "");
        print_json(r, json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:s?, s:o, s:o*, s:s?, s:s, s:s, s:{s:f, s:f, s:f}}",
                                "schema", "rwda.score/1", "path", json_text(path), "width", picture->image->width, "height",
                                picture->image->height, "score", number(score->score), "score_fnn", number(score->score_fnn),
                                "score_clip", number(score->score_clip), "label", label, "threshold", number(r->threshold),
                                "map", map, "detector", d != NULL ? detector : NULL, "model", model, "precision",
                                r->precision, "ms", "decode", picture->decode_ms, "encode", encode_ms, "total",
                                picture->decode_ms + encode_ms));
        map = NULL;
    } else if (r->format == CSV) {
        cli_csv_text(r->out.stream, path);
        fprintf(r->out.stream, ",%.9g,%s,\n", (double)score->score, label != NULL ? label : "");
    } else {
        fprintf(r->out.stream, "%8.4f  %s%s%s\n", (double)score->score, path, label != NULL ? "  " : "",
                label != NULL ? label : "");
    }
    if (r->overview != NULL)
        overview_add(r->overview, picture->image, path, score->score);
    json_decref(map);
}

static int read_options(rwda_scorer_options *o, run *r)
{
    static const char *const formats[] = { "jsonl", "csv", "table" };

    if (!cli_choice(&r->format, "format", format_name, formats, 3) || !cli_float(&r->threshold, "threshold", threshold_text))
        return EXIT_USAGE;
    if (fail_on_anomaly && threshold_text == NULL) {
        cli_error("--fail-on-anomaly needs --threshold: 0.5 is no threshold");
        return EXIT_USAGE;
    }
    if (map_folder == NULL && map_options_given(&map_texts)) {
        cli_error("options of maps need --map DIR");
        return EXIT_USAGE;
    }
    return scoring_read(o, &how);
}

int verb_score(int argc, char **argv)
{
    rwda_scorer_options scorer = RWDA_SCORER_OPTIONS_INIT;
    cli_inputs          inputs = { NULL, 0, 0, 0 };
    run                 r      = { .threshold = NAN };
    scoring_sink        sink   = { print_score, print_failure, &r };
    int                 first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    code = read_options(&scorer, &r);
    if (code == 0)
        code = cli_inputs_read(&inputs, argv + first, argc - first, nul);
    if (code == 0 && map_folder != NULL)
        code = map_files_new(&r.maps, &map_texts, "map-", map_folder, force, &inputs);
    if (code == 0)
        code = scoring_open(&r.engine, &scorer, how.detector, &engine);
    if (code == 0 && overview_path != NULL)
        r.overview = overview_new(240);
    if (code == 0)
        code = cli_output_open(&r.out, out_path, force);
    if (code == 0) {
        double start = pipeline_now_ms();

        signal(SIGINT, on_signal);
        signal(SIGTERM, on_signal);
        r.model_sha256 = rwda_model_get_info(r.engine.model)->sha256;
        r.precision    = rwda_model_get_info(r.engine.model)->precision;
        if (r.format == CSV)
            fprintf(r.out.stream, "path,score,label,error\n");
        code = scoring_run(&r.engine, &inputs, &sink, &stopped);
        if (r.code != 0)
            code = r.code;
        if (ferror(r.out.stream) && r.out.path == NULL)
            code = EXIT_OUTPUT;
        if (cli_output_close(&r.out, !stopped) != 0)
            code = EXIT_OUTPUT;
        if (code == 0 && r.overview != NULL && !stopped)
            code = overview_write(r.overview, overview_path, force);
        cli_note("%zu scored, %zu failed, %zu other files skipped, %.1f pictures/s", r.scored, r.failed, inputs.skipped,
                 1e3 * (double)r.scored / (pipeline_now_ms() - start));
        if (code == 0)
            code = stopped                              ? 128 + stopped
                   : fail_on_anomaly && r.anomalous > 0 ? EXIT_ANOMALY
                   : r.failed > 0                       ? EXIT_SOME_FAILED
                                                        : EXIT_DONE;
    }
    overview_free(r.overview);
    map_files_free(r.maps);
    scoring_close(&r.engine);
    cli_inputs_free(&inputs);
    return code;
}
