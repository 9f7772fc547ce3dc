/* verb_metrics.c - rwda metrics: how well scores separate labels, and maps what masks show. */
#include "cli/cli.h"
#include "cli/pixel_metrics.h"
#include "common/label_words.h"
#include "common/labelled_scores.h"
#include "common/paths.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static cli_image_options seen; /* of masks */
static bool              json, normal_without_mask;
static const char       *rounds_text, *seed_text, *maps, *masks, *list, *limit_text, *bins_text, *range_text;

static const cli_option options[] = {
    { "bootstrap", "N", "95 % intervals from N draws, 100..1000000 (none)", &rounds_text, NULL, 0 },
    { "seed", "N", "of the draws (1)", &seed_text, NULL, 0 },
    { "maps", "DIR", "pixel metrics: a .npy (float32, float64) or grey PNG map an image", &maps, NULL, 0 },
    { "masks", "DIR", "their masks, of the same names (_mask may follow); 0 is normal", &masks, NULL, 0 },
    { "list", "FILE", "instead of folders: a CSV with the columns map and mask (empty: all normal)", &list, NULL, 0 },
    { "normal-without-mask", NULL, "a map without a mask is of a normal image (without this: an error)", NULL,
      &normal_without_mask, 0 },
    { "fpr-limit", "X", "false positive rate up to which AUPRO goes (0.3)", &limit_text, NULL, 0 },
    { "bins", "N", "a histogram of N values instead of all pixels in memory (0: exact)", &bins_text, NULL, 0 },
    { "range", "A:B", "smallest and largest value of the histogram (0:1)", &range_text, NULL, 0 },
    CLI_ORIENTATION_OPTION(seen),
    CLI_PIXELS_OPTION(seen),
    { "json", NULL, "as one JSON object, 17 significant digits", NULL, &json, 0 },
};

static const cli_verb verb = {
    "metrics",
    "AUROC, AP, area under the precision-recall curve, largest F1 of both classes.  FILE is a CSV with the columns label (0 "
    "or 1,\n"
    "good or bad, ...) and score (higher is more anomalous).  With --maps and --masks, or --list: the same over all pixels, "
    "and AUPRO, the "
    "overlap "
    "with regions.",
    "[OPTIONS] FILE.csv | --maps DIR --masks DIR | --list FILE.csv",
    "  rwda metrics scores.csv\n"
    "  rwda metrics scores.csv --bootstrap 1000 --json\n"
    "  rwda metrics --maps maps/ --masks ground_truth/ --normal-without-mask\n",
    options,
    sizeof options / sizeof options[0],
};

static json_t *as_json(const rwda_metrics *m)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "auroc", m->auroc, "ap", m->ap, "aupr", m->aupr, "f1_max", m->f1_max,
                     "f1_normal", m->f1_normal);
}

static void print_row(const char *name, double value, double low, double high, bool with_interval)
{
    printf("%-10s %.4f", name, value);
    if (with_interval)
        printf("  (%.4f to %.4f)", low, high);
    putchar('\n');
}

/* "A:B" into *low and *high. */
static bool read_range(float *low, float *high)
{
    char tail;

    if (range_text == NULL || (sscanf(range_text, "%f:%f%c", low, high, &tail) == 2 && *low < *high))
        return true;
    cli_error("--range: \"%s\" is not a range such as 0:1", range_text);
    return false;
}

static int pixel_mode(void)
{
    rwda_pixel_metrics_options pixel   = RWDA_PIXEL_METRICS_OPTIONS_INIT;
    rwda_image_options         reading = RWDA_IMAGE_OPTIONS_INIT;
    rwda_map_pairs            *pairs   = NULL;
    rwda_error                 err;
    rwda_status                status;
    float                      limit = 0.3f;
    int                        code;

    if (list != NULL ? maps != NULL || masks != NULL || normal_without_mask : maps == NULL || masks == NULL) {
        cli_error("pixel metrics need --maps and --masks, or --list alone; 'rwda metrics --help' shows examples");
        return EXIT_USAGE;
    }
    if (!cli_float(&limit, "fpr-limit", limit_text) || !cli_int(&pixel.bins, "bins", bins_text, 0, 1 << 24) ||
        !read_range(&pixel.low, &pixel.high) || cli_image_options_read(&reading, &seen) != 0)
        return EXIT_USAGE;
    if (limit_text != NULL)
        pixel.fpr_limit = strtod(limit_text, NULL); /* 0.3 as a double, not as a float */
    if (!(limit > 0 && limit <= 1)) {
        cli_error("--fpr-limit: \"%s\" is not above 0 and at most 1", limit_text);
        return EXIT_USAGE;
    }
    if (pixel.bins == 1 || (pixel.bins == 0 && range_text != NULL)) {
        cli_error(pixel.bins == 1 ? "--bins: 0 or 2 and more" : "--range is the histogram's: --bins must be given");
        return EXIT_USAGE;
    }
    status = list != NULL ? rwda_map_pairs_from_list(&pairs, list, &err)
                          : rwda_map_pairs_from_folders(&pairs, maps, masks, normal_without_mask, cli_events(), &err);
    code   = status == RWDA_OK ? pixel_metrics_print(pairs, &pixel, &reading, json) : cli_fail(&err, EXIT_SOME_FAILED);
    rwda_map_pairs_free(pairs);
    return code;
}

typedef struct {
    rwda_metrics all, low, high; /* low and high: of the intervals */
} results;

/* rounds 0: no intervals. */
static rwda_status measure(results *out, const char *path, int rounds, int seed, rwda_error *err)
{
    labelled_scores data;
    rwda_status     status;

    RW_TRY(labelled_scores_read(&data, path, err));
    if (data.turned)
        cli_note("%s: " RW_LABEL_TURNED, path);
    status = rwda_metrics_compute(&out->all, data.scores, data.labels, data.n, err);
    if (status == RWDA_OK && rounds > 0)
        status =
            rwda_metrics_bootstrap(&out->low, &out->high, data.scores, data.labels, data.n, rounds, (uint64_t)seed, err);
    if (status != RWDA_OK)
        status = rw_fail_prefix(err, status, path);
done:
    labelled_scores_free(&data);
    return status;
}

static void print_json(const results *r, bool with_intervals)
{
    json_t *root = as_json(&r->all);

    json_object_set_new(root, "schema", json_string("rwda.metrics/1"));
    json_object_set_new(root, "n_normal", json_integer((json_int_t)r->all.normal));
    json_object_set_new(root, "n_anomalous", json_integer((json_int_t)r->all.anomalous));
    json_object_set_new(root, "f1_threshold", json_real(r->all.threshold));
    if (with_intervals) {
        json_object_set_new(root, "low", as_json(&r->low));
        json_object_set_new(root, "high", as_json(&r->high));
    }
    (void)cli_put_json(root, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
}

static void print_text(const results *r, bool with_intervals)
{
    const rwda_metrics *m = &r->all, *low = &r->low, *high = &r->high;

    printf("%zu normal, %zu anomalous\n", m->normal, m->anomalous);
    print_row("AUROC", m->auroc, low->auroc, high->auroc, with_intervals);
    print_row("AP", m->ap, low->ap, high->ap, with_intervals);
    print_row("AUPR", m->aupr, low->aupr, high->aupr, with_intervals);
    print_row("F1-max", m->f1_max, low->f1_max, high->f1_max, with_intervals);
    print_row("F1-normal", m->f1_normal, low->f1_normal, high->f1_normal, with_intervals);
    printf("F1-max is reached when scores >= %.9g are called anomalous\n", m->threshold);
}

int verb_metrics(int argc, char **argv)
{
    results    r = { .all = { 0 } };
    rwda_error err;
    int        first, rounds = 0, seed = 1, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (maps != NULL || masks != NULL || list != NULL) {
        if (first == argc && rounds_text == NULL)
            return pixel_mode();
        cli_error(first != argc ? "metrics takes either a CSV file or maps" : "--bootstrap is for a CSV file");
        return EXIT_USAGE;
    }
    if (limit_text != NULL || bins_text != NULL || range_text != NULL || normal_without_mask) {
        cli_error("--fpr-limit, --bins, --range and --normal-without-mask go with --maps or --list");
        return EXIT_USAGE;
    }
    if (first + 1 != argc) {
        cli_error("metrics needs one CSV file; 'rwda metrics --help' shows examples");
        return EXIT_USAGE;
    }
    if (rw_path_ends_in(argv[first], ".jsonl")) {
        cli_error("%s: metrics reads CSV, not JSON lines: 'rwda score --format csv', and what is true in its column label",
                  argv[first]);
        return EXIT_USAGE;
    }
    if (!cli_int(&rounds, "bootstrap", rounds_text, 100, 1000000) || !cli_int(&seed, "seed", seed_text, 0, 2147483647))
        return EXIT_USAGE;
    if (measure(&r, argv[first], rounds, seed, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_SOME_FAILED);
    (json ? print_json : print_text)(&r, rounds > 0);
    return EXIT_DONE;
}
