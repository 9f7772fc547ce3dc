/* verb_bench.c - rwda bench: how long each stage takes here. */
#include "cli/bench/bench.h"
#include "common/paths.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CASES_MAX   64
#define BATCHES_MAX 16
#define STAGES_MAX  8
#define RUNS_MAX    100000

static cli_engine  engine;
static const char *stages, *batches_text, *runs_text, *seconds_text, *texts_file, *n_texts_text, *pairs, *hidden, *dropout,
    *batch_pairs, *epochs;
static bool json, step, agreement;

static const cli_option options[] = {
    { "stages", "LIST", "decode, resize, front (both), vision, text, train, start, comma-separated (all)", &stages, NULL,
      0 },
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

typedef struct {
    const bench_case *c;
    double           *seconds; /* [n], sorted */
    size_t            n;
    long              peak_mb; /* of the process, after this stage */
} bench_row;

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Nearest rank. */
static double quantile(const bench_row *row, size_t percent)
{
    size_t rank = (row->n * percent + 99) / 100;

    return row->seconds[(rank > 0 ? rank : 1) - 1];
}

static long peak_mb(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss / 1024 : 0;
}

/* Time that the hypervisor gave to others, CPU seconds since the machine started; 0 where it is not told. */
static double stolen(void)
{
    FILE         *file  = fopen("/proc/stat", "r");
    unsigned long v     = 0;
    bool          found = file != NULL && fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %lu", &v) == 1;

    if (file != NULL)
        (void)fclose(file);
    return found ? (double)v / (double)sysconf(_SC_CLK_TCK) : 0.0;
}

static bool measure(bench_row *row, const bench_case *c, int runs, double seconds)
{
    size_t room = 0;
    double start;

    *row = (bench_row){ .c = c };
    if (c->run(c) < 0)
        return false;
    start = bench_now();
    while (row->n < (size_t)runs || (bench_now() - start < seconds && row->n < RUNS_MAX)) {
        double one = c->run(c);

        if (one < 0)
            return false;
        if (row->n == room) {
            double *grown = realloc(row->seconds, (room = 2 * room + 16) * sizeof *grown);

            if (grown == NULL)
                return false;
            row->seconds = grown;
        }
        row->seconds[row->n++] = one;
    }
    qsort(row->seconds, row->n, sizeof *row->seconds, ascending);
    row->peak_mb = peak_mb();
    return true;
}

/* {"ready":...} once warm, then a run for each line that comes. */
static int take_turns(const bench_case *c)
{
    char   line[256];
    double one = c->run(c);

    if (one >= 0)
        printf("{\"ready\":true,\"stage\":\"%s\",\"items\":%zu}\n", c->stage, c->items);
    while (one >= 0 && fflush(stdout) == 0 && fgets(line, sizeof line, stdin) != NULL) {
        one = c->run(c);
        if (one >= 0)
            printf("{\"seconds\":%.9f,\"items\":%zu,\"peak_mb\":%ld}\n", one, c->items, peak_mb());
    }
    return one >= 0 ? EXIT_DONE : EXIT_MODEL;
}

static void print_row(const bench_row *r)
{
    double middle = quantile(r, 50);

    printf("%-7s %-24s %5zu runs  p50 %10.3f ms  p99 %10.3f ms  %10.2f/s  peak %ld MB\n", r->c->stage, r->c->name, r->n,
           1e3 * middle, 1e3 * quantile(r, 99), (double)r->c->items / middle, r->peak_mb);
    (void)fflush(stdout);
}

static json_t *row_json(const bench_row *r)
{
    double middle = quantile(r, 50);

    return json_pack("{s:s, s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:I}", "stage", r->c->stage, "case", r->c->name, "runs",
                     (json_int_t)r->n, "items", (json_int_t)r->c->items, "p50_ms", 1e3 * middle, "p99_ms",
                     1e3 * quantile(r, 99), "min_ms", 1e3 * r->seconds[0], "max_ms", 1e3 * r->seconds[r->n - 1], "per_s",
                     (double)r->c->items / middle, "peak_mb", (json_int_t)r->peak_mb);
}

typedef struct {
    int    batches[BATCHES_MAX];
    size_t n_batches;
    bool   chosen[STAGES_MAX]; /* of bench_stages */
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

    if (!cli_is_one_of("stages", word, bench_stages))
        return EXIT_USAGE;
    for (size_t i = 0; bench_stages[i] != NULL; i++)
        m->chosen[i] |= strcmp(bench_stages[i], word) == 0;
    return 0;
}

static bool chosen(const menu *m, const char *stage)
{
    size_t i = 0;

    while (strcmp(bench_stages[i], stage) != 0)
        i++;
    return m->chosen[i];
}

/* Room for what the largest run gives: crops of images, or embeddings. */
static float *room_for(const rwda_model_info *info, const bench_samples *samples, const int *batches, size_t n_batches)
{
    size_t side = (size_t)info->image_size, crop = 3 * side * side, most = 1, dim = (size_t)info->embed_dim;

    for (size_t i = 0; i < n_batches; i++)
        most = (size_t)batches[i] > most ? (size_t)batches[i] : most;
    most = samples->n_texts > most ? samples->n_texts : most;
    return calloc(crop > most * dim ? crop : most * dim, sizeof(float));
}

static int run_all(const bench_case *cases, size_t n, int runs, double seconds, const rwda_model_info *info, int threads)
{
    bench_row rows[CASES_MAX] = { { 0 } };
    json_t   *list            = json_array(), *root;
    double    start = bench_now(), lost = stolen();
    bool      fine = true;

    for (size_t i = 0; i < n && fine; i++) {
        fine = measure(&rows[i], &cases[i], runs, seconds);
        if (fine && json)
            json_array_append_new(list, row_json(&rows[i]));
        else if (fine)
            print_row(&rows[i]);
        free(rows[i].seconds);
    }
    lost = (stolen() - lost) / (bench_now() - start);
    root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:f, s:o}", "schema", "rwda.bench/1", "version", rwda_version(),
                     "model", info->sha256, "cpu", info->cpu, "precision", info->precision, "threads", threads,
                     "stolen_cpus", lost, "rows", list);
    if (fine && json) {
        (void)cli_put_json(json_incref(root), JSON_COMPACT);
    } else if (fine) {
        printf("%s kernels, %s, %d threads; time stolen from this machine: %.3f CPUs\n", info->cpu, info->precision, threads,
               lost);
    }
    json_decref(root);
    return fine ? EXIT_DONE : EXIT_MODEL;
}

static int agree(const bench_samples *samples)
{
    json_t     *list = NULL, *root;
    const char *origin, *path = cli_model_path(engine.model, &origin);
    int         code;

    if (engine.model == NULL)
        cli_note("model %s (%s)", path, origin);
    engine.model = path;
    code         = bench_agreement(json ? &list : NULL, samples, &engine);

    if (code == 0 && json) {
        root = json_pack("{s:s, s:s, s:o}", "schema", "rwda.bench/1", "version", rwda_version(), "agreement", list);
        (void)cli_put_json(root, JSON_COMPACT | JSON_REAL_PRECISION(12));
    }
    return code;
}

/* Where training keeps its embeddings from one run to the next: gone afterwards. */
static bool scratch_folder(char out[RW_PATH_MAX])
{
    const char *base = getenv("TMPDIR");

    return rw_path_format(out, "%s/rwda-bench-XXXXXX", base != NULL && base[0] == '/' ? base : "/tmp") &&
           mkdtemp(out) != NULL;
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
    bench_samples      samples = { 0 };
    bench_case         cases[CASES_MAX], proto;
    char               batch[16], scratch[RW_PATH_MAX] = "";
    const char        *origin;

    if (code >= 0)
        return code;
    (void)rwda_train_options_preset(&train, "paper", NULL);
    train.pairs = 1000;
    if (cli_each_word(stages != NULL ? stages : "decode,resize,front,vision,text,train,start", take_stage, &m) != 0 ||
        cli_each_word(batches_text != NULL ? batches_text : "1,8,16", take_batch, &m) != 0 ||
        !cli_int(&runs, "runs", runs_text, 1, RUNS_MAX) || !cli_float(&seconds, "seconds", seconds_text) ||
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
    code = bench_samples_new(&samples, argv + first, argc - first, texts_file, most);
    if (code == 0 && agreement) {
        code = agree(&samples);
        bench_samples_free(&samples);
        return code;
    }
    if (code == 0)
        code = cli_engine_open(&model, &session, &engine);
    engine.model = cli_model_path(engine.model, &origin); /* by its name once only: opening it anew must not say it again */
    if (code == 0 && chosen(&m, "train")) {
        if (scratch_folder(scratch))
            train.cache_dir = scratch;
        else
            cli_note("no folder for text embeddings: they are made anew for each run of training");
    }
    if (code == 0) {
        const rwda_model_info *info = rwda_model_get_info(model);

        proto = (bench_case){ .samples = &samples,
                              .model   = model,
                              .session = session,
                              .engine  = &engine,
                              .train   = &train,
                              .out     = room_for(info, &samples, m.batches, m.n_batches) };
        for (size_t i = 0; bench_stages[i] != NULL; i++)
            if (m.chosen[i])
                n_cases +=
                    bench_cases(cases + n_cases, CASES_MAX - n_cases, bench_stages[i], &proto, m.batches, m.n_batches);
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
    if (scratch[0] != '\0')
        bench_remove_folder(scratch);
    bench_samples_free(&samples);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
