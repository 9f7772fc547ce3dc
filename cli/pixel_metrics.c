#include "cli/pixel_metrics.h"

#include "cli/cli.h"
#include "common/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>

static void print_json(const rwda_pixel_results *r, const rwda_pixel_metrics_options *options)
{
    json_t *root =
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "schema", "rwda.pixel_metrics/1", "pictures",
                  (json_int_t)r->images, "regions", (json_int_t)r->regions, "n_normal", (json_int_t)r->normal, "n_anomalous",
                  (json_int_t)r->anomalous, "auroc", r->auroc, "ap", r->ap, "f1_max", r->f1_max, "f1_threshold",
                  r->threshold, "aupro", r->aupro, "fpr_limit", options->fpr_limit);

    json_object_set_new(root, "aupro200", isnan(r->aupro200) ? json_null() : json_real(r->aupro200));
    if (options->bins != 0)
        json_object_set_new(root, "histogram",
                            json_pack("{s:i, s:f, s:f, s:I, s:{s:f, s:f, s:f, s:f}}", "bins", options->bins, "low",
                                      (double)options->low, "high", (double)options->high, "outside", (json_int_t)r->outside,
                                      "error", "auroc", r->auroc_error, "ap", r->ap_error, "f1_max", r->f1_max_error,
                                      "aupro", r->aupro_error));
    (void)cli_put_json(root, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
}

static void print_row(const char *name, double value, double error, bool histogram)
{
    printf("%-10s %.4f", name, value);
    if (histogram)
        printf("  (exact: at most %.2g away)", error);
    putchar('\n');
}

static void print_text(const rwda_pixel_results *r, const rwda_pixel_metrics_options *options)
{
    const bool histogram = options->bins != 0;

    printf("%zu map%s, %zu region%s, %" PRIu64 " normal pixels, %" PRIu64 " anomalous\n", r->images, rw_s(r->images),
           r->regions, rw_s(r->regions), r->normal, r->anomalous);
    print_row("AUROC", r->auroc, r->auroc_error, histogram);
    print_row("AP", r->ap, r->ap_error, histogram);
    print_row("F1-max", r->f1_max, r->f1_max_error, histogram);
    print_row("AUPRO", r->aupro, r->aupro_error, histogram);
    if (isnan(r->aupro200))
        printf("AUPRO-200  undefined: fewer than two of its thresholds have a false positive rate under the limit\n");
    else
        printf("AUPRO-200  %.4f\n", r->aupro200);
    printf("F1-max is reached when values >= %.9g are called anomalous; AUPRO is up to a false positive rate of %g\n",
           r->threshold, options->fpr_limit);
}

int pixel_metrics_print(const rwda_map_pairs *pairs, const rwda_pixel_metrics_options *options,
                        const rwda_image_options *images, bool json)
{
    rwda_pixel_results results;
    rwda_error         err;

    if (rwda_map_pairs_measure(&results, pairs, options, images, cli_events(), &err) != RWDA_OK)
        return cli_fail(&err, EXIT_SOME_FAILED);
    if (results.outside != 0)
        cli_note("%" PRIu64 " values were outside the histogram's range %g:%g; --range sets it", results.outside,
                 (double)options->low, (double)options->high);
    if (json)
        print_json(&results, options);
    else
        print_text(&results, options);
    return EXIT_DONE;
}
