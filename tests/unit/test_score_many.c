/* test_score_many.c - does an image have the same scores by many scorers at once as by each of them alone? */
#include "tests/common/demo.h"

#include <rwda_memory.h>

#include <math.h>

enum { IMAGES = 5 };
static rwda_image *images[IMAGES];

static int open_all(void **state)
{
    static const char *const names[IMAGES] = { "good/wood.jpg", "defect/wood_hole.jpg", "good/grid.jpg", "good/zipper.jpg",
                                               "defect/grid_stain.jpg" };

    assert_int_equal(demo_open(state), 0);
    for (int i = 0; i < IMAGES; i++)
        images[i] = demo_sample(names[i]);
    return 0;
}

static int close_all(void **state)
{
    for (int i = 0; i < IMAGES; i++)
        rwda_image_free(images[i]);
    return demo_close(state);
}

static rwda_memory *memory_of(size_t n, const rwda_memory_options *options)
{
    static const char *const names[IMAGES] = { "a", "b", "c", "d", "e" };
    rwda_memory_builder     *builder       = NULL;
    rwda_memory             *memory        = NULL;
    rwda_error               err           = { 0 };

    assert_ok(rwda_memory_builder_new(&builder, demo.session, NULL, options, &err), err);
    assert_ok(rwda_memory_builder_add(builder, (const rwda_image *const *)images, names, NULL, n, &err), err);
    assert_ok(rwda_memory_builder_finish(&memory, builder, NULL, NULL, &err), err);
    rwda_memory_builder_free(builder);
    return memory;
}

static rwda_scorer *scorer_of(const rwda_memory *memory, rwda_method method, double fuse, rwda_crops crops)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_scorer        *scorer  = NULL;
    rwda_error          err     = { 0 };

    options.memory = memory;
    options.method = method;
    options.fuse   = fuse;
    options.crops  = crops;
    assert_ok(rwda_scorer_new(&scorer, demo.session, demo.detector, &options, &err), err);
    return scorer;
}

/* Memories that see alike, tiles, no embeddings, the class token, a batch; with words, without, and words alone. */
static void scores_are_those_of_each_scorer(void **state)
{
    enum { MEMORIES = 6, SCORERS = 10 };
    rwda_memory_options options[MEMORIES];
    rwda_memory        *memories[MEMORIES];
    rwda_scorer        *scorers[SCORERS];
    rwda_score          scores[SCORERS][IMAGES];
    rwda_error          err = { 0 };

    (void)state;
    for (int m = 0; m < MEMORIES; m++)
        rwda_memory_options_default(&options[m], sizeof options[m]);
    options[2].tiles        = 2;
    options[3].words        = 0;
    options[4].class_weight = 0.5f;
    options[5].mutual       = 1;
    for (int m = 0; m < MEMORIES; m++)
        memories[m] = memory_of(m == 5 ? IMAGES : m == 1 ? 3 : 2, &options[m]);
    for (int m = 0; m < MEMORIES; m++)
        scorers[m] = scorer_of(memories[m], RWDA_METHOD_FNN, 0.0, RWDA_CROPS_ONE);
    scorers[6] = scorer_of(memories[0], RWDA_METHOD_FNN, 0.25, RWDA_CROPS_ONE);
    scorers[7] = scorer_of(memories[5], RWDA_METHOD_BOTH, 0.5, RWDA_CROPS_ONE);
    scorers[8] = scorer_of(NULL, RWDA_METHOD_CLIP, 0.0, RWDA_CROPS_2X2);
    scorers[9] = scorer_of(memories[1], RWDA_METHOD_FNN, 0.25, RWDA_CROPS_ONE);
    assert_ok(rwda_scorer_score_many(scores[0], demo.session, (const rwda_scorer *const *)scorers, SCORERS,
                                     (const rwda_image *const *)images, IMAGES, &err),
              err);
    for (int s = 0; s < SCORERS; s++)
        for (int i = 0; i < IMAGES; i++) {
            rwda_score alone;

            assert_ok(
                rwda_scorer_score_images(&alone, demo.session, scorers[s], (const rwda_image *const *)&images[i], 1, &err),
                err);
            assert_true(scores[s][i].score == alone.score && scores[s][i].logit == alone.logit);
            assert_true(scores[s][i].score_memory == alone.score_memory || (isnan(alone.score_memory) && s == 8));
            assert_int_equal(scores[s][i].crops, alone.crops);
            assert_true(!isnan(alone.score));
        }
    assert_true(scores[0][2].score != scores[1][2].score); /* three images, of which it is one */
    assert_true(scores[0][2].score != scores[6][2].score);
    for (int s = 0; s < SCORERS; s++)
        rwda_scorer_free(scorers[s]);
    for (int m = 0; m < MEMORIES; m++)
        rwda_memory_free(memories[m]);
}

static void nothing_is_nothing(void **state)
{
    rwda_score score;
    rwda_error err = { 0 };

    (void)state;
    assert_ok(rwda_scorer_score_many(&score, demo.session, NULL, 0, (const rwda_image *const *)images, 1, &err), err);
    assert_ok(rwda_scorer_score_many(&score, demo.session, NULL, 0, NULL, 0, &err), err);
}

static void a_failure_leaves_no_scores(void **state)
{
    const rwda_image  empty  = { 0, 5, 0, NULL };
    const rwda_image *seen[] = { images[0], &empty };
    rwda_memory      *memory = memory_of(2, NULL);
    rwda_scorer      *scorer = scorer_of(memory, RWDA_METHOD_FNN, 0.0, RWDA_CROPS_ONE);
    rwda_score        score[2];
    rwda_error        err;

    (void)state;
    assert_refused("empty",
                   rwda_scorer_score_many(score, demo.session, (const rwda_scorer *const *)&scorer, 1, seen, 2, &err),
                   RWDA_EINVAL, &err, "image of 0 x 5");
    assert_true(isnan(score[1].score));
    rwda_scorer_free(scorer);
    rwda_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_each_scorer),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(a_failure_leaves_no_scores),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
