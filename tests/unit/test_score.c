/* test_score.c - do scores keep the order of what they are made of, however clear the case is? */
#include "anomaly/score.h"

#include "tests/unit/check.h"

#include <math.h>

#define DIM    16
#define IMAGES 2000

static const rw_kernels *kernels;
static rw_arena          arena = RW_ARENA_INIT;

static int set_up(void **state)
{
    rwda_error err;

    (void)state;
    return rw_kernels_find(&kernels, RWDA_CPU_AUTO, &err) != RWDA_OK;
}

static int tear_down(void **state)
{
    (void)state;
    rw_arena_done(&arena);
    return 0;
}

static void make_unit(float x[DIM])
{
    double square = 0.0;

    for (size_t j = 0; j < DIM; j++)
        square += (double)x[j] * (double)x[j];
    for (size_t j = 0; j < DIM; j++)
        x[j] = (float)(x[j] / sqrt(square));
}

static rwda_score score(const rwda_scorer *scorer, const float *x, size_t crops)
{
    rwda_score out;
    rwda_error err = { 0 };

    assert_ok(rw_score_crops(&out, scorer, x, crops, kernels, &arena, NULL, &err), err);
    assert_true(out.score >= 0.0f && out.score <= 1.0f);
    return out;
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Texts of two tight classes, far apart in standard deviations; images far away from both, as CLIP's are (the modality gap). */
static void images_far_from_well_separated_texts_do_not_tie(void **state)
{
    static const rwda_method methods[] = { RWDA_METHOD_LDA, RWDA_METHOD_MEAN_DIFFERENCE };
    static float             texts[200][DIM], images[IMAGES][DIM], found[IMAGES];
    rw_random                random   = rw_random_init(4, 4);
    rwda_detector            detector = { .dim = DIM };
    rwda_scorer              scorer   = { .detector = &detector, .dim = DIM };
    rwda_error               err      = { 0 };

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        for (size_t j = 0; j < DIM; j++)
            texts[i][j] = (j == 0 ? 1.0f : j == 1 && i % 2 == 1 ? 0.5f : 0.0f) + 1e-4f * rw_random_normal(&random);
        make_unit(texts[i]);
    }
    for (size_t i = 0; i < IMAGES; i++) {
        for (size_t j = 0; j < DIM; j++)
            images[i][j] = (j == 1 ? -1.0f : 0.0f) + 0.05f * rw_random_normal(&random);
        make_unit(images[i]);
    }
    assert_ok(rw_direction_lda(&detector.lda, texts[0], 100, DIM, kernels, &arena, NULL, &err), err);
    assert_ok(rw_direction_mean_difference(&detector.mean_difference, texts[0], 100, DIM, &err), err);
    for (size_t m = 0; m < 2; m++) {
        size_t same = 0;

        scorer.options.method = methods[m];
        for (size_t i = 0; i < IMAGES; i++)
            found[i] = score(&scorer, images[i], 1).score;
        qsort(found, IMAGES, sizeof *found, ascending);
        for (size_t i = 1; i < IMAGES; i++)
            same += found[i] == found[i - 1];
        assert_true(same < IMAGES / 50); /* two images may well lie within a rounding of each other */
        assert_true(found[0] > 0.1f && found[IMAGES - 1] < 0.9f);
    }
    rw_direction_free(&detector.lda);
    rw_direction_free(&detector.mean_difference);
}

/* A linear network whose logit is the image's first number, and a scorer around it. */
typedef struct {
    rw_fnn        network;
    rwda_detector detector;
    rwda_scorer   scorer;
    float         clip[DIM]; /* CLIP's logit is the second number */
} rig;

static void rig_make(rig *r, rwda_method method, rwda_pool pool)
{
    rw_fnn_shape shape = { DIM, 0, 1, RWDA_FNN_RELU };
    rwda_error   err   = { 0 };

    *r = (rig){ .clip = { 0.0f, 1.0f } };
    assert_ok(rw_fnn_new(&r->network, &shape, &err), err);
    rw_fnn_split(&shape, r->network.parameters).w2[0] = 1.0f;
    r->detector                                       = (rwda_detector){ .dim = DIM, .networks = &r->network, .count = 1 };
    r->scorer                                         = (rwda_scorer){ .detector  = &r->detector,
                                                                       .dim       = DIM,
                                                                       .direction = method == RWDA_METHOD_FNN ? NULL : r->clip,
                                                                       .options   = { .method = method, .pool = pool } };
}

static void logits_keep_an_order_that_scores_round_away(void **state)
{
    rig        r;
    rwda_score before = { 0 }, now;
    size_t     same   = 0;

    (void)state;
    rig_make(&r, RWDA_METHOD_FNN, RWDA_POOL_MEAN);
    for (int i = -600; i <= 600; i++) {
        float x[DIM] = { 0.25f * (float)i };

        now = score(&r.scorer, x, 1);
        assert_true(fabsf(now.logit - x[0]) <= 1e-6f * fmaxf(1.0f, fabsf(x[0]))); /* one crop: the network's own */
        if (i > -600) {
            assert_true(now.logit > before.logit);
            assert_true(now.score >= before.score);
            same += now.score == before.score;
        }
        before = now;
    }
    assert_true(same > 100); /* a float near 1 cannot tell them apart: this is what the logit is for */
    rw_fnn_free(&r.network);
}

static void crops_and_combinations_keep_the_order_too(void **state)
{
    static const rwda_pool pools[] = { RWDA_POOL_MEAN, RWDA_POOL_MAX, RWDA_POOL_LOGIT };
    rig                    r;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(pools); i++) {
        float calm[2][DIM] = { { 30.0f, 31.0f }, { 28.0f, 28.0f } }, clear[2][DIM] = { { 30.0f, 32.0f }, { 28.0f, 28.0f } };
        rwda_score a, b;

        rig_make(&r, RWDA_METHOD_BOTH, pools[i]);
        a = score(&r.scorer, calm[0], 2);
        b = score(&r.scorer, clear[0], 2);
        assert_true(b.logit > a.logit);
        assert_true(a.score == 1.0f && b.score == 1.0f);
        assert_true(a.score_fnn == 1.0f && a.score_clip == 1.0f && a.crops == 2);
        rw_fnn_free(&r.network);
    }
    rig_make(&r, RWDA_METHOD_BOTH, RWDA_POOL_MEAN); /* and the mean is one of probabilities */
    {
        float      x[2][DIM] = { { 0.0f, 2.0f }, { -1.0f, 0.5f } };
        rwda_score s         = score(&r.scorer, x[0], 2);
        double     p         = (0.5 + 1 / (1 + exp(-2.0)) + 1 / (1 + exp(1.0)) + 1 / (1 + exp(-0.5))) / 4;

        assert_true(fabs((double)s.score - p) < 1e-7);
        assert_true(fabs((double)s.logit - log(p / (1 - p))) < 1e-6);
    }
    rw_fnn_free(&r.network);
    rig_make(&r, RWDA_METHOD_FNN,
             RWDA_POOL_LOGIT); /* three crops of logits 2, -1 and -40: the mean of these, not of scores' */
    {
        float      x[3][DIM] = { { 2.0f }, { -1.0f }, { -40.0f } };
        rwda_score s         = score(&r.scorer, x[0], 3);

        assert_true(fabsf(s.logit + 13.0f) < 1e-5f && fabs((double)s.score - 1 / (1 + exp(13.0))) < 1e-12);
    }
    rw_fnn_free(&r.network);
}

static void numbers_that_are_none_get_no_score(void **state)
{
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    rig                r;

    (void)state;
    rig_make(&r, RWDA_METHOD_BOTH, RWDA_POOL_MEAN);
    for (size_t i = 0; i < 2 * RW_COUNTOF(bad); i++) {
        float      x[2][DIM] = { { 0.0f } };
        rwda_score out;
        rwda_error err = { 0 };

        x[1][i % 2] = bad[i / 2];
        assert_refused("not finite", rw_score_crops(&out, &r.scorer, x[0], 2, kernels, &arena, NULL, &err), RWDA_EINVAL,
                       &err, "crop 1 of 2");
        assert_true(isnan(out.score) && isnan(out.logit));
    }
    rw_fnn_free(&r.network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_far_from_well_separated_texts_do_not_tie),
        cmocka_unit_test(logits_keep_an_order_that_scores_round_away),
        cmocka_unit_test(crops_and_combinations_keep_the_order_too),
        cmocka_unit_test(numbers_that_are_none_get_no_score),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
