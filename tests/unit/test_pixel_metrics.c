/* test_pixel_metrics.c - are pixel metrics the fractions worked out by hand, and does the histogram stay within its stated error? */
#include "rwda.h"

#include "base/random.h"
#include "tests/unit/check.h"

#include <math.h>

#define SIDE 48
#define AREA (SIDE * SIDE)

static void assert_within(const char *what, double got, double want, double bound)
{
    if (!(fabs(got - want) <= bound))
        fail_msg("%s: %.17g, want %.17g within %g", what, got, want, bound);
}

typedef struct {
    const float   *map;
    const uint8_t *mask; /* NULL: all normal */
    size_t         height, width;
} image;

static rwda_status metrics_of(rwda_pixel_results *out, const image *images, size_t n, const rwda_pixel_metrics_options *o,
                              rwda_error *err)
{
    rwda_pixel_metrics *m;
    rwda_status         status = rwda_pixel_metrics_new(&m, o, err);

    for (size_t i = 0; i < n && status == RWDA_OK; i++)
        status = rwda_pixel_metrics_add(m, images[i].map, images[i].mask, images[i].height, images[i].width, err);
    if (status == RWDA_OK)
        status = rwda_pixel_metrics_finish(out, m, err);
    rwda_pixel_metrics_free(m);
    return status;
}

/* Two regions, one of two pixels and one of a single pixel in a corner, with a tie across them:
 *
 *     value >= .9: FPR 0,   PRO 1/4         mask  1 1 0 0      map  .9 .5 .8 .1
 *              .8: FPR 1/5, PRO 1/4               0 0 0 1           .2 .3 .1 .5
 *              .5: FPR 1/5, PRO 1
 *              .3: FPR 2/5, PRO 1 ... */
static const float   hand_map[]  = { .9f, .5f, .8f, .1f, .2f, .3f, .1f, .5f };
static const uint8_t hand_mask[] = { 1, 1, 0, 0, 0, 0, 0, 255 };
static const image   hand        = { hand_map, hand_mask, 2, 4 };

static void equals_fractions_worked_out_by_hand(void **state)
{
    static const struct {
        double limit, aupro;
    } limits[] = { { 0.1, 1. / 4 }, { 0.2, 1. / 4 }, { 0.3, 1. / 2 }, { 1.0, 17. / 20 } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(limits); i++) {
        rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
        rwda_pixel_results         r;
        rwda_error                 err = { 0 };

        options.fpr_limit = limits[i].limit;
        assert_ok(metrics_of(&r, &hand, 1, &options, &err), err);
        assert_within("AUPRO", r.aupro, limits[i].aupro, 1e-15);
        assert_within("AUROC", r.auroc, 13. / 15, 1e-15);
        assert_within("AP", r.ap, 5. / 6, 1e-15);
        assert_within("F1", r.f1_max, 6. / 7, 1e-15);
        assert_true(r.threshold == (double).5f);
        assert_true(r.pictures == 1 && r.regions == 2 && r.normal == 5 && r.anomalous == 3);
        if (limits[i].limit == 0.3) /* thresholds keep FPR 0 and 1/5, each with PRO 1/4: the step up at 1/5 has no width */
            assert_within("AUPRO-200", r.aupro200, 1. / 4, 1e-15);
    }
}

/* A normal image lowers every false positive rate; regions of an image do not join those of the next. */
static void normal_images_count_as_background(void **state)
{
    const float        low[5] = { 0 }, high[] = { .6f, .7f };
    const uint8_t      nothing[5] = { 0 }, all[] = { 1, 1 };
    const image        four[] = { hand, { low, NULL, 1, 5 }, { low, nothing, 5, 1 }, { high, all, 2, 1 } };
    rwda_pixel_results a, b;
    rwda_error         err = { 0 };

    (void)state;
    assert_ok(metrics_of(&a, four, 2, NULL, &err), err);
    assert_ok(metrics_of(&b, (const image[]){ four[2], hand }, 2, NULL, &err), err);
    assert_true(a.auroc == b.auroc && a.ap == b.ap && a.aupro == b.aupro && a.aupro200 == b.aupro200);
    assert_int_equal(a.normal, 10);
    /* FPR 1/10 at .8, then PRO 1: (1/10 * 1/4 + 2/10 * 1) / (3/10) */
    assert_within("AUPRO", a.aupro, 3. / 4, 1e-15);
    assert_within("AUROC", a.auroc, (10. + 9 + 9) / 30, 1e-15);
    assert_ok(metrics_of(&a, four, 4, NULL, &err), err);
    assert_int_equal(a.regions, 3);
    assert_int_equal(a.pictures, 4);
    /* FPR 1/15 at .8 with PRO 1/6; .7 and .6: 1/2; .5: 1: (1/15 * 1/6 + 7/30 * 1) / (3/10) */
    assert_within("AUPRO", a.aupro, (1. / 90 + 7. / 30) / .3, 1e-15);
}

static void one_value_everywhere_is_chance(void **state)
{
    const float        same[]  = { -0.0f, 0.0f, 0.0f, -0.0f }; /* equal, whatever their signs */
    const uint8_t      mask[4] = { 1, 0, 0, 0 };
    rwda_pixel_results r;
    rwda_error         err = { 0 };

    (void)state;
    assert_ok(metrics_of(&r, &(image){ same, mask, 2, 2 }, 1, NULL, &err), err);
    assert_within("AUROC", r.auroc, 1. / 2, 0);
    assert_within("AP", r.ap, 1. / 4, 0);
    assert_within("F1", r.f1_max, 2. / 5, 1e-16);
    assert_within("AUPRO", r.aupro, 0.15, 1e-16); /* the line from (0, 0) to (1, 1), up to 0.3 */
    assert_true(isnan(r.aupro200));
}

/* Random images with blobs; levels > 0: values are whole multiples of 1 / levels, so that there are many ties. */
static void draw(float *map, uint8_t *mask, rw_random *random, uint32_t levels)
{
    memset(mask, 0, AREA);
    for (int blob = 0; blob < 4; blob++) {
        size_t y = rw_random_below(random, SIDE - 5), x = rw_random_below(random, SIDE - 9);

        for (size_t k = 0; k < 45; k++)
            mask[(y + k / 9) * SIDE + x + k % 9] = 1;
    }
    for (size_t i = 0; i < AREA; i++) {
        map[i] = 0.25f * mask[i] + 0.75f * rw_random_unit(random);
        if (levels > 0)
            map[i] = (float)(int)(map[i] * (float)levels) / (float)levels;
    }
}

static float   maps[3][AREA];
static uint8_t masks[3][AREA];
static image   drawn[3];

static void draw_three(uint64_t seed, uint32_t levels)
{
    rw_random random = rw_random_init(seed, 1);

    for (size_t i = 0; i < 3; i++) {
        draw(maps[i], masks[i], &random, levels);
        drawn[i] = (image){ maps[i], i == 1 ? NULL : masks[i], SIDE, SIDE };
    }
}

/* Pixels are samples: the image metrics of all of them must be the same numbers. */
static void agrees_with_the_image_metrics(void **state)
{
    static double      scores[3 * AREA];
    static uint8_t     labels[3 * AREA];
    rwda_pixel_results r;
    rwda_metrics       m;
    rwda_error         err = { 0 };

    (void)state;
    for (uint32_t levels = 0; levels <= 30; levels += 10) {
        draw_three(levels, levels);
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < AREA; k++) {
                maps[i][k]           = 4 * maps[i][k] - 2; /* negative values too */
                scores[i * AREA + k] = (double)maps[i][k];
                labels[i * AREA + k] = i != 1 && masks[i][k];
            }
        assert_ok(metrics_of(&r, drawn, 3, NULL, &err), err);
        assert_ok(rwda_metrics_compute(&m, scores, labels, 3 * AREA, &err), err);
        assert_true(r.auroc == m.auroc && r.ap == m.ap && r.f1_max == m.f1_max && r.threshold == m.threshold);
        assert_true(r.normal == m.normal && r.anomalous == m.anomalous);
        assert_true(r.auroc_error == 0 && r.ap_error == 0 && r.f1_max_error == 0 && r.aupro_error == 0);
    }
}

static void the_histogram_is_as_close_as_it_says(void **state)
{
    static const int   bins[]      = { 2, 7, 100, 4096, 1 << 20 };
    const float        ranges[][2] = { { 0, 1 }, { -5, 2 }, { .3f, .6f } };
    double             last;
    rwda_pixel_results exact, r;
    rwda_error         err = { 0 };

    (void)state;
    draw_three(77, 0);
    for (size_t range = 0; range < RW_COUNTOF(ranges); range++) {
        last = 1;
        for (size_t i = 0; i < RW_COUNTOF(bins); i++) {
            for (double limit = 0.05; limit <= 1.0; limit += 0.19) {
                rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;

                options.fpr_limit = limit;
                assert_ok(metrics_of(&exact, drawn, 3, &options, &err), err);
                options.bins = bins[i];
                options.low  = ranges[range][0];
                options.high = ranges[range][1];
                assert_ok(metrics_of(&r, drawn, 3, &options, &err), err);
                assert_within("AUROC", r.auroc, exact.auroc, r.auroc_error + 1e-12);
                assert_within("AP", r.ap, exact.ap, r.ap_error + 1e-12);
                assert_within("F1", r.f1_max, exact.f1_max, r.f1_max_error + 1e-12);
                assert_within("AUPRO", r.aupro, exact.aupro, r.aupro_error + 1e-12);
                assert_true((r.outside > 0) == (range == 2));
                assert_int_equal(r.regions, exact.regions);
            }
            assert_true(r.auroc_error <= last);
            last = r.auroc_error;
        }
        if (range != 2) /* a million bins for 6,912 values: next to nothing is left open */
            assert_true(r.auroc_error < 1e-5 && r.aupro_error < 1e-4);
    }
}

/* A few pixels in few bins, every order of them sooner or later: the bounds must hold where they are reached, too. */
static void the_stated_error_covers_every_order(void **state)
{
    rw_random  random  = rw_random_init(91, 1);
    double     used[4] = { 0, 0, 0, 0 }; /* largest share of each bound that was needed */
    rwda_error err     = { 0 };

    (void)state;
    for (int round = 0; round < 4000; round++) {
        rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
        rwda_pixel_results         exact, r;
        float                      map[12];
        uint8_t                    mask[12];
        const size_t               n    = 3 + rw_random_below(&random, 10);
        const image                line = { map, mask, 1, n };

        for (size_t i = 0; i < n; i++) {
            map[i]  = (float)rw_random_below(&random, 12) / 12.0f;
            mask[i] = i == 0 || (i > 1 && rw_random_below(&random, 2) == 0); /* both classes are there */
        }
        options.fpr_limit = 0.1 + 0.9 * (double)rw_random_unit(&random);
        assert_ok(metrics_of(&exact, &line, 1, &options, &err), err);
        options.bins = 2 + (int)rw_random_below(&random, 3);
        assert_ok(metrics_of(&r, &line, 1, &options, &err), err);

        const double away[4]  = { fabs(r.auroc - exact.auroc), fabs(r.ap - exact.ap), fabs(r.f1_max - exact.f1_max),
                                  fabs(r.aupro - exact.aupro) };
        const double bound[4] = { r.auroc_error, r.ap_error, r.f1_max_error, r.aupro_error };
        for (int k = 0; k < 4; k++) {
            assert_within("bound", away[k], 0.0, bound[k] + 1e-12);
            if (bound[k] > 0)
                used[k] = fmax(used[k], away[k] / bound[k]);
        }
    }
    for (int k = 0; k < 4; k++)
        assert_true(used[k] > 0.9); /* and no bound is far too wide */
}

/* The form with 200 thresholds, counted threshold by threshold. */
static double slow_aupro200(const image *p, double limit)
{
    double lowest = INFINITY, highest = -INFINITY, x[200], y[200], area = 0;
    int    kept = 0;

    for (size_t i = 0; i < p->width; i++) {
        lowest  = fmin(lowest, (double)p->map[i]);
        highest = fmax(highest, (double)p->map[i]);
    }
    for (int t = 199; t >= 0; t--) {
        double over = lowest + t * ((highest - lowest) / 200), fp = 0, normal = 0, pro = 0, regions = 0;

        for (size_t i = 0; i < p->width;) {
            double hits = 0, size = 0;

            if (p->mask[i] == 0) {
                normal++;
                fp += (double)p->map[i++] > over;
                continue;
            }
            for (; i < p->width && p->mask[i] != 0; i++, size++)
                hits += (double)p->map[i] > over;
            pro += hits / size;
            regions++;
        }
        if (fp / normal < limit) {
            x[kept]   = fp / normal;
            y[kept++] = pro / regions;
        }
    }
    for (int k = 1; k < kept; k++)
        area += (x[k] - x[k - 1]) * (y[k] + y[k - 1]) / 2;
    return kept > 1 && x[kept - 1] > x[0] ? area / (x[kept - 1] - x[0]) : NAN;
}

static void two_hundred_thresholds_are_those_of_the_tables(void **state)
{
    rw_random  random    = rw_random_init(92, 1);
    int        undefined = 0;
    rwda_error err       = { 0 };

    (void)state;
    for (int round = 0; round < 300; round++) {
        rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
        rwda_pixel_results         r;
        float                      map[80], lowest = (float)rw_random_below(&random, 3) - 1.0f;
        uint8_t                    mask[80];
        const image                line = { map, mask, 1, 80 };
        double                     want, normal = 0;

        /* whole numbers over a range of 200: every value is a threshold; the limit is a false positive rate that occurs */
        for (size_t i = 0; i < 80; i++) {
            map[i]  = lowest + (float)rw_random_below(&random, 201);
            mask[i] = rw_random_below(&random, 3) == 0;
            if (mask[i] == 0 && rw_random_below(&random, 4) > 0)
                map[i] = lowest + (float)(int)((map[i] - lowest) / 2);
            normal += mask[i] == 0;
        }
        map[0]            = lowest;
        map[1]            = lowest + 200;
        options.fpr_limit = (1 + rw_random_below(&random, 20)) / normal;
        assert_ok(metrics_of(&r, &line, 1, &options, &err), err);
        want = slow_aupro200(&line, options.fpr_limit);
        if (isnan(want)) {
            assert_true(isnan(r.aupro200));
            undefined++;
        } else {
            assert_within("AUPRO-200", r.aupro200, want, 1e-13);
        }
    }
    assert_true(undefined > 0 && undefined < 150);
}

static void values_outside_are_counted(void **state)
{
    const float                map[]   = { -1, 0, .5f, 1, 2, 3 };
    const uint8_t              mask[]  = { 0, 0, 0, 1, 1, 1 };
    rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
    rwda_pixel_results         r;
    rwda_error                 err = { 0 };

    (void)state;
    options.bins = 4;
    assert_ok(metrics_of(&r, &(image){ map, mask, 2, 3 }, 1, &options, &err), err);
    assert_int_equal(r.outside, 3); /* 0 and 1 are inside */
    assert_true(r.auroc == 1.0 && r.threshold == 1.0);
}

/* Where each bin holds one value nothing is lost, and the bounds say so: 8-bit maps need no more than 256 bins. */
static void one_value_a_bin_is_exact(void **state)
{
    rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
    rwda_pixel_results         exact, r;
    rwda_error                 err = { 0 };

    (void)state;
    draw_three(78, 64);
    assert_ok(metrics_of(&exact, drawn, 3, &options, &err), err);
    options.bins = 64;
    assert_ok(metrics_of(&r, drawn, 3, &options, &err), err);
    assert_true(r.auroc_error == 0 && r.ap_error == 0 && r.f1_max_error == 0 && r.aupro_error == 0);
    assert_true(r.auroc == exact.auroc && r.ap == exact.ap && r.f1_max == exact.f1_max && r.threshold == exact.threshold);
    assert_within("AUPRO", r.aupro, exact.aupro, 1e-15);
    assert_within("AUPRO-200", r.aupro200, exact.aupro200, 1e-15);
}

/* A refused image leaves no trace, and metrics may be asked for between images. */
static void a_refused_image_leaves_no_trace(void **state)
{
    (void)state;
    for (int bins = 0; bins <= 100; bins += 100) {
        rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
        rwda_pixel_metrics        *m;
        rwda_pixel_results         before, after, whole;
        rwda_error                 err = { 0 };
        float                      kept;

        draw_three(79, 0);
        options.bins       = bins;
        options.max_pixels = 3 * AREA;
        assert_ok(rwda_pixel_metrics_new(&m, &options, &err), err);
        assert_ok(rwda_pixel_metrics_add(m, maps[0], masks[0], SIDE, SIDE, &err), err);
        assert_ok(rwda_pixel_metrics_finish(&before, m, &err), err);
        kept                  = maps[1][2 * SIDE + 5];
        maps[1][2 * SIDE + 5] = INFINITY;
        assert_refused("infinite", rwda_pixel_metrics_add(m, maps[1], masks[1], SIDE, SIDE, &err), RWDA_EINVAL, &err,
                       "map 1: value 101 (row 2, column 5) is not finite");
        maps[1][2 * SIDE + 5] = kept;
        assert_refused("too many", rwda_pixel_metrics_add(m, maps[0], masks[0], 2 * SIDE + 1, SIDE, &err), RWDA_ELIMIT, &err,
                       "2304 pixels so far and 4656 more are over the limit of 6912");
        assert_ok(rwda_pixel_metrics_finish(&after, m, &err), err);
        assert_memory_equal(&before, &after, sizeof before);
        assert_ok(rwda_pixel_metrics_add(m, maps[1], NULL, SIDE, SIDE, &err), err);
        assert_ok(rwda_pixel_metrics_add(m, maps[2], masks[2], SIDE, SIDE, &err), err);
        assert_ok(rwda_pixel_metrics_finish(&after, m, &err), err);
        assert_ok(metrics_of(&whole, drawn, 3, &options, &err), err);
        assert_memory_equal(&whole, &after, sizeof whole);
        rwda_pixel_metrics_free(m);
    }
}

static void says_what_is_missing_or_out_of_range(void **state)
{
    const uint8_t              all[8]  = { 1, 1, 1, 1, 1, 1, 1, 1 };
    rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
    rwda_pixel_metrics        *m       = NULL;
    rwda_pixel_results         r;
    rwda_error                 err = { 0 };

    (void)state;
    assert_refused("nothing", metrics_of(&r, NULL, 0, NULL, &err), RWDA_EINVAL, &err,
                   "0 maps with 0 normal and 0 anomalous pixels: both are needed");
    assert_refused("normal only", metrics_of(&r, &(image){ hand_map, NULL, 2, 4 }, 1, NULL, &err), RWDA_EINVAL, &err,
                   "1 maps with 8 normal and 0 anomalous");
    assert_refused("anomalous only", metrics_of(&r, &(image){ hand_map, all, 2, 4 }, 1, NULL, &err), RWDA_EINVAL, &err,
                   "0 normal and 8 anomalous");
    assert_refused("no pixels", metrics_of(&r, &(image){ hand_map, NULL, 0, 4 }, 1, NULL, &err), RWDA_EINVAL, &err, "0 x 4");
    assert_refused("overflow", metrics_of(&r, &(image){ hand_map, NULL, SIZE_MAX / 2, 4 }, 1, NULL, &err), RWDA_ELIMIT, &err,
                   "over the limit of 2147483647");
    assert_refused("no map", metrics_of(&r, &(image){ NULL, NULL, 1, 4 }, 1, NULL, &err), RWDA_EINVAL, &err, "map is NULL");

    static const struct {
        double      limit;
        int         bins;
        float       low, high;
        int64_t     max_pixels;
        const char *says;
    } out_of_range[] = {
        { 0, 0, 0, 1, 0, "limit 0 of the false positive rate" },
        { 1.01, 0, 0, 1, 0, "limit 1.01" },
        { NAN, 0, 0, 1, 0, "limit nan" },
        { .3, 1, 0, 1, 0, "1 bins are neither 0 nor in 2..16777216" },
        { .3, -1, 0, 1, 0, "-1 bins" },
        { .3, (1 << 24) + 1, 0, 1, 0, "16777217 bins" },
        { .3, 10, 1, 1, 0, "histogram from 1 to 1" },
        { .3, 10, 0, INFINITY, 0, "histogram from 0 to inf" },
        { .3, 0, 0, 1, -1, "max_pixels -1" },
        { .3, 0, 0, 1, ((int64_t)1 << 32) + 1, "max_pixels 4294967297" },
    };
    for (size_t i = 0; i < RW_COUNTOF(out_of_range); i++) {
        options.fpr_limit  = out_of_range[i].limit;
        options.bins       = out_of_range[i].bins;
        options.low        = out_of_range[i].low;
        options.high       = out_of_range[i].high;
        options.max_pixels = out_of_range[i].max_pixels;
        m                  = POISON;
        assert_refused(out_of_range[i].says, rwda_pixel_metrics_new(&m, &options, &err), RWDA_EINVAL, &err,
                       out_of_range[i].says);
        assert_null(m);
    }
    rwda_pixel_metrics_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_fractions_worked_out_by_hand),
        cmocka_unit_test(normal_images_count_as_background),
        cmocka_unit_test(one_value_everywhere_is_chance),
        cmocka_unit_test(agrees_with_the_image_metrics),
        cmocka_unit_test(the_histogram_is_as_close_as_it_says),
        cmocka_unit_test(the_stated_error_covers_every_order),
        cmocka_unit_test(two_hundred_thresholds_are_those_of_the_tables),
        cmocka_unit_test(values_outside_are_counted),
        cmocka_unit_test(one_value_a_bin_is_exact),
        cmocka_unit_test(a_refused_image_leaves_no_trace),
        cmocka_unit_test(says_what_is_missing_or_out_of_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
