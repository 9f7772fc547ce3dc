/* test_evidence.c - are runs by memories, batches and WinCLIP+ the library's scores, without a test image in a memory? */
#include "eval/evidence.h"
#include "tests/common/demo.h"
#include "tests/eval/tree.h"

#include <rwda_winclip_plus.h>

#include <math.h>

/* Two categories: `spare` has training images, of which one is broken and one is there twice; `tight` has none: normals are drawn from its 5
 * normal test images. */
static rwda_dataset *data;

/* An image of 40 x 32 pixels: stripes and noise, with a block where `spoilt`. */
static void make_stripes(const char *name, unsigned seed, bool spoilt)
{
    enum { WIDTH = 40, HEIGHT = 32 };
    char     bytes[32 + 3 * WIDTH * HEIGHT];
    size_t   at     = (size_t)snprintf(bytes, sizeof bytes, "P6 %d %d 255\n", WIDTH, HEIGHT);
    uint64_t random = seed + 1;

    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                random      = random * 6364136223846793005u + 1442695040888963407u;
                bytes[at++] = (char)(60 + 30 * c + (x / 5 % 2) * 50 + (int)(random >> 60) +
                                     (spoilt && y > 8 && y < 24 && x < 20 ? 40 : 0));
            }
    tree_text(name, "");
    (void)make_file(name, bytes, at);
}

static int make_data(void **state)
{
    rwda_error err = { 0 };
    char       name[64];

    assert_int_equal(scratch_new(state), 0);
    for (unsigned i = 0; i < 6; i++) {
        (void)snprintf(name, sizeof name, "data/spare/train/good/%u.ppm", i);
        make_stripes(name, i == 5 ? 4 : i, false); /* 5 is 4 again */
    }
    tree_text("data/spare/train/good/2.ppm", "not an image");
    for (unsigned i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "data/spare/test/good/%u.ppm", i);
        make_stripes(name, 20 + i, false);
        (void)snprintf(name, sizeof name, "data/spare/test/block/%u.ppm", i);
        make_stripes(name, 30 + i, true);
    }
    for (unsigned i = 0; i < 5; i++) {
        (void)snprintf(name, sizeof name, "data/tight/test/good/%u.ppm", i);
        make_stripes(name, 40 + i, false);
    }
    make_stripes("data/tight/test/block/0.ppm", 50, true);
    tree_text("data/tight/test/block/1.ppm", "not an image");
    make_stripes("data/tight/test/block/2.ppm", 52, true);
    (void)make_folder("cache");
    assert_ok(rwda_dataset_open(&data, in_scratch("data"), "mvtec", NULL, &err), err);
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
    e->resize = RWDA_RESIZE_SQUASH;
    e->fuse   = 0.25;
    return e;
}

#define RUNS_MAX 8
typedef struct {
    rwda_eval_run  runs[RUNS_MAX];
    rwda_eval_run *list[RUNS_MAX];
    size_t         n, failed;
} several;

static void add_run(several *s, const char *method, int shots, int draws)
{
    assert_true(s->n < RUNS_MAX);
    s->runs[s->n] = (rwda_eval_run){ .method = rwda_eval_method_named(method), .seeds = draws, .shots = shots };
    s->list[s->n] = &s->runs[s->n];
    s->n++;
}

static void score(several *s, const rwda_evaluation *e, const char *cache_dir, heard *h)
{
    rwda_events events = hear(h);
    rwda_error  err    = { 0 };

    *h = (heard){ 0 };
    assert_ok(rwda_eval_runs_score(s->list, s->n, &s->failed, e, demo.session, demo.detector, cache_dir, &events, &err),
              err);
    for (size_t r = 0; r < s->n; r++)
        assert_ok(rwda_eval_run_measure(s->list[r], e, &err), err);
}

static void drop(several *s)
{
    for (size_t r = 0; r < s->n; r++)
        rwda_eval_run_free(s->list[r]);
    s->n = 0;
}

static rwda_image *load(const char *path)
{
    rwda_image *image = NULL;
    rwda_error  err   = { 0 };

    assert_ok(rwda_image_load(&image, path, NULL, &err), err);
    return image;
}

/* The first k of a draw that can be decoded, without those that are there already. */
static size_t draw_of(rwda_image **out, const rwda_evaluation *e, size_t category, int draw, size_t k)
{
    rw_normals normals = rw_normals_of(e, &e->categories[category]);
    uint32_t   order[16];
    size_t     n = 0;

    assert_true(normals.count <= 16);
    rw_normals_draw(order, &normals, draw);
    for (size_t i = 0; i < normals.count && n < k; i++) {
        const char *path  = normals.items[order[i]].path;
        bool        again = false;

        if (rw_path_ends_in(path, "train/good/2.ppm"))
            continue;
        out[n] = load(path);
        for (size_t j = 0; j < n; j++)
            again |= memcmp(out[j]->pixels, out[n]->pixels, out[n]->stride * (size_t)out[n]->height) == 0;
        if (again)
            rwda_image_free(out[n]);
        else
            n++;
    }
    return n;
}

static rwda_memory *memory_of(rwda_image *const *images, size_t n, const rwda_memory_options *options)
{
    rwda_memory_builder *b      = NULL;
    rwda_memory         *memory = NULL;
    rwda_error           err    = { 0 };
    const char          *name   = "x";

    assert_ok(rwda_memory_builder_new(&b, demo.session, NULL, options, &err), err);
    for (size_t i = 0; i < n; i++)
        assert_ok(rwda_memory_builder_add(b, (const rwda_image *const *)&images[i], &name, NULL, 1, &err), err);
    assert_ok(rwda_memory_builder_finish(&memory, b, NULL, NULL, &err), err);
    rwda_memory_builder_free(b);
    return memory;
}

/* The score of one test image by a memory. */
static rwda_score score_by(const rwda_memory *memory, double fuse, const char *path)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_image         *image   = load(path);
    rwda_scorer        *scorer  = NULL;
    rwda_score          one;
    rwda_error          err = { 0 };

    options.memory = memory;
    options.fuse   = fuse;
    options.resize = RWDA_RESIZE_SQUASH;
    assert_ok(rwda_scorer_new(&scorer, demo.session, demo.detector, &options, &err), err);
    assert_ok(rwda_scorer_score_images(&one, demo.session, scorer, (const rwda_image *const *)&image, 1, &err), err);
    rwda_scorer_free(scorer);
    rwda_image_free(image);
    return one;
}

static void free_images(rwda_image **images, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rwda_image_free(images[i]);
}

/* ---- Scores ---------------------------------------------------------------------------------------------------------------- */

static void scores_are_those_of_a_memory(void **state)
{
    rwda_evaluation    *e    = new_evaluation();
    several             s    = { .n = 0 };
    rwda_memory_options bare = RWDA_MEMORY_OPTIONS_INIT, class = bare;
    heard               h;

    (void)state;
    add_run(&s, "memory", 3, 2);
    add_run(&s, "memory", 1, 2);
    add_run(&s, "memory+words", 3, 2);
    add_run(&s, "class-nn", 3, 2);
    score(&s, e, NULL, &h);
    assert_int_equal(s.failed, 1);
    bare.resize = class.resize = RWDA_RESIZE_SQUASH;
    class.class_weight         = 1.0f;
    for (int draw = 0; draw < 2; draw++) {
        rwda_image  *images[3];
        size_t       n     = draw_of(images, e, 0, draw, 3);
        rwda_memory *three = memory_of(images, 3, &bare), *one = memory_of(images, 1, &bare);
        rwda_memory *tokens = memory_of(images, 3, &class);

        assert_int_equal(n, 3);
        for (size_t i = e->categories[0].first; i < e->categories[0].last; i++) {
            const char *path = data->items[i].path;
            size_t      at   = (size_t)draw * data->count + i;
            rwda_score  wanted;

            wanted = score_by(three, 0.0, path);
            assert_true(s.runs[0].scores[at] == (double)wanted.logit && s.runs[0].shown[at] == (double)wanted.score);
            wanted = score_by(one, 0.0, path);
            assert_true(s.runs[1].scores[at] == (double)wanted.logit);
            wanted = score_by(three, 0.25, path);
            assert_true(s.runs[2].scores[at] == (double)wanted.logit && s.runs[2].shown[at] == (double)wanted.score);
            wanted = score_by(tokens, 0.0, path); /* it sees fewer patches, which do not count */
            assert_true(fabs(s.runs[3].shown[at] - (double)wanted.score) < 1e-6);
        }
        rwda_memory_free(three);
        rwda_memory_free(one);
        rwda_memory_free(tokens);
        free_images(images, n);
    }
    assert_true(s.runs[0].scores[0] != s.runs[0].scores[data->count]); /* draws differ */
    assert_int_equal(s.runs[0].sources[0].normals, 6);
    assert_int_equal(s.runs[0].sources[0].from_test, 0);
    assert_int_equal(s.runs[0].sources[0].left_out, 0);
    drop(&s);
    rwda_evaluation_free(e);
}

/* Where normals are test images, those that a draw may take for any number of shots are not tested by it: in no memory is the image that it
 * scores, which would be at no distance. */
static void no_test_image_is_in_its_memory(void **state)
{
    rwda_evaluation *e = new_evaluation();
    several          s = { .n = 0 };
    rw_normals       normals;
    uint32_t         order[5];
    heard            h;

    (void)state;
    e->n_shots  = 2;
    e->shots[0] = 1;
    e->shots[1] = 3;
    add_run(&s, "memory", 1, 3);
    add_run(&s, "winclip+", 1, 3);
    score(&s, e, NULL, &h);
    normals = rw_normals_of(e, &e->categories[1]);
    assert_true(normals.from_test);
    for (int draw = 0; draw < 3; draw++) {
        rw_normals_draw(order, &normals, draw);
        for (size_t i = 0; i < 5; i++)
            for (size_t r = 0; r < 2; r++) {
                double shown = s.runs[r].shown[(size_t)draw * data->count + e->categories[1].first + order[i]];

                assert_int_equal(isnan(shown), i < 3);
                assert_false(shown < 1e-5);
            }
    }
    for (size_t r = 0; r < 2; r++) {
        assert_int_equal(s.runs[r].sources[1].normals, 5);
        assert_int_equal(s.runs[r].sources[1].from_test, 1);
        assert_int_equal(s.runs[r].sources[1].left_out, 3);
        assert_int_equal(s.runs[r].cells[1].normal, 2);
        assert_int_equal(s.runs[r].cells[1].anomalous, 2);
        assert_null(s.runs[r].cells[1].missing);
        assert_true(s.runs[r].cells[1].high > 0); /* an interval, of images that some draws tested */
    }
    drop(&s);
    rwda_evaluation_free(e);
}

static void runs_that_cannot_be_say_why(void **state)
{
    rwda_evaluation *e = new_evaluation();
    several          s = { .n = 0 };
    heard            h;

    (void)state;
    add_run(&s, "memory", 5, 1); /* 6 training images, of which 4 can be used; 5 test images, and one is to be tested */
    add_run(&s, "winclip+", 6, 1);
    add_run(&s, "memory+words", 1, 1);
    add_run(&s, "memory", 4, 1);
    score(&s, e, NULL, &h);
    for (size_t c = 0; c < 2; c++) {
        assert_string_equal(s.runs[0].cells[c].missing, "too few normal images");
        assert_string_equal(s.runs[1].cells[c].missing, "too few normal images");
        assert_string_equal(s.runs[2].cells[c].missing, "one normal image cannot standardise");
        assert_null(s.runs[3].cells[c].missing);
    }
    assert_non_null(s.runs[0].mean.missing);
    for (size_t i = 0; i < data->count; i++)
        assert_true(isnan(s.runs[0].scores[i]) && isnan(s.runs[2].scores[i]));
    drop(&s);
    rwda_evaluation_free(e);
}

/* A batch is all test images: each is scored as if it were not there. */
static void a_batch_is_the_test_images(void **state)
{
    rwda_evaluation    *e       = new_evaluation();
    several             s       = { .n = 0 };
    rwda_memory_options options = RWDA_MEMORY_OPTIONS_INIT;
    rwda_image         *images[6];
    rwda_memory        *batch;
    heard               h;

    (void)state;
    add_run(&s, "mutual", 0, 1);
    add_run(&s, "mutual+words", 0, 1);
    score(&s, e, NULL, &h);
    for (size_t i = 0; i < 6; i++)
        images[i] = load(data->items[i].path);
    options.mutual = 1;
    options.resize = RWDA_RESIZE_SQUASH;
    batch          = memory_of(images, 6, &options);
    for (size_t i = 0; i < 6; i++) {
        assert_true(s.runs[0].shown[i] == (double)score_by(batch, 0.0, data->items[i].path).score);
        assert_true(s.runs[1].scores[i] == (double)score_by(batch, 0.25, data->items[i].path).logit);
    }
    assert_int_equal(s.runs[0].sources[0].normals, 6);
    assert_int_equal(s.runs[0].sources[1].normals, 7); /* without the broken one */
    assert_int_equal(s.failed, 1);
    rwda_memory_free(batch);
    free_images(images, 6);
    drop(&s);
    rwda_evaluation_free(e);
}

static void winclip_plus_is_the_library_s(void **state)
{
    rwda_evaluation    *e       = new_evaluation();
    several             s       = { .n = 0 };
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_scorer        *scorer  = NULL;
    rwda_windows       *normal[2], *seen = NULL;
    rwda_image         *images[2], *image;
    rwda_score          wanted;
    rwda_error          err = { 0 };
    heard               h;

    (void)state;
    add_run(&s, "winclip+", 2, 1);
    score(&s, e, NULL, &h);
    options.method = RWDA_METHOD_WINCLIP;
    options.resize = RWDA_RESIZE_SQUASH;
    assert_ok(rwda_scorer_new(&scorer, demo.session, NULL, &options, &err), err);
    assert_int_equal(draw_of(images, e, 0, 0, 2), 2);
    for (size_t k = 0; k < 2; k++)
        assert_ok(rwda_windows_new(&normal[k], demo.session, images[k], &err), err);
    image = load(data->items[0].path);
    assert_ok(rwda_windows_new(&seen, demo.session, image, &err), err);
    assert_ok(rwda_windows_score(&wanted, NULL, demo.session, scorer, seen, (const rwda_windows *const *)normal, 2, &err),
              err);
    assert_true(s.runs[0].scores[0] == (double)wanted.logit && s.runs[0].shown[0] == (double)wanted.score);
    for (size_t k = 0; k < 2; k++)
        rwda_windows_free(normal[k]);
    rwda_windows_free(seen);
    rwda_image_free(image);
    free_images(images, 2);
    rwda_scorer_free(scorer);
    drop(&s);
    rwda_evaluation_free(e);
}

/* ---- The cache ------------------------------------------------------------------------------------------------------------- */

static void assert_same_scores(const several *a, const several *b)
{
    for (size_t r = 0; r < a->n; r++) {
        size_t n = (size_t)a->runs[r].seeds * data->count;

        for (size_t i = 0; i < n; i++) /* not every NaN has the same bits */
            assert_true(a->runs[r].scores[i] == b->runs[r].scores[i] ||
                        (isnan(a->runs[r].scores[i]) && isnan(b->runs[r].scores[i])));
        assert_memory_equal(a->runs[r].sources, b->runs[r].sources, 2 * sizeof *a->runs[r].sources);
        assert_memory_equal(&a->runs[r].mean, &b->runs[r].mean, sizeof a->runs[r].mean);
    }
    assert_int_equal(a->failed, b->failed);
}

static void add_some(several *s)
{
    add_run(s, "memory", 2, 2);
    add_run(s, "mutual", 0, 1);
    add_run(s, "winclip+", 2, 2);
    add_run(s, "memory+words", 1, 1);
}

static void scores_are_cached(void **state)
{
    rwda_evaluation *e = new_evaluation();
    several          s = { .n = 0 }, again = { .n = 0 };
    heard            h;

    (void)state;
    add_some(&s);
    score(&s, e, in_scratch("cache"), &h);
    assert_true(h.steps > 0);
    assert_int_equal(names_in(in_scratch("cache")), 2);
    assert_true(rw_path_is_file(in_scratch("cache"), "tight-922b53ea.memory-one.txt"));
    add_some(&again);
    score(&again, e, in_scratch("cache"), &h);
    assert_int_equal(h.steps, 0);
    assert_same_scores(&s, &again);
    drop(&again);

    make_stripes("data/spare/train/good/0.ppm", 0, false); /* the same, of another date: its category is made anew */
    add_some(&again);
    score(&again, e, in_scratch("cache"), &h);
    assert_true(h.steps > 0);
    assert_same_scores(&s, &again);
    drop(&again);
    score(&again, e, in_scratch("cache"), &h); /* no run is nothing to do */

    e->fuse = 0.5;
    add_some(&again);
    score(&again, e, in_scratch("cache"), &h);
    assert_true(h.steps > 0);
    drop(&again);
    drop(&s);
    rwda_evaluation_free(e);
}

static void a_broken_cache_is_made_again(void **state)
{
    rwda_evaluation *e = new_evaluation();
    several          s = { .n = 0 }, again = { .n = 0 };
    uint8_t         *bytes = NULL;
    size_t           len;
    rwda_error       err = { 0 };
    heard            h;

    (void)state;
    add_some(&s);
    score(&s, e, in_scratch("cache"), &h);
    for (size_t cut = 1; cut < 6; cut += 2) {
        assert_ok(rw_file_read(&bytes, &len, in_scratch("cache/spare-cf2d9706.memory-one.txt"), (size_t)1 << 24, &err), err);
        (void)make_file("cache/spare-cf2d9706.memory-one.txt", bytes, len - cut);
        free(bytes);
        add_some(&again);
        score(&again, e, in_scratch("cache"), &h);
        assert_true(h.steps > 0);
        assert_same_scores(&s, &again);
        drop(&again);
    }
    drop(&s);
    rwda_evaluation_free(e);
}

static void progress_stops_the_work(void **state)
{
    rwda_evaluation *e = new_evaluation();
    several          s = { .n = 0 };
    heard            h;

    (void)state;
    add_run(&s, "memory", 2, 1);
    for (int step = 1; step <= 2; step++) {
        rwda_events events;
        rwda_error  err;

        h      = (heard){ .stop_at = step };
        events = hear(&h);
        assert_refused("stopped",
                       rwda_eval_runs_score(s.list, s.n, NULL, e, demo.session, NULL, in_scratch("cache"), &events, &err),
                       RWDA_ECANCELLED, &err, "images");
    }
    drop(&s);
    rwda_evaluation_free(e);
}

static void runs_are_checked(void **state)
{
    rwda_evaluation     *e     = new_evaluation();
    several              s     = { .n = 0 };
    rwda_eval_run        words = { .method = rwda_eval_method_named("clip"), .seeds = 1 }, *one = &words;
    rwda_eval_embeddings x = { .first = NULL };
    rwda_error           err;

    (void)state;
    assert_refused("words", rwda_eval_runs_score(&one, 1, NULL, e, demo.session, NULL, NULL, NULL, &err), RWDA_EINVAL, &err,
                   "by words");
    add_run(&s, "memory", 0, 1);
    assert_refused("shots", rwda_eval_runs_score(s.list, 1, NULL, e, demo.session, NULL, NULL, NULL, &err), RWDA_EINVAL,
                   &err, "1 draws of 0 shots");
    s.runs[0].shots = 1;
    s.runs[0].seeds = 65;
    assert_refused("draws", rwda_eval_runs_score(s.list, 1, NULL, e, demo.session, NULL, NULL, NULL, &err), RWDA_EINVAL,
                   &err, "65 draws");
    assert_refused("embeddings", rwda_eval_run_score(s.list[0], e, demo.session, &x, NULL, 0, &err), RWDA_EINVAL, &err,
                   "does not score embeddings");
    drop(&s);
    add_run(&s, "memory+words", 2, 1);
    assert_refused("detector", rwda_eval_runs_score(s.list, 1, NULL, e, demo.session, NULL, NULL, NULL, &err), RWDA_EINVAL,
                   &err, "needs a detector");
    e->resize = RWDA_RESIZE_TILES;
    assert_refused("tiles", rwda_eval_runs_score(s.list, 1, NULL, e, demo.session, demo.detector, NULL, NULL, &err),
                   RWDA_EINVAL, &err, "another number of crops");
    drop(&s);
    rwda_evaluation_free(e);
}

/* ---- Maps ------------------------------------------------------------------------------------------------------------------ */

static void make_mask(const char *name)
{
    char   bytes[32 + 40 * 32];
    size_t at = (size_t)snprintf(bytes, sizeof bytes, "P5 40 32 255\n");

    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 40; x++)
            bytes[at++] = (char)(y > 8 && y < 24 && x < 20 ? 255 : 0);
    tree_text(name, "");
    (void)make_file(name, bytes, at);
}

static void maps_are_beside_normal_images(void **state)
{
    static const char *const maps[] = { "memory", "mutual", "winclip+" };
    rwda_evaluation         *e;
    rwda_error               err = { 0 };

    (void)state;
    make_mask("data/tight/ground_truth/block/0_mask.pgm");
    make_mask("data/tight/ground_truth/block/2_mask.pgm");
    rwda_dataset_free(data);
    assert_ok(rwda_dataset_open(&data, in_scratch("data"), "mvtec", NULL, &err), err);
    e           = new_evaluation();
    e->n_shots  = 1;
    e->shots[0] = 3;
    for (size_t m = 0; m < 3; m++) {
        rwda_eval_pixel_run run = { .map = rwda_eval_map_named(maps[m]), .shots = m == 1 ? 0 : 2 }, again = run;
        heard               h      = { 0 };
        rwda_events         events = hear(&h);

        assert_ok(rwda_eval_pixel_run_measure(&run, e, demo.session, NULL, in_scratch("cache"), &events, &err), err);
        assert_string_equal(run.cells[0].missing, "no mask");
        assert_null(run.cells[1].missing);
        assert_int_equal(run.cells[1].images,
                         m == 1 ? 7 : 4); /* two with a mask, and normals that are not drawn for 3 shots */
        assert_true(run.cells[1].metrics.auroc > 0.5);
        h = (heard){ 0 };
        assert_ok(rwda_eval_pixel_run_measure(&again, e, demo.session, NULL, in_scratch("cache"), &events, &err), err);
        assert_int_equal(h.steps, 0);
        assert_memory_equal(&again.cells[1].metrics, &run.cells[1].metrics, sizeof run.cells[1].metrics);
        free(again.cells);
        run.shots = m == 1 ? 0 : 5; /* no normal image would be left to test */
        assert_ok(rwda_eval_pixel_run_measure(&run, e, demo.session, NULL, NULL, &events, &err), err);
        if (m != 1)
            assert_string_equal(run.cells[1].missing, "too few normal images");
        free(run.cells);
    }
    rwda_evaluation_free(e);
}

/* ---- All in one call -------------------------------------------------------------------------------------------------------- */

static void one_call_does_all(void **state)
{
    const rwda_eval_method *methods[] = { rwda_eval_method_named("memory"), rwda_eval_method_named("clip"),
                                          rwda_eval_method_named("memory+words"), rwda_eval_method_named("mutual") };
    const rwda_crops        plans[]   = { RWDA_CROPS_2X2, RWDA_CROPS_ONE };
    const int               shots[]   = { 3, 2, 3 };
    rwda_evaluation        *e = NULL, *again = NULL;
    rwda_eval_options       options;
    rwda_error              err = { 0 };

    (void)state;
    rwda_eval_options_default(&options, sizeof options);
    assert_int_equal(options.draws, 5);
    assert_float_equal(options.fuse, 0.15, 0);
    options.methods   = methods;
    options.n_methods = 4;
    options.plans     = plans;
    options.n_plans   = 2;
    options.shots     = shots;
    options.n_shots   = 3;
    options.draws     = 2;
    options.detector  = demo.detector;
    options.cache_dir = in_scratch("cache");
    assert_ok(rwda_evaluation_run(&e, data, demo.model, demo.session, &options, NULL, &err), err);
    assert_int_equal(e->n_shots, 2);
    assert_int_equal(e->shots[0], 2);
    assert_int_equal(e->failed, 1);
    assert_int_equal(e->n_runs, 2 + 1 + 2 + 1 + 1 + 2); /* what sees no crops has runs with the first plan alone */
    assert_int_equal(e->runs[0].shots, 2);
    assert_int_equal(e->runs[1].shots, 3);
    assert_int_equal(e->runs[0].plan, RWDA_CROPS_ONE);
    assert_int_equal(e->runs[3].plan, RWDA_CROPS_2X2);
    assert_int_equal(e->runs[0].seeds, 2);
    assert_int_equal(e->runs[5].seeds, 1);
    for (size_t r = 0; r < e->n_runs; r++)
        assert_null(e->runs[r].mean.missing);
    assert_true(e->runs[3].scores[0] != e->runs[7].scores[0]); /* words of other crops */
    assert_ok(rwda_evaluation_run(&again, data, demo.model, demo.session, &options, NULL, &err), err);
    for (size_t r = 0; r < e->n_runs; r++)
        assert_memory_equal(&again->runs[r].mean, &e->runs[r].mean, sizeof e->runs[r].mean);
    rwda_evaluation_free(again);
    rwda_evaluation_free(e);
}

static void options_out_of_range(void **state)
{
    const int         none[] = { 0 }, many[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 };
    rwda_eval_options options;
    rwda_evaluation  *e = NULL;
    rwda_error        err;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        static const char *const says[] = { "shots: 0 is not in 1..1000", "more than 16 different", "at least one number",
                                            "draws: 65 is not in 1..64", "fuse: 1.5 is not in 0..1" };

        rwda_eval_options_default(&options, sizeof options);
        switch (i) {
        case 0: options.shots = none, options.n_shots = 1; break;
        case 1: options.shots = many, options.n_shots = 17; break;
        case 2: options.shots = none; break;
        case 3: options.draws = 65; break;
        default: options.fuse = 1.5; break;
        }
        assert_refused(says[i], rwda_evaluation_run(&e, data, demo.model, demo.session, &options, NULL, &err), RWDA_EINVAL,
                       &err, says[i]);
        assert_null(e);
    }
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, make_data, drop_data)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(scores_are_those_of_a_memory),
        ONE(no_test_image_is_in_its_memory),
        ONE(runs_that_cannot_be_say_why),
        ONE(a_batch_is_the_test_images),
        ONE(winclip_plus_is_the_library_s),
        ONE(scores_are_cached),
        ONE(a_broken_cache_is_made_again),
        ONE(progress_stops_the_work),
        ONE(runs_are_checked),
        ONE(maps_are_beside_normal_images),
        ONE(one_call_does_all),
        ONE(options_out_of_range),
    };

    return cmocka_run_group_tests(tests, demo_open, demo_close);
}
