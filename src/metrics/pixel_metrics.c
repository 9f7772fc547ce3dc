/* pixel_metrics.c - pixel-level metrics (AUROC, AP, F1, AUPRO) over a set of score maps and masks
 *
 * Both modes end in one threshold sweep over groups of pixels, from high values to low.  Exact: a group is all pixels of one value.
 * Histogram: a group is a bin, whose pixels count as ties; each metric comes with a bound of the error that this causes.
 *
 * Sources: AUPRO, P. Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 2021; its form with 200 thresholds, from the code
 * of several zero-shot methods (docs/method.md). */
#include "base/memory.h"
#include "metrics/curve.h"
#include "metrics/connected_components.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BINS_MAX     (1 << 24)
#define EXACT_PIXELS ((int64_t)1 << 28)
#define STEPS        200

typedef struct {
    uint64_t positives, negatives;
    rw_sum   overlap;   /* of the anomalous pixels: 1 / size of the region */
    float    low, high; /* smallest and largest value in it */
} bin;

struct rwda_pixel_metrics {
    rwda_pixel_metrics_options options;
    uint64_t                   normal, anomalous, outside;
    size_t                     images, regions;
    float                      lowest, highest; /* of all values */
    /* Exact: pixel = (key of its value) << 32 | its region, 0: none.  Keys ascend as values descend. */
    uint64_t *pixels;
    size_t    pixels_capacity;
    /* Histogram. */
    bin *bins;
    /* sizes [regions]: pixels of region 1, 2, ...; histogram: of the current image only. */
    uint32_t *sizes, *labels; /* labels: of the current image */
    size_t    sizes_capacity, labels_capacity;
};

/* ---- Values as sortable keys --------------------------------------------------------------------------------------------- */

static uint32_t key_of(float value)
{
    uint32_t bits;

    value += 0.0f; /* -0 equals 0 */
    memcpy(&bits, &value, sizeof bits);
    return ~((bits >> 31) != 0 ? ~bits : bits | 0x80000000u);
}

static float value_of(uint32_t key)
{
    uint32_t bits = ~key;
    float    value;

    bits = (bits >> 31) != 0 ? bits & 0x7fffffffu : ~bits;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* LSD radix sort by key, two digits of 16 bits.  other [n] is scratch. */
static void sort_pixels(uint64_t *pixels, uint64_t *other, size_t n, size_t counts[65537])
{
    for (int shift = 32; shift <= 48; shift += 16) {
        uint64_t *swap = pixels;

        memset(counts, 0, 65537 * sizeof *counts);
        for (size_t i = 0; i < n; i++)
            counts[((pixels[i] >> shift) & 65535) + 1]++;
        for (size_t digit = 1; digit < 65536; digit++)
            counts[digit] += counts[digit - 1];
        for (size_t i = 0; i < n; i++)
            other[counts[(pixels[i] >> shift) & 65535]++] = pixels[i];
        pixels = other;
        other  = swap;
    }
}

/* ---- The threshold sweep ----------------------------------------------------------------------------------------------- */

typedef struct {
    rw_curve curve;
    double   regions, limit;
    rw_sum   overlap, area;                             /* sum of per-region overlaps; area under (FPR, PRO) */
    double   auroc_error, ap_error, area_error, f1_top; /* error bounds: the unknown order within bins */
    /* AUPRO at 200 thresholds: the next one, from STEPS - 1 down; first and last FPR within the limit. */
    double lowest, step, first_fpr, last_fpr, last_pro, area200;
    int    next;
} sweep;

/* Evaluates the thresholds at or above `value`, the largest value that remains. */
static void pass_thresholds(sweep *w, double value)
{
    double fpr = (double)w->curve.fp / (double)w->curve.negatives, pro = rw_sum_value(w->overlap) / w->regions;

    for (; w->next >= 0 && w->lowest + w->next * w->step >= value; w->next--) {
        if (!(fpr < w->limit))
            continue;
        if (w->next == STEPS - 1) {
            w->first_fpr = fpr;
        } else {
            w->area200 += (fpr - w->last_fpr) * (pro + w->last_pro) / 2.0;
        }
        w->last_fpr = fpr;
        w->last_pro = pro;
    }
}

/* Error bounds of a bin that holds several values.  tp, fp: before it. */
static void add_bin_error(sweep *w, const bin *g, uint64_t tp, uint64_t fp)
{
    double   p = (double)g->positives, n = (double)g->negatives, P = (double)w->curve.positives;
    uint64_t tp_after = tp + g->positives;

    w->auroc_error +=
        p * n / (2.0 * P * (double)w->curve.negatives); /* a tie counts 1/2: each pair is off by at most that */
    if (g->positives > 0) {
        /* precision of its positives: lowest when all negatives come first, highest when all come last */
        double now   = (double)tp_after / (double)(tp_after + fp + g->negatives);
        double most  = (double)tp_after / (double)(tp_after + fp);
        double least = (double)(tp + 1) / (double)(tp + 1 + fp + g->negatives);

        w->ap_error += p / P * fmax(most - now, now - least);
        w->f1_top = fmax(w->f1_top, rw_f1(tp_after, w->curve.positives, tp_after + fp));
    }
}

static void take_group(sweep *w, const bin *g)
{
    const double negatives = (double)w->curve.negatives;
    uint64_t     tp = w->curve.tp, fp = w->curve.fp;
    double       x = (double)fp / negatives, y = rw_sum_value(w->overlap) / w->regions, to, mid, y_after, y_to;

    pass_thresholds(w, (double)g->low);
    rw_curve_add(&w->curve, (double)g->low, g->positives, g->negatives);
    rw_sum_add(&w->overlap, rw_sum_value(g->overlap));
    if (g->low < g->high)
        add_bin_error(w, g, tp, fp);
    if (!(x < w->limit))
        return;
    to      = (double)w->curve.fp / negatives;
    y_after = y_to = rw_sum_value(w->overlap) / w->regions;
    if (to > w->limit) {
        y_to = y + (y_after - y) * (w->limit - x) / (to - x);
        to   = w->limit;
    }
    mid = (y + y_to) / 2.0;
    rw_sum_add(&w->area, (to - x) * mid);
    if (g->low < g->high) /* the true curve rises from y to y_after: the room above the chord is the larger */
        w->area_error += (to - x) * (y_after - mid);
}

static void sweep_pixels(sweep *w, const rwda_pixel_metrics *m)
{
    const size_t n = (size_t)(m->normal + m->anomalous);

    for (size_t i = 0; i < n;) {
        uint32_t key   = (uint32_t)(m->pixels[i] >> 32);
        bin      group = { 0, 0, { 0.0, 0.0 }, value_of(key), value_of(key) };

        for (; i < n && (uint32_t)(m->pixels[i] >> 32) == key; i++) {
            uint32_t region = (uint32_t)m->pixels[i];

            if (region == 0) {
                group.negatives++;
            } else {
                group.positives++;
                rw_sum_add(&group.overlap, 1.0 / m->sizes[region - 1]);
            }
        }
        take_group(w, &group);
    }
}

rwda_status rwda_pixel_metrics_finish(rwda_pixel_results *out, rwda_pixel_metrics *m, rwda_error *err)
{
    sweep        w;
    rwda_metrics metrics;

    if (out == NULL || m == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "rwda_pixel_metrics_finish: out or metrics is NULL");
    if (m->normal == 0 || m->anomalous == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "%zu maps with %" PRIu64 " normal and %" PRIu64 " anomalous pixels: both are needed", m->images,
                       m->normal, m->anomalous);
    w = (sweep){
        .curve   = rw_curve_init(m->anomalous, m->normal),
        .regions = (double)m->regions,
        .limit   = m->options.fpr_limit,
        .lowest  = (double)m->lowest,
        .step    = ((double)m->highest - (double)m->lowest) / STEPS,
        .next    = STEPS - 1,
    };
    if (m->bins != NULL) {
        for (int i = m->options.bins - 1; i >= 0; i--)
            if (m->bins[i].positives + m->bins[i].negatives != 0)
                take_group(&w, &m->bins[i]);
    } else {
        size_t    n = (size_t)(m->normal + m->anomalous), *counts = rw_new_array(65537, sizeof *counts);
        uint64_t *other = rw_new_array(n, sizeof *other);

        if (counts == NULL || other == NULL) {
            free(counts);
            free(other);
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "sorting %zu pixels: a histogram (bins) needs less", n);
        }
        sort_pixels(m->pixels, other, n, counts);
        free(counts);
        free(other);
        sweep_pixels(&w, m);
    }
    rw_curve_metrics(&metrics, &w.curve);
    *out = (rwda_pixel_results){
        .pictures     = m->images,
        .regions      = m->regions,
        .normal       = m->normal,
        .anomalous    = m->anomalous,
        .outside      = m->outside,
        .auroc        = metrics.auroc,
        .ap           = metrics.ap,
        .f1_max       = metrics.f1_max,
        .threshold    = metrics.threshold,
        .aupro        = rw_sum_value(w.area) / w.limit,
        .aupro200     = w.last_fpr > w.first_fpr ? w.area200 / (w.last_fpr - w.first_fpr) : (double)NAN,
        .auroc_error  = w.auroc_error,
        .ap_error     = w.ap_error,
        .f1_max_error = fmax(w.f1_top - metrics.f1_max, 0.0),
        .aupro_error  = w.area_error / w.limit,
    };
    return RWDA_OK;
}

/* ---- Filling ------------------------------------------------------------------------------------------------------------- */

rwda_status rwda_pixel_metrics_new(rwda_pixel_metrics **out, const rwda_pixel_metrics_options *options, rwda_error *err)
{
    const rwda_pixel_metrics_options defaults = RWDA_PIXEL_METRICS_OPTIONS_INIT;
    rwda_pixel_metrics              *m;

    if (out == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "rwda_pixel_metrics_new: out is NULL");
    *out = NULL;
    if (options == NULL)
        options = &defaults;
    if (!(options->fpr_limit > 0.0 && options->fpr_limit <= 1.0))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "limit %g of the false positive rate is not above 0 and at most 1",
                       options->fpr_limit);
    if (options->bins != 0 && (options->bins < 2 || options->bins > BINS_MAX))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%d bins are neither 0 nor in 2..%d", options->bins, BINS_MAX);
    if (options->bins != 0 && (!isfinite(options->low) || !isfinite(options->high) || !(options->low < options->high)))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "histogram from %g to %g: the first must be less",
                       (double)options->low, (double)options->high);
    if (options->max_pixels < 0 || options->max_pixels > (int64_t)RW_CURVE_MAX)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "max_pixels %" PRId64 " is not in 0..%" PRIu64, options->max_pixels,
                       RW_CURVE_MAX);
    m = calloc(1, sizeof *m);
    if (m == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "pixel metrics handle, %zu bytes", sizeof *m);
    m->options = *options;
    if (m->options.max_pixels == 0)
        m->options.max_pixels = m->options.bins != 0 ? (int64_t)RW_CURVE_MAX : EXACT_PIXELS;
    if (m->options.bins != 0) {
        m->bins = rw_new_array((size_t)m->options.bins, sizeof *m->bins);
        if (m->bins == NULL) {
            free(m);
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "histogram of %d bins", options->bins);
        }
    }
    *out = m;
    return RWDA_OK;
}

void rwda_pixel_metrics_free(rwda_pixel_metrics *m)
{
    if (m == NULL)
        return;
    free(m->pixels);
    free(m->bins);
    free(m->sizes);
    free(m->labels);
    free(m);
}

/* Grows to `count` elements, geometrically.  *array stays valid after a failure. */
static bool reserve(void **array, size_t *capacity, size_t count, size_t element)
{
    size_t more, bytes;
    void  *grown;

    if (count <= *capacity)
        return true;
    more = *capacity + *capacity / 2;
    more = more > count ? more : count;
    if (!rw_size_mul(&bytes, more, element))
        return false;
    grown = realloc(*array, bytes);
    if (grown == NULL)
        return false;
    *array    = grown;
    *capacity = more;
    return true;
}

static void put_in_bin(rwda_pixel_metrics *m, float value, uint32_t region)
{
    const double low = (double)m->options.low, high = (double)m->options.high;
    const int    bins = m->options.bins;
    double       at   = ((double)value - low) / (high - low) * bins;
    bin         *b    = &m->bins[at >= bins ? bins - 1 : at > 0.0 ? (int)at : 0];
    bool new          = b->positives + b->negatives == 0;

    m->outside += value < m->options.low || value > m->options.high;
    if (new || value < b->low)
        b->low = value;
    if (new || value > b->high)
        b->high = value;
    if (region == 0) {
        b->negatives++;
    } else {
        b->positives++;
        rw_sum_add(&b->overlap, 1.0 / m->sizes[region - 1]);
    }
}

static rwda_status check_map(const rwda_pixel_metrics *m, const float *map, size_t height, size_t width, rwda_error *err)
{
    size_t n;

    if (m == NULL || map == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "rwda_pixel_metrics_add: metrics or map is NULL");
    if (height == 0 || width == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map %zu has %zu x %zu values", m->images, height, width);
    if (!rw_size_mul(&n, height, width) || n > INT32_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "map %zu of %zu x %zu values is over the limit of %d", m->images,
                       height, width, INT32_MAX);
    if (n > (uint64_t)m->options.max_pixels - m->normal - m->anomalous)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                       "map %zu: %" PRIu64 " pixels so far and %zu more are over the limit of %" PRId64 "%s", m->images,
                       m->normal + m->anomalous, n, m->options.max_pixels,
                       m->bins == NULL ? "; a histogram (bins) takes more" : "");
    for (size_t i = 0; i < n; i++)
        if (!isfinite(map[i]))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map %zu: value %zu (row %zu, column %zu) is not finite",
                           m->images, i, i / width, i % width);
    return RWDA_OK;
}

rwda_status rwda_pixel_metrics_add(rwda_pixel_metrics *m, const float *map, const uint8_t *mask, size_t height, size_t width,
                                   rwda_error *err)
{
    rwda_status status  = check_map(m, map, height, width, err);
    size_t      n       = height * width, n_before, earlier; /* cannot overflow: checked */
    uint32_t    regions = 0;

    if (status != RWDA_OK)
        return status;
    n_before = (size_t)(m->normal + m->anomalous);
    earlier  = m->bins == NULL ? m->regions : 0;
    if (mask != NULL) {
        if (!reserve((void **)&m->labels, &m->labels_capacity, n, sizeof *m->labels))
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "mask %zu of %zu pixels", m->images, n);
        regions = rw_connected_components(m->labels, mask, height, width);
    }
    if (!reserve((void **)&m->sizes, &m->sizes_capacity, earlier + regions, sizeof *m->sizes) ||
        (m->bins == NULL && !reserve((void **)&m->pixels, &m->pixels_capacity, n_before + n, sizeof *m->pixels)))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "map %zu: %zu pixels and %zu regions", m->images, n_before + n,
                       earlier + regions);

    /* From here on nothing fails. */
    if (m->images == 0)
        m->lowest = m->highest = map[0];
    if (regions > 0)
        memset(m->sizes + earlier, 0, regions * sizeof *m->sizes);
    for (size_t i = 0; regions > 0 && i < n; i++) {
        if (m->labels[i] == 0)
            continue;
        m->labels[i] += (uint32_t)earlier;
        m->sizes[m->labels[i] - 1]++;
        m->anomalous++;
    }
    m->normal += n - (size_t)(m->anomalous + m->normal - n_before);
    for (size_t i = 0; i < n; i++) {
        uint32_t region = regions > 0 ? m->labels[i] : 0;

        m->lowest  = map[i] < m->lowest ? map[i] : m->lowest;
        m->highest = map[i] > m->highest ? map[i] : m->highest;
        if (m->bins != NULL)
            put_in_bin(m, map[i], region);
        else
            m->pixels[n_before + i] = (uint64_t)key_of(map[i]) << 32 | region;
    }
    m->regions += regions;
    m->images++;
    return RWDA_OK;
}
