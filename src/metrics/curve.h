/* curve.h - what lies under the curves that a walk from high scores to low draws?                 rank 1: metrics
 *
 * One place for the formulas: image scores, sorted pixels and histogram bins all come as groups of equal scores, from high to low. */
#ifndef RW_CURVE_H
#define RW_CURVE_H

#include "base/status.h"

#include <math.h>

/* Sum of many small numbers whose rounding errors are carried along (A. Neumaier, ZAMM 54, 1974): millions of pixels each add one
 * over the size of their region. */
typedef struct {
    double sum, lost;
} rw_sum;

static inline void rw_sum_add(rw_sum *s, double x)
{
    double next = s->sum + x;

    s->lost += fabs(s->sum) >= fabs(x) ? (s->sum - next) + x : (x - next) + s->sum;
    s->sum = next;
}

static inline double rw_sum_value(rw_sum s)
{
    return s.sum + s.lost;
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

/* F1 = 2 hits / (wanted + called). */
double rw_f1(uint64_t hits, uint64_t wanted, uint64_t called);

#endif
