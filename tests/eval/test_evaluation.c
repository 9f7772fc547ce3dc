/* test_evaluation.c - does an evaluation score what its data hold, go on where it stopped, and say what it left out? */
#include "tests/eval/tree.h"

#include "common/paths.h"
#include "tests/common/demo.h"

#include <math.h>

static rwda_dataset *data; /* 4 good, 4 defect samples in two categories, and a broken one */

static void copy_sample(const char *sample, const char *name)
{
    char       path[RW_PATH_MAX];
    uint8_t   *bytes = NULL;
    size_t     len   = 0;
    rwda_error err   = { 0 };

    assert_true(rw_path_format(path, RWDA_TEST_DIR "/../samples/%s", sample));
    assert_ok(rw_file_read(&bytes, &len, path, (size_t)1 << 24, &err), err);
    tree_text(name, "");
    (void)make_file(name, bytes, len);
    free(bytes);
}

static void open_data(void)
{
    rwda_error err = { 0 };

    rwda_dataset_free(data);
    assert_ok(rwda_dataset_open(&data, in_scratch("data"), "mvtec", NULL, &err), err);
}

static int make_data(void **state)
{
    assert_int_equal(scratch_new(state), 0);
    copy_sample("good/grid.jpg", "data/first/test/good/1.jpg");
    copy_sample("good/hex_nut.jpg", "data/first/test/good/2.jpg");
    tree_text("data/first/test/good/3.jpg", "not an image");
    copy_sample("defect/grid_stain.jpg", "data/first/test/stain/1.jpg");
    copy_sample("defect/hex_nut_glue.jpg", "data/first/test/glue/2.jpg");
    copy_sample("good/wood.jpg", "data/second/test/good/1.jpg");
    copy_sample("good/zipper.jpg", "data/second/test/good/2.jpg");
    copy_sample("defect/wood_hole.jpg", "data/second/test/hole/1.jpg");
    copy_sample("defect/zipper_broken_edge.jpg", "data/second/test/edge/2.jpg");
    (void)make_folder("cache");
    open_data();
    return 0;
}

static int drop_data(void **state)
{
    rwda_dataset_free(data);
    data = NULL;
    return scratch_free(state);
}

static rwda_evaluation *new_evaluation(void)
{
    rwda_evaluation *e   = NULL;
    rwda_error       err = { 0 };

    assert_ok(rwda_evaluation_new(&e, data, &err), err);
    e->model  = rwda_model_get_info(demo.model);
    e->resize = e->model->resize;
    return e;
}

static rwda_eval_embeddings embed(const rwda_evaluation *e, rwda_eval_view view, const char *cache_dir, heard *h)
{
    rwda_eval_embeddings x;
    rwda_events          events = hear(h);
    rwda_error           err    = { 0 };

    *h = (heard){ 0 };
    assert_ok(rwda_eval_embeddings_make(&x, e, demo.session, &view, cache_dir, &events, &err), err);
    return x;
}

static size_t rows_of(const rwda_eval_embeddings *x)
{
    return x->first[data->count];
}

static void assert_same_rows(const rwda_eval_embeddings *a, const rwda_eval_embeddings *b)
{
    assert_memory_equal(a->first, b->first, (data->count + 1) * sizeof *a->first);
    assert_memory_equal(a->x, b->x, rows_of(a) * (size_t)rwda_model_get_info(demo.model)->embed_dim * sizeof *a->x);
}

/* ---- Embeddings ---------------------------------------------------------------------------------------------------------- */

static void embeddings_are_those_of_the_images(void **state)
{
    rwda_evaluation     *e   = new_evaluation();
    size_t               dim = (size_t)e->model->embed_dim;
    float               *one = calloc(5 * dim, sizeof *one);
    rwda_eval_embeddings x;
    rwda_error           err = { 0 };
    heard                h;

    (void)state;
    assert_non_null(one);
    x = embed(e, (rwda_eval_view){ RWDA_RESIZE_CONFIG, RWDA_CROPS_5, NULL }, NULL, &h);
    assert_int_equal(x.failed, 1);
    assert_int_equal(rows_of(&x), 5 * (data->count - 1));
    assert_int_equal(h.warnings, 1);
    assert_says(h.warning, "first/test/good/3.jpg: ");
    assert_says(h.warning, "; left out");
    for (size_t i = 0; i < data->count; i++) {
        rwda_image *image = NULL;

        if (rwda_image_load(&image, data->items[i].path, NULL, NULL) != RWDA_OK) {
            assert_int_equal(x.first[i], x.first[i + 1]);
            continue;
        }
        assert_ok(rwda_session_embed_images(one, demo.session, (const rwda_image *const *)&image, 1, RWDA_RESIZE_CONFIG,
                                            RWDA_CROPS_5, &err),
                  err);
        assert_memory_equal(x.x + x.first[i] * dim, one, 5 * dim * sizeof *one);
        rwda_image_free(image);
    }
    free(one);
    rwda_eval_embeddings_free(&x);
    rwda_eval_embeddings_free(&x); /* empty is fine */
    rwda_evaluation_free(e);
}

/* What is cached is taken again, without looking at images; another date of one makes its category anew. */
static void embeddings_are_cached(void **state)
{
    const rwda_eval_view view = { RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, NULL };
    rwda_evaluation     *e    = new_evaluation();
    rwda_eval_embeddings x, again;
    heard                h;

    (void)state;
    x = embed(e, view, in_scratch("cache"), &h);
    assert_true(h.steps > 0);
    assert_int_equal(names_in(in_scratch("cache")), 4); /* .npy and .txt of each category */
    assert_true(rw_path_is_file(in_scratch("cache"), "first-a7937b64.one.npy"));
    again = embed(e, view, in_scratch("cache"), &h);
    assert_int_equal(h.steps, 0);
    assert_int_equal(h.warnings, 1);
    assert_says(h.warning, "3.jpg: could not be decoded when it was tried; left out");
    assert_same_rows(&x, &again);
    assert_int_equal(again.failed, 1);
    rwda_eval_embeddings_free(&again);
    copy_sample("good/zipper.jpg", "data/second/test/good/2.jpg"); /* written again */
    again = embed(e, view, in_scratch("cache"), &h);
    assert_int_equal(h.steps, 1);
    assert_same_rows(&x, &again);
    rwda_eval_embeddings_free(&again);
    rwda_eval_embeddings_free(&x);
    rwda_evaluation_free(e);
}

static void damage_last_number(const char *name)
{
    const float not_a_number = NAN;
    FILE       *file         = fopen(in_scratch(name), "r+b");

    assert_non_null(file);
    assert_int_equal(fseek(file, -(long)sizeof not_a_number, SEEK_END), 0);
    assert_int_equal(fwrite(&not_a_number, sizeof not_a_number, 1, file), 1);
    assert_int_equal(fclose(file), 0);
}

static void a_broken_cache_is_made_again(void **state)
{
    const rwda_eval_view view = { RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, NULL };
    rwda_evaluation     *e    = new_evaluation();
    rwda_eval_embeddings x, again;
    heard                h;

    (void)state;
    x = embed(e, view, in_scratch("cache"), &h);
    tree_text("cache/first-a7937b64.one.npy", "half of a file");
    tree_text("cache/second-16367aac.one.txt", "of another model\n");
    again = embed(e, view, in_scratch("cache"), &h);
    assert_int_equal(h.steps, 2);
    assert_same_rows(&x, &again);
    rwda_eval_embeddings_free(&again);
    damage_last_number("cache/first-a7937b64.one.npy");
    again = embed(e, view, in_scratch("cache"), &h); /* of its length, but no embeddings */
    assert_int_equal(h.steps, 1);
    assert_same_rows(&x, &again);
    rwda_eval_embeddings_free(&again);
    again = embed(e, view, in_scratch("nowhere"), &h); /* each category's file is a warning, and spoils nothing */
    assert_int_equal(h.warnings, 3);
    assert_same_rows(&x, &again);
    rwda_eval_embeddings_free(&again);
    rwda_eval_embeddings_free(&x);
    rwda_evaluation_free(e);
}

/* Dark, but for item number 1, for which there is no memory. */
static rwda_image *darken(const rwda_image *image, const void *how, size_t number)
{
    size_t      row = 3 * (size_t)image->width, len = row * (size_t)image->height;
    rwda_image *dark = number != 1 ? malloc(sizeof *dark + len) : NULL;

    if (dark == NULL)
        return NULL;
    memset(dark + 1, *(const int *)how, len);
    *dark = (rwda_image){ image->width, image->height, row, (const uint8_t *)(dark + 1) };
    return dark;
}

static void corrupted_images_are_others(void **state)
{
    const int                  grey       = 20;
    const rwda_eval_corruption corruption = { "dark", darken, &grey };
    rwda_evaluation           *e          = new_evaluation();
    size_t                     dim        = (size_t)e->model->embed_dim;
    rwda_eval_embeddings       x;
    heard                      h;

    (void)state;
    x = embed(e, (rwda_eval_view){ RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &corruption }, in_scratch("cache"), &h);
    assert_true(rw_path_is_file(in_scratch("cache"), "second-16367aac.one.dark.npy")); /* of its own */
    assert_false(rw_path_is_file(in_scratch("cache"),
                                 "first-a7937b64.one.dark.npy")); /* what memory was short for may come next time */
    assert_int_equal(x.failed, 2);
    assert_int_equal(h.warnings, 2);
    assert_int_equal(x.first[1], x.first[2]);
    for (size_t row = 1; row < rows_of(&x); row++) /* all the same size and grey */
        assert_memory_equal(x.x, x.x + row * dim, dim * sizeof *x.x);
    rwda_eval_embeddings_free(&x);
    rwda_evaluation_free(e);
}

static void progress_stops_the_work(void **state)
{
    rwda_evaluation     *e      = new_evaluation();
    heard                h      = { .stop_at = 1 };
    rwda_events          events = hear(&h);
    rwda_eval_view       view   = { RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, NULL };
    rwda_eval_embeddings x;
    rwda_error           err;

    (void)state;
    assert_refused("stopped", rwda_eval_embeddings_make(&x, e, demo.session, &view, NULL, &events, &err), RWDA_ECANCELLED,
                   &err, "5 of 9 images");
    assert_null(x.first);
    rwda_evaluation_free(e);
}

/* ---- Runs ---------------------------------------------------------------------------------------------------------------- */

static rwda_eval_run scored(const rwda_evaluation *e, const rwda_eval_embeddings *x, const char *method, int seeds,
                            int parts)
{
    const rwda_detector *detectors[] = { demo.detector, demo.detector };
    rwda_eval_run        run         = { .method = rwda_eval_method_named(method), .plan = x->view.plan, .seeds = seeds };
    rwda_error           err         = { 0 };

    assert_ok(rwda_eval_run_score(&run, e, demo.session, x, detectors, parts, &err), err);
    return run;
}

static void scores_are_those_of_the_scorer(void **state)
{
    rwda_evaluation     *e = new_evaluation();
    rwda_eval_embeddings x;
    rwda_scorer_options  options = RWDA_SCORER_OPTIONS_INIT;
    rwda_scorer         *scorer  = NULL;
    rwda_error           err     = { 0 };
    rwda_eval_run        run;
    heard                h;

    (void)state;
    x              = embed(e, (rwda_eval_view){ RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, NULL }, NULL, &h);
    run            = scored(e, &x, "both", 1, 1);
    options.method = RWDA_METHOD_BOTH;
    assert_ok(rwda_scorer_new(&scorer, demo.session, demo.detector, &options, &err), err);
    for (size_t i = 0; i < data->count; i++) {
        rwda_image *image = NULL;
        rwda_score  score;

        if (rwda_image_load(&image, data->items[i].path, NULL, NULL) != RWDA_OK) {
            assert_true(isnan(run.scores[i]) && isnan(run.shown[i]));
            continue;
        }
        assert_ok(rwda_scorer_score_images(&score, demo.session, scorer, (const rwda_image *const *)&image, 1, &err), err);
        assert_true(run.scores[i] == (double)score.logit && run.shown[i] == (double)score.score);
        assert_true(run.fnn[i] == (double)score.score_fnn && run.clip[i] == (double)score.score_clip);
        rwda_image_free(image);
    }
    rwda_eval_run_free(&run);
    rwda_scorer_free(scorer);
    rwda_eval_embeddings_free(&x);
    rwda_evaluation_free(e);
}

/* A known object's name stands in the prompts: other scores, but not where a method has no prompts. */
static void known_objects(void **state)
{
    rwda_evaluation     *e = new_evaluation();
    rwda_eval_embeddings x;
    rwda_eval_run        unknown[2], known[2];
    heard                h;

    (void)state;
    x          = embed(e, (rwda_eval_view){ RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, NULL }, NULL, &h);
    unknown[0] = scored(e, &x, "clip", 1, 0);
    unknown[1] = scored(e, &x, "fnn", 1, 0);
    e->object  = RWDA_EVAL_OBJECT_KNOWN;
    known[0]   = scored(e, &x, "clip", 1, 0);
    known[1]   = scored(e, &x, "fnn", 1, 0);
    assert_true(unknown[0].scores[0] != known[0].scores[0]);
    assert_true(unknown[1].scores[0] == known[1].scores[0]);
    for (int i = 0; i < 2; i++) {
        rwda_eval_run_free(&unknown[i]);
        rwda_eval_run_free(&known[i]);
    }
    rwda_eval_embeddings_free(&x);
    rwda_evaluation_free(e);
}

/* SplitMix64 of a place and a seed: the same numbers for ever. */
static void random_scores_stay_the_same(void **state)
{
    rwda_evaluation     *e = new_evaluation();
    rwda_eval_embeddings x;
    rwda_eval_run        run;
    heard                h;

    (void)state;
    x   = embed(e, (rwda_eval_view){ RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, NULL }, NULL, &h);
    run = scored(e, &x, "random", 2, 0);
    assert_float_equal(run.scores[0], (double)(0xe220a8397b1dcdafu >> 40) / 16777216.0,
                       0);             /* SplitMix64's first from state 0 */
    assert_true(isnan(run.scores[2])); /* the broken image */
    assert_true(run.scores[0] != run.scores[data->count] && run.scores[0] != run.scores[1]);
    rwda_eval_run_free(&run);
    rwda_eval_embeddings_free(&x);
    rwda_evaluation_free(e);
}

static void a_missing_detector_is_refused(void **state)
{
    rwda_evaluation     *e   = new_evaluation();
    rwda_eval_run        run = { .method = rwda_eval_method_named("lda"), .seeds = 1 };
    rwda_eval_pixel_run  map = { .map = rwda_eval_map_named("patches-fnn") };
    rwda_eval_embeddings x   = { .first = NULL };
    rwda_error           err;

    (void)state;
    assert_refused("run", rwda_eval_run_score(&run, e, demo.session, &x, NULL, 0, &err), RWDA_EINVAL, &err,
                   "LDA: needs a detector");
    run.seeds = 65;
    assert_refused("seeds", rwda_eval_run_score(&run, e, demo.session, &x, NULL, 0, &err), RWDA_EINVAL, &err, "1..64");
    assert_refused("map", rwda_eval_pixel_run_measure(&map, e, demo.session, NULL, NULL, NULL, &err), RWDA_EINVAL, &err,
                   "needs a detector");
    rwda_evaluation_free(e);
}

static void methods_say_what_they_need(void **state)
{
    (void)state;
    for (size_t i = 0; i < rwda_eval_method_count(); i++) {
        const rwda_eval_method *one = rwda_eval_method_at(i);

        assert_ptr_equal(rwda_eval_method_named(one->name), one);
        if (one->evidence == RWDA_EVAL_WORDS)
            assert_int_equal(rwda_eval_method_is_seeded(one), one->random || rwda_eval_method_needs_detector(one));
    }
    assert_null(rwda_eval_method_at(rwda_eval_method_count()));
    assert_null(rwda_eval_method_named("zip"));
    assert_int_equal(rwda_eval_method_needs_detector(rwda_eval_method_named("both")), 1);
    assert_int_equal(rwda_eval_method_needs_detector(rwda_eval_method_named("winclip")), 0);
    assert_int_equal(rwda_eval_method_needs_detector(rwda_eval_method_named("random")), 0);
    assert_int_equal(rwda_eval_method_takes_object(rwda_eval_method_named("both")), 1);
    assert_int_equal(rwda_eval_method_takes_object(rwda_eval_method_named("fnn")), 0);
    assert_int_equal(rwda_eval_method_takes_object(rwda_eval_method_named("random")), 0);
    assert_int_equal(rwda_eval_method_needs_detector(rwda_eval_method_named("memory")), 0);
    assert_int_equal(rwda_eval_method_needs_detector(rwda_eval_method_named("memory+words")), 1);
    assert_int_equal(rwda_eval_method_takes_object(rwda_eval_method_named("winclip+")), 1);
    assert_int_equal(rwda_eval_method_is_seeded(rwda_eval_method_named("memory+words")), 0); /* the first detector's */
    assert_int_equal(rwda_eval_method_takes_shots(rwda_eval_method_named("class-nn")), 1);
    assert_int_equal(rwda_eval_method_takes_shots(rwda_eval_method_named("mutual")), 0);
    for (size_t i = 0; i < rwda_eval_map_count(); i++)
        assert_ptr_equal(rwda_eval_map_named(rwda_eval_map_at(i)->name), rwda_eval_map_at(i));
    assert_int_equal(rwda_eval_map_needs_detector(rwda_eval_map_named("crops-fnn")), 1);
    assert_int_equal(rwda_eval_map_needs_detector(rwda_eval_map_named("crops")), 0);
    assert_null(rwda_eval_map_named("zip"));
}

/* ---- Pixels -------------------------------------------------------------------------------------------------------------- */

/* A mask as large as its image, its upper half anomalous. */
static void make_mask(const char *name, int width, int height)
{
    size_t n    = (size_t)width * (size_t)height, head;
    char  *text = malloc(n + 32);

    assert_non_null(text);
    head = (size_t)sprintf(text, "P5 %d %d 255\n", width, height);
    memset(text + head, 255, n / 2);
    memset(text + head + n / 2, 0, n - n / 2);
    tree_text(name, "");
    (void)make_file(name, text, head + n);
    free(text);
}

static void pixels_are_measured_and_cached(void **state)
{
    rwda_eval_pixel_run run = { .map = rwda_eval_map_named("windows") }, again = run;
    rwda_evaluation    *e;
    heard               h      = { 0 };
    rwda_events         events = hear(&h);
    rwda_error          err    = { 0 };

    (void)state;
    make_mask("data/first/ground_truth/stain/1_mask.pgm", 256, 256);
    open_data();
    e = new_evaluation();
    assert_ok(rwda_eval_pixel_run_measure(&run, e, demo.session, NULL, in_scratch("cache"), &events, &err), err);
    assert_int_equal(run.cells[0].images, 3); /* two normal ones and the stain */
    assert_int_equal(run.cells[0].left_out, 2);
    assert_null(run.cells[0].missing);
    assert_int_equal(run.cells[0].metrics.anomalous, 256 * 128);
    assert_int_equal(run.cells[0].metrics.normal, 2 * 256 * 256 + 256 * 128);
    assert_true(run.cells[0].metrics.auroc > 0 && run.cells[0].metrics.auroc < 1);
    assert_string_equal(run.cells[1].missing, "no mask");
    assert_int_equal(run.cells[1].left_out, 2);
    assert_float_equal(run.mean.metrics.auroc, run.cells[0].metrics.auroc, 0);
    assert_int_equal(h.warnings, 1);
    h = (heard){ 0 };
    assert_ok(rwda_eval_pixel_run_measure(&again, e, demo.session, NULL, in_scratch("cache"), &events, &err), err);
    assert_int_equal(h.steps, 0); /* taken from the cache */
    assert_memory_equal(&again.cells[0].metrics, &run.cells[0].metrics, sizeof run.cells[0].metrics);
    assert_string_equal(again.cells[1].missing, "no mask");
    free(run.cells);
    free(again.cells);
    rwda_evaluation_free(e);
}

/* It is another image's, or the image was turned: no figure comes from it. */
static void a_mask_of_another_size_is_an_error(void **state)
{
    rwda_eval_pixel_run run = { .map = rwda_eval_map_named("windows") };
    rwda_evaluation    *e;
    rwda_error          err = { 0 };

    (void)state;
    make_mask("data/first/ground_truth/stain/1_mask.pgm", 256, 256);
    make_mask("data/first/ground_truth/glue/2_mask.pgm", 9, 8);
    open_data();
    e = new_evaluation();
    assert_refused("size", rwda_eval_pixel_run_measure(&run, e, demo.session, NULL, NULL, NULL, &err), RWDA_EMISMATCH, &err,
                   "glue/2.jpg: 256 x 256 pixels, its mask ");
    assert_says(err.message, "2_mask.pgm 9 x 8");
    free(run.cells);
    rwda_evaluation_free(e);
}

/* What could not be read may be there next time. */
static void a_mask_that_cannot_be_read_is_tried_again(void **state)
{
    rwda_eval_pixel_run run = { .map = rwda_eval_map_named("windows") };
    rwda_evaluation    *e;
    rwda_error          err = { 0 };
    heard               h;

    (void)state;
    make_mask("data/first/ground_truth/stain/1_mask.pgm", 256, 256);
    make_mask("data/first/ground_truth/glue/2_mask.pgm", 9, 9);
    open_data();
    e = new_evaluation();
    assert_int_equal(unlink(in_scratch("data/first/ground_truth/glue/2_mask.pgm")), 0);
    assert_int_equal(mkfifo(in_scratch("data/first/ground_truth/glue/2_mask.pgm"), 0644), 0);
    for (int round = 0; round < 2; round++) {
        rwda_events events = hear(&h);

        h = (heard){ 0 };
        assert_ok(rwda_eval_pixel_run_measure(&run, e, demo.session, NULL, in_scratch("cache"), &events, &err), err);
        assert_true(h.steps > 0);
        assert_says(h.warning, "not a regular file");
        assert_int_equal(run.cells[0].images, 3);
        assert_int_equal(run.cells[0].left_out, 2);
    }
    free(run.cells);
    rwda_evaluation_free(e);
}

/* ---- All in one call ------------------------------------------------------------------------------------------------------ */

static void one_call_does_all(void **state)
{
    const rwda_eval_method *methods[] = { rwda_eval_method_named("fnn"), rwda_eval_method_named("winclip"),
                                          rwda_eval_method_named("random") };
    const rwda_eval_map    *maps[]    = { rwda_eval_map_named("windows") };
    const rwda_crops        plans[]   = { RWDA_CROPS_ONE, RWDA_CROPS_2X2 };
    rwda_evaluation        *e = NULL, *again = NULL;
    rwda_eval_options       options;
    rwda_train_options      train;
    heard                   h      = { 0 };
    rwda_events             events = hear(&h);
    rwda_error              err    = { 0 };

    (void)state;
    assert_ok(rwda_train_options_preset(&train, "best", &err), err);
    train.pairs    = 40;
    train.epochs   = 1;
    train.ensemble = 1;
    rwda_eval_options_default(&options, sizeof options);
    options.methods   = methods;
    options.n_methods = 3;
    options.plans     = plans;
    options.n_plans   = 2;
    options.maps      = maps;
    options.n_maps    = 1;
    options.seeds     = 2;
    options.train     = &train;
    options.cache_dir = in_scratch("cache");
    assert_ok(rwda_evaluation_run(&e, data, demo.model, demo.session, &options, &events, &err), err);
    assert_int_equal(e->n_runs, 6);
    assert_int_equal(e->n_pixel_runs, 1);
    assert_int_equal(e->failed, 1);
    assert_int_equal(e->n_categories, 2);
    assert_string_equal(e->detectors, "best");
    assert_non_null(strstr(e->recipe, "\"best\""));
    assert_int_equal(e->runs[0].seeds, 2);
    assert_int_equal(e->runs[1].seeds, 1);
    assert_int_equal(e->runs[3].plan, RWDA_CROPS_2X2);
    for (size_t r = 0; r < e->n_runs; r++)
        assert_null(e->runs[r].cells[0].missing);
    assert_true(e->runs[0].scores[0] != e->runs[0].scores[data->count]); /* two detectors */
    assert_ok(rwda_evaluation_run(&again, data, demo.model, demo.session, &options, NULL, &err), err);
    for (size_t r = 0; r < e->n_runs; r++)
        assert_memory_equal(&again->runs[r].mean, &e->runs[r].mean, sizeof e->runs[r].mean);
    rwda_evaluation_free(again);
    rwda_evaluation_free(e);
}

static void a_given_detector_is_taken(void **state)
{
    const rwda_eval_method *method = rwda_eval_method_named("fnn");
    rwda_evaluation        *e      = NULL;
    rwda_eval_options       options;
    rwda_error              err = { 0 };

    (void)state;
    rwda_eval_options_default(&options, sizeof options);
    options.methods   = &method;
    options.n_methods = 1;
    options.detector  = demo.detector;
    assert_ok(rwda_evaluation_run(&e, data, demo.model, demo.session, &options, NULL, &err), err);
    assert_int_equal(e->seeds, 1);
    assert_string_equal(e->detectors, "given");
    assert_string_equal(e->recipe, rwda_detector_recipe(demo.detector));
    rwda_evaluation_free(e);
}

/* A caller of an older header knows fewer fields; one of a newer header may set what this library does not know. */
static void options_are_read_by_their_size(void **state)
{
    struct {
        rwda_eval_options known;
        int               newer;
    } longer;
    const rwda_eval_method *method = rwda_eval_method_named("random");
    rwda_evaluation        *e      = POISON;
    rwda_eval_options       shorter;
    rwda_error              err = { 0 };

    (void)state;
    memset(&longer, 0xff, sizeof longer);
    rwda_eval_options_default(&longer.known, sizeof longer);
    assert_int_equal(longer.known.size, sizeof longer);
    assert_int_equal(longer.newer, 0);
    longer.known.methods   = &method;
    longer.known.n_methods = 1;
    assert_ok(rwda_evaluation_run(&e, data, demo.model, demo.session, &longer.known, NULL, &err), err);
    rwda_evaluation_free(e);
    longer.newer = 1;
    assert_refused("newer", rwda_evaluation_run(&e, data, demo.model, demo.session, &longer.known, NULL, &err),
                   RWDA_EUNSUPPORTED, &err, "rwda_eval_options");
    assert_null(e);
    memset(&shorter, 0xff, sizeof shorter);
    rwda_eval_options_default(&shorter, offsetof(rwda_eval_options, plans)); /* less than the first release has */
    assert_refused("shorter", rwda_evaluation_run(&e, data, demo.model, demo.session, &shorter, NULL, &err), RWDA_EINVAL,
                   &err, "rwda_eval_options");
    assert_null(e);
}

static void options_out_of_range(void **state)
{
    const rwda_eval_method *method = rwda_eval_method_named("random");
    rwda_evaluation        *e      = POISON;
    rwda_eval_options       options;
    rwda_error              err;

    (void)state;
    rwda_eval_options_default(&options, sizeof options);
    options.methods = &method;
    assert_refused("no method", rwda_evaluation_run(&e, data, demo.model, demo.session, &options, NULL, &err), RWDA_EINVAL,
                   &err, "0 methods and 1 crop plans");
    assert_null(e);
    options.n_methods = 1;
    options.seeds     = 0;
    assert_refused("seeds", rwda_evaluation_run(&e, data, demo.model, demo.session, &options, NULL, &err), RWDA_EINVAL, &err,
                   "seeds: 0 is not in 1..64");
    options.seeds = 1;
    for (size_t i = 0; i < 6; i++) {
        const rwda_crops        plan    = (rwda_crops)99;
        const rwda_eval_method *nothing = NULL;
        const rwda_eval_map    *no_map  = NULL;
        rwda_eval_options       wrong   = options;

        switch (i) {
        case 0: wrong.plans = &plan, wrong.n_plans = 1; break;
        case 1: wrong.resize = (rwda_resize)99; break;
        case 2: wrong.pool = (rwda_pool)99; break;
        case 3: wrong.object = (rwda_eval_object)2; break;
        case 4: wrong.methods = &nothing; break;
        default: wrong.maps = &no_map, wrong.n_maps = 1; break;
        }
        assert_refused("value", rwda_evaluation_run(&e, data, demo.model, demo.session, &wrong, NULL, &err), RWDA_EINVAL,
                       &err, "none of its values");
        assert_null(e);
    }
    options.n_maps = 3; /* of no maps */
    assert_ok(rwda_evaluation_run(&e, data, demo.model, demo.session, &options, NULL, &err), err);
    assert_int_equal(e->n_pixel_runs, 0);
    rwda_evaluation_free(e);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, make_data, drop_data)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(embeddings_are_those_of_the_images),
        ONE(embeddings_are_cached),
        ONE(a_broken_cache_is_made_again),
        ONE(corrupted_images_are_others),
        ONE(progress_stops_the_work),
        ONE(scores_are_those_of_the_scorer),
        ONE(known_objects),
        ONE(random_scores_stay_the_same),
        ONE(a_missing_detector_is_refused),
        cmocka_unit_test(methods_say_what_they_need),
        ONE(pixels_are_measured_and_cached),
        ONE(a_mask_of_another_size_is_an_error),
        ONE(a_mask_that_cannot_be_read_is_tried_again),
        ONE(one_call_does_all),
        ONE(a_given_detector_is_taken),
        ONE(options_are_read_by_their_size),
        ONE(options_out_of_range),
    };

    return cmocka_run_group_tests(tests, demo_open, demo_close);
}
