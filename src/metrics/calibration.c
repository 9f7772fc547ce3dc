/* calibration.c - threshold with a bounded false-alarm rate, from scores of normal images; p-values
 *
 * The threshold lies just above the order-th smallest of n normal scores, so j = n - order of them lie above it.  Whatever the
 * distribution of scores, the false-alarm rate is at most p with confidence 1 - P(Binomial(n, p) <= j): the one-sided
 * distribution-free tolerance limit (S. S. Wilks, "Determination of sample sizes for setting tolerance limits", 1941), which is the
 * interval of C. J. Clopper and E. S. Pearson (1934) read backwards.  With a continuous distribution the rate
 * follows Beta(j + 1, n - j), and the confidence is exact. */
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLACK 1e-12 /* relative tolerance of comparisons that may be equalities */

/* P(Binomial(n, p) <= j).  Terms are kept as logarithms: the first ones may underflow a double. */
static double binomial_cdf(size_t j, size_t n, double p)
{
    double odds = log(p) - log1p(-p), term = (double)n * log1p(-p), sum = 0.0;

    for (size_t i = 0; i <= j && i <= n; i++) {
        sum += exp(term);
        term += log((double)(n - i) / (double)(i + 1)) + odds;
    }
    return sum < 1.0 ? sum : 1.0;
}

/* Largest j with P(Binomial(n, p) <= j) <= delta; false: there is none. */
static bool largest_count(size_t *j, size_t n, double p, double delta)
{
    size_t low = 0, high = n; /* fine at low, too many at high */

    if (binomial_cdf(0, n, p) > delta * (1.0 + SLACK))
        return false;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (binomial_cdf(middle, n, p) <= delta * (1.0 + SLACK))
            low = middle;
        else
            high = middle;
    }
    *j = low;
    return true;
}

/* Clopper-Pearson upper bound of the rate: the p at which P(Binomial(n, p) <= j) falls to delta. */
static double clopper_pearson_upper(size_t j, size_t n, double delta)
{
    double low = 0.0, high = 1.0;

    for (int i = 0; i < 60 && j < n; i++) {
        double middle = (low + high) / 2;

        if (binomial_cdf(j, n, middle) > delta)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double rwda_score_next(double score)
{
    float nearest = (float)score;

    return (double)nearest > score ? (double)nearest : (double)nextafterf(nearest, INFINITY);
}

rwda_status rwda_calibration_compute(rwda_calibration *out, const double *normal, size_t n, double rate, double confidence,
                                     rwda_error *err)
{
    double delta = 1.0 - confidence, *sorted;
    size_t above = 0;
    bool   reached;

    memset(out, 0, sizeof *out);
    if (!(rate >= 1e-6 && rate <= 0.5))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "a false-alarm rate of %g is not in 0.000001..0.5", rate);
    if (!(confidence >= 0.5 && confidence <= 0.999999) && !(confidence >= 0.0 && confidence <= 0.0))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "a confidence of %g is neither 0 nor in 0.5..0.999999", confidence);
    if (n < 1 || n > RWDA_NORMAL_MAX)
        return rw_fail(err, n < 1 ? RWDA_EINVAL : RWDA_ELIMIT, RWDA_NO_OFFSET, "%zu normal scores are not in 1..%d", n,
                       RWDA_NORMAL_MAX);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(normal[i]))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "score %zu is not finite", i);
    sorted = rw_new_array(n, sizeof *sorted);
    if (sorted == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu scores", n);
    memcpy(sorted, normal, n * sizeof *sorted);
    rw_sort_doubles(sorted, n);
    if (confidence > 0.0) {
        out->needed = (size_t)ceil(log(delta) / log1p(-rate) * (1.0 - SLACK));
        reached     = largest_count(&above, n, rate, delta);
    } else { /* the expected rate is (above + 1) / (n + 1) */
        double allowed = floor(rate * (double)(n + 1) * (1.0 + SLACK));

        out->needed = (size_t)ceil(1.0 / rate * (1.0 - SLACK)) - 1;
        reached     = allowed >= 1.0;
        above       = reached ? (size_t)allowed - 1 : 0;
    }
    out->n          = n;
    out->order      = n - above;
    out->threshold  = rwda_score_next(sorted[out->order - 1]);
    out->rate       = rate;
    out->confidence = confidence;
    out->achieved   = 1.0 - binomial_cdf(above, n, rate);
    out->bound      = confidence > 0.0 ? clopper_pearson_upper(above, n, delta) : (double)(above + 1) / (double)(n + 1);
    out->enough     = reached;
    free(sorted);
    return RWDA_OK;
}

double rwda_calibration_p_value(const double *sorted, size_t n, double score)
{
    size_t low = 0, high = n; /* sorted[0..low) < score <= sorted[high..n) */

    if (isnan(score))
        return NAN;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sorted[middle] < score)
            low = middle + 1;
        else
            high = middle;
    }
    return (double)(n - low + 1) / (double)(n + 1);
}
