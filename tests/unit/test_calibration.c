/* test_calibration.c - does the stated false-alarm rate hold as often as is said, for any distribution of scores? */
#include "rwda.h"

#include "base/random.h"
#include "tests/unit/check.h"

#include <math.h>

#define REPETITIONS 1000
#define N_MAX       1200

/* ---- Exact: against the beta distribution, integrated ---------------------------------------------------------------------- */

/* P(Beta(a, b) <= x) by Simpson's rule; a, b >= 1. */
static double beta_cdf(double a, double b, double x)
{
    const int steps = 20000;
    double    scale = lgamma(a + b) - lgamma(a) - lgamma(b), sum = 0.0;

    for (int i = 0; i <= steps; i++) {
        double t    = x * i / steps;
        double rest = (b - 1) * log1p(-t), front = a > 1 ? (a - 1) * log(t) : 0.0;

        sum += (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * exp(scale + front + rest);
    }
    return sum * x / steps / 3;
}

static void order_and_confidence_are_those_of_the_beta_distribution(void **state)
{
    static const struct {
        size_t n;
        double rate, confidence;
    } cases[] = { { 59, 0.05, 0.95 },   { 93, 0.05, 0.95 },  { 100, 0.05, 0.95 },   { 299, 0.01, 0.95 }, { 500, 0.01, 0.9 },
                  { 598, 0.005, 0.95 }, { 1000, 0.1, 0.99 }, { 1200, 0.005, 0.95 }, { 1000, 0.2, 0.999 } };
    static double scores[N_MAX];

    (void)state;
    for (size_t i = 0; i < N_MAX; i++)
        scores[i] = (double)(N_MAX - i) / N_MAX;
    for (size_t c = 0; c < RW_COUNTOF(cases); c++) {
        size_t           n    = cases[c].n, above;
        double           rate = cases[c].rate;
        rwda_calibration k;
        rwda_error       err = { 0 };

        assert_ok(rwda_calibration_compute(&k, scores, n, rate, cases[c].confidence, &err), err);
        above = n - k.order;
        assert_true(k.enough && k.n == n && n >= k.needed);
        assert_true(fabs(k.achieved - beta_cdf((double)above + 1, (double)(n - above), rate)) < 1e-6);
        assert_true(k.achieved >= cases[c].confidence);
        /* one score more above the threshold would be too many */
        assert_true(beta_cdf((double)above + 2, (double)(n - above - 1), rate) < cases[c].confidence);
        assert_true(fabs(beta_cdf((double)above + 1, (double)(n - above), k.bound) - cases[c].confidence) < 1e-6);
        assert_true(k.bound <= rate * (1 + 1e-9));
    }
}

static void says_how_many_scores_are_needed(void **state)
{
    static const struct {
        double rate, confidence;
        size_t needed;
    } cases[] = { { 0.05, 0.95, 59 }, { 0.01, 0.95, 299 }, { 0.005, 0.95, 598 }, { 0.5, 0.5, 1 },     { 0.05, 0.99, 90 },
                  { 0.05, 0.0, 19 },  { 0.01, 0.0, 99 },   { 0.005, 0.0, 199 },  { 0.001, 0.0, 999 }, { 0.3, 0.0, 3 } };
    static double scores[1000];
    rwda_error    err = { 0 };

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        scores[i] = (double)i / 1000;
    for (size_t c = 0; c < RW_COUNTOF(cases); c++)
        for (size_t less = 0; less < 2 && less < cases[c].needed; less++) {
            size_t           n = cases[c].needed - less;
            rwda_calibration k;

            assert_ok(rwda_calibration_compute(&k, scores, n, cases[c].rate, cases[c].confidence, &err), err);
            assert_int_equal(k.needed, cases[c].needed);
            assert_int_equal(k.enough, less == 0);
            assert_int_equal(k.order, n); /* above the largest */
            assert_true(k.threshold > scores[n - 1] && (double)nextafterf((float)k.threshold, 0.0f) <= scores[n - 1]);
            assert_true(less == 0 ? k.bound <= cases[c].rate * (1 + 1e-9) : k.bound > cases[c].rate);
        }
}

/* ---- Simulated scores ------------------------------------------------------------------------------------------------------ */

static double uniform(rw_random *r)
{
    return ((double)rw_random_u32(r) + 0.5) / 4294967296.0;
}

/* Each draws a score from u in (0, 1), increasing; the false-alarm rate of a threshold is then P(draw(u) >= threshold). */
static double flat(double u)
{
    return u;
}
static double crowded_at_0(double u)
{
    return u * u * u * u * u * u;
}
static double crowded_at_1(double u)
{
    return 1 - (1 - u) * (1 - u);
}
static double logistic(double u)
{
    return 1 / (1 + exp(-(log(u / (1 - u)) * 0.3 - 1)));
}
static double two_humps(double u)
{
    return u < 0.9 ? 0.2 * u : 0.8 + (u - 0.9);
}
static double ten_steps(double u)
{
    return floor(10 * u) / 10;
}

static double false_alarm_rate(double (*draw)(double), double threshold)
{
    double low = 0.0, high = 1.0; /* draw(low) < threshold <= draw(high) */

    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;

        if ((double)(float)draw(middle) >= threshold)
            high = middle;
        else
            low = middle;
    }
    return 1 - high;
}

static void the_rate_holds_as_often_as_is_said(void **state)
{
    static double (*const draws[])(double) = { flat, crowded_at_0, crowded_at_1, logistic, two_humps, ten_steps };
    static const struct {
        size_t n;
        double rate;
    } cases[] = { { 59, 0.05 }, { 100, 0.05 }, { 300, 0.02 }, { 598, 0.005 }, { 1200, 0.1 } };
    static double scores[N_MAX];

    (void)state;
    for (size_t d = 0; d < RW_COUNTOF(draws); d++)
        for (size_t c = 0; c < RW_COUNTOF(cases); c++) {
            rw_random        random = rw_random_init(2026, 100 * d + c);
            size_t           held   = 0;
            rwda_calibration k      = { 0 };
            double           exact, deviation;

            for (int repetition = 0; repetition < REPETITIONS; repetition++) {
                rwda_error err = { 0 };

                for (size_t i = 0; i < cases[c].n; i++)
                    scores[i] = (double)(float)draws[d](uniform(&random));
                assert_ok(rwda_calibration_compute(&k, scores, cases[c].n, cases[c].rate, 0.95, &err), err);
                held += false_alarm_rate(draws[d], k.threshold) <= cases[c].rate + 1e-12;
            }
            exact     = beta_cdf((double)(k.n - k.order) + 1, (double)k.order, cases[c].rate);
            deviation = sqrt(exact * (1 - exact) / REPETITIONS);
            if ((double)held < 0.95 * REPETITIONS - 3 * sqrt(0.95 * 0.05 * REPETITIONS))
                fail_msg("distribution %zu, n %zu: held in %zu of %d", d, cases[c].n, held, REPETITIONS);
            if (draws[d] != ten_steps && fabs((double)held / REPETITIONS - exact) > 4 * deviation)
                fail_msg("distribution %zu, n %zu: held in %zu of %d, exactly %.4f expected", d, cases[c].n, held,
                         REPETITIONS, exact);
            if (draws[d] == ten_steps && (double)held / REPETITIONS < exact - 4 * deviation) /* ties can only help */
                fail_msg("steps, n %zu: held in %zu of %d, at least %.4f expected", cases[c].n, held, REPETITIONS, exact);
        }
}

static void without_a_confidence_the_rate_holds_on_average(void **state)
{
    static double scores[199];
    rw_random     random = rw_random_init(7, 0);
    double        sum    = 0.0;

    (void)state;
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        rwda_calibration k;
        rwda_error       err = { 0 };

        for (size_t i = 0; i < 199; i++)
            scores[i] = (double)(float)crowded_at_1(uniform(&random));
        assert_ok(rwda_calibration_compute(&k, scores, 199, 0.05, 0.0, &err), err);
        assert_true(k.order == 190 && fabs(k.bound - 0.05) < 1e-12);
        sum += false_alarm_rate(crowded_at_1, k.threshold);
    }
    assert_true(fabs(sum / REPETITIONS - 0.05) < 4 * sqrt(0.05 * 0.95 / 201 / REPETITIONS));
}

static void p_values_of_normal_scores_are_uniform(void **state)
{
    static double sorted[99];
    rw_random     random   = rw_random_init(11, 0);
    size_t        below[4] = { 0 };
    const double  levels[] = { 0.01, 0.05, 0.2, 0.5 };

    (void)state;
    for (int repetition = 0; repetition < 4 * REPETITIONS; repetition++) {
        double p;

        for (size_t i = 0; i < 99; i++) { /* insertion: 99 scores need no sort */
            double u = uniform(&random);
            size_t k = i;

            for (; k > 0 && sorted[k - 1] > u; k--)
                sorted[k] = sorted[k - 1];
            sorted[k] = u;
        }
        p = rwda_calibration_p_value(sorted, 99, uniform(&random));
        for (int l = 0; l < 4; l++)
            below[l] += p <= levels[l] + 1e-12;
    }
    for (int l = 0; l < 4; l++)
        assert_true(fabs((double)below[l] / (4 * REPETITIONS) - levels[l]) <
                    4 * sqrt(levels[l] * (1 - levels[l]) / (4 * REPETITIONS)));
}

static void p_values_count_ties(void **state)
{
    const double sorted[] = { 0.1, 0.2, 0.2, 0.3 };

    (void)state;
    assert_true(rwda_calibration_p_value(sorted, 4, 0.0) == 1.0);
    assert_true(rwda_calibration_p_value(sorted, 4, 0.2) == 4.0 / 5);
    assert_true(rwda_calibration_p_value(sorted, 4, 0.25) == 2.0 / 5);
    assert_true(rwda_calibration_p_value(sorted, 4, 0.9) == 1.0 / 5);
    assert_true(isnan(rwda_calibration_p_value(sorted, 4, NAN)));
}

static void ties_at_the_threshold_are_normal(void **state)
{
    double           scores[100];
    rwda_calibration k;
    rwda_error       err = { 0 };

    (void)state;
    for (size_t i = 0; i < 100; i++)
        scores[i] = i < 50 ? 0.25 : 0.75;
    assert_ok(rwda_calibration_compute(&k, scores, 100, 0.1, 0.95, &err), err);
    assert_true(k.threshold > 0.75 && k.threshold < 0.7500001 && (double)(float)k.threshold == k.threshold);
    assert_true(rwda_score_next(1.0) > 1.0 && rwda_score_next(0.1) > 0.1);
    assert_true(rwda_score_next(0.1) == (double)0.1f); /* 0.1f lies above 0.1 already */
}

static void refuses_what_has_no_threshold(void **state)
{
    const double     scores[] = { 0.1, NAN, INFINITY };
    rwda_calibration k;
    rwda_error       err = { 0 };

    (void)state;
    assert_refused("NaN", rwda_calibration_compute(&k, scores, 2, 0.05, 0.95, &err), RWDA_EINVAL, &err,
                   "score 1 is not finite");
    assert_refused("nothing", rwda_calibration_compute(&k, scores, 0, 0.05, 0.95, &err), RWDA_EINVAL, &err,
                   "0 normal scores");
    assert_refused("rate", rwda_calibration_compute(&k, scores, 1, 0.0, 0.95, &err), RWDA_EINVAL, &err, "rate of 0");
    assert_refused("rate", rwda_calibration_compute(&k, scores, 1, NAN, 0.95, &err), RWDA_EINVAL, &err, "rate of nan");
    assert_refused("confidence", rwda_calibration_compute(&k, scores, 1, 0.05, 1.0, &err), RWDA_EINVAL, &err,
                   "confidence of 1");
    assert_refused("too many", rwda_calibration_compute(&k, scores, 1000001, 0.05, 0.95, &err), RWDA_ELIMIT, &err,
                   "1000001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_confidence_are_those_of_the_beta_distribution),
        cmocka_unit_test(says_how_many_scores_are_needed),
        cmocka_unit_test(the_rate_holds_as_often_as_is_said),
        cmocka_unit_test(without_a_confidence_the_rate_holds_on_average),
        cmocka_unit_test(p_values_of_normal_scores_are_uniform),
        cmocka_unit_test(p_values_count_ties),
        cmocka_unit_test(ties_at_the_threshold_are_normal),
        cmocka_unit_test(refuses_what_has_no_threshold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
