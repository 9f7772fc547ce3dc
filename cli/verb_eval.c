/* verb_eval.c - how good are the methods on a labelled data set? */
#include "cli.h"

#include "eval/eval.h"
#include "scoring.h"
#include "pipeline.h"

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
static const char *pairs_text, *limit_text, *map_names;
static bool        json, force, pixel;

static const cli_option options[] = {
    { "data", "DIR", "the data set (required)", &data_path, NULL, 0 },
    { "layout", "NAME", "auto, mvtec, btad, visa, sewerml, realiad, tiles, folder or list (auto)", &layout, NULL, 0 },
    { "method", "LIST", "fnn, both, clip-ac, clip, winclip, lda, paired, random (all but random); may be given again",
      &method_names, NULL, 0, true },
    { "crops", "LIST", "one, 5, 2x2 or 3x3 (one); may be given again", &plan_names, NULL, 0, true },
    { "pool", "HOW", "mean or max of the crops' scores, or logit: the score of their mean logit (mean)", &pool_name, NULL,
      0 },
    { "pixel", NULL,
      "also pixel figures of maps, for data with masks: the same as --map windows,patches,patches-fnn,crops-fnn", NULL,
      &pixel, 0 },
    { "map", "LIST", "pixel figures of these maps: windows, patches, patches-fnn, crops, crops-fnn; may be given again",
      &map_names, NULL, 0, true },
    { "object", "KNOWN", "unknown, or known: the category's name stands in CLIP's prompts (unknown)", &object, NULL, 0 },
    { "names", "HOW", "of known objects: clean (metal_nut: metal nut, pcb1: pcb), spaces, or raw (clean)", &name_form, NULL,
      0 },
    { "preset", "NAME", "paper or best: the detectors' recipe (paper)", &preset, NULL, 0 },
    { "pairs", "N", "prompt pairs instead of the preset's", &pairs_text, NULL, 0 },
    { "seeds", "N", "detectors from seeds 1..N, 1..64 (5)", &seeds_text, NULL, 0 },
    { "limit", "N", "at most N normal and N anomalous pictures of a category, evenly spaced (all)", &limit_text, NULL, 0 },
    { "detector", "FILE", "this detector instead of training", &detector_path, NULL, 'd' },
    { "resize", "MODE", "config, shortest, squash or tiles (config)", &resize_name, NULL, 0 },
    { "format", "F", "table, markdown, csv or json: what stands on standard output (table)", &format_name, NULL, 0 },
    { "json", NULL, "the same as --format json", NULL, &json, 0 },
    { "output", "DIR", "also results.{json,csv,md}, scores.csv, curves and report.html; an interrupted run goes on there",
      &out_dir, NULL, 'o' },
    { "force", NULL, "overwrite the results in DIR", NULL, &force, 'f' },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "eval",
    "Trains detectors, scores every test picture of a labelled data set with every method, and prints AUROC per category.\n"
    "Pictures are encoded once (for winclip once more, squashed); no training picture is used.\n"
    "With --pixel maps of the pictures are compared with their masks, pixel by pixel.",
    "--data DIR [OPTIONS]",
    "  rwda eval --data mvtec_anomaly_detection/ --model ViT-B-16-plus-240/ -o results/\n"
    "  rwda eval --data mvtec_anomaly_detection/ --method winclip --pixel --object known -o results/\n"
    "  rwda eval --data VisA/ --method fnn,clip --crops one,2x2 --seeds 5 --format markdown\n",
    options,
    sizeof options / sizeof options[0],
};

/* ---- What to run --------------------------------------------------------------------------------------------------------- */

#define METHODS_MAX 16

typedef struct {
    const eval_method *methods[METHODS_MAX];
    int                plans[4];
    size_t             n_methods, n_plans;
} menu;

static int take_method(void *context, const char *word)
{
    menu              *m      = context;
    const eval_method *method = eval_method_named(word);

    if (method == NULL)
        return EXIT_USAGE;
    for (size_t j = 0; j < m->n_methods; j++)
        if (m->methods[j] == method)
            return 0;
    if (m->n_methods < METHODS_MAX)
        m->methods[m->n_methods++] = method;
    return 0;
}

static int take_plan(void *context, const char *word)
{
    menu *m    = context;
    int   plan = 0;

    if (!cli_choice(&plan, "crops", word, names_crops, 4))
        return EXIT_USAGE;
    for (size_t j = 0; j < m->n_plans; j++)
        if (m->plans[j] == plan)
            return 0;
    m->plans[m->n_plans++] = plan;
    return 0;
}

/* ---- Steps --------------------------------------------------------------------------------------------------------------- */

/* Detectors for all seeds, or the one that was given. */
static int get_detectors(rwda_detector **detectors, evaluation *e, rwda_session *session, rwda_train_options *train)
{
    rwda_error err;

    if (detector_path != NULL && rwda_detector_load(&detectors[0], detector_path, &err) != RWDA_OK) {
        cli_error("%s", err.message);
        return EXIT_MODEL;
    }
    train->cache_dir = cli_cache_folder(&engine);
    for (int seed = 0; detector_path == NULL && seed < e->seeds; seed++) {
        train->seed = (uint64_t)seed + 1;
        if (rwda_detector_train(&detectors[seed], session, train, cli_progress, NULL, &err) != RWDA_OK) {
            cli_error("%s", err.message);
            return EXIT_MODEL;
        }
    }
    e->recipe = strdup(rwda_detector_recipe(detectors[0]));
    return e->recipe != NULL ? 0 : EXIT_SOME_FAILED;
}

static int run_all(evaluation *e, const menu *m, rwda_session *session, rwda_resize resize, rwda_pool pool,
                   rwda_detector *const *detectors, const char *folder)
{
    int code = 0;

    e->runs = calloc(m->n_plans * m->n_methods, sizeof *e->runs);
    if (e->runs == NULL)
        return EXIT_SOME_FAILED;
    for (size_t p = 0; p < m->n_plans && code == 0; p++) {
        eval_embeddings common = { 0 }, squashed = { 0 };

        for (size_t i = 0; i < m->n_methods && code == 0; i++) {
            bool own = resize == RWDA_RESIZE_CONFIG && m->methods[i]->resize != RWDA_RESIZE_CONFIG &&
                       m->methods[i]->resize != e->model->resize;
            rwda_resize      view = own ? m->methods[i]->resize : resize;
            eval_embeddings *x    = own ? &squashed : &common;
            eval_run        *run  = &e->runs[e->n_runs++];

            *run = (eval_run){ .method = m->methods[i],
                               .plan   = (rwda_crops)m->plans[p],
                               .pool   = pool,
                               .seeds  = m->methods[i]->seeded ? e->seeds : 1 };
            if (x->first == NULL)
                code = eval_embed(x, e, session, view, run->plan, NULL, folder);
            if (code == 0)
                code = eval_score(run, e, session, view, x, detectors, false);
            if (code == 0)
                code = eval_figures(run, e);
        }
        eval_free_embeddings(&common);
        eval_free_embeddings(&squashed);
    }
    return code;
}

typedef void (*print_fn)(FILE *out, const evaluation *e);

static int write_file(const char *name, print_fn print, const evaluation *e)
{
    char       path[CLI_PATH_MAX];
    cli_output out;
    int        code;

    if (!cli_path(path, "%s/%s", out_dir, name))
        return EXIT_OUTPUT;
    code = cli_output_open(&out, path, true);
    if (code != 0)
        return code;
    print(out.stream, e);
    return cli_output_close(&out, true);
}

/* results.json comes last: where it is, everything is. */
static int write_results(const evaluation *e)
{
    static const struct {
        const char *name;
        print_fn    print;
    } files[] = { { "results.csv", eval_print_csv },
                  { "results.md", eval_print_markdown },
                  { "scores.csv", eval_print_scores },
                  { "report.html", eval_print_report },
                  { "results.json", eval_print_json } };
    int code  = 0;

    for (size_t r = 0; r < e->n_runs && code == 0; r++) {
        char       path[CLI_PATH_MAX];
        cli_output out;

        if (!cli_path(path, "%s/curves-%s-%s.svg", out_dir, e->runs[r].method->name, eval_plan_name(e->runs[r].plan)))
            return EXIT_OUTPUT;
        code = cli_output_open(&out, path, true);
        if (code == 0) {
            eval_print_curves(out.stream, e, &e->runs[r]);
            code = cli_output_close(&out, true);
        }
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0] && code == 0; i++)
        code = write_file(files[i].name, files[i].print, e);
    if (code == 0)
        cli_note("%s/report.html and beside it: results, scores, curves", out_dir);
    return code;
}

/* Folder for results; one that holds results is kept unless --force.  0, or an exit code. */
static int make_folder(char embeddings[CLI_PATH_MAX])
{
    char path[CLI_PATH_MAX];

    if (mkdir(out_dir, 0777) != 0 && errno != EEXIST) {
        cli_error("%s: cannot be made: %s", out_dir, strerror(errno));
        return EXIT_OUTPUT;
    }
    if (!force && cli_path(path, "%s/results.json", out_dir) && access(path, F_OK) == 0) {
        cli_error("%s: exists already; --force overwrites it", path);
        return EXIT_OUTPUT;
    }
    if (!cli_path(embeddings, "%s/embeddings", out_dir) || (mkdir(embeddings, 0777) != 0 && errno != EEXIST)) {
        cli_error("%s/embeddings: cannot be made: %s", out_dir, strerror(errno));
        return EXIT_OUTPUT;
    }
    return 0;
}

int verb_eval(int argc, char **argv)
{
    static const char *const formats[]  = { "table", "markdown", "csv", "json" };
    static const char *const objects[]  = { "unknown", "known", NULL };
    static const print_fn    printers[] = { eval_print_table, eval_print_markdown, eval_print_csv, eval_print_json };
    rwda_detector           *detectors[EVAL_SEEDS_MAX] = { NULL };
    rwda_train_options       train;
    rwda_model              *model                    = NULL;
    rwda_session            *session                  = NULL;
    evaluation               e                        = { .seeds = 5 };
    menu                     m                        = { .n_methods = 0 };
    char                     embeddings[CLI_PATH_MAX] = "";
    double                   start                    = pipeline_now_ms();
    bool                     with_detectors           = false;
    rwda_error               err;
    int                      first, resize = 0, pool = 0, names = RWDA_NAMES_CLEAN, format = 0, limit = 0,
               code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (data_path == NULL || first != argc) {
        cli_error(data_path == NULL ? "eval needs --data DIR" : "eval takes no arguments beside its options");
        return EXIT_USAGE;
    }
    if (rwda_train_options_preset(&train, preset, &err) != RWDA_OK) {
        cli_error("--preset: %s", err.message);
        return EXIT_USAGE;
    }
    if (!cli_int(&e.seeds, "seeds", seeds_text, 1, EVAL_SEEDS_MAX) ||
        !cli_int(&train.pairs, "pairs", pairs_text, 1, 1000000) || !cli_int(&limit, "limit", limit_text, 1, 1000000) ||
        !cli_choice(&format, "format", json ? "json" : format_name, formats, 4) ||
        !cli_choice(&resize, "resize", resize_name, names_resize, 4) ||
        !cli_choice(&pool, "pool", pool_name, names_pool, 3) || !cli_choice(&names, "names", name_form, names_names, 3) ||
        !cli_is_one_of("object", object, objects) || !cli_is_one_of("layout", layout, dataset_layouts) ||
        cli_each_word(method_names, take_method, &m) != 0 || cli_each_word(plan_names, take_plan, &m) != 0)
        return EXIT_USAGE;
    if (map_names == NULL && pixel)
        map_names = "windows,patches,patches-fnn,crops-fnn";
    if (map_names != NULL && (code = eval_choose_maps(&e, map_names)) != 0) {
        eval_free(&e);
        return code;
    }
    if (m.n_methods == 0 || m.n_plans == 0) {
        cli_error("--method and --crops: at least one of each");
        return EXIT_USAGE;
    }
    if (detector_path != NULL)
        e.seeds = 1;
    code = eval_open_data(&e, data_path, layout, limit);
    if (code == 0 && out_dir != NULL)
        code = make_folder(embeddings);
    if (code == 0)
        code = cli_engine_open(&model, &session, &engine);
    if (code == 0) {
        e.model     = rwda_model_get_info(model);
        e.object    = object;
        e.names     = (rwda_names)names;
        e.detectors = detector_path != NULL ? detector_path : preset;
        e.pool      = names_pool[pool];
        e.resize    = names_resize[resize != RWDA_RESIZE_CONFIG ? resize : (int)e.model->resize];
        for (size_t i = 0; i < m.n_methods; i++)
            with_detectors |= m.methods[i]->detector;
        for (size_t i = 0; i < e.n_maps; i++)
            with_detectors |= e.maps[i].map->detector;
        if (with_detectors)
            code = get_detectors(detectors, &e, session, &train);
        if (code == 0)
            code = run_all(&e, &m, session, (rwda_resize)resize, (rwda_pool)pool, detectors,
                           out_dir != NULL ? embeddings : NULL);
        if (code == 0 && e.n_maps > 0)
            code = eval_pixels(&e, session, detectors[0], out_dir != NULL ? embeddings : NULL);
    }
    if (code == 0) {
        printers[format](stdout, &e);
        code = fflush(stdout) != 0 ? EXIT_OUTPUT : out_dir != NULL ? write_results(&e) : 0;
        if (code == 0 && (e.data.n_problems > 0 || e.failed > 0))
            code = EXIT_SOME_FAILED;
        cli_note("%.1f s", 1e-3 * (pipeline_now_ms() - start));
    }
    for (int seed = 0; seed < EVAL_SEEDS_MAX; seed++)
        rwda_detector_free(detectors[seed]);
    eval_free(&e);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
