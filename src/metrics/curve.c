#include "metrics/curve.h"

double rw_f1(uint64_t tp, uint64_t positives, uint64_t predicted)
{
    return 2.0 * (double)tp / (double)(positives + predicted);
}

rw_curve rw_curve_init(uint64_t positives, uint64_t negatives)
{
    return (rw_curve){
        .positives = positives,
        .negatives = negatives,
        .precision = 1.0,
        .f1_max    = -1.0,
        .f1_normal = rw_f1(negatives, negatives, positives + negatives), /* everything predicted normal */
    };
}

void rw_curve_add(rw_curve *c, double threshold, uint64_t positives, uint64_t negatives)
{
    uint64_t tp = c->tp + positives, fp = c->fp + negatives;
    double   step = (double)positives / (double)c->positives, precision = (double)tp / (double)(tp + fp), f1;

    c->area += negatives * (tp + c->tp);
    rw_sum_add(&c->ap, step * precision);
    rw_sum_add(&c->aupr, step * (precision + c->precision) / 2.0);
    c->tp        = tp;
    c->fp        = fp;
    c->precision = precision;
    f1           = rw_f1(tp, c->positives, tp + fp);
    if (f1 > c->f1_max) {
        c->f1_max    = f1;
        c->threshold = threshold;
    }
    f1 = rw_f1(c->negatives - fp, c->negatives, c->positives + c->negatives - tp - fp);
    if (f1 > c->f1_normal)
        c->f1_normal = f1;
}

void rw_curve_metrics(rwda_metrics *out, const rw_curve *c)
{
    *out = (rwda_metrics){
        .normal    = (size_t)c->negatives,
        .anomalous = (size_t)c->positives,
        .auroc     = (double)c->area / (2.0 * (double)c->positives * (double)c->negatives),
        .ap        = rw_sum_value(c->ap),
        .aupr      = rw_sum_value(c->aupr),
        .f1_max    = c->f1_max,
        .threshold = c->threshold,
        .f1_normal = c->f1_normal,
    };
}
