/* image_metrics.c - image-level metrics (AUROC, AP, F1) and their bootstrap confidence intervals
 *
 * Everything follows from one pass over the groups of equal scores, from high to low (curve.h). */
#include "base/memory.h"
#include "base/random.h"
#include "base/versioned.h"
#include "metrics/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double  score;
    uint8_t anomalous;
} sample;

/* Descending by score; the order within a group does not matter. */
static int by_score(const void *a, const void *b)
{
    double x = ((const sample *)a)->score, y = ((const sample *)b)->score;

    return (x < y) - (x > y);
}

static rwda_status sorted_samples(sample **out, size_t *anomalous, const double *scores, const uint8_t *labels, size_t n,
                                  rwda_error *err)
{
    *out       = NULL;
    *anomalous = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(scores[i]))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "score %zu is not finite", i);
        *anomalous += labels[i] != 0;
    }
    if (*anomalous == 0 || *anomalous == n)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%zu normal and %zu anomalous scores: both are needed",
                       n - *anomalous, *anomalous);
    if (n > INT32_MAX) /* within RW_CURVE_MAX */
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%zu scores are over the limit of %d", n, INT32_MAX);
    *out = rw_new_array(n, sizeof **out);
    if (*out == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu scores", n);
    for (size_t i = 0; i < n; i++)
        (*out)[i] = (sample){ scores[i], labels[i] != 0 };
    qsort(*out, n, sizeof **out, by_score);
    return RWDA_OK;
}

/* Metrics of n sorted samples. */
static void from_sorted(rwda_metrics *out, const sample *s, size_t n, uint64_t positives)
{
    rw_curve curve = rw_curve_init(positives, n - positives);

    for (size_t i = 0; i < n;) {
        size_t   first = i;
        uint64_t hits  = 0;

        for (; i < n && !(s[i].score < s[first].score); i++)
            hits += s[i].anomalous;
        rw_curve_add(&curve, s[first].score, hits, i - first - hits);
    }
    rw_curve_metrics(out, &curve);
}

static rwda_status check_size(size_t size, rwda_error *err)
{
    return rw_versioned_check(size, RW_SIZE_TO(rwda_metrics, f1_normal), "rwda_metrics", err);
}

rwda_status rwda_metrics_compute_sized(rwda_metrics *out, size_t size, const double *scores, const uint8_t *labels, size_t n,
                                       rwda_error *err)
{
    sample      *samples = NULL;
    size_t       positives;
    rwda_metrics metrics;
    rwda_status  status;

    RW_TRY(check_size(size, err));
    RW_TRY(sorted_samples(&samples, &positives, scores, labels, n, err));
    from_sorted(&metrics, samples, n, positives);
    rw_versioned_write(out, size, &metrics, RW_SIZE_TO(rwda_metrics, f1_normal));
done:
    free(samples);
    return status;
}

rwda_status rwda_metrics_curves(double *fpr, double *tpr, double *precision, size_t *count, const double *scores,
                                const uint8_t *labels, size_t n, rwda_error *err)
{
    sample     *samples;
    size_t      positives, tp = 0, fp = 0;
    rwda_status status = sorted_samples(&samples, &positives, scores, labels, n, err);

    *count = 0;
    if (status == RWDA_OK) {
        fpr[0] = tpr[0] = 0.0;
        precision[0]    = 1.0;
        *count          = 1;
    }
    for (size_t i = 0; status == RWDA_OK && i < n; ++*count) {
        for (double score = samples[i].score; i < n && !(samples[i].score < score); i++) {
            tp += samples[i].anomalous;
            fp += !samples[i].anomalous;
        }
        fpr[*count]       = (double)fp / (double)(n - positives);
        tpr[*count]       = (double)tp / (double)positives;
        precision[*count] = (double)tp / (double)(tp + fp);
    }
    free(samples);
    return status;
}

/* ---- Bootstrap -------------------------------------------------------------------------------------------------------- */

#define N_METRICS 5

static void to_row(double row[N_METRICS], const rwda_metrics *m)
{
    memcpy(row, (const double[N_METRICS]){ m->auroc, m->ap, m->aupr, m->f1_max, m->f1_normal }, N_METRICS * sizeof *row);
}

static void from_row(rwda_metrics *m, const double row[N_METRICS])
{
    m->auroc     = row[0];
    m->ap        = row[1];
    m->aupr      = row[2];
    m->f1_max    = row[3];
    m->f1_normal = row[4];
}

/* Stratified bootstrap sample of n, sorted: counts how often each sample is drawn, then expands the counts in order. */
static size_t draw(sample *out, uint32_t *times, const sample *from, size_t n, const size_t *members[2],
                   const size_t sizes[2], rw_random *random)
{
    size_t filled = 0;

    memset(times, 0, n * sizeof *times);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < sizes[side]; i++)
            times[members[side][rw_random_below(random, (uint32_t)sizes[side])]]++;
    for (size_t i = 0; i < n; i++)
        for (uint32_t t = 0; t < times[i]; t++)
            out[filled++] = from[i];
    return filled;
}

rwda_status rwda_metrics_bootstrap_sized(rwda_metrics *low, rwda_metrics *high, size_t size, const double *scores,
                                         const uint8_t *labels, size_t n, int rounds, uint64_t seed, rwda_error *err)
{
    rw_random    random  = rw_random_init(seed, 0);
    sample      *samples = NULL, *drawn = NULL;
    size_t       positives, sizes[2] = { 0, 0 }, *members = NULL;
    uint32_t    *times  = NULL;
    double      *values = NULL, bounds[2][N_METRICS];
    rwda_metrics both[2];
    rwda_status  status;

    RW_TRY(check_size(size, err));
    RW_TRY(sorted_samples(&samples, &positives, scores, labels, n, err));
    if (rounds < 100 || rounds > 1000000) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%d bootstrap rounds are not in 100..1000000", rounds);
        goto done;
    }
    drawn   = rw_new_array(n, sizeof *drawn);
    members = rw_new_array(n, sizeof *members);
    times   = rw_new_array(n, sizeof *times);
    values  = rw_new_array((size_t)rounds, N_METRICS * sizeof *values);
    if (drawn == NULL || members == NULL || times == NULL || values == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%d bootstrap rounds of %zu scores", rounds, n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) { /* normal ones in front, anomalous ones behind */
        int side = samples[i].anomalous;

        members[side ? n - positives + sizes[1] : sizes[0]] = i;
        sizes[side]++;
    }
    for (int round = 0; round < rounds; round++) {
        rwda_metrics m;
        double       row[N_METRICS];

        (void)draw(drawn, times, samples, n, (const size_t *[2]){ members, members + sizes[0] }, sizes, &random);
        from_sorted(&m, drawn, n, positives);
        to_row(row, &m);
        for (int k = 0; k < N_METRICS; k++)
            values[(size_t)k * (size_t)rounds + (size_t)round] = row[k];
    }
    for (int k = 0; k < N_METRICS; k++) {
        double *of = values + (size_t)k * (size_t)rounds;

        rw_sort_doubles(of, (size_t)rounds);
        bounds[0][k] = of[(int)(0.025 * (rounds - 1) + 0.5)];
        bounds[1][k] = of[(int)(0.975 * (rounds - 1) + 0.5)];
    }
    for (int i = 0; i < 2; i++) {
        both[i] = (rwda_metrics){ .normal = n - positives, .anomalous = positives };
        from_row(&both[i], bounds[i]);
        rw_versioned_write(i == 0 ? low : high, size, &both[i], RW_SIZE_TO(rwda_metrics, f1_normal));
    }
done:
    free(samples);
    free(drawn);
    free(members);
    free(times);
    free(values);
    return status;
}
