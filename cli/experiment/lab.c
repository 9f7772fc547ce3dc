/* lab.c - how do studies share pictures, embeddings, detectors and runs? */
#include "experiment/experiment.h"

#include "names.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Data and model ------------------------------------------------------------------------------------------------------ */

/* FNV-1a, 64 bit. */
static uint64_t mixed(uint64_t print, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        print = (print ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
    return print;
}

int lab_open_data(lab *l, const char *path, const char *layout, int limit)
{
    int code = eval_open_data(&l->e, path, layout, limit);

    l->data_print = 0xcbf29ce484222325u;
    for (size_t i = 0; code == 0 && i < l->e.data.count; i++) {
        const dataset_item *item = &l->e.data.items[i];
        struct stat         s    = { 0 };
        int64_t             facts[4];

        (void)stat(item->path, &s);
        facts[0]      = s.st_size;
        facts[1]      = s.st_mtim.tv_sec;
        facts[2]      = s.st_mtim.tv_nsec;
        facts[3]      = item->anomalous;
        l->data_print = mixed(l->data_print, item->path, strlen(item->path) + 1);
        l->data_print = mixed(l->data_print, item->category, strlen(item->category) + 1);
        l->data_print = mixed(l->data_print, item->kind, strlen(item->kind) + 1);
        l->data_print = mixed(l->data_print, facts, sizeof facts);
    }
    return code;
}

int lab_open_model(lab *l, const char *model)
{
    int code;

    l->engine.model = model;
    code            = cli_engine_open(&l->model, &l->session, &l->engine);
    if (code == 0) {
        l->e.model  = rwda_model_get_info(l->model);
        l->e.resize = names_resize[l->resize != RWDA_RESIZE_CONFIG ? l->resize : l->e.model->resize];
    }
    return code;
}

void lab_close_model(lab *l)
{
    for (int plan = RWDA_CROPS_ONE; plan < 4; plan++)
        eval_free_embeddings(&l->plans[plan]);
    for (int seed = 0; seed < EVAL_SEEDS_MAX; seed++) {
        rwda_detector_free(l->own[seed]);
        l->own[seed] = NULL;
    }
    rwda_session_free(l->session);
    rwda_model_free(l->model);
    l->session = NULL;
    l->model   = NULL;
}

void lab_free(lab *l)
{
    lab_close_model(l);
    eval_free(&l->e);
}

/* ---- What is kept -------------------------------------------------------------------------------------------------------- */

static bool kept_path(char out[CLI_PATH_MAX], const lab *l, const char *name, const char *ending)
{
    char   safe[128];
    size_t n = 0;

    for (; name[n] != '\0' && n < sizeof safe - 1; n++)
        safe[n] = isalnum((unsigned char)name[n]) || name[n] == '-' ? name[n] : '_';
    safe[n] = '\0';
    return cli_path(out, "%s/%s.%s", l->folder, safe, ending);
}

static bool same_text(const char *path, const char *text)
{
    FILE  *in   = fopen(path, "rb");
    size_t len  = strlen(text);
    char  *have = in != NULL ? malloc(len + 2) : NULL;
    bool   same = have != NULL && fread(have, 1, len + 1, in) == len && memcmp(have, text, len) == 0;

    free(have);
    if (in != NULL)
        fclose(in);
    return same;
}

bool lab_kept(const lab *l, const char *name, const char *text, float *out, size_t count)
{
    char path[CLI_PATH_MAX];

    return kept_path(path, l, name, "txt") && same_text(path, text) && kept_path(path, l, name, "npy") &&
           cli_read_npy(out, count, path);
}

/* The numbers first: where the text is, they are. */
void lab_keep(const lab *l, const char *name, const char *text, const float *numbers, size_t count)
{
    char       path[CLI_PATH_MAX];
    cli_output out;

    if (kept_path(path, l, name, "txt"))
        (void)remove(path);
    if (!kept_path(path, l, name, "npy") || cli_write_npy(path, true, numbers, &count, 1) != 0 ||
        !kept_path(path, l, name, "txt") || cli_output_open(&out, path, true) != 0)
        return;
    fputs(text, out.stream);
    (void)cli_output_close(&out, true);
}

/* Everything a run's scores depend on; the caller's to free. */
static char *run_text(const lab *l, const eval_run *run, const rwda_train_options *o, const eval_change *change, bool parts)
{
    char  *text = NULL;
    size_t len  = 0;
    FILE  *out  = open_memstream(&text, &len);

    if (out == NULL)
        return NULL;
    fprintf(
        out,
        "logits of rwda %s\nmodel %s\ncpu %s\nprecision %s\nimage %d\nresize %s\ndata %016llx %zu\nobject %s\nchange %s\n",
        rwda_version(), l->e.model->sha256, l->e.model->cpu, l->e.model->precision, l->e.model->image_size, l->e.resize,
        (unsigned long long)l->data_print, l->e.data.count, l->e.object, change != NULL ? change->name : "none");
    fprintf(out, "method %s\ncrops %s\npool %d\nseeds %d\nparts %d\n", run->method->name, eval_plan_name(run->plan),
            run->pool, run->seeds, parts);
    if (run->method->detector) {
        fprintf(out,
                "preset %s\npairs %d\nwords %d:%d\nlength %d:%d\nposition %d\nhidden %d\nactivation %d\nloss %d\nbatch %d\n",
                o->preset, o->pairs, o->words_min, o->words_max, o->length_min, o->length_max, o->word_position, o->hidden,
                o->activation, o->loss, o->batch_pairs);
        fprintf(out, "epochs %d\nensemble %d\nnumbers %.9g %.9g %.9g %.9g %.9g %.9g %.9g\n", o->epochs, o->ensemble,
                (double)o->dropout, (double)o->label_smoothing, (double)o->noise, (double)o->learning_rate,
                (double)o->weight_decay, (double)o->beta1, (double)o->beta2);
        fprintf(out, "alphabet %s\nnormal %s\nanomalous %s\ntemplates %s\nlist %s\n", o->alphabet, o->normal_words,
                o->anomalous_words, o->templates, o->word_list != NULL ? o->word_list : "");
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- Runs ---------------------------------------------------------------------------------------------------------------- */

static int train_all(lab *l, rwda_detector **detectors, const rwda_train_options *options)
{
    rwda_train_options train = *options;
    rwda_error         err;

    train.cache_dir = l->base.cache_dir;
    for (int seed = 0; seed < l->e.seeds; seed++) {
        if (detectors[seed] != NULL)
            continue;
        train.seed = (uint64_t)seed + 1;
        if (rwda_detector_train(&detectors[seed], l->session, &train, cli_progress, NULL, &err) != RWDA_OK) {
            cli_error("%s", err.message);
            return EXIT_MODEL;
        }
    }
    return 0;
}

/* Scores of a run between memory and disk: [seeds, count], with parts three of them in a row. */
static void copy_scores(float *kept, eval_run *run, size_t n, bool parts, bool to_run)
{
    double *const columns[] = { run->scores, run->fnn, run->clip };

    for (int c = 0; c < (parts ? 3 : 1); c++)
        for (size_t i = 0; i < n; i++)
            if (to_run)
                columns[c][i] = (double)kept[(size_t)c * n + i];
            else
                kept[(size_t)c * n + i] = (float)columns[c][i];
}

static int score(lab *l, eval_run *run, const rwda_train_options *train, const eval_change *change, bool parts)
{
    rwda_detector  *detectors[EVAL_SEEDS_MAX] = { NULL };
    eval_embeddings changed = { run->plan, NULL, NULL }, *x = change != NULL ? &changed : &l->plans[run->plan];
    bool            own  = train == &l->base;
    int             code = 0;

    if (x->first == NULL) {
        /* one plan of many crops in memory is enough: the others are on disk */
        for (int plan = RWDA_CROPS_ONE + 1; plan < 4; plan++)
            eval_free_embeddings(&l->plans[plan]);
        code = eval_embed(x, &l->e, l->session, l->resize, run->plan, change, l->folder);
    }
    if (code == 0 && run->method->detector)
        code = train_all(l, own ? l->own : detectors, train);
    if (code == 0)
        code = eval_score(run, &l->e, l->session, l->resize, x, own ? l->own : detectors, parts);
    for (int seed = 0; seed < EVAL_SEEDS_MAX; seed++)
        rwda_detector_free(detectors[seed]);
    eval_free_embeddings(&changed);
    return code;
}

int lab_run(lab *l, eval_run *run, const char *name, const rwda_train_options *train, const eval_change *change, bool parts)
{
    size_t n;
    char  *text;
    float *kept;
    int    code = 0;

    train      = train != NULL ? train : &l->base;
    run->seeds = run->method->seeded ? l->e.seeds : 1;
    n          = (size_t)run->seeds * l->e.data.count;
    text       = run_text(l, run, train, change, parts);
    kept       = calloc((parts ? 3 : 1) * n, sizeof *kept);
    if (text == NULL || kept == NULL) {
        cli_error("%s: no memory for %zu scores", name, n);
        code = EXIT_SOME_FAILED;
    } else if (lab_kept(l, name, text, kept, (parts ? 3 : 1) * n)) {
        run->scores = calloc(n, sizeof *run->scores);
        run->fnn    = parts ? calloc(n, sizeof *run->fnn) : NULL;
        run->clip   = parts ? calloc(n, sizeof *run->clip) : NULL;
        if (run->scores == NULL || (parts && (run->fnn == NULL || run->clip == NULL)))
            code = EXIT_SOME_FAILED;
        else
            copy_scores(kept, run, n, parts, true);
    } else {
        code = score(l, run, train, change, parts);
        if (code == 0) {
            copy_scores(kept, run, n, parts, false);
            lab_keep(l, name, text, kept, (parts ? 3 : 1) * n);
        }
    }
    if (code == 0) {
        l->e.failed = 0;
        for (size_t i = 0; i < l->e.data.count; i++)
            l->e.failed += isnan(run->scores[i]) != 0;
        code = eval_figures(run, &l->e);
    }
    free(text);
    free(kept);
    return code;
}

/* ---- Diversity ----------------------------------------------------------------------------------------------------------- */

#define MEASURED_PAIRS 500

/* x [2 * pairs, dim], pairs of twins. */
static bool measure(lab_diversity *out, const float *x, size_t pairs, size_t dim)
{
    double *mean = calloc(dim, sizeof *mean), *covariance = calloc(dim * dim, sizeof *covariance), square = 0.0;
    bool    fine = mean != NULL && covariance != NULL;

    *out = (lab_diversity){ 0, 0, 0 };
    for (size_t i = 0; fine && i < pairs; i++) {
        double gap = 0.0;

        for (size_t j = 0; j < dim; j++) {
            double d = (double)x[(2 * i + 1) * dim + j] - (double)x[2 * i * dim + j];

            gap += d * d;
            mean[j] += (double)x[2 * i * dim + j] / (double)pairs;
        }
        out->distance += sqrt(gap) / (double)pairs;
    }
    for (size_t i = 0; fine && i < pairs; i++)
        for (size_t j = 0; j < dim; j++) {
            double a = ((double)x[2 * i * dim + j] - mean[j]) / (double)pairs;

            for (size_t k = 0; k < dim; k++)
                covariance[j * dim + k] += a * ((double)x[2 * i * dim + k] - mean[k]);
        }
    for (size_t j = 0; fine && j < dim; j++) {
        out->spread += covariance[j * dim + j];
        for (size_t k = 0; k < dim; k++)
            square += covariance[j * dim + k] * covariance[j * dim + k];
    }
    out->rank = out->spread > 1e-9 ? out->spread * out->spread / square : 1.0; /* all prompts alike: one point */
    free(mean);
    free(covariance);
    return fine;
}

int lab_measure(lab *l, lab_diversity *out, const rwda_train_options *train)
{
    rwda_train_options few   = *train;
    char             **texts = NULL;
    size_t             count = 0, dim = (size_t)l->e.model->embed_dim;
    float             *x    = NULL;
    rwda_error         err  = { RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for prompt embeddings" };
    bool               fine = false;

    few.seed  = 1;
    few.pairs = train->pairs < MEASURED_PAIRS ? train->pairs : MEASURED_PAIRS;
    if (rwda_prompts_draw(&texts, &count, l->model, &few, &err) == RWDA_OK) {
        x    = malloc(count * dim * sizeof *x);
        fine = x != NULL && rwda_session_embed_texts(x, l->session, (const char *const *)texts, NULL, count, &err) == RWDA_OK &&
               measure(out, x, count / 2, dim);
    }
    if (!fine)
        cli_error("%s", err.message);
    rwda_prompts_free(texts);
    free(x);
    return fine ? 0 : EXIT_MODEL;
}
