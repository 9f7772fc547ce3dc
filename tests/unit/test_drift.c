/* test_drift.c - does the false-alarm probability hold in long streams, is a change noticed within the stated number of images, and do a
 * line's anomalies pass? */
#include "rwda_drift.h"

#include "anomaly/thresholds.h"
#include "base/random.h"
#include "tests/unit/check.h"

#include <math.h>
#include <stdbool.h>

#define DIM     16
#define STREAMS (SANITIZED ? 50 : 1000)
#define IMAGES  2000
#define SCORING "{\"method\":\"fnn\",\"detector\":\"sha256:d1\",\"model\":\"sha256:m1\"}"

/* An image's score and embedding; they depend on each other, as they do in life. */
typedef struct {
    double score;
    float  x[DIM];
} sample;

/* The images that there are: a stream draws from them, independently. */
#define POOL 16384
static sample pool[POOL];

static int fill_pool(void **state)
{
    rw_random random = rw_random_init(99, 0);

    (void)state;
    for (size_t i = 0; i < POOL; i++) {
        double common = (double)rw_random_normal(&random), logit = common + (double)rw_random_normal(&random);

        pool[i].score = 1.0 / (1.0 + exp(-logit / sqrt(2.0)));
        for (int j = 0; j < DIM; j++)
            pool[i].x[j] = (float)(0.01 * (j % 4 + 1) * ((double)rw_random_normal(&random) + 0.3 * common));
    }
    return 0;
}

/* What is other than in the calibration; all 0: nothing.  In standard deviations of the score's logit and of each dimension. */
typedef struct {
    double level, wider, place;
    double anomalies; /* share of images with an anomaly: `by` standard deviations more, in score and embedding */
    double by;
} change;

static const change nothing;

static sample draw(rw_random *random, const change *c)
{
    sample s = pool[rw_random_below(random, POOL)];
    bool   bad;
    double logit;

    if (c == &nothing)
        return s;
    bad     = (double)rw_random_unit(random) < c->anomalies;
    logit   = log(s.score / (1.0 - s.score)) * (1.0 + c->wider) + c->level + (bad ? c->by : 0.0);
    s.score = 1.0 / (1.0 + exp(-logit));
    for (int j = 0; j < DIM; j++)
        s.x[j] += (float)(0.01 * (j % 4 + 1) * (c->place + (bad ? c->by : 0.0)) * (j < DIM / 2 ? 1 : -1));
    return s;
}

/* Of n images, each `times` times in a row. */
static rwda_thresholds *calibrate(rw_random *random, size_t n, size_t times, bool embeddings)
{
    double          *scores = calloc(n, sizeof *scores);
    float           *x      = calloc(n * DIM, sizeof *x);
    rwda_thresholds *t;
    rwda_error       err = { 0 };
    sample           s   = { 0 };

    for (size_t i = 0; i < n; i++) {
        s         = i % times == 0 ? draw(random, &nothing) : s;
        scores[i] = s.score;
        memcpy(x + i * DIM, s.x, sizeof s.x);
    }
    assert_ok(rwda_thresholds_new_with_embeddings(&t, scores, NULL, n, x, embeddings ? n : 0, DIM, SCORING, NULL, &err),
              err);
    free(scores);
    free(x);
    return t;
}

/* `before` images like the calibration's and `after` others, up to the alarm. */
static rwda_drift_state watch(rw_random *random, const rwda_thresholds *t, double false_alarms, size_t before, size_t after,
                              const change *c)
{
    rwda_drift_options options = RWDA_DRIFT_OPTIONS_INIT;
    rwda_drift_state   state   = { 0 };
    rwda_drift        *drift;
    rwda_error         err = { 0 };

    options.false_alarms = false_alarms;
    options.seed         = rw_random_u32(random) + (uint64_t)1;
    assert_ok(rwda_drift_new(&drift, t, &options, &err), err);
    for (size_t i = 0; i < before + after && !state.alarm; i++) {
        sample s = draw(random, i < before ? &nothing : c);

        assert_ok(rwda_drift_add(&state, drift, s.score, s.x, DIM, &err), err);
    }
    assert_int_equal(state.alarm ? state.alarm_image : before + after, state.images);
    rwda_drift_free(drift);
    return state;
}

static int alarms_in(rw_random *random, int streams, size_t n, bool embeddings, double false_alarms, size_t images,
                     const change *c)
{
    int alarms = 0;

    for (int i = 0; i < streams; i++) {
        rwda_thresholds *t = calibrate(random, n, 1, embeddings);

        alarms += watch(random, t, false_alarms, 0, images, c).alarm;
        rwda_thresholds_free(t);
    }
    return alarms;
}

/* ---- Nothing changes ------------------------------------------------------------------------------------------------------ */

/* Three standard deviations of the count above its mean, were the probability reached. */
static double most_of(int streams, double p)
{
    return streams * p + 3.0 * sqrt(streams * p * (1 - p));
}

static void false_alarms_are_as_rare_as_stated(void **state)
{
    static const size_t sizes[] = { 20, 100, 1000 };
    rw_random           random  = rw_random_init(1, 0);

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
        int rare = alarms_in(&random, STREAMS, sizes[s], true, 0.01, IMAGES, &nothing);
        int half = alarms_in(&random, STREAMS / 5, sizes[s], false, 0.5, IMAGES, &nothing);

        print_message("n %zu: %d false alarms in %d streams of %d images (0.01); %d in %d (0.5)\n", sizes[s], rare, STREAMS,
                      IMAGES, half, STREAMS / 5);
        assert_true(rare <= most_of(STREAMS, 0.01));
        assert_true(half <= most_of(STREAMS / 5, 0.5));
        assert_true(SANITIZED || half > 0); /* a monitor that never says anything would pass */
    }
}

/* Why the images of the mean have no distances in the file: each image twice, so that they have, and there are too many false alarms. */
static void an_image_of_the_mean_is_nearer_to_it(void **state)
{
    rw_random random = rw_random_init(2, 0);
    int       alarms = 0, streams = STREAMS / 4;

    (void)state;
    for (int i = 0; i < streams; i++) {
        rwda_thresholds *t = calibrate(&random, 40, 2, true);

        alarms += watch(&random, t, 0.01, 0, 200, &nothing).alarm;
        rwda_thresholds_free(t);
    }
    assert_true(SANITIZED || alarms > most_of(streams, 0.01));
}

/* ---- Anomalies, and a change ------------------------------------------------------------------------------------------------ */

static void anomalies_of_a_line_pass(void **state)
{
    static const change cases[] = {
        { .anomalies = 0.05, .by = 6 }, /* plain to see */
        { .anomalies = 0.1, .by = 6 },
        { .anomalies = 0.05, .by = 1 }, /* among the normal ones */
    };
    rw_random random = rw_random_init(3, 0);

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++)
        for (size_t n = 20; n <= 1000; n = n == 20 ? 100 : 10 * n) {
            int alarms = alarms_in(&random, STREAMS / 10, n, true, 0.01, IMAGES, &cases[i]);

            print_message("n %zu, %.0f %% anomalies by %.0f: %d alarms in %d streams\n", n, 100 * cases[i].anomalies,
                          cases[i].by, alarms, STREAMS / 10);
            assert_true(alarms <=
                        most_of(STREAMS / 10, 0.03)); /* such a stream is not exchangeable: observed up to 3 in 100 */
        }
}

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

/* In 99 of 100 streams at the latest; the table of docs/calibration.md. */
static void a_change_is_noticed_in_the_stated_number_of_images(void **state)
{
    static const struct {
        const char *name;
        change      c;
        size_t      n, before, stated;
    } cases[] = {
        { "all far above", { .level = 9, .place = 9 }, 20, 0, 6 },
        { "all far above", { .level = 9, .place = 9 }, 1000, 0, 6 },
        { "all far above", { .level = 9, .place = 9 }, 100, 1000, 16 },
        { "all far below", { .level = -9 }, 100, 0, 6 },
        { "scores + 2", { .level = 2 }, 100, 0, 30 },
        { "scores + 2", { .level = 2 }, 1000, 0, 30 },
        { "scores + 2", { .level = 2 }, 100, 1000, 55 },
        { "scores - 2", { .level = -2 }, 100, 0, 25 },
        { "scores + 1", { .level = 1 }, 1000, 0, 140 },
        { "scores - 1", { .level = -1 }, 1000, 0, 80 },
        { "scores twice as wide", { .wider = 1 }, 1000, 0, 250 },
        { "scores half as wide", { .wider = -0.5 }, 1000, 0, 130 },
        { "embeddings + 1", { .place = 1 }, 100, 0, 100 },
        { "embeddings + 1", { .place = 1 }, 1000, 0, 35 },
        { "every second anomalous", { .anomalies = 0.5, .by = 6 }, 100, 0, 150 },
    };
    rw_random random = rw_random_init(4, 0);
    size_t    after[STREAMS / 5];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        size_t streams = 0, tries = 0, late;
        double sum = 0.0;

        while (streams < RW_COUNTOF(after)) {
            rwda_thresholds *t = calibrate(&random, cases[i].n, 1, true);
            rwda_drift_state s = watch(&random, t, 0.01, cases[i].before, 2 * cases[i].stated, &cases[i].c);

            rwda_thresholds_free(t);
            assert_true(tries++ < 2 * RW_COUNTOF(after));
            if (s.images > cases[i].before) { /* else a false alarm before the change */
                after[streams] = s.images - cases[i].before;
                sum += (double)after[streams++];
            }
        }
        qsort(after, streams, sizeof after[0], by_size);
        late = after[streams - 1 - streams / 100];
        print_message("%-22s n %4zu after %4zu images: noticed after %.1f images on average, 99 %% within %zu, stated %zu\n",
                      cases[i].name, cases[i].n, cases[i].before, sum / (double)streams, late, cases[i].stated);
        assert_true(late <= cases[i].stated);
    }
}

/* ---- The interface ----------------------------------------------------------------------------------------------------------- */

static void an_alarm_stays_and_says_what_it_saw(void **state)
{
    rw_random        random = rw_random_init(5, 0);
    rwda_thresholds *t      = calibrate(&random, 100, 1, true);
    rwda_drift      *drift;
    rwda_drift_state s, first;
    rwda_error       err = { 0 };

    (void)state;
    assert_ok(rwda_drift_new(&drift, t, NULL, &err), err);
    assert_ok(rwda_drift_get_state(&s, drift, &err), err);
    assert_true(s.images == 0 && s.alarm == 0 && s.change == RWDA_DRIFT_NONE && s.evidence == 0.0);
    assert_true(fabs(s.limit - log(200)) < 1e-12 && isnan(s.p_value) && isnan(s.p_embedding));
    for (size_t i = 1; i <= 30; i++) {
        const sample normal = draw(&random, &nothing);

        assert_ok(rwda_drift_add(&s, drift, normal.score, i % 2 ? normal.x : NULL, i % 2 ? DIM : 0, &err), err);
        assert_true(s.images == i && !s.alarm && s.p_value > 0.0 && s.p_value < 1.0 &&
                    !isnan(s.p_embedding) == (i % 2 == 1));
    }
    while (!s.alarm && s.images < 60)
        assert_ok(rwda_drift_add(&s, drift, 1.0, NULL, 0, &err), err);
    first = s;
    assert_int_equal(s.change, RWDA_DRIFT_SCORES_HIGHER);
    assert_true(s.alarm_image == s.images && s.since_image > 25 && s.since_image <= 31 && s.evidence >= s.limit);
    assert_true(s.p_value < 0.2);
    for (size_t i = 0; i < 500; i++)
        assert_ok(rwda_drift_add(&s, drift, draw(&random, &nothing).score, NULL, 0, &err), err);
    assert_true(s.alarm && s.alarm_image == first.alarm_image && s.since_image == first.since_image);
    assert_true(s.change == first.change && s.images == first.images + 500);
    rwda_drift_free(drift);
    rwda_thresholds_free(t);
}

static void the_same_stream_gives_the_same_bytes(void **state)
{
    rw_random        random = rw_random_init(6, 0);
    rwda_thresholds *t      = calibrate(&random, 50, 1, true), *read;
    rwda_drift      *a, *b;
    rwda_drift_state s, other;
    rwda_error       err = { 0 };

    (void)state;
    assert_ok(rwda_thresholds_decode(&read, rwda_thresholds_text(t), strlen(rwda_thresholds_text(t)), &err), err);
    assert_int_equal(rwda_thresholds_embedding_dim(read), DIM);
    assert_ok(rwda_drift_new(&a, t, NULL, &err), err);
    assert_ok(rwda_drift_new(&b, read, &(rwda_drift_options){ sizeof(rwda_drift_options), 0.0, 0 }, &err), err);
    for (size_t i = 0; i < 300; i++) {
        const sample x = draw(&random, &nothing);

        assert_ok(rwda_drift_add(&s, a, x.score, x.x, DIM, &err), err);
        assert_ok(rwda_drift_add(&other, b, x.score, x.x, DIM, &err), err);
        assert_memory_equal(&s, &other, sizeof s);
    }
    rwda_drift_free(a);
    rwda_drift_free(b);
    rwda_thresholds_free(t);
    rwda_thresholds_free(read);
}

static void what_is_no_image_is_refused_and_not_counted(void **state)
{
    rw_random          random = rw_random_init(7, 0);
    rwda_thresholds   *t = calibrate(&random, 20, 1, true), *plain = calibrate(&random, 7, 1, true);
    rwda_drift_options options      = RWDA_DRIFT_OPTIONS_INIT;
    const float        endless[DIM] = { 1, INFINITY };
    rwda_drift        *drift;
    rwda_drift_state   s;
    rwda_error         err = { 0 };

    (void)state;
    options.false_alarms = 0.6;
    assert_refused("false alarms", rwda_drift_new(&drift, t, &options, &err), RWDA_EINVAL, &err, "0.6 is not in 1e-9..0.5");
    assert_null(drift);
    options.false_alarms = NAN;
    assert_refused("NaN", rwda_drift_new(&drift, t, &options, &err), RWDA_EINVAL, &err, "is not in");
    options.size = 3;
    assert_refused("size", rwda_drift_new(&drift, t, &options, &err), RWDA_EINVAL, &err, "rwda_drift_options");
    rwda_drift_options_default(&options, sizeof options);
    assert_true(options.size == sizeof options && options.seed == 1 && options.false_alarms == 0.01);
    assert_ok(rwda_drift_new(&drift, t, &options, &err), err);
    assert_refused("score", rwda_drift_add(&s, drift, NAN, NULL, 0, &err), RWDA_EINVAL, &err, "not finite");
    assert_refused("dim", rwda_drift_add(&s, drift, 0.5, endless, 3, &err), RWDA_EMISMATCH, &err, "of 3 dimensions");
    assert_refused("embedding", rwda_drift_add(&s, drift, 0.5, endless, DIM, &err), RWDA_EINVAL, &err, "number 1 of");
    assert_refused("state", rwda_drift_add_sized(&s, 8, drift, 0.5, NULL, 0, &err), RWDA_EINVAL, &err, "rwda_drift_state");
    assert_ok(rwda_drift_get_state(&s, drift, &err), err);
    assert_int_equal(s.images, 0);
    rwda_drift_free(drift);
    assert_int_equal(rwda_thresholds_embedding_dim(plain), 0); /* of 7 images mean and covariance say nothing */
    assert_ok(rwda_drift_new(&drift, plain, NULL, &err), err);
    assert_ok(rwda_drift_add(&s, drift, 0.5, endless, 3, &err), err); /* which are then not looked at */
    assert_true(s.images == 1 && fabs(s.limit - log(100)) < 1e-12);
    rwda_drift_free(drift);
    rwda_drift_free(NULL);
    rwda_thresholds_free(plain);
    rwda_thresholds_free(t);
}

static void every_change_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(rwda_drift_change_name(RWDA_DRIFT_SCORES_LOWER), "scores lower");
    assert_string_equal(rwda_drift_change_name(RWDA_DRIFT_EMBEDDINGS_NARROWER), "embeddings narrower");
    assert_string_equal(rwda_drift_change_name((rwda_drift_change)(RWDA_DRIFT_EMBEDDINGS_NARROWER + 1)), "none");
    assert_string_equal(rwda_drift_change_name((rwda_drift_change)-1), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(false_alarms_are_as_rare_as_stated),
        cmocka_unit_test(an_image_of_the_mean_is_nearer_to_it),
        cmocka_unit_test(anomalies_of_a_line_pass),
        cmocka_unit_test(a_change_is_noticed_in_the_stated_number_of_images),
        cmocka_unit_test(an_alarm_stays_and_says_what_it_saw),
        cmocka_unit_test(the_same_stream_gives_the_same_bytes),
        cmocka_unit_test(what_is_no_image_is_refused_and_not_counted),
        cmocka_unit_test(every_change_has_a_name),
    };

    return cmocka_run_group_tests(tests, fill_pool, NULL);
}
