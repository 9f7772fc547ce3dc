/* test_drift_watch.c - is a decision by a threshold file watched, is the alarm told once, and does its sentence say what, when and what to do? */
#include "common/drift_watch.h"

#include "tests/unit/check.h"

#include <math.h>

#define SCORING "{\"method\":\"clip\",\"detector\":null,\"model\":\"sha256:m1\"}"

/* A decision by thresholds from 40 scores in 0..1 / 2, with embeddings of two dimensions around (0, 1). */
static decision by_file(void)
{
    double     scores[40];
    float      x[80];
    decision   d   = { 0.9, NAN, NULL, "file", true };
    rwda_error err = { 0 };

    for (int i = 0; i < 40; i++) {
        scores[i]    = (i * 7 % 40) / 80.0;
        x[2 * i]     = (float)(i % 5) / 10;
        x[2 * i + 1] = 1.0f + (float)(i % 7) / 10;
    }
    assert_ok(rwda_thresholds_new_with_embeddings(&d.calibration, scores, NULL, 40, x, 40, 2, SCORING, NULL, &err), err);
    return d;
}

static void a_number_is_not_watched(void **state)
{
    decision    d   = { 0.5, NAN, NULL, "0.5", false };
    drift_watch w   = { 0 };
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(drift_watch_open(&w, &d, 2, &err), err);
    assert_null(w.drift);
    for (int i = 0; i < 100; i++)
        assert_false(drift_watch_add(&w, 1.0, NULL, 0));
    assert_int_equal(w.state.images, 0);
    drift_watch_close(&w);
    drift_watch_close(&w);
}

static void an_alarm_is_told_once(void **state)
{
    const float crops[] = { -8, 3, -12, 5 }; /* far away, in two crops */
    decision    d       = by_file();
    drift_watch w;
    rwda_error  err    = { 0 };
    int         raised = 0;
    char        sentence[DRIFT_SENTENCE];

    (void)state;
    assert_ok(drift_watch_open(&w, &d, 2, &err), err);
    assert_true(w.state.limit > 5.0 && w.state.images == 0);
    for (int i = 0; i < 100; i++)
        raised += drift_watch_add(&w, (i * 11 % 40) / 80.0, crops, 2);
    assert_int_equal(raised, 1);
    assert_true(w.state.images == 100 && w.state.alarm && w.state.alarm_image < 20);
    assert_int_equal(w.state.change, RWDA_DRIFT_EMBEDDINGS_FARTHER);
    assert_true(w.mean[0] == -10.0f && w.mean[1] == 4.0f);
    drift_sentence(sentence, &w.state);
    assert_non_null(strstr(sentence, "drift since about image 1: images look less like the normal images"));
    assert_non_null(strstr(sentence, "more than a quarter of the images are anomalous (noticed at image "));
    assert_non_null(strstr(sentence, "calibrate again"));
    drift_watch_close(&w);
    decision_free(&d);
}

/* Whatever changed, it has words, and they fit. */
static void every_change_has_a_sentence(void **state)
{
    char sentence[DRIFT_SENTENCE];

    (void)state;
    for (rwda_drift_change c = RWDA_DRIFT_SCORES_HIGHER; strcmp(rwda_drift_change_name(c), "none") != 0; c++) {
        drift_sentence(sentence,
                       &(rwda_drift_state){ .change = c, .alarm = 1, .alarm_image = SIZE_MAX, .since_image = SIZE_MAX });
        assert_non_null(strstr(sentence, c < RWDA_DRIFT_EMBEDDINGS_FARTHER ? " scores are " : " images "));
        assert_string_equal(sentence + strlen(sentence) - strlen("is to stay"), "is to stay");
    }
}

static void what_cannot_be_watched_changes_nothing(void **state)
{
    decision    d = by_file();
    drift_watch w;
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(drift_watch_open(&w, &d, 2, &err), err);
    assert_false(drift_watch_add(&w, NAN, NULL, 0));
    assert_int_equal(w.state.images, 0);
    drift_watch_close(&w);
    decision_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_not_watched),
        cmocka_unit_test(an_alarm_is_told_once),
        cmocka_unit_test(every_change_has_a_sentence),
        cmocka_unit_test(what_cannot_be_watched_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
