/* test_image_metrics.c - are the metrics the exact fractions that can be worked out by hand, and do intervals cover them? */
#include "rwda.h"

#include "base/random.h"
#include "tests/unit/check.h"

#include <math.h>

static const struct {
    size_t  n;
    uint8_t labels[10];
    double  scores[10];
    double  auroc, ap, aupr, f1_max;
} exact[] = {
    { 8, { 0, 0, 1, 1, 0, 1, 0, 1 }, { .1, .4, .35, .8, .4, .4, .9, .7 }, 9. / 16, 47. / 84, 41. / 84, 8. / 11 },
    { 6, { 0, 1, 1, 0, 1, 0 }, { .5, .5, .5, .5, .5, .5 }, 1. / 2, 1. / 2, 3. / 4, 2. / 3 },
    { 4, { 1, 1, 0, 0 }, { 4, 3, 2, 1 }, 1, 1, 1, 1 },
    { 4, { 0, 0, 1, 1 }, { 4, 3, 2, 1 }, 0, 5. / 12, 7. / 24, 2. / 3 },
    { 10,
      { 1, 0, 1, 1, 0, 0, 1, 0, 1, 0 },
      { .9, .8, .8, .7, .6, .6, .6, .3, .2, .1 },
      7. / 10,
      893. / 1260,
      47. / 63,
      5. / 7 },
};

static void assert_close(double got, double want)
{
    if (!(fabs(got - want) <= 1e-15))
        fail_msg("%.17g, want %.17g", got, want);
}

static void equals_fractions_worked_out_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(exact); i++) {
        rwda_metrics m;
        rwda_error   err = { 0 };

        assert_ok(rwda_metrics_compute(&m, exact[i].scores, exact[i].labels, exact[i].n, &err), err);
        assert_close(m.auroc, exact[i].auroc);
        assert_close(m.ap, exact[i].ap);
        assert_close(m.aupr, exact[i].aupr);
        assert_close(m.f1_max, exact[i].f1_max);
        assert_int_equal(m.normal + m.anomalous, exact[i].n);
    }
}

static void the_threshold_gives_its_f1(void **state)
{
    rwda_metrics m;
    rwda_error   err = { 0 };
    double       tp = 0, called = 0;

    (void)state;
    assert_ok(rwda_metrics_compute(&m, exact[4].scores, exact[4].labels, 10, &err), err);
    for (size_t i = 0; i < 10; i++)
        if (exact[4].scores[i] >= m.threshold) {
            called++;
            tp += exact[4].labels[i];
        }
    assert_close(2 * tp / (5 + called), m.f1_max);
    assert_ok(rwda_metrics_compute(&m, exact[2].scores, exact[2].labels, 4, &err), err);
    assert_close(m.f1_normal, 1.0);
}

/* A monotone change of all scores changes nothing; the opposite order mirrors AUROC. */
static void only_the_order_counts(void **state)
{
    rw_random    random = rw_random_init(1, 1);
    double       scores[500], other[500];
    uint8_t      labels[500];
    rwda_metrics a, b, c;
    rwda_error   err = { 0 };

    (void)state;
    for (size_t i = 0; i < 500; i++) {
        labels[i] = rw_random_below(&random, 3) == 0;
        scores[i] = (double)rw_random_below(&random, 100) / 128 + 0.25 * labels[i]; /* many ties, all exact */
    }
    assert_ok(rwda_metrics_compute(&a, scores, labels, 500, &err), err);
    for (size_t i = 0; i < 500; i++)
        other[i] = exp(3 * scores[i]);
    assert_ok(rwda_metrics_compute(&b, other, labels, 500, &err), err);
    assert_true(a.auroc == b.auroc && a.ap == b.ap && a.aupr == b.aupr && a.f1_max == b.f1_max);
    for (size_t i = 0; i < 500; i++)
        other[i] = -scores[i];
    assert_ok(rwda_metrics_compute(&c, other, labels, 500, &err), err);
    assert_close(c.auroc, 1 - a.auroc);
}

static void intervals_hold_the_value_and_shrink_with_more_data(void **state)
{
    rw_random  random = rw_random_init(2, 1);
    double     scores[2000], width[2];
    uint8_t    labels[2000];
    rwda_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        labels[i] = i % 2;
        scores[i] = (double)rw_random_normal(&random) + labels[i];
    }
    for (int round = 0; round < 2; round++) {
        rwda_metrics m, low, high, again_low, again_high;
        size_t       n = round == 0 ? 100 : 2000;

        assert_ok(rwda_metrics_compute(&m, scores, labels, n, &err), err);
        assert_ok(rwda_metrics_bootstrap(&low, &high, scores, labels, n, 500, 7, &err), err);
        assert_ok(rwda_metrics_bootstrap(&again_low, &again_high, scores, labels, n, 500, 7, &err), err);
        assert_true(low.auroc < m.auroc && m.auroc < high.auroc && low.ap < m.ap && m.ap < high.ap);
        assert_true(low.auroc == again_low.auroc && high.ap == again_high.ap); /* the seed decides */
        width[round] = high.auroc - low.auroc;
    }
    /* theory: the standard error of an AUROC of 0.76 is about 0.048 for 50 + 50 and 0.0105 for 1,000 + 1,000 */
    assert_true(width[0] > 0.12 && width[0] < 0.26);
    assert_true(width[1] > 0.03 && width[1] < 0.055);
}

static void curves_end_where_everything_is_anomalous(void **state)
{
    double     fpr[11], tpr[11], precision[11], area = 0;
    size_t     count;
    rwda_error err = { 0 };

    (void)state;
    assert_ok(rwda_metrics_curves(fpr, tpr, precision, &count, exact[4].scores, exact[4].labels, 10, &err), err);
    assert_int_equal(count, 8); /* seven different scores */
    assert_true(fpr[count - 1] == 1.0 && tpr[count - 1] == 1.0 && precision[count - 1] == 0.5);
    for (size_t i = 1; i < count; i++)
        area += (fpr[i] - fpr[i - 1]) * (tpr[i] + tpr[i - 1]) / 2;
    assert_close(area, exact[4].auroc);
}

static void refuses_what_has_no_metric(void **state)
{
    const double  scores[] = { 1, NAN, 3 }, fine[] = { 1, 2, 3 };
    const uint8_t labels[] = { 0, 1, 1 }, same[] = { 1, 1, 1 };
    rwda_metrics  m, high;
    rwda_error    err = { 0 };

    (void)state;
    assert_refused("NaN", rwda_metrics_compute(&m, scores, labels, 3, &err), RWDA_EINVAL, &err, "score 1 is not finite");
    assert_refused("one class", rwda_metrics_compute(&m, fine, same, 3, &err), RWDA_EINVAL, &err,
                   "0 normal and 3 anomalous");
    assert_refused("nothing", rwda_metrics_compute(&m, fine, labels, 0, &err), RWDA_EINVAL, &err,
                   "0 normal and 0 anomalous");
    assert_refused("rounds", rwda_metrics_bootstrap(&m, &high, fine, labels, 3, 5, 1, &err), RWDA_EINVAL, &err,
                   "5 bootstrap rounds");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_fractions_worked_out_by_hand),
        cmocka_unit_test(the_threshold_gives_its_f1),
        cmocka_unit_test(only_the_order_counts),
        cmocka_unit_test(intervals_hold_the_value_and_shrink_with_more_data),
        cmocka_unit_test(curves_end_where_everything_is_anomalous),
        cmocka_unit_test(refuses_what_has_no_metric),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
