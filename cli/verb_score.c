/* verb_score.c - how anomalous are these pictures? */
#include "cli.h"

#include "overview.h"
#include "pipeline.h"

#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static cli_engine  engine;
static const char *out_path, *detector_path, *method_name, *object, *prompts_name, *crops_name, *pool_name, *resize_name,
    *temperature, *format_name, *threshold_text, *overview_path;
static bool force, fail_on_anomaly, nul;

static const cli_option options[] = {
    { "detector", "FILE", "made by 'rwda train' (every method but clip needs one)", &detector_path, NULL, 'd' },
    { "method", "NAME", "fnn, clip, both, lda or paired (fnn)", &method_name, NULL, 0 },
    { "object", "NAME", "what the pictures show, for clip's prompts (unknown: the word \"object\")", &object, NULL, 0 },
    { "prompts", "KIND", "single or ensemble, for clip (ensemble)", &prompts_name, NULL, 0 },
    { "crops", "PLAN", "one, 5, 2x2 or 3x3: the whole picture, and windows of it (one)", &crops_name, NULL, 0 },
    { "pool", "HOW", "mean or max of the crops' scores (mean)", &pool_name, NULL, 0 },
    { "resize", "MODE", "config, shortest, squash or tiles (config)", &resize_name, NULL, 0 },
    { "temperature", "T", "of clip's softmax (the model's)", &temperature, NULL, 0 },
    { "threshold", "X", "label scores >= X anomalous; without it label is null", &threshold_text, NULL, 0 },
    { "fail-on-anomaly", NULL, "exit with 3 when a score reached the threshold", NULL, &fail_on_anomaly, 0 },
    { "format", "F", "jsonl, csv or table (jsonl)", &format_name, NULL, 0 },
    { "output", "FILE", "instead of standard output; appears whole", &out_path, NULL, 'o' },
    { "overview", "PNG", "also draw the pictures with their scores (the first 240)", &overview_path, NULL, 0 },
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
    rwda_session        *session;
    const rwda_detector *detector;
    rwda_scorer         *scorer;
    const char          *model_sha256;
    int                  format;
    float                threshold;
    cli_output           out;
    overview            *overview;
    size_t               scored, failed, anomalous, total;
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

/* A path that is no UTF-8 is shown with '?' for its odd bytes: a record must stay JSON. */
static json_t *path_string(const char *path)
{
    json_t *text = json_string(path);

    if (text == NULL) {
        char *copy = strdup(path);

        for (char *c = copy; c != NULL && *c != '\0'; c++)
            if ((unsigned char)*c >= 128)
                *c = '?';
        text = copy != NULL ? json_string(copy) : NULL;
        free(copy);
    }
    return text;
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

static void print_score(run *r, const char *path, const decoded *picture, const rwda_score *score, double encode_ms)
{
    const char *label = label_of(r, score->score);
    char        model[80], detector[80];

    r->scored++;
    r->anomalous += label != NULL && strcmp(label, "anomalous") == 0;
    if (r->format == JSONL) {
        (void)snprintf(model, sizeof model, "sha256:%s", r->model_sha256);
        (void)snprintf(detector, sizeof detector, "sha256:%s", r->detector != NULL ? rwda_detector_sha256(r->detector) : "");
        print_json(r, json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:s?, s:o, s:s?, s:s, s:{s:f, s:f, s:f}}", "schema",
                                "rwda.score/1", "path", path_string(path), "width", picture->image->width, "height",
                                picture->image->height, "score", number(score->score), "score_fnn", number(score->score_fnn),
                                "score_clip", number(score->score_clip), "label", label, "threshold", number(r->threshold),
                                "detector", r->detector != NULL ? detector : NULL, "model", model, "ms", "decode",
                                picture->decode_ms, "encode", encode_ms, "total", picture->decode_ms + encode_ms));
    } else if (r->format == CSV) {
        cli_csv_text(r->out.stream, path);
        fprintf(r->out.stream, ",%.9g,%s,\n", (double)score->score, label != NULL ? label : "");
    } else {
        fprintf(r->out.stream, "%8.4f  %s%s%s\n", (double)score->score, path, label != NULL ? "  " : "",
                label != NULL ? label : "");
    }
    if (r->overview != NULL)
        overview_add(r->overview, picture->image, path, score->score);
}

static void print_failure(run *r, const char *path, const rwda_error *err)
{
    r->failed++;
    cli_error("%s", err->message);
    if (r->format == JSONL)
        print_json(r, json_pack("{s:s, s:o, s:{s:s, s:o}}", "schema", "rwda.score/1", "path", path_string(path), "error",
                                "code", rwda_status_name(err->code), "message", path_string(err->message)));
    else if (r->format == CSV) {
        cli_csv_text(r->out.stream, path);
        fprintf(r->out.stream, ",,,");
        cli_csv_text(r->out.stream, err->message);
        fputc('\n', r->out.stream);
    } else {
        fprintf(r->out.stream, "%8s  %s\n", "failed", path);
    }
}

/* A group of decoded pictures goes through the encoder together; if the group fails, one by one, so that one cannot spoil others. */
static void score_group(run *r, decoded *group, char **paths, size_t n)
{
    const rwda_image *images[64];
    rwda_score        scores[64];
    size_t            where[64], good = 0;
    double            start = pipeline_now_ms(), each;
    rwda_error        err;
    bool              together;

    for (size_t i = 0; i < n; i++)
        if (group[i].image != NULL) {
            where[i]       = good;
            images[good++] = group[i].image;
        }
    together = rwda_score_images(scores, r->session, r->scorer, images, good, &err) == RWDA_OK;
    each     = good > 0 ? (pipeline_now_ms() - start) / (double)good : 0.0;
    for (size_t i = 0; i < n; i++) {
        rwda_status status = group[i].image != NULL ? RWDA_OK : group[i].err.code;

        if (status == RWDA_OK && !together) {
            status = rwda_score_images(&scores[where[i]], r->session, r->scorer, (const rwda_image *const *)&group[i].image,
                                       1, &group[i].err);
        }
        if (status == RWDA_OK)
            print_score(r, paths[i], &group[i], &scores[where[i]], each);
        else
            print_failure(r, paths[i], &group[i].err);
        rwda_image_free(group[i].image);
    }
    (void)cli_progress(NULL, "pictures", r->scored + r->failed, r->total);
}

static int score_all(run *r, const cli_inputs *inputs, size_t batch)
{
    pipeline *p = pipeline_new(inputs, rwda_session_threads(r->session), 2 * batch);
    decoded   group[64];
    size_t    waiting = 0, done = 0;

    if (p == NULL) {
        cli_error("no memory for decoding");
        return EXIT_SOME_FAILED;
    }
    if (r->format == CSV)
        fprintf(r->out.stream, "path,score,label,error\n");
    while (!stopped && pipeline_next(p, &group[waiting])) {
        if (++waiting < batch && done + waiting < inputs->count)
            continue;
        score_group(r, group, inputs->paths + done, waiting);
        done += waiting;
        waiting = 0;
    }
    for (size_t i = 0; i < waiting; i++)
        rwda_image_free(group[i].image);
    pipeline_free(p);
    return 0;
}

static int read_options(rwda_scorer_options *o, run *r)
{
    static const char *const        methods[] = { "fnn", "clip", "both", "lda", "paired" },
                             *const kinds[] = { "single", "ensemble" }, *const plans[] = { "one", "5", "2x2", "3x3" },
                             *const pools[]   = { "mean", "max" },
                             *const resizes[] = { "config", "shortest", "squash", "tiles" },
                             *const formats[] = { "jsonl", "csv", "table" };
    int method = o->method, kind = o->prompts, plan = o->crops, pool = o->pool, resize = o->resize;

    if (method_name != NULL && strcmp(method_name, "winclip") == 0) {
        cli_error("--method winclip is not there yet; clip with --prompts ensemble is its image score without windows");
        return EXIT_USAGE;
    }
    if (!cli_choice(&method, "method", method_name, methods, 5) || !cli_choice(&kind, "prompts", prompts_name, kinds, 2) ||
        !cli_choice(&plan, "crops", crops_name, plans, 4) || !cli_choice(&pool, "pool", pool_name, pools, 2) ||
        !cli_choice(&resize, "resize", resize_name, resizes, 4) ||
        !cli_choice(&r->format, "format", format_name, formats, 3) ||
        !cli_float(&o->temperature, "temperature", temperature) || !cli_float(&r->threshold, "threshold", threshold_text))
        return EXIT_USAGE;
    o->method  = (rwda_method)method;
    o->prompts = (rwda_prompts)kind;
    o->crops   = (rwda_crops)plan;
    o->pool    = (rwda_pool)pool;
    o->resize  = (rwda_resize)resize;
    o->object  = object;
    if (fail_on_anomaly && threshold_text == NULL) {
        cli_error("--fail-on-anomaly needs --threshold: 0.5 is no threshold");
        return EXIT_USAGE;
    }
    if (detector_path == NULL && o->method != RWDA_METHOD_CLIP) {
        cli_error("--method %s needs a detector: 'rwda train -o detector.safetensors', then --detector detector.safetensors",
                  methods[method]);
        return EXIT_USAGE;
    }
    return 0;
}

int verb_score(int argc, char **argv)
{
    rwda_scorer_options scoring  = RWDA_SCORER_OPTIONS_INIT;
    rwda_model         *model    = NULL;
    rwda_detector      *detector = NULL;
    cli_inputs          inputs   = { NULL, 0, 0, 0 };
    run                 r        = { .threshold = NAN };
    rwda_error          err;
    rwda_status         status = RWDA_OK;
    int                 first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    code = read_options(&scoring, &r);
    if (code == 0)
        code = cli_inputs_read(&inputs, argv + first, argc - first, nul);
    if (code == 0)
        code = cli_engine_open(&model, &r.session, &engine);
    if (code == 0) {
        if (detector_path != NULL)
            status = rwda_detector_load(&detector, detector_path, &err);
        if (status == RWDA_OK)
            status = rwda_scorer_new(&r.scorer, r.session, detector, &scoring, &err);
        if (status != RWDA_OK) {
            cli_error("%s", err.message);
            code = cli_status_exit(status, EXIT_MODEL);
        }
    }
    if (code == 0 && overview_path != NULL)
        r.overview = overview_new(240);
    if (code == 0)
        code = cli_output_open(&r.out, out_path, force);
    if (code == 0) {
        double start = pipeline_now_ms();

        signal(SIGINT, on_signal);
        signal(SIGTERM, on_signal);
        r.detector     = detector;
        r.model_sha256 = rwda_model_get_info(model)->sha256;
        r.total        = inputs.count;
        code           = score_all(&r, &inputs, 16);
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
    rwda_scorer_free(r.scorer);
    rwda_detector_free(detector);
    rwda_session_free(r.session);
    rwda_model_free(model);
    cli_inputs_free(&inputs);
    return code;
}
