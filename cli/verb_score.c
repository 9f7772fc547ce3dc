/* verb_score.c - how anomalous are these pictures? */
#include "cli/cli.h"

#include "common/decision.h"
#include "common/json_text.h"
#include "report/map_files.h"
#include "report/contact_sheet.h"
#include "cli/scoring.h"

#include <math.h>
#include <string.h>

static cli_engine      engine;
static scoring_options how;
static map_options     map_texts;
static const char     *out_path, *format_name, *threshold_text, *review_text, *overview_path, *map_folder;
static bool            force, fail_on_anomaly, nul, json;

static const cli_option options[] = {
    SCORING_OPTIONS(how),
    { "threshold", "X|CARD", "label scores >= X anomalous, or as a card of 'rwda calibrate' says; without it label is null",
      &threshold_text, NULL, 0 },
    { "review", "X", "label scores >= X and below the threshold review", &review_text, NULL, 0 },
    { "fail-on-anomaly", NULL, "exit with 3 when a score reached the threshold", NULL, &fail_on_anomaly, 0 },
    { "format", "F", "jsonl, csv or table (jsonl)", &format_name, NULL, 0 },
    { "json", NULL, "the same as --format jsonl", NULL, &json, 0 },
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
    "  rwda score -d detector.safetensors --threshold card.json pictures/    (card: see 'rwda calibrate --help')\n"
    "  find . -name '*.png' | rwda score -d detector.safetensors --crops 2x2 --format csv -o scores.csv -\n",
    options,
    sizeof options / sizeof options[0],
};

enum { JSONL, CSV, TABLE };

/* One run's settings and counts. */
typedef struct {
    scoring     engine;
    decision    decision;
    json_t     *described; /* what every record says about how it was scored */
    const char *model_sha256;
    int         format;
    cli_output  out;
    overview   *overview;
    map_files  *maps; /* NULL: none are wanted */
    size_t      scored, failed, anomalous;
} run;

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
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
        fputs(",\n", r->out.stream);
    } else {
        fprintf(r->out.stream, "%8s  %s\n", "failed", path);
    }
}

static int print_score(void *user, const char *path, const decoded *picture, const rwda_score *score, double encode_ms)
{
    run                 *r     = user;
    double               value = (double)score->score, p = decision_p_value(&r->decision, value);
    const char          *label = decision_label(&r->decision, value);
    const rwda_detector *d     = r->engine.detector;
    json_t              *map   = NULL;
    char                 model[80], detector[80];

    if (r->maps != NULL) {
        rwda_error err;
        int        code = map_files_add(r->maps, &map, &r->engine, picture->image, path, &err);

        if (code == EXIT_SOME_FAILED)
            print_failure(r, path, &err);
        if (code != 0)
            return code == EXIT_SOME_FAILED ? 0 : code;
    }
    r->scored++;
    r->anomalous += label != NULL && strcmp(label, "anomalous") == 0;
    if (r->format == JSONL) {
        (void)snprintf(model, sizeof model, "sha256:%s", r->model_sha256);
        (void)snprintf(detector, sizeof detector, "sha256:%s", d != NULL ? rwda_detector_sha256(d) : "");
        print_json(
            r, json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:s?, s:o, s:o, s:o*, s:s?, s:s, s:O, s:{s:f, s:f, s:f}}",
                         "schema", "rwda.score/1", "path", json_text(path), "width", picture->image->width, "height",
                         picture->image->height, "score", number(value), "logit", number((double)score->logit), "score_fnn",
                         number((double)score->score_fnn), "score_clip", number((double)score->score_clip), "label", label,
                         "threshold", number(r->decision.threshold), "p_value", number(p), "map", map, "detector",
                         d != NULL ? detector : NULL, "model", model, "scoring", r->described, "ms", "decode",
                         picture->decode_ms, "encode", encode_ms, "total", picture->decode_ms + encode_ms));
        map = NULL;
    } else if (r->format == CSV) {
        cli_csv_text(r->out.stream, path);
        fprintf(r->out.stream, ",%.9g,%s,,", value, label != NULL ? label : "");
        if (!isnan(p))
            fprintf(r->out.stream, "%.9g", p);
        fputc('\n', r->out.stream);
    } else {
        fprintf(r->out.stream, "%8.4f  %s%s%s\n", value, path, label != NULL ? "  " : "", label != NULL ? label : "");
    }
    if (r->overview != NULL)
        overview_add(r->overview, picture->image, path, score->score);
    json_decref(map);
    return 0;
}

static int read_options(rwda_scorer_options *o, run *r)
{
    static const char *const formats[] = { "jsonl", "csv", "table" };

    if (!cli_choice(&r->format, "format", format_name, formats, 3))
        return EXIT_USAGE;
    if (json && r->format != JSONL) {
        cli_error("--json and --format %s exclude each other", format_name);
        return EXIT_USAGE;
    }
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
    rwda_scorer_options options_read = RWDA_SCORER_OPTIONS_INIT;
    cli_inputs          inputs       = { NULL, 0, 0, 0 };
    run                 r            = { .decision = { .threshold = NAN, .review = NAN } };
    scoring_sink        sink         = { print_score, print_failure, &r };
    int                 first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    code = read_options(&options_read, &r);
    if (code == 0)
        code = decision_read(&r.decision, threshold_text, review_text);
    if (code == 0)
        code = cli_inputs_read(&inputs, argv + first, argc - first, nul);
    if (code == 0 && map_folder != NULL)
        code = map_files_new(&r.maps, &map_texts, "map-", map_folder, force, &inputs);
    if (code == 0)
        code = scoring_open(&r.engine, &options_read, how.detector, &engine);
    if (code == 0)
        code = decision_check(&r.decision, r.engine.scorer);
    if (code == 0 && overview_path != NULL)
        r.overview = overview_new(240);
    if (code == 0)
        code = cli_output_open(&r.out, out_path, force);
    if (code == 0) {
        double start = pipeline_now_ms();

        r.described    = scoring_describe(r.engine.scorer);
        r.model_sha256 = rwda_model_get_info(r.engine.model)->sha256;
        if (r.format == CSV)
            fprintf(r.out.stream, "path,score,label,error,p_value\n");
        code = scoring_run(&r.engine, &inputs, &sink);
        if (ferror(r.out.stream) && r.out.path == NULL)
            code = EXIT_OUTPUT;
        if (cli_output_close(&r.out, true) != 0)
            code = EXIT_OUTPUT;
        if (code == 0 && r.overview != NULL)
            code = overview_write(r.overview, overview_path, force);
        cli_note("%zu scored, %zu failed, %zu other files skipped, %.1f pictures/s", r.scored, r.failed, inputs.skipped,
                 1e3 * (double)r.scored / (pipeline_now_ms() - start));
        if (code == 0)
            code = fail_on_anomaly && r.anomalous > 0 ? EXIT_ANOMALY : r.failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    }
    overview_free(r.overview);
    map_files_free(r.maps);
    json_decref(r.described);
    decision_free(&r.decision);
    scoring_close(&r.engine);
    cli_inputs_free(&inputs);
    return code;
}
