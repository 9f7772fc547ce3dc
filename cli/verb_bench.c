/* verb_bench.c - rwda bench: how long each stage takes here. */
#include "cli/cli.h"
#include "common/clock.h"
#include "diagnostics/agreement.h"
#include "diagnostics/scratch_folder.h"
#include "diagnostics/timing.h"

#include <stdlib.h>
#include <string.h>

#define CASES_MAX   64
#define BATCHES_MAX 16
#define STAGES_MAX  8

static cli_engine  engine;
static const char *stages, *batches_text, *runs_text, *seconds_text, *texts_file, *n_texts_text, *pairs, *hidden, *dropout,
    *batch_pairs, *epochs;
static bool json, step, agreement;

static const cli_option options[] = {
    { "stages", "LIST", "decode, resize, front (both), vision, text, train, start, comma-separated (all)", &stages, NULL, 0,
      .words = "decode resize front vision text train start" },
    { "batches", "LIST", "images a vision pass (1,8,16)", &batches_text, NULL, 0 },
    { "runs", "N", "runs of each stage at least (5)", &runs_text, NULL, 0 },
    { "seconds", "S", "and for so long at least (1)", &seconds_text, NULL, 0 },
    { "texts", "FILE", "prompts, a line each (256 of random words)", &texts_file, NULL, 0 },
    { "n-texts", "N", "only the first N", &n_texts_text, NULL, 0 },
    { "pairs", "N", "train: pairs (1000)", &pairs, NULL, 0 },
    { "hidden", "N", "train: hidden units (640)", &hidden, NULL, 0 },
    { "dropout", "P", "train: on the hidden layer (0.1)", &dropout, NULL, 0 },
    { "batch-pairs", "N", "train: pairs a step (256)", &batch_pairs, NULL, 0 },
    { "epochs", "N", "train: passes (10)", &epochs, NULL, 0 },
    { "step", NULL,
      "one stage, one run for each line on standard input, a JSON line for each: to take turns with another program", NULL,
      &step, 0 },
    { "agreement", NULL,
      "instead of times: cosine of each precision's embeddings to those of f32 (AUROC: 'rwda eval --precision')", NULL,
      &agreement, 0 },
    { "json", NULL, "as one JSON object", NULL, &json, 0 },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "bench",
    "Times the stages from encoded images and words to embeddings and a trained network.  A stage is run once to warm up; "
    "p50\n"
    "and p99 are over the runs that follow.  IMAGES replace the two that are drawn for the purpose.",
    "[OPTIONS] [IMAGES]",
    "  rwda bench\n"
    "  rwda bench --stages vision,text --threads 1 --precision int8 --model ViT-B-16-plus-240/ --json\n"
    "  rwda bench --agreement images/*.png\n",
    options,
    sizeof options / sizeof options[0],
};

/* {"ready":...} once warm, then a run for each line that comes. */
static int take_turns(const stage_case *c)
{
    char        line[256];
    double      one;
    rwda_error  err;
    rwda_status status = c->run(&one, c, &err);

    if (status == RWDA_OK)
        printf("{\"ready\":true,\"stage\":\"%s\",\"items\":%zu}\n", c->stage, c->items);
    while (status == RWDA_OK && fflush(stdout) == 0 && fgets(line, sizeof line, stdin) != NULL) {
        status = c->run(&one, c, &err);
        if (status == RWDA_OK)
            printf("{\"seconds\":%.9f,\"items\":%zu,\"peak_mb\":%ld}\n", one, c->items, timing_peak_mb());
    }
    return status == RWDA_OK ? EXIT_DONE : cli_fail(&err, EXIT_MODEL);
}

static void print_row(const stage_case *c, const stage_timing *t)
{
    double middle = timing_quantile(t, 50);

    printf("%-7s %-24s %5zu runs  p50 %10.3f ms  p99 %10.3f ms  %10.2f/s  peak %ld MB\n", c->stage, c->name, t->n,
           1e3 * middle, 1e3 * timing_quantile(t, 99), (double)c->items / middle, t->peak_mb);
    (void)fflush(stdout);
}

static json_t *row_json(const stage_case *c, const stage_timing *t)
{
    double middle = timing_quantile(t, 50);

    return json_pack("{s:s, s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:I}", "stage", c->stage, "case", c->name, "runs",
                     (json_int_t)t->n, "items", (json_int_t)c->items, "p50_ms", 1e3 * middle, "p99_ms",
                     1e3 * timing_quantile(t, 99), "min_ms", 1e3 * t->seconds[0], "max_ms", 1e3 * t->seconds[t->n - 1],
                     "per_s", (double)c->items / middle, "peak_mb", (json_int_t)t->peak_mb);
}

typedef struct {
    int    batches[BATCHES_MAX];
    size_t n_batches;
    bool   chosen[STAGES_MAX]; /* of stage_names */
} menu;

static int take_batch(void *context, const char *word)
{
    menu *m = context;

    if (m->n_batches == BATCHES_MAX) {
        cli_error("--batches: more than %d", BATCHES_MAX);
        return EXIT_USAGE;
    }
    return cli_int(&m->batches[m->n_batches++], "batches", word, 1, 256) ? 0 : EXIT_USAGE;
}

static int take_stage(void *context, const char *word)
{
    menu *m = context;

    if (!cli_is_one_of("stages", word, stage_names))
        return EXIT_USAGE;
    for (size_t i = 0; stage_names[i] != NULL; i++)
        m->chosen[i] |= strcmp(stage_names[i], word) == 0;
    return 0;
}

static bool chosen(const menu *m, const char *stage)
{
    size_t i = 0;

    while (strcmp(stage_names[i], stage) != 0)
        i++;
    return m->chosen[i];
}

static int run_all(const stage_case *cases, size_t n, int runs, double seconds, const rwda_model_info *info, int threads)
{
    json_t     *list  = json_array(), *root;
    double      start = rw_now_ms(), lost = timing_stolen();
    rwda_error  err;
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < n && status == RWDA_OK; i++) {
        stage_timing t;

        status = timing_measure(&t, &cases[i], (size_t)runs, seconds, &err);
        if (status == RWDA_OK && json)
            json_array_append_new(list, row_json(&cases[i], &t));
        else if (status == RWDA_OK)
            print_row(&cases[i], &t);
        free(t.seconds);
    }
    lost = (timing_stolen() - lost) / (1e-3 * (rw_now_ms() - start));
    root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:f, s:o}", "schema", "rwda.bench/1", "version", rwda_version(),
                     "model", info->sha256, "cpu", info->cpu, "precision", info->precision, "threads", threads,
                     "stolen_cpus", lost, "rows", list);
    if (status == RWDA_OK && json) {
        (void)cli_put_json(json_incref(root), JSON_COMPACT);
    } else if (status == RWDA_OK) {
        printf("%s kernels, %s, %d threads; time stolen from this machine: %.3f CPUs\n", info->cpu, info->precision, threads,
               lost);
    }
    json_decref(root);
    return status == RWDA_OK ? EXIT_DONE : cli_fail(&err, EXIT_MODEL);
}

/* ---- Agreement ----------------------------------------------------------------------------------------------------------- */

static json_t *cosines_json(size_t n, double mean, double least)
{
    return json_pack("{s:I, s:f, s:f}", "n", (json_int_t)n, "mean", mean, "least", least);
}

/* One precision beside f32; a line of its own, or into list. */
static rwda_status compare(json_t *list, const char *name, rwda_precision precision, const embedded *reference,
                           const samples *s, const model_opener *opener, rwda_error *err)
{
    embedded    e;
    rwda_status status = embedded_new(&e, s, opener, precision, err);

    if (status == RWDA_OK) {
        precision_agreement a = agreement_of(&e, reference, s);

        if (!json)
            printf("%-5s cosine to f32: images mean %.7f, least %.7f (%zu); texts mean %.7f, least %.7f (%zu); weights "
                   "%.1f MB\n",
                   name, a.image_mean, a.image_least, s->n_images, a.text_mean, a.text_least, s->n_texts,
                   1e-6 * (double)e.memory);
        (void)fflush(stdout);
        json_array_append_new(list, json_pack("{s:s, s:I, s:o, s:o}", "precision", name, "memory", (json_int_t)e.memory,
                                              "pictures", cosines_json(s->n_images, a.image_mean, a.image_least), "texts",
                                              cosines_json(s->n_texts, a.text_mean, a.text_least)));
    }
    embedded_free(&e);
    return status;
}

static int agree(const samples *s, const model_opener *opener)
{
    embedded    reference;
    json_t     *list = json_array(), *root;
    rwda_error  err;
    rwda_status status = embedded_new(&reference, s, opener, RWDA_PRECISION_F32, &err);

    for (int p = RWDA_PRECISION_F32; p <= RWDA_PRECISION_INT8 && status == RWDA_OK; p++) {
        const char *name = rwda_enum_name(RWDA_ENUM_PRECISION, p);

        if (engine.precision == NULL || strcmp(engine.precision, name) == 0)
            status = compare(list, name, (rwda_precision)p, &reference, s, opener, &err);
    }
    embedded_free(&reference);
    root = json_pack("{s:s, s:s, s:o}", "schema", "rwda.bench/1", "version", rwda_version(), "agreement", list);
    if (status == RWDA_OK && json)
        (void)cli_put_json(json_incref(root), JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(root);
    return status == RWDA_OK ? 0 : cli_fail(&err, EXIT_MODEL);
}

/* ---- The verb ------------------------------------------------------------------------------------------------------------ */

static rwda_status open_anew(rwda_model **model, rwda_session **session, rwda_precision precision, void *user,
                             rwda_error *err)
{
    cli_machine machine = *(const cli_machine *)user;

    machine.model.precision = precision;
    return cli_machine_open(model, session, engine.model, &machine, err);
}

/* The model is opened several times, and its name said once. */
static int begin_agreement(const samples *s)
{
    const char        *origin, *path = cli_model_path(engine.model, &origin);
    cli_engine         any = engine;
    cli_machine        machine;
    const model_opener opener = { open_anew, &machine };
    int                code;

    if (engine.model == NULL)
        cli_note("model %s (%s)", path, origin);
    engine.model  = path;
    any.precision = NULL;
    any.no_cache |= engine.cache == NULL; /* weights of four precisions are no use to anybody afterwards */
    code = cli_machine_read(&machine, &any);
    return code == 0 ? agree(s, &opener) : code;
}

int verb_bench(int argc, char **argv)
{
    int                runs = 5, most = 0, first, largest = 1, code = cli_parse(&verb, argc, argv, &first);
    float              seconds = 1.0f;
    size_t             n_cases = 0;
    menu               m       = { .n_batches = 0 };
    rwda_train_options train;
    rwda_model        *model   = NULL;
    rwda_session      *session = NULL;
    samples            s       = { 0 };
    stage_case         cases[CASES_MAX], proto;
    cli_machine        machine;
    model_opener       opener = { open_anew, &machine };
    char               batch[16], scratch[RW_PATH_MAX] = "";
    const char        *origin;
    rwda_error         err;

    if (code >= 0)
        return code;
    (void)rwda_train_options_preset(&train, "paper", NULL);
    train.pairs = 1000;
    if (cli_each_word(stages != NULL ? stages : "decode,resize,front,vision,text,train,start", take_stage, &m) != 0 ||
        cli_each_word(batches_text != NULL ? batches_text : "1,8,16", take_batch, &m) != 0 ||
        !cli_int(&runs, "runs", runs_text, 1, TIMING_RUNS_MAX) || !cli_float(&seconds, "seconds", seconds_text) ||
        !cli_int(&most, "n-texts", n_texts_text, 1, 1000000) || !cli_int(&train.pairs, "pairs", pairs, 1, 1000000) ||
        !cli_int(&train.hidden, "hidden", hidden, 0, 65536) || !cli_float(&train.dropout, "dropout", dropout) ||
        !cli_int(&train.batch_pairs, "batch-pairs", batch_pairs, 1, 65536) ||
        !cli_int(&train.epochs, "epochs", epochs, 1, 10000))
        return EXIT_USAGE;
    for (size_t i = 0; i < m.n_batches; i++)
        largest = m.batches[i] > largest ? m.batches[i] : largest;
    if (engine.batch == NULL && largest > 16) {
        (void)snprintf(batch, sizeof batch, "%d", largest);
        engine.batch = batch;
    }
    if (agreement && (step || stages != NULL)) {
        cli_error("--agreement times nothing: it goes without --stages and --step");
        return EXIT_USAGE;
    }
    if (samples_new(&s, argv + first, (size_t)(argc - first), texts_file, (size_t)most, &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_SOME_FAILED);
    else if (agreement)
        code = begin_agreement(&s);
    else
        code = cli_machine_read(&machine, &engine);
    if (code != 0 || agreement) {
        samples_free(&s);
        return code;
    }
    if (cli_machine_open(&model, &session, engine.model, &machine, &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_MODEL);
    engine.model = cli_model_path(engine.model, &origin); /* for `start`, without its name being said again */
    if (code == 0 && chosen(&m, "train")) {
        if (scratch_folder_make(scratch))
            train.cache_dir = scratch;
        else
            cli_note("no folder for text embeddings: they are made anew for each run of training");
    }
    if (code == 0) {
        const rwda_model_info *info = rwda_model_get_info(model);

        proto = (stage_case){ .samples   = &s,
                              .model     = model,
                              .session   = session,
                              .opener    = &opener,
                              .precision = machine.model.precision,
                              .train     = &train,
                              .out       = stage_results_new(info, &s, m.batches, m.n_batches) };
        for (size_t i = 0; stage_names[i] != NULL; i++)
            if (m.chosen[i])
                n_cases += stage_cases(cases + n_cases, CASES_MAX - n_cases, stage_names[i], &proto, m.batches, m.n_batches);
        if (proto.out == NULL) {
            cli_error("no memory for results");
            code = EXIT_MODEL;
        } else if (step && n_cases != 1) {
            cli_error("--step takes turns with one case, not with %zu: name one stage, one batch, one image", n_cases);
            code = EXIT_USAGE;
        } else {
            code = step ? take_turns(cases)
                        : run_all(cases, n_cases, runs, (double)seconds, info, rwda_session_threads(session));
        }
        free(proto.out);
    }
    scratch_folder_remove(scratch);
    samples_free(&s);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
