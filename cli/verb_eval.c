/* verb_eval.c - rwda eval: the methods on a labelled data set. */
#include "cli/layout_option.h"
#include "cli/shard_options.h"

#include "common/clock.h"
#include "common/model_needs.h"
#include "common/paths.h"
#include "report/eval_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static cli_engine  engine;
static const char *data_path, *layout = "auto", *method_names = "fnn,both,clip-ac,clip,winclip,lda,paired",
                              *object = "unknown";
static const char *plan_names = "one", *preset = "paper", *seeds_text, *resize_name, *pool_name, *name_form, *format_name,
                  *out_dir, *detector_path;
static const char       *pairs_text, *limit_text, *map_names, *shots_text, *draws_text, *fuse_text;
static cli_image_options seen;
static shard_options     share;
static bool              json, force, pixel;

static const cli_option options[] = {
    { "data", "DIR", "the data set (required)", &data_path, NULL, 0 },
    LAYOUT_OPTION(layout),
    { "method", "LIST",
      "fnn, both, clip-ac, clip, winclip, lda, paired (these), random; memory, mutual, memory+words, mutual+words, "
      "winclip+, "
      "class-nn; may be given again",
      &method_names, NULL, 0, ',',
      .words = "fnn both clip-ac clip lda paired winclip random memory memory+words mutual mutual+words winclip+ class-nn" },
    { "shots", "LIST", "normal images that memory, winclip+ and class-nn take: 1,4,16; may be given again", &shots_text,
      NULL, 0, ',' },
    { "draws", "N", "of normal images, from train/good where there is one, else from the test, 1..64 (5)", &draws_text, NULL,
      0 },
    { "fuse", "W", "weight of the words in memory+words and mutual+words, 0..1 (0.15)", &fuse_text, NULL, 0 },
    { "crops", "LIST", "one, 5, 2x2 or 3x3 (one); may be given again", &plan_names, NULL, 0, ',', .words = CLI_CROPS_WORDS },
    { "pool", "HOW", "mean or max of the crops' scores, or logit: the score of their mean logit (mean)", &pool_name, NULL, 0,
      .words = "mean max logit" },
    { "pixel", NULL,
      "also pixel metrics of maps, for data with masks: the same as --map windows,patches,patches-fnn,crops-fnn", NULL,
      &pixel, 0 },
    { "map", "LIST",
      "pixel metrics of these maps: windows, patches, patches-fnn, crops, crops-fnn, memory, mutual, winclip+; may be given "
      "again",
      &map_names, NULL, 0, ',', .words = "windows patches patches-fnn crops crops-fnn memory mutual winclip+" },
    { "object", "KNOWN", "unknown, or known: the category's name stands in CLIP's prompts (unknown)", &object, NULL, 0,
      .words = "unknown known" },
    { "names", "HOW", "of known objects: clean (metal_nut: metal nut, pcb1: pcb), spaces, or raw (clean)", &name_form, NULL,
      0, .words = "spaces raw clean" },
    { "preset", "NAME", "paper or best: the detectors' recipe (paper)", &preset, NULL, 0, .words = "paper best" },
    { "pairs", "N", "prompt pairs instead of the preset's", &pairs_text, NULL, 0 },
    { "seeds", "N", "detectors from seeds 1..N, 1..64 (5)", &seeds_text, NULL, 0 },
    { "limit", "N", "at most N normal and N anomalous images of a category, evenly spaced (all)", &limit_text, NULL, 0 },
    { "detector", "FILE", "this detector instead of training", &detector_path, NULL, 'd' },
    { "resize", "MODE", "config, shortest, squash or tiles (config)", &resize_name, NULL, 0, .words = CLI_RESIZE_WORDS },
    { "format", "F", "table, markdown, csv or json: what stands on standard output (table)", &format_name, NULL, 0,
      .words = "table markdown csv json" },
    { "json", NULL, "the same as --format json", NULL, &json, 0 },
    { "output", "DIR", "also results.{json,csv,md}, scores.csv, curves and report.html; an interrupted run goes on there",
      &out_dir, NULL, 'o' },
    { "force", NULL, "overwrite the results in DIR", NULL, &force, 'f' },
    SHARD_OPTIONS(share, "of eval: the categories that do, encoded into -o DIR for a last call without shards"),
    CLI_IMAGE_OPTIONS(seen),
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "eval",
    "Trains detectors, scores every test image of a labelled data set with every method, and prints AUROC per category.\n"
    "Images are encoded once (for winclip once more, squashed); no training image is used, but by methods that take shots.\n"
    "With --pixel maps of the images are compared with their masks, pixel by pixel.",
    "--data DIR [OPTIONS]",
    "  rwda eval --data mvtec_anomaly_detection/ --model ViT-B-16-plus-240/ -o results/\n"
    "  rwda eval --data mvtec_anomaly_detection/ --method winclip --pixel --object known -o results/\n"
    "  rwda eval --data VisA/ --method fnn,clip --crops one,2x2 --seeds 5 --format markdown\n"
    "  rwda eval --data mvtec_anomaly_detection/ --method memory,mutual,winclip+ --shots 1,4,16 --draws 5 -o results/\n"
    "  srun -n 4 rwda eval --data VisA/ -o visa/ && rwda eval --data VisA/ -o visa/\n",
    options,
    sizeof options / sizeof options[0],
};

/* ---- What to run --------------------------------------------------------------------------------------------------------- */

#define CHOICES_MAX 16 /* of each option */

typedef void (*print_fn)(FILE *out, const rwda_evaluation *e);

typedef struct {
    rwda_eval_options       options;
    rwda_train_options      train;
    rwda_memory_options     memory;
    rwda_image_options      images;
    const rwda_eval_method *methods[CHOICES_MAX];
    const rwda_eval_map    *maps[CHOICES_MAX];
    rwda_crops              plans[CHOICES_MAX];
    int                     shots[RWDA_EVAL_SHOTS_MAX];
    print_fn                print;
    int                     limit; /* 0: none */
} settings;

static int take_method(void *context, const char *word)
{
    settings               *s                      = context;
    const char             *names[CHOICES_MAX + 1] = { NULL };
    const rwda_eval_method *method                 = rwda_eval_method_named(word);

    for (size_t i = 0; i < CHOICES_MAX && rwda_eval_method_at(i) != NULL; i++)
        names[i] = rwda_eval_method_at(i)->name;
    if (!cli_is_one_of("method", word, names))
        return EXIT_USAGE;
    for (size_t i = 0; i < s->options.n_methods; i++)
        if (s->methods[i] == method)
            return 0;
    s->methods[s->options.n_methods++] = method;
    return 0;
}

static int take_map(void *context, const char *word)
{
    settings            *s                      = context;
    const char          *names[CHOICES_MAX + 1] = { NULL };
    const rwda_eval_map *map                    = rwda_eval_map_named(word);

    for (size_t i = 0; i < CHOICES_MAX && rwda_eval_map_at(i) != NULL; i++)
        names[i] = rwda_eval_map_at(i)->name;
    if (!cli_is_one_of("map", word, names))
        return EXIT_USAGE;
    for (size_t i = 0; i < s->options.n_maps; i++)
        if (s->maps[i] == map)
            return 0;
    s->maps[s->options.n_maps++] = map;
    return 0;
}

static int take_plan(void *context, const char *word)
{
    settings *s    = context;
    int       plan = 0;

    if (!cli_enum(&plan, "crops", word, RWDA_ENUM_CROPS))
        return EXIT_USAGE;
    for (size_t i = 0; i < s->options.n_plans; i++)
        if (s->plans[i] == (rwda_crops)plan)
            return 0;
    s->plans[s->options.n_plans++] = (rwda_crops)plan;
    return 0;
}

static int take_shots(void *context, const char *word)
{
    settings *s     = context;
    int       shots = 0;

    if (!cli_int(&shots, "shots", word, 1, 1000))
        return EXIT_USAGE;
    for (size_t i = 0; i < s->options.n_shots; i++)
        if (s->shots[i] == shots)
            return 0;
    if (s->options.n_shots == RWDA_EVAL_SHOTS_MAX) {
        cli_error("--shots: more than %d different numbers", RWDA_EVAL_SHOTS_MAX);
        return EXIT_USAGE;
    }
    s->shots[s->options.n_shots++] = shots;
    return 0;
}

static int read_fuse(double *fuse)
{
    float weight = 0.0f;

    if (!cli_float(&weight, "fuse", fuse_text))
        return EXIT_USAGE;
    if (fuse_text != NULL)
        *fuse = strtod(fuse_text, NULL);
    if (*fuse >= 0.0 && *fuse <= 1.0)
        return 0;
    cli_error("--fuse: %s is not in 0..1", fuse_text);
    return EXIT_USAGE;
}

/* Options into settings; 0, or an exit code after a message. */
static int read_settings(settings *s)
{
    static const char *const formats[]  = { "table", "markdown", "csv", "json" };
    static const char *const objects[]  = { "unknown", "known" };
    static const print_fn    printers[] = { eval_print_table, eval_print_markdown, eval_print_csv, eval_print_json };
    rwda_eval_options       *o          = &s->options;
    rwda_error               err;
    int                      format = 0, known = 0, resize, pool, names;

    rwda_eval_options_default(o, sizeof *o);
    resize = o->resize;
    pool   = o->pool;
    names  = o->names;
    if (rwda_train_options_preset(&s->train, preset, &err) != RWDA_OK) {
        cli_error("--preset: %s", err.message);
        return EXIT_USAGE;
    }
    if (!cli_int(&o->seeds, "seeds", seeds_text, 1, RWDA_EVAL_SEEDS_MAX) ||
        !cli_int(&o->draws, "draws", draws_text, 1, RWDA_EVAL_SEEDS_MAX) || read_fuse(&o->fuse) != 0 ||
        !cli_int(&s->train.pairs, "pairs", pairs_text, 1, 1000000) || !cli_int(&s->limit, "limit", limit_text, 1, 1000000) ||
        !cli_choice(&format, "format", json ? "json" : format_name, formats, RW_COUNTOF(formats)) ||
        !cli_enum(&resize, "resize", resize_name, RWDA_ENUM_RESIZE) || !cli_enum(&pool, "pool", pool_name, RWDA_ENUM_POOL) ||
        !cli_enum(&names, "names", name_form, RWDA_ENUM_NAMES) ||
        !cli_choice(&known, "object", object, objects, RW_COUNTOF(objects)) || !layout_option_check(layout) ||
        cli_image_options_read(&s->images, &seen) != 0)
        return EXIT_USAGE;
    if (map_names == NULL && pixel)
        map_names = "windows,patches,patches-fnn,crops-fnn";
    if (cli_each_word(method_names, take_method, s) != 0 || cli_each_word(plan_names, take_plan, s) != 0 ||
        (map_names != NULL && cli_each_word(map_names, take_map, s) != 0) ||
        (shots_text != NULL && cli_each_word(shots_text, take_shots, s) != 0))
        return EXIT_USAGE;
    if (o->n_methods == 0 || o->n_plans == 0) {
        cli_error("--method and --crops: at least one of each");
        return EXIT_USAGE;
    }
    if (shots_text != NULL && o->n_shots == 0) {
        cli_error("--shots: at least one number");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < o->n_methods; i++)
        if (s->methods[i]->fused && resize == RWDA_RESIZE_TILES) {
            cli_error("--method %s: --resize tiles gives every image another number of crops", s->methods[i]->name);
            return EXIT_USAGE;
        }
    if (!cli_int(&s->memory.image_size, "image-size", engine.image_size, 1, 4096))
        return EXIT_USAGE;
    if (engine.image_size != NULL)
        o->memory = &s->memory; /* the side that was asked for, the model's own included */
    s->print           = printers[format];
    s->train.cache_dir = cli_cache_folder(&engine);
    o->images          = &s->images;
    o->methods         = s->methods;
    o->plans           = s->plans;
    o->maps            = s->maps;
    o->shots           = shots_text != NULL ? s->shots : NULL;
    o->train           = &s->train;
    o->object          = known ? RWDA_EVAL_OBJECT_KNOWN : RWDA_EVAL_OBJECT_UNKNOWN;
    o->resize          = (rwda_resize)resize;
    o->pool            = (rwda_pool)pool;
    o->names           = (rwda_names)names;
    o->detectors       = detector_path != NULL ? detector_path : preset;
    return 0;
}

/* ---- Results ------------------------------------------------------------------------------------------------------------- */

/* 0, or an exit code after a message. */
static int write_file(const char *name, print_fn print, const rwda_evaluation *e)
{
    char      path[RW_PATH_MAX];
    rw_stream out;
    int       code;

    if (!rw_path_format(path, "%s/%s", out_dir, name))
        return EXIT_OUTPUT;
    code = cli_output_open(&out, path, true);
    if (code != 0)
        return code;
    print(out.file, e);
    return cli_output_close(&out, true);
}

static int write_curves(const rwda_evaluation *e, const rwda_eval_run *run)
{
    char      path[RW_PATH_MAX], key[64];
    rw_stream out;
    int       code;

    if (!rw_path_format(path, "%s/curves-%s.svg", out_dir, eval_run_key(key, run, '-')))
        return EXIT_OUTPUT;
    code = cli_output_open(&out, path, true);
    if (code != 0)
        return code;
    eval_print_curves(out.file, e, run);
    return cli_output_close(&out, true);
}

/* results.json comes last: where it is, everything is. */
static int write_results(const rwda_evaluation *e)
{
    static const struct {
        const char *name;
        print_fn    print;
    } files[] = { { "results.csv", eval_print_csv },
                  { "results.md", eval_print_markdown },
                  { "scores.csv", eval_print_scores },
                  { "report.html", eval_print_page },
                  { "results.json", eval_print_json } };
    int code  = 0;

    for (size_t r = 0; r < e->n_runs && code == 0; r++)
        if (e->runs[r].shots == 0 || e->runs[r].mean.missing == NULL) /* too few normal images have no curve */
            code = write_curves(e, &e->runs[r]);
    for (size_t i = 0; i < RW_COUNTOF(files) && code == 0; i++)
        code = write_file(files[i].name, files[i].print, e);
    if (code == 0)
        cli_note("%s/report.html and beside it: results, scores, curves", out_dir);
    return code;
}

/* Folder for results; one that holds results is left as it is unless --force.  0, or an exit code. */
static int make_folder(char embeddings[RW_PATH_MAX])
{
    char path[RW_PATH_MAX];

    if (mkdir(out_dir, 0777) != 0 && errno != EEXIST) {
        cli_error("%s: cannot be made: %s", out_dir, strerror(errno));
        return EXIT_OUTPUT;
    }
    if (!force && rw_path_format(path, "%s/results.json", out_dir) && access(path, F_OK) == 0) {
        cli_error("%s: exists already; --force overwrites it", path);
        return EXIT_OUTPUT;
    }
    if (!rw_path_format(embeddings, "%s/embeddings", out_dir) || (mkdir(embeddings, 0777) != 0 && errno != EEXIST)) {
        cli_error("%s/embeddings: cannot be made: %s", out_dir, strerror(errno));
        return EXIT_OUTPUT;
    }
    return 0;
}

/* ---- The verb ------------------------------------------------------------------------------------------------------------ */

/* 0, or an exit code after a message. */
static int evaluate(rwda_evaluation **out, settings *s, const rwda_dataset *data, const rwda_model *model,
                    rwda_session *session)
{
    rwda_detector *detector = NULL;
    rwda_error     err;
    rwda_status    status = RWDA_OK;

    if (detector_path != NULL)
        status = rwda_detector_load(&detector, detector_path, &err);
    s->options.detector = detector;
    if (status == RWDA_OK)
        status = rwda_evaluation_run(out, data, model, session, &s->options, cli_events(), &err);
    rwda_detector_free(detector);
    return status == RWDA_OK ? 0 : cli_fail(&err, status == RWDA_ENOMEM ? EXIT_SOME_FAILED : EXIT_MODEL);
}

static int show(const rwda_evaluation *e, print_fn print)
{
    int code;

    print(stdout, e);
    code = fflush(stdout) != 0 ? EXIT_OUTPUT : out_dir != NULL ? write_results(e) : 0;
    return code == 0 && (e->data->n_problems > 0 || e->failed > 0) ? EXIT_SOME_FAILED : code;
}

static int is_in_shard(void *shard, const char *category)
{
    return rw_shard_takes(shard, category);
}

/* Leaves the categories of the shard.  0, or an exit code after a message. */
static int take_share(rw_shard *shard, rwda_dataset *data)
{
    int code = shard_options_read(shard, &share);

    if (code != 0 || shard->count == 1)
        return code;
    if (out_dir == NULL) {
        cli_error("--shard: -o DIR, the same of all shards, takes what they encode (--shard 0/1: no shards)");
        return EXIT_USAGE;
    }
    rwda_dataset_keep(data, is_in_shard, shard);
    return 0;
}

/* The last call, which has all categories, finds what this one did. */
static int show_share(const rwda_evaluation *e)
{
    cli_note("%zu categories are done; when all shards are, the same command without --shard prints and writes the results",
             e != NULL ? e->n_categories : 0);
    return e != NULL && e->failed > 0 ? EXIT_SOME_FAILED : 0;
}

int verb_eval(int argc, char **argv)
{
    settings         s                       = { .memory = RWDA_MEMORY_OPTIONS_INIT, .images = RWDA_IMAGE_OPTIONS_INIT };
    rwda_dataset    *data                    = NULL;
    rwda_model      *model                   = NULL;
    rwda_session    *session                 = NULL;
    rwda_evaluation *e                       = NULL;
    rw_shard         shard                   = { 0, 1, "" };
    char             embeddings[RW_PATH_MAX] = "";
    double           start                   = rw_now_ms();
    rwda_error       err;
    int              first, code;

    layout_option_prepare();
    code = cli_parse(&verb, argc, argv, &first);
    if (code >= 0)
        return code;
    if (data_path == NULL || first != argc) {
        cli_error(data_path == NULL ? "eval needs --data DIR" : "eval takes no arguments beside its options");
        return EXIT_USAGE;
    }
    code = read_settings(&s);
    if (code == 0)
        code = layout_option_open(&data, data_path, layout);
    if (code == 0) {
        if (s.limit > 0)
            rwda_dataset_limit(data, (size_t)s.limit);
        rwda_dataset_describe(data, cli_events());
        code = take_share(&shard, data);
    }
    if (code == 0 && out_dir != NULL) {
        code                = make_folder(embeddings);
        s.options.cache_dir = embeddings;
    }
    if (code == 0 && data->count > 0) { /* a shard may have no category */
        code = cli_engine_open(&model, &session, &engine);
        if (code == 0 && rw_model_needs_images(model, session, &err) != RWDA_OK)
            code = cli_fail(&err, EXIT_MODEL);
        if (code == 0)
            code = evaluate(&e, &s, data, model, session);
    }
    if (code == 0) {
        code = shard.count > 1 ? show_share(e) : show(e, s.print);
        cli_note("%.1f s", 1e-3 * (rw_now_ms() - start));
    }
    rwda_evaluation_free(e);
    rwda_dataset_free(data);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
