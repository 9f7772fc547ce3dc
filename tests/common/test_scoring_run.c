/* test_scoring_run.c - does every image of a source reach the sink, in order, with the score that it has alone? */
#include "common/scoring_run.h"

#include "tests/common/demo.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define IMAGES 19 /* a group of 16, and one that is not full */

static char *paths[IMAGES];

static struct {
    size_t        scored, failed, groups, ends_at;
    float         scores[IMAGES];
    char          failed_name[512];
    bool          in_order, maps;
    atomic_size_t answered; /* read by the source */
} heard;

static int scored(void *user, const rw_decoded *image, const scoring_result *result)
{
    (void)user;
    heard.in_order &= strcmp(image->name, paths[heard.scored + heard.failed]) == 0;
    heard.scores[heard.scored++] = result->score.score;
    heard.maps &= result->map != NULL;
    return heard.scored == heard.ends_at ? 7 : 0;
}

static void failed(void *user, const rw_decoded *image)
{
    (void)user;
    assert_int_not_equal(image->err.code, RWDA_OK);
    heard.failed++;
    (void)snprintf(heard.failed_name, sizeof heard.failed_name, "%s", image->name);
}

static int answered(void *user)
{
    (void)user;
    heard.groups++;
    heard.answered = heard.scored + heard.failed;
    return 0;
}

static const scoring_sink sink = { scored, failed, NULL, answered };

/* Number 5 is not there. */
static int open_all(void **state)
{
    static const char *const names[] = { "good/capsule.jpg", "defect/capsule_dent.jpg", "good/grid.jpg" };

    demo_open(state);
    for (size_t i = 0; i < IMAGES; i++) {
        paths[i] = calloc(1, 512);
        (void)snprintf(paths[i], 512, RWDA_TEST_DIR "/../samples/%s", i == 5 ? "no such image.jpg" : names[i % 3]);
    }
    return 0;
}

static int close_all(void **state)
{
    for (size_t i = 0; i < IMAGES; i++)
        free(paths[i]);
    return demo_close(state);
}

static void open_scoring(scoring *s, rwda_memory *memory)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_error          err     = { 0 };

    memset(&heard, 0, sizeof heard);
    heard.in_order = heard.maps = true;
    *s                          = (scoring){ .model   = demo.model,
                                             .session = demo.session,
                                             .memory  = memory,
                                             .reading = RW_IMAGE_READING_INIT,
                                             .resize  = options.resize,
                                             .crops   = options.crops };
    options.memory              = memory;
    assert_ok(rwda_scorer_new(&s->scorer, demo.session, demo.detector, &options, &err), err);
}

static int run(scoring *s)
{
    rw_image_source *images = rw_image_source_list(paths, IMAGES);
    rwda_error       err    = { 0 };
    int              ended  = -1;

    assert_ok(scoring_run(&ended, s, images, &sink, NULL, &err), err);
    rw_image_source_free(images);
    return ended;
}

static float alone(const scoring *s, const char *name)
{
    rwda_image *image = demo_sample(name);
    rwda_score  score;
    rwda_error  err = { 0 };

    assert_ok(rwda_scorer_score_images(&score, s->session, s->scorer, (const rwda_image *const *)&image, 1, &err), err);
    rwda_image_free(image);
    return score.score;
}

static void check_all(const scoring *s)
{
    assert_true(heard.in_order);
    assert_int_equal(heard.scored, IMAGES - 1);
    assert_int_equal(heard.failed, 1);
    assert_int_equal(heard.groups, 2);
    assert_string_equal(heard.failed_name, paths[5]);
    assert_int_equal(s->reading.images, IMAGES - 1);
    assert_true(heard.scores[0] == alone(s, "good/capsule.jpg"));
    assert_true(heard.scores[17] == alone(s, "good/capsule.jpg")); /* image 18, of the second group */
    assert_true(heard.scores[1] == alone(s, "defect/capsule_dent.jpg"));
}

static void test_words(void **state)
{
    scoring s;

    (void)state;
    open_scoring(&s, NULL);
    assert_int_equal(run(&s), 0);
    check_all(&s);
    rwda_scorer_free(s.scorer);
}

/* A source that goes on when all that it gave was answered. */
static rwda_status asking_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    static size_t given;

    if (given == 5)
        return RWDA_OK;
    rw_image_source_waits(source);
    while (atomic_load(&heard.answered) < given && !source->stop)
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    return rw_image_entry_name(out, paths[given++], err);
}

static void test_each_is_answered_before_the_next(void **state)
{
    rw_image_source asking = { .next = asking_next };
    rwda_error      err    = { 0 };
    scoring         s;
    int             ended = -1;

    (void)state;
    open_scoring(&s, NULL);
    alarm(100); /* or it waits for ever */
    assert_ok(scoring_run(&ended, &s, &asking, &sink, NULL, &err), err);
    alarm(0);
    assert_int_equal(heard.scored, 5);
    assert_int_equal(heard.groups, 5);
    rwda_scorer_free(s.scorer);
}

static void test_the_sink_ends_it(void **state)
{
    scoring s;

    (void)state;
    open_scoring(&s, NULL);
    heard.ends_at = 3;
    assert_int_equal(run(&s), 7);
    assert_int_equal(heard.scored, 3);
    rwda_scorer_free(s.scorer);
}

static void test_memory(void **state)
{
    rwda_map_options     maps    = RWDA_MAP_OPTIONS_INIT;
    rwda_image          *image   = demo_sample("good/cookie.jpg");
    const char          *name    = "cookie";
    rwda_memory_builder *builder = NULL;
    rwda_memory         *memory  = NULL;
    rwda_error           err     = { 0 };
    scoring              s;

    (void)state;
    assert_ok(rwda_memory_builder_new(&builder, demo.session, NULL, NULL, &err), err);
    assert_ok(rwda_memory_builder_add(builder, (const rwda_image *const *)&image, &name, NULL, 1, &err), err);
    assert_ok(rwda_memory_builder_finish(&memory, builder, NULL, NULL, &err), err);
    open_scoring(&s, memory);
    assert_int_equal(run(&s), 0);
    check_all(&s);
    assert_false(heard.maps);
    rwda_scorer_free(s.scorer);
    if (!SANITIZED) { /* a pass for each */
        open_scoring(&s, memory);
        maps.mode = RWDA_MAP_MEMORY;
        s.maps    = &maps;
        assert_int_equal(run(&s), 0);
        check_all(&s);
        assert_true(heard.maps);
        rwda_scorer_free(s.scorer);
    }
    rwda_memory_free(memory);
    rwda_memory_builder_free(builder);
    rwda_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_each_is_answered_before_the_next),
        cmocka_unit_test(test_the_sink_ends_it),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
