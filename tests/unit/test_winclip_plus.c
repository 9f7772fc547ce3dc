/* test_winclip_plus.c - are windows associated with those of normal images as WinCLIP+ says? */
#include "anomaly/winclip_plus.h"

#include "anomaly/winclip.h"
#include "clip/towers.h"
#include "clip/window_pass.h"
#include "tests/common/demo.h"

#include <rwda_memory.h>

#include <math.h>

static rwda_image   *images[4]; /* three normal ones, and one with a defect */
static rwda_windows *windows[4];
static rwda_scorer  *scorer; /* WinCLIP's */

static int open_all(void **state)
{
    static const char *const names[] = { "good/wood.jpg", "good/grid.jpg", "good/zipper.jpg", "defect/wood_hole.jpg" };
    rwda_scorer_options      options = RWDA_SCORER_OPTIONS_INIT;
    rwda_error               err     = { 0 };

    assert_int_equal(demo_open(state), 0);
    for (int i = 0; i < 4; i++) {
        images[i] = demo_sample(names[i]);
        assert_ok(rwda_windows_new(&windows[i], demo.session, images[i], &err), err);
    }
    options.method = RWDA_METHOD_WINCLIP;
    options.resize = RWDA_RESIZE_SQUASH;
    assert_ok(rwda_scorer_new(&scorer, demo.session, NULL, &options, &err), err);
    return 0;
}

static int close_all(void **state)
{
    for (int i = 0; i < 4; i++) {
        rwda_windows_free(windows[i]);
        rwda_image_free(images[i]);
    }
    rwda_windows_free(NULL);
    rwda_scorer_free(scorer);
    return demo_close(state);
}

static rwda_score score_of(const rwda_windows *image, int n, float *map)
{
    rwda_score score;
    rwda_error err = { 0 };

    assert_ok(
        rwda_windows_score(&score, map, demo.session, scorer, image, (const rwda_windows *const *)windows, (size_t)n, &err),
        err);
    return score;
}

/* Half the cosine distance of row i of x to the nearest row of n others. */
static double distance(const float *x, size_t i, const float *const *others, size_t n, size_t rows, size_t d)
{
    double best = -1.0;

    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < rows; j++) {
            double product = 0.0;

            for (size_t c = 0; c < d; c++)
                product += (double)x[i * d + c] * (double)others[k][j * d + c];
            best = fmax(best, product);
        }
    return fmin(fmax((1.0 - best) / 2.0, 1e-7), 1.0 - 1e-7);
}

/* Adds the harmonic mean over the windows of this side that cover each patch. */
static void add_windows(double *sums, const double *near, size_t grid, size_t side)
{
    size_t across = grid - side + 1;

    for (size_t y = 0; y < grid; y++)
        for (size_t x = 0; x < grid; x++) {
            double sum = 0.0;
            size_t n   = 0;

            for (size_t w = 0; w < across * across; w++)
                if (w / across <= y && y < w / across + side && w % across <= x && x < w % across + side) {
                    sum += 1.0 / near[w];
                    n++;
                }
            sums[y * grid + x] += (double)n / sum;
        }
}

static void the_map_is_the_mean_of_three_scales(void **state)
{
    const rwda_windows *seen = windows[3];
    size_t              grid = rw_vision_grid(seen->clip), dim = (size_t)seen->clip->config.embed_dim, first = 0;
    double             *sums = calloc(grid * grid, sizeof *sums), *near = calloc(grid * grid, sizeof *near), most = 0.0;
    const float        *others[3];
    rwda_score          score;

    (void)state;
    assert_true(sums != NULL && near != NULL && grid >= 3);
    for (size_t side = 2; side <= 3; side++) {
        size_t count = rw_window_count(grid, side);

        for (size_t k = 0; k < 3; k++)
            others[k] = windows[k]->windows + first * dim;
        for (size_t w = 0; w < count; w++)
            near[w] = distance(seen->windows, first + w, others, 3, count, dim);
        add_windows(sums, near, grid, side);
        first += count;
    }
    for (size_t k = 0; k < 3; k++)
        others[k] = windows[k]->patches;
    for (size_t p = 0; p < grid * grid; p++) {
        sums[p] += distance(seen->patches, p, others, 3, grid * grid, (size_t)seen->clip->config.vision.width);
        most = fmax(most, sums[p] / 3.0);
    }
    score = score_of(seen, 3, NULL);
    assert_true(fabs((double)score.score_memory - most) < 1e-6);
    assert_true(most > 1e-3);
    assert_true(fabs((double)score.score - ((double)score.score_clip + most) / 2.0) < 1e-6);
    assert_true(fabs((double)score.logit - log((double)score.score / (1.0 - (double)score.score))) < 1e-5);
    free(sums);
    free(near);
}

/* WinCLIP's own score and map are the halves that normal images do not change. */
static void words_are_winclip_s(void **state)
{
    rwda_map_options options = RWDA_MAP_OPTIONS_INIT;
    size_t           n       = (size_t)images[3]->width * (size_t)images[3]->height;
    float     *map = calloc(n, sizeof *map), *zero = calloc(n, sizeof *zero), *other = calloc(n, sizeof *other), low = 1.0f;
    rwda_score score = score_of(windows[3], 1, map), alone;
    rwda_error err   = { 0 };
    float      high  = 0.0f;

    (void)state;
    assert_ok(rwda_scorer_score_images(&alone, demo.session, scorer, (const rwda_image *const *)&images[3], 1, &err), err);
    assert_true(fabsf(alone.score - score.score_clip) < 1e-6f);
    options.mode = RWDA_MAP_WINDOWS;
    assert_ok(rwda_map_compute(zero, demo.session, scorer, images[3], &options, &err), err);
    (void)score_of(windows[3], 3, other);
    for (size_t i = 0; i < n; i++) {
        float few = 2.0f * map[i] - zero[i];

        low  = few < low ? few : low;
        high = few > high ? few : high;
        assert_true(other[i] <= map[i] + 1e-6f); /* more normal images, and nothing is farther */
    }
    assert_true(low > -1e-5f && high <= score.score_memory + 1e-5f && high > 0.9f * score.score_memory);
    free(map);
    free(zero);
    free(other);
}

static void an_image_is_like_itself(void **state)
{
    rwda_score same = score_of(windows[1], 3, NULL), other = score_of(windows[1], 1, NULL);

    (void)state;
    assert_true(same.score_memory < 1e-5f);
    assert_true(other.score_memory > 1e-3f);
    assert_true(same.score_clip == other.score_clip);
}

static void the_order_of_normal_images_does_not_matter(void **state)
{
    const rwda_windows *turned[] = { windows[2], windows[0], windows[1] };
    rwda_score          one      = score_of(windows[3], 3, NULL), other;
    rwda_error          err      = { 0 };

    (void)state;
    assert_ok(rwda_windows_score(&other, NULL, demo.session, scorer, windows[3], turned, 3, &err), err);
    assert_true(one.score == other.score && one.score_clip == other.score_clip);
    assert_true(one.logit == other.logit && one.score_memory == other.score_memory);
}

static void what_does_not_fit_is_refused(void **state)
{
    rwda_image           empty     = { 0, 5, 0, NULL };
    rwda_memory_options  options   = RWDA_MEMORY_OPTIONS_INIT;
    rwda_scorer_options  by_memory = RWDA_SCORER_OPTIONS_INIT;
    rwda_memory_builder *builder   = NULL;
    rwda_memory         *memory    = NULL;
    rwda_scorer         *wrong     = NULL;
    rwda_windows        *none      = POISON;
    const char          *name      = "x";
    rwda_windows         foreign   = *windows[0];
    const rwda_windows  *theirs    = &foreign;
    rwda_score           score;
    rwda_error           err = { 0 };

    (void)state;
    assert_refused("empty", rwda_windows_new(&none, demo.session, &empty, &err), RWDA_EINVAL, &err, "image of 0 x 5");
    assert_null(none);
    assert_refused(
        "no normal image",
        rwda_windows_score(&score, NULL, demo.session, scorer, windows[3], (const rwda_windows *const *)windows, 0, &err),
        RWDA_EINVAL, &err, "at least one");
    foreign.clip = NULL;
    assert_refused("another model", rwda_windows_score(&score, NULL, demo.session, scorer, windows[3], &theirs, 1, &err),
                   RWDA_EMISMATCH, &err, "different models");
    options.words = 0;
    assert_ok(rwda_memory_builder_new(&builder, demo.session, NULL, &options, &err), err);
    assert_ok(rwda_memory_builder_add(builder, (const rwda_image *const *)images, &name, NULL, 1, &err), err);
    assert_ok(rwda_memory_builder_finish(&memory, builder, NULL, NULL, &err), err);
    by_memory.memory = memory;
    assert_ok(rwda_scorer_new(&wrong, demo.session, NULL, &by_memory, &err), err);
    assert_refused(
        "a memory",
        rwda_windows_score(&score, NULL, demo.session, wrong, windows[3], (const rwda_windows *const *)windows, 1, &err),
        RWDA_EINVAL, &err, "not one with a memory");
    rwda_scorer_free(wrong);
    rwda_memory_free(memory);
    rwda_memory_builder_free(builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_is_the_mean_of_three_scales),
        cmocka_unit_test(words_are_winclip_s),
        cmocka_unit_test(an_image_is_like_itself),
        cmocka_unit_test(the_order_of_normal_images_does_not_matter),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
