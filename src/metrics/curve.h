/* curve.h - ROC and precision-recall metrics by a threshold sweep over descending scores          rank 1: metrics
 *
 * Image scores, sorted pixels and histogram bins are all fed as groups of equal scores, from high to low. */
#ifndef RW_CURVE_H
#define RW_CURVE_H

#include "base/status.h"

#include <math.h>

/* Compensated (Kahan-Babuska-Neumaier) sum: A. Neumaier, ZAMM 54, 1974.  Millions of pixels each add 1 / region size. */
typedef struct {
    double sum, compensation;
} rw_sum;

static inline void rw_sum_add(rw_sum *s, double x)
{
    double next = s->sum + x;

    s->compensation += fabs(s->sum) >= fabs(x) ? (s->sum - next) + x : (x - next) + s->sum;
    s->sum = next;
}

static inline double rw_sum_value(rw_sum s)
{
    return s.sum + s.compensation;
}

#define RW_CURVE_MAX ((uint64_t)1 << 32) /* samples: AUROC's numerator, at most 2 P N, then fits 64 bits */

typedef struct {
    uint64_t positives, negatives; /* of all samples, each >= 1; together at most RW_CURVE_MAX */
    uint64_t tp, fp;               /* so far */
    uint64_t area;                 /* 2 P N x the area under the ROC curve so far: a whole number, so exact */
    rw_sum   ap, aupr;
    double   precision, f1_max, threshold, f1_normal;
} rw_curve;

rw_curve rw_curve_init(uint64_t positives, uint64_t negatives);

/* The next group of equal scores; `threshold` is its score. */
void rw_curve_add(rw_curve *curve, double threshold, uint64_t positives, uint64_t negatives);

void rw_curve_metrics(rwda_metrics *out, const rw_curve *curve); /* after the last group */

/* F1 = 2 TP / (positives + predicted positives). */
double rw_f1(uint64_t tp, uint64_t positives, uint64_t predicted);

#endif
