/* verb_experiment.c - rwda experiment: the studies. */
#include "cli/layout_option.h"
#include "common/clock.h"
#include "common/paths.h"
#include "studies/study_list.h"
#include "studies/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODELS_MAX 64

static cli_engine  engine;
static const char *data_path, *out_dir, *layout = "auto", *object = "unknown", *preset = "paper", *seeds_text, *pairs_text,
                                        *limit_text, *resize_name, *model_names;
static cli_image_options seen;
static bool              force;

/* Studies that detectors and prompts play a part in: the others compare images with images. */
#define OF_WORDS                                                                                                            \
    "all pairs states words-count words-length words-kind words-position crops fusion models robustness kinds cost shots"

static const cli_option options[] = {
    { "data", "DIR", "the data set (required)", &data_path, NULL, 0 },
    { "output", "DIR", "tables, plots, summaries and the report (required); an interrupted study goes on there", &out_dir,
      NULL, 'o' },
    { "force", NULL, "overwrite a report in DIR", NULL, &force, 'f' },
    LAYOUT_OPTION(layout),
    { "model", "DIR|NAME", "as for eval; may be given again for models, and for all, whose other studies take the first",
      &model_names, NULL, 'm', ',' },
    { "seeds", "N", "detectors from seeds 1..N, and as many draws of normal images and batches, 1..64 (5)", &seeds_text,
      NULL, 0 },
    { "pairs", "N", "prompt pairs of the recipe; the study of pairs goes from N / 100 to 5 N (the preset's)", &pairs_text,
      NULL, 0, .of = OF_WORDS },
    { "limit", "N", "at most N normal and N anomalous images of a category, evenly spaced (all)", &limit_text, NULL, 0 },
    { "preset", "NAME", "paper or best: the recipe that is varied (paper)", &preset, NULL, 0, .words = "paper best",
      .of = OF_WORDS },
    { "object", "KNOWN", "unknown, or known: the category's name stands in CLIP's prompts (unknown)", &object, NULL, 0,
      .words = "unknown known", .of = OF_WORDS },
    { "resize", "MODE", "config, shortest, squash or tiles (config)", &resize_name, NULL, 0, .words = CLI_RESIZE_WORDS },
    CLI_IMAGE_OPTIONS(seen),
    CLI_MACHINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "experiment",
    "Runs a study on a labelled data set, or all of them: pairs, states, words-count, words-length, words-kind, "
    "words-position, crops,\n"
    "fusion, models, robustness, kinds, cost; of normal images and batches: shots, contaminated, batch, memory-view.  Each "
    "gets a table\n"
    "(Markdown, CSV), tables by category and by defect type, a plot (SVG) and a summary made from its numbers; NAME.html "
    "(all.html)\n"
    "shows everything.  Images are encoded once and shared.",
    "NAME|all --data DIR -o DIR [OPTIONS]",
    "  rwda experiment all --data mvtec_anomaly_detection/ --model ViT-B-16-plus-240/ -o studies/\n"
    "  rwda experiment models --data VisA/ -m ViT-B-16.laion2b,PE-Core-B-16,ViT-B-16-SigLIP2-256 -o studies/ --seeds 3\n"
    "  rwda experiment robustness --data VisA/ -o studies/ --limit 20\n",
    options,
    sizeof options / sizeof options[0],
    OF_WORDS " contaminated batch memory-view",
};

/* The studies that `name` means, as a mask; 0: none, after a message. */
static unsigned find_studies(const char *name)
{
    unsigned found      = strcmp(name, "all") == 0 ? (1u << studies_count) - 1 : 0;
    char     names[512] = "";

    for (size_t i = 0; i < studies_count; i++) {
        size_t len = strlen(names);

        (void)snprintf(names + len, sizeof names - len, " %s", studies_list[i].name);
        if (strcmp(studies_list[i].name, name) == 0)
            found = 1u << i;
    }
    if (found == 0)
        cli_error("no study \"%s\"; there are all%s", name, names);
    return found;
}

/* Folder for results and for what is cached; a report that is there is kept unless --force.  0, or an exit code. */
static int make_folders(char cache_dir[RW_PATH_MAX], char report[RW_PATH_MAX], const char *name)
{
    if (!rw_path_format(cache_dir, "%s/kept", out_dir) || !rw_path_format(report, "%s/%s.html", out_dir, name) ||
        (mkdir(out_dir, 0777) != 0 && errno != EEXIST) || (mkdir(cache_dir, 0777) != 0 && errno != EEXIST)) {
        cli_error("%s: cannot be made: %s", out_dir, strerror(errno));
        return EXIT_OUTPUT;
    }
    if (!force && access(report, F_OK) == 0) {
        cli_error("%s: exists already; --force overwrites it", report);
        return EXIT_OUTPUT;
    }
    return 0;
}

/* Texts of the options into *out; 0, or an exit code after a message. */
static int read_options(study_options *out, int *limit)
{
    static const char *const objects[] = { "unknown", "known" };
    int                      known = 0, resize = 0;
    rwda_error               err;

    if (rwda_train_options_preset(&out->recipe, preset, &err) != RWDA_OK) {
        cli_error("--preset: %s", err.message);
        return EXIT_USAGE;
    }
    out->seeds = 5;
    if (!cli_int(&out->seeds, "seeds", seeds_text, 1, RWDA_EVAL_SEEDS_MAX) ||
        !cli_int(&out->recipe.pairs, "pairs", pairs_text, 10, 200000) || !cli_int(limit, "limit", limit_text, 1, 1000000) ||
        !cli_enum(&resize, "resize", resize_name, RWDA_ENUM_RESIZE) || !cli_choice(&known, "object", object, objects, 2) ||
        !layout_option_check(layout) || cli_image_options_read(&out->images, &seen) != 0)
        return EXIT_USAGE;
    out->object           = known ? RWDA_EVAL_OBJECT_KNOWN : RWDA_EVAL_OBJECT_UNKNOWN;
    out->resize           = (rwda_resize)resize;
    out->recipe.cache_dir = cli_cache_folder(&engine);
    out->events           = cli_events();
    return 0;
}

/* Names of a comma-separated list, which is cut at its commas; NULL: the default model alone.  0: too many, after a message. */
static size_t split_models(const char *names[MODELS_MAX], char *list)
{
    char  *save = NULL;
    size_t n    = 0;

    names[0] = NULL;
    if (list == NULL)
        return 1;
    for (char *name = strtok_r(list, ",", &save); name != NULL; name = strtok_r(NULL, ",", &save)) {
        if (n == MODELS_MAX) {
            cli_error("--model: more than %d models", MODELS_MAX);
            return 0;
        }
        name += strspn(name, " ");
        while (strlen(name) > 0 && name[strlen(name) - 1] == ' ')
            name[strlen(name) - 1] = '\0';
        if (name[0] != '\0')
            names[n++] = name;
    }
    return n > 0 ? n : 1;
}

/* The engine's options again, for a process of this program. */
static void repeat_options(const char *out[STUDY_PROGRAM_OPTIONS_MAX + 1])
{
    const char *const given[][2] = {
        { "--threads", engine.threads },     { "--batch", engine.batch },           { "--cpu", engine.cpu },
        { "--precision", engine.precision }, { "--image-size", engine.image_size }, { "--orientation", seen.orientation },
        { "--depth", seen.depth },           { "--max-pixels", seen.max_pixels }
    };
    size_t n = 0;

    for (size_t i = 0; i < RW_COUNTOF(given); i++)
        if (given[i][1] != NULL) {
            out[n++] = given[i][0];
            out[n++] = given[i][1];
        }
    out[n] = NULL;
}

static rwda_status open_model(rwda_model **model, rwda_session **session, const char *name, void *user, rwda_error *err)
{
    const cli_machine *machine = user;

    return cli_machine_open(model, session, name, machine, err);
}

static int exit_of(rwda_status status)
{
    return status == RWDA_ENOMEM || status == RWDA_EIO ? EXIT_SOME_FAILED : EXIT_MODEL;
}

/* Runs and writes one study; 0, or an exit code after a message. */
static int run_study(study *s, const study_entry *entry, study_context *c, const study_basis *basis)
{
    double     start = rw_now_ms();
    rwda_error err;

    s->name = entry->name;
    cli_note("study %s", s->name);
    if (entry->run(c, s, &err) != RWDA_OK)
        return cli_fail(&err, exit_of(err.code));
    if (study_write(s, basis, out_dir, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_OUTPUT);
    printf("%s: %s\n", s->title, s->summary != NULL ? s->summary : "");
    fflush(stdout);
    cli_note("study %s took %.1f s", s->name, 1e-3 * (rw_now_ms() - start));
    return 0;
}

static int run_studies(study_context *c, unsigned which, const char *report)
{
    study       studies[32] = { { 0 } };
    study_basis basis       = { c->e, &c->options.recipe };
    size_t      n           = 0;
    int         code        = 0;
    rwda_error  err;

    for (size_t i = 0; i < studies_count && code == 0; i++)
        if ((which >> i & 1) != 0)
            code = run_study(&studies[n++], &studies_list[i], c, &basis);
    if (code == 0 && study_write_report(studies, n, &basis, report, &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_OUTPUT);
    if (code == 0)
        cli_note("%s and beside it: tables and plots", report);
    for (size_t i = 0; i < n; i++)
        study_free(&studies[i]);
    return code;
}

/* Everything that needs the data set: folders, model, studies. */
static int run_on_data(study_options *setup, const rwda_dataset *data, const char *name, unsigned which)
{
    char           cache_dir[RW_PATH_MAX], report[RW_PATH_MAX];
    const char    *repeated[STUDY_PROGRAM_OPTIONS_MAX + 1];
    study_context *context = NULL;
    cli_machine    machine;
    rwda_error     err;
    int            code = make_folders(cache_dir, report, name);

    if (code == 0)
        code = cli_machine_read(&machine, &engine);
    if (code != 0)
        return code;
    repeat_options(repeated);
    setup->data            = data;
    setup->cache_dir       = cache_dir;
    setup->open_model      = open_model;
    setup->user            = &machine;
    setup->program         = "/proc/self/exe";
    setup->program_options = repeated;
    setup->any_model       = strcmp(name, "models") == 0; /* a line of its table */
    if (study_context_new(&context, setup, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_MODEL);
    code = run_studies(context, which, report);
    if (code == 0 && (data->n_problems > 0 || context->failed > 0 || context->failed_models > 0))
        code = EXIT_SOME_FAILED;
    study_context_free(context);
    return code;
}

int verb_experiment(int argc, char **argv)
{
    const char   *models[MODELS_MAX];
    char         *list  = NULL;
    study_options setup = { .images = RWDA_IMAGE_OPTIONS_INIT };
    rwda_dataset *data  = NULL;
    unsigned      which;
    int           first, limit = 0, code;

    layout_option_prepare();
    code = cli_parse(&verb, argc, argv, &first);
    if (code >= 0)
        return code;
    if (first + 1 != argc || data_path == NULL || out_dir == NULL) {
        cli_error("experiment needs one study (or all), --data DIR and -o DIR; 'rwda experiment --help' lists the studies");
        return EXIT_USAGE;
    }
    which = find_studies(argv[first]);
    if (which == 0)
        return EXIT_USAGE;
    code = read_options(&setup, &limit);
    if (code != 0)
        return code;
    code = layout_option_open(&data, data_path, layout);
    if (code != 0)
        return code;
    if (limit > 0)
        rwda_dataset_limit(data, (size_t)limit);
    rwda_dataset_describe(data, cli_events());
    list           = model_names != NULL ? cli_copy(model_names) : NULL;
    setup.models   = models;
    setup.n_models = split_models(models, list);
    code           = setup.n_models > 0 ? EXIT_DONE : EXIT_USAGE;
    if (setup.n_models > 1 && strcmp(argv[first], "models") != 0 && strcmp(argv[first], "all") != 0) {
        cli_error("--model: the study %s takes one model; models and all take several", argv[first]);
        code = EXIT_USAGE;
    }
    if (code == 0)
        code = run_on_data(&setup, data, argv[first], which);
    rwda_dataset_free(data);
    free(list);
    return code;
}
