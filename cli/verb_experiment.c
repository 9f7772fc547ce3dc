/* verb_experiment.c - which study was asked for, on which data? */
#include "cli/cli.h"

#include "studies/studies.h"
#include "common/names.h"
#include "common/image_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    int (*run)(lab *l, study *s);
} all_studies[] = {
    { "pairs", study_pairs },
    { "states", study_states },
    { "words-count", study_words_count },
    { "words-length", study_words_length },
    { "words-kind", study_words_kind },
    { "words-position", study_words_position },
    { "crops", study_crops },
    { "fusion", study_fusion },
    { "models", study_models },
    { "robustness", study_robustness },
    { "kinds", study_kinds },
    { "cost", study_cost },
};
#define N_STUDIES  (sizeof all_studies / sizeof all_studies[0])
#define MODELS_MAX 16

static cli_engine  engine;
static const char *data_path, *out_dir, *layout = "auto", *object = "unknown", *preset = "paper", *seeds_text, *pairs_text,
                                        *limit_text, *resize_name, *model_names;
static bool force;

static const cli_option options[] = {
    { "data", "DIR", "the data set (required)", &data_path, NULL, 0 },
    { "output", "DIR", "tables, plots, summaries and the report (required); an interrupted study goes on there", &out_dir,
      NULL, 'o' },
    { "force", NULL, "overwrite a report in DIR", NULL, &force, 'f' },
    { "layout", "NAME", "auto, mvtec, btad, visa, sewerml, realiad, tiles, folder or list (auto)", &layout, NULL, 0 },
    { "model", "DIR|NAME", "as for eval; may be given again for the study of models, the others take the first",
      &model_names, NULL, 'm', true },
    { "seeds", "N", "detectors from seeds 1..N, 1..64 (5)", &seeds_text, NULL, 0 },
    { "pairs", "N", "prompt pairs of the recipe; the study of pairs goes from N / 100 to 5 N (the preset's)", &pairs_text,
      NULL, 0 },
    { "limit", "N", "at most N normal and N anomalous pictures of a category, evenly spaced (all)", &limit_text, NULL, 0 },
    { "preset", "NAME", "paper or best: the recipe that is varied (paper)", &preset, NULL, 0 },
    { "object", "KNOWN", "unknown, or known: the category's name stands in CLIP's prompts (unknown)", &object, NULL, 0 },
    { "resize", "MODE", "config, shortest, squash or tiles (config)", &resize_name, NULL, 0 },
    CLI_MACHINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "experiment",
    "Runs a study on a labelled data set, or all of them: pairs, states, words-count, words-length, words-kind, "
    "words-position, crops,\n"
    "fusion, models, robustness, kinds, cost.  Each gets a table (Markdown, CSV), tables by category and by kind, a plot "
    "(SVG) and a\n"
    "summary made from its numbers; NAME.html (all.html) shows everything.  Pictures are encoded once and shared.",
    "NAME|all --data DIR -o DIR [OPTIONS]",
    "  rwda experiment all --data mvtec_anomaly_detection/ --model ViT-B-16-plus-240/ -o studies/\n"
    "  rwda experiment models --data VisA/ -m ViT-B-16-plus-240/ -m ViT-L-14/ -o studies/ --seeds 3\n"
    "  rwda experiment robustness --data VisA/ -o studies/ --limit 20\n",
    options,
    sizeof options / sizeof options[0],
};

/* The studies that `name` means, as a mask; 0: none, after a message. */
static unsigned find_studies(const char *name)
{
    unsigned found = strcmp(name, "all") == 0 ? (1u << N_STUDIES) - 1 : 0;

    for (size_t i = 0; i < N_STUDIES; i++)
        if (strcmp(all_studies[i].name, name) == 0)
            found = 1u << i;
    if (found == 0) {
        fprintf(stderr, "rwda: no study \"%s\"; there are all", name);
        for (size_t i = 0; i < N_STUDIES; i++)
            fprintf(stderr, " %s", all_studies[i].name);
        fputc('\n', stderr);
    }
    return found;
}

/* Folder for results and what is kept; a report that is there is kept unless --force.  0, or an exit code. */
static int make_folders(char kept[CLI_PATH_MAX], char report[CLI_PATH_MAX], const char *name)
{
    if (!cli_path(kept, "%s/kept", out_dir) || !cli_path(report, "%s/%s.html", out_dir, name) ||
        (mkdir(out_dir, 0777) != 0 && errno != EEXIST) || (mkdir(kept, 0777) != 0 && errno != EEXIST)) {
        cli_error("%s: cannot be made: %s", out_dir, strerror(errno));
        return EXIT_OUTPUT;
    }
    if (!force && access(report, F_OK) == 0) {
        cli_error("%s: exists already; --force overwrites it", report);
        return EXIT_OUTPUT;
    }
    return 0;
}

static int run_studies(lab *l, unsigned which, const char *report)
{
    study  studies[N_STUDIES] = { { 0 } };
    size_t n                  = 0;
    int    code               = 0;

    for (size_t i = 0; i < N_STUDIES && code == 0; i++) {
        double start = pipeline_now_ms();

        if ((which >> i & 1) == 0)
            continue;
        studies[n].name = all_studies[i].name;
        cli_note("study %s", all_studies[i].name);
        code = all_studies[i].run(l, &studies[n]);
        if (code == 0)
            code = study_write(&studies[n], l, out_dir);
        if (code == 0) {
            printf("%s: %s\n", studies[n].title, studies[n].summary != NULL ? studies[n].summary : "");
            fflush(stdout);
            cli_note("study %s took %.1f s", all_studies[i].name, 1e-3 * (pipeline_now_ms() - start));
        }
        n++;
    }
    if (code == 0)
        code = study_write_report(studies, n, l, report);
    if (code == 0)
        cli_note("%s and beside it: tables and plots", report);
    for (size_t i = 0; i < n; i++)
        study_free(&studies[i]);
    return code;
}

int verb_experiment(int argc, char **argv)
{
    static const char *const objects[]          = { "unknown", "known", NULL };
    const char              *models[MODELS_MAX] = { NULL };
    char                    *names = NULL, *save = NULL, kept[CLI_PATH_MAX], report[CLI_PATH_MAX];
    lab                      l = { .e = { .seeds = 5 } };
    rwda_error               err;
    unsigned                 which;
    int                      first, resize = 0, limit = 0, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (first + 1 != argc || data_path == NULL || out_dir == NULL) {
        cli_error("experiment needs one study (or all), --data DIR and -o DIR; 'rwda experiment --help' lists the studies");
        return EXIT_USAGE;
    }
    which = find_studies(argv[first]);
    if (which == 0)
        return EXIT_USAGE;
    if (rwda_train_options_preset(&l.base, preset, &err) != RWDA_OK) {
        cli_error("--preset: %s", err.message);
        return EXIT_USAGE;
    }
    if (!cli_int(&l.e.seeds, "seeds", seeds_text, 1, EVAL_SEEDS_MAX) ||
        !cli_int(&l.base.pairs, "pairs", pairs_text, 10, 200000) || !cli_int(&limit, "limit", limit_text, 1, 1000000) ||
        !cli_choice(&resize, "resize", resize_name, names_resize, 4) || !cli_is_one_of("object", object, objects) ||
        !cli_is_one_of("layout", layout, dataset_layouts))
        return EXIT_USAGE;
    names      = model_names != NULL ? strdup(model_names) : NULL;
    l.n_models = names != NULL ? 0 : 1;
    for (char *name = names != NULL ? strtok_r(names, ",", &save) : NULL; name != NULL && l.n_models < MODELS_MAX;
         name       = strtok_r(NULL, ",", &save))
        models[l.n_models++] = name;
    l.e.object       = object;
    l.e.names        = RWDA_NAMES_CLEAN;
    l.e.detectors    = preset;
    l.resize         = (rwda_resize)resize;
    l.models         = models;
    l.engine         = engine;
    l.folder         = kept;
    l.base.cache_dir = cli_cache_folder(&engine);
    code             = lab_open_data(&l, data_path, layout, limit);
    if (code == 0)
        code = make_folders(kept, report, argv[first]);
    if (code == 0)
        code = lab_open_model(&l, models[0]);
    if (code == 0)
        code = run_studies(&l, which, report);
    if (code == 0 && (l.e.data.n_problems > 0 || l.e.failed > 0))
        code = EXIT_SOME_FAILED;
    lab_free(&l);
    free(names);
    return code;
}
