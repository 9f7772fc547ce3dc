/* pixels.c - how well do maps show where the anomaly is, category by category?
 *
 * Maps are made at the picture's own size and compared with its mask; nothing is resized.  The network's maps are those of the first
 * seed's detector.  A category's figures are kept as FOLDER/<category>.map-<name>.txt, which begins with all they depend on. */
#include "names.h"
#include "eval/eval.h"

#include "pipeline.h"
#include "pixel/mask.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_PIXELS (INT64_C(1) << 26) /* of a category: 1 GiB while the figures are made; more go into a histogram */
#define BINS         (1 << 20)

static const eval_map maps[] = {
    { "windows", "WinCLIP windows", RWDA_MAP_WINDOWS, RWDA_METHOD_WINCLIP, false },
    { "patches", "patches, prompts", RWDA_MAP_PATCHES, RWDA_METHOD_WINCLIP, false },
    { "patches-fnn", "patches, network", RWDA_MAP_PATCHES, RWDA_METHOD_FNN, true },
    { "crops", "crops, prompts", RWDA_MAP_CROPS, RWDA_METHOD_WINCLIP, false },
    { "crops-fnn", "crops, network", RWDA_MAP_CROPS, RWDA_METHOD_FNN, true },
};
#define N_MAPS (sizeof maps / sizeof maps[0])

static int choose(void *context, const char *name)
{
    evaluation *e = context;
    size_t      i = 0;

    while (i < N_MAPS && strcmp(maps[i].name, name) != 0)
        i++;
    if (i == N_MAPS) {
        cli_error("--map: \"%s\" is none of windows, patches, patches-fnn, crops, crops-fnn", name);
        return EXIT_USAGE;
    }
    for (size_t m = 0; m < e->n_maps; m++)
        if (e->maps[m].map == &maps[i])
            return 0;
    e->maps[e->n_maps++] = (eval_pixel_run){ .map = &maps[i] };
    return 0;
}

int eval_choose_maps(evaluation *e, const char *names)
{
    e->maps = calloc(N_MAPS, sizeof *e->maps);
    return e->maps != NULL ? cli_each_word(names, choose, e) : EXIT_SOME_FAILED;
}

/* ---- What is kept -------------------------------------------------------------------------------------------------------- */

/* Everything a category's figures depend on; the caller's to free. */
static char *description(const evaluation *e, const eval_map *map, const rwda_detector *detector,
                         const eval_category *category)
{
    char  *text = NULL;
    size_t len  = 0;
    FILE  *out  = open_memstream(&text, &len);

    if (out == NULL)
        return NULL;
    fprintf(out, "rwda %s\nmap %s\nmodel %s\ncpu %s\nprecision %s\nimage %d\nobject %s %s\ndetector %s\n", rwda_version(),
            map->name, e->model->sha256, e->model->cpu, e->model->precision, e->model->image_size,
            map->detector ? "-" : e->object, names_names[e->names], map->detector ? rwda_detector_sha256(detector) : "none");
    for (size_t i = category->first; i < category->last; i++) {
        const dataset_item *item = &e->data.items[i];

        fprintf(out, "%d ", item->anomalous);
        eval_print_stamp(out, item->path);
        fputc(' ', out);
        if (item->mask != NULL)
            eval_print_stamp(out, item->mask);
        fputc('\n', out);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static const char *const reasons[] = { NULL, "no mask", "no pixel figures" }; /* by number, in what is kept */
enum { FINE, NO_MASK, NO_FIGURES };

#define FIGURES "%zu %zu %d %zu %" SCNu64 " %" SCNu64 " %" SCNu64 " %lf %lf %lf %lf %lf %lf %lf %lf %lf %lf"

static bool take_kept(eval_pixel_cell *cell, const char *path, const char *wanted)
{
    rwda_pixel_results *f   = &cell->figures;
    FILE               *in  = fopen(path, "r");
    size_t              len = strlen(wanted), got = 0;
    char               *text   = calloc(len + 1024, 1);
    int                 reason = 0;
    bool                fine   = false;

    if (in != NULL && text != NULL)
        got = fread(text, 1, len + 1023, in);
    if (got > len && memcmp(text, wanted, len) == 0)
        fine = sscanf(text + len, FIGURES, &cell->pictures, &cell->left_out, &reason, &f->regions, &f->normal, &f->anomalous,
                      &f->outside, &f->auroc, &f->ap, &f->f1_max, &f->threshold, &f->aupro, &f->aupro200, &f->auroc_error,
                      &f->ap_error, &f->f1_max_error, &f->aupro_error) == 17 &&
               reason >= FINE && reason <= NO_FIGURES;
    if (fine)
        cell->missing = reasons[reason];
    else
        *cell = (eval_pixel_cell){ 0 };
    if (in != NULL)
        fclose(in);
    free(text);
    return fine;
}

/* Keeping is a help, not a promise. */
static void keep(const eval_pixel_cell *cell, const char *path, const char *text)
{
    const rwda_pixel_results *f      = &cell->figures;
    int                       reason = FINE;
    cli_output                out;

    while (reasons[reason] != cell->missing)
        reason++;
    if (cli_output_open(&out, path, true) != 0)
        return;
    fprintf(out.stream, "%s%zu %zu %d %zu %" PRIu64 " %" PRIu64 " %" PRIu64, text, cell->pictures, cell->left_out, reason,
            f->regions, f->normal, f->anomalous, f->outside);
    fprintf(out.stream, " %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", f->auroc, f->ap, f->f1_max,
            f->threshold, f->aupro, f->aupro200, f->auroc_error, f->ap_error, f->f1_max_error, f->aupro_error);
    (void)cli_output_close(&out, true);
}

/* ---- One category -------------------------------------------------------------------------------------------------------- */

/* One picture's map against its mask.  false: *err says why it is left out. */
static bool add_picture(rwda_pixel_metrics *metrics, rwda_session *session, const rwda_scorer *scorer, rwda_map_mode kind,
                        const dataset_item *item, const rwda_image *image, rwda_error *err)
{
    size_t           width = (size_t)image->width, height = (size_t)image->height;
    float           *map    = calloc(height, width * sizeof *map);
    uint8_t         *mask   = NULL;
    int              across = image->width, down = image->height;
    bool             fine    = false;
    rwda_map_options options = RWDA_MAP_OPTIONS_INIT;

    options.mode = kind;
    if (map == NULL)
        (void)snprintf(err->message, sizeof err->message, "%.300s: no memory for its map", item->path);
    else if (item->anomalous && (mask = pixel_mask_load(&across, &down, item->mask, err)) == NULL)
        ;
    else if (across != image->width || down != image->height)
        (void)snprintf(err->message, sizeof err->message, "%.200s: %d x %d pixels, its mask %.200s %d x %d", item->path,
                       image->width, image->height, item->mask, across, down);
    else
        fine = rwda_map_compute(map, session, scorer, image, &options, err) == RWDA_OK &&
               rwda_pixel_metrics_add(metrics, map, mask, height, width, err) == RWDA_OK;
    free(map);
    free(mask);
    return fine;
}

/* The paths to be decoded, as items: normal pictures and those with a mask.  Returns how many have a mask. */
static size_t choose_pictures(cli_inputs *inputs, const dataset_item **chosen, eval_pixel_cell *cell, const evaluation *e,
                              const eval_category *category)
{
    size_t masks = 0;

    for (size_t i = category->first; i < category->last; i++) {
        const dataset_item *item = &e->data.items[i];

        if (item->anomalous && item->mask == NULL) {
            cell->left_out++;
            continue;
        }
        masks += item->anomalous;
        chosen[inputs->count]          = item;
        inputs->paths[inputs->count++] = item->path;
    }
    return masks;
}

/* The exact form where a category's pixels fit: all pictures are taken to be as large as its first mask. */
static rwda_pixel_metrics_options form_for(const cli_inputs *inputs, const dataset_item *const *chosen)
{
    rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
    int                        width = 0, height = 0;
    rwda_error                 err;

    for (size_t i = 0; i < inputs->count; i++)
        if (chosen[i]->anomalous) {
            free(pixel_mask_load(&width, &height, chosen[i]->mask, &err));
            break;
        }
    if ((int64_t)width * height * (int64_t)inputs->count > EXACT_PIXELS)
        options.bins = BINS;
    return options;
}

static int measure(eval_pixel_cell *cell, const eval_map *map, const evaluation *e, rwda_session *session,
                   const rwda_scorer *scorer, const eval_category *category)
{
    size_t                     n       = category->last - category->first;
    cli_inputs                 inputs  = { calloc(n, sizeof *inputs.paths), 0, n, 0 };
    const dataset_item       **chosen  = calloc(n, sizeof *chosen);
    rwda_pixel_metrics        *metrics = NULL;
    pipeline                  *p       = NULL;
    rwda_pixel_metrics_options options;
    decoded                    picture;
    char                       stage[64];
    rwda_error                 err;
    int                        code = EXIT_SOME_FAILED;

    if (inputs.paths == NULL || chosen == NULL)
        goto done;
    if (choose_pictures(&inputs, chosen, cell, e, category) == 0) {
        cell->missing = reasons[NO_MASK];
        code          = 0;
        goto done;
    }
    options = form_for(&inputs, chosen);
    p       = pipeline_new(&inputs, rwda_session_threads(session), 4);
    if (p == NULL || rwda_pixel_metrics_new(&metrics, &options, &err) != RWDA_OK)
        goto done;
    (void)snprintf(stage, sizeof stage, "maps, %s", map->name);
    for (size_t i = 0; i < inputs.count && pipeline_next(p, &picture); i++) {
        if (picture.image != NULL &&
            add_picture(metrics, session, scorer, map->kind, chosen[i], picture.image, &picture.err)) {
            cell->pictures++;
        } else {
            cli_error("%s; left out of %s", picture.err.message, map->title);
            cell->left_out++;
        }
        rwda_image_free(picture.image);
        (void)cli_progress(NULL, stage, category->first + i + 1, e->data.count);
    }
    if (rwda_pixel_metrics_finish(&cell->figures, metrics, &err) != RWDA_OK) {
        cli_error("%s, %s: %s", category->name, map->title, err.message);
        cell->missing = reasons[NO_FIGURES];
    }
    code = 0;
done:
    if (code != 0)
        cli_error("%s: no memory for pixel figures", category->name);
    pipeline_free(p);
    rwda_pixel_metrics_free(metrics);
    free(inputs.paths);
    free(chosen);
    return code;
}

/* ---- All of them --------------------------------------------------------------------------------------------------------- */

static rwda_status new_scorer(rwda_scorer **out, const eval_map *map, const char *object, rwda_names names,
                              rwda_session *session, const rwda_detector *detector, rwda_error *err)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;

    options.method = map->method;
    options.names  = names;
    options.object = object;
    return rwda_scorer_new(out, session, map->detector ? detector : NULL, &options, err);
}

static void average(eval_pixel_run *run, size_t n)
{
    rwda_pixel_results *m    = &run->mean.figures;
    double              good = 0;

    for (size_t c = 0; c < n; c++) {
        const rwda_pixel_results *f = &run->cells[c].figures;

        run->mean.pictures += run->cells[c].pictures;
        run->mean.left_out += run->cells[c].left_out;
        if (run->cells[c].missing != NULL)
            continue;
        good++;
        m->regions += f->regions;
        m->auroc += f->auroc;
        m->ap += f->ap;
        m->f1_max += f->f1_max;
        m->aupro += f->aupro;
        m->aupro200 += f->aupro200;
    }
    if (!(good > 0))
        run->mean.missing = "no category has pixel figures";
    for (double *sum[] = { &m->auroc, &m->ap, &m->f1_max, &m->aupro, &m->aupro200 }, **s = sum; s < sum + 5 && good > 0; s++)
        **s /= good;
}

static int run_map(eval_pixel_run *run, evaluation *e, rwda_session *session, const rwda_detector *detector,
                   const char *folder)
{
    bool         named  = strcmp(e->object, "known") == 0 && !run->map->detector;
    rwda_scorer *scorer = NULL;
    char         what[32], path[CLI_PATH_MAX];
    rwda_error   err;
    int          code = 0;

    (void)snprintf(what, sizeof what, "map-%s", run->map->name);
    run->cells = calloc(e->n_categories, sizeof *run->cells);
    if (run->cells == NULL)
        return EXIT_SOME_FAILED;
    for (size_t c = 0; c < e->n_categories && code == 0; c++) {
        const eval_category *category = &e->categories[c];
        char                *text     = description(e, run->map, detector, category);
        bool keeping = text != NULL && folder != NULL && eval_kept_path(path, folder, e, category, what, "txt");

        if (!keeping || !take_kept(&run->cells[c], path, text)) {
            if (named) {
                rwda_scorer_free(scorer);
                scorer = NULL;
            }
            if (scorer == NULL && new_scorer(&scorer, run->map, named ? eval_object_name(category->name) : NULL, e->names,
                                             session, detector, &err) != RWDA_OK) {
                cli_error("%s: %s", run->map->title, err.message);
                code = EXIT_MODEL;
            }
            if (code == 0)
                code = measure(&run->cells[c], run->map, e, session, scorer, category);
            if (code == 0 && keeping)
                keep(&run->cells[c], path, text);
        }
        free(text);
    }
    average(run, e->n_categories);
    rwda_scorer_free(scorer);
    return code;
}

int eval_pixels(evaluation *e, rwda_session *session, const rwda_detector *detector, const char *folder)
{
    int code = 0;

    for (size_t m = 0; m < e->n_maps && code == 0; m++)
        code = run_map(&e->maps[m], e, session, detector, folder);
    return code;
}
