/* verb_metrics.c - how well do these scores separate the labels? */
#include "cli.h"

#include "dataset/csv_table.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool        json;
static const char *rounds_text, *seed_text;

static const cli_option options[] = {
    { "bootstrap", "N", "95 % intervals from N draws, 100..1000000 (none)", &rounds_text, NULL, 0 },
    { "seed", "N", "of the draws (1)", &seed_text, NULL, 0 },
    { "json", NULL, "as one JSON object, 17 significant digits", NULL, &json, 0 },
};

static const cli_verb verb = {
    "metrics",
    "AUROC, AP, area under the precision-recall curve, largest F1 of both classes.  FILE is a CSV with the columns label (0 "
    "or 1) and\n"
    "score (higher is more anomalous).",
    "[OPTIONS] FILE.csv",
    "  rwda metrics scores.csv\n"
    "  rwda metrics scores.csv --bootstrap 1000 --json\n",
    options,
    sizeof options / sizeof options[0],
};

typedef struct {
    double  *scores;
    uint8_t *labels;
    size_t   n;
} labelled;

/* 0, or an exit code after a message. */
static int read_scores(labelled *out, const char *path)
{
    csv_table table;
    int       columns[2], code = csv_table_read(&table, path);

    if (code != 0)
        return code;
    if (!csv_columns(columns, &table, path, (const char *const[]){ "label", "score" }, 2, 2))
        code = EXIT_SOME_FAILED;
    out->scores = calloc(table.rows, sizeof *out->scores);
    out->labels = calloc(table.rows, sizeof *out->labels);
    if (out->scores == NULL || out->labels == NULL) {
        cli_error("%s: no memory for %zu scores", path, table.rows);
        code = EXIT_SOME_FAILED;
    }
    for (size_t row = 1; code == 0 && row < table.rows; row++) {
        const char *said = csv_cell(&table, row, columns[0]), *number = csv_cell(&table, row, columns[1]);
        char       *end;

        out->scores[out->n] = strtod(number, &end);
        if ((strcmp(said, "0") != 0 && strcmp(said, "1") != 0) || end == number || *end != '\0') {
            cli_error("%s: row %zu: label \"%s\", score \"%s\": label is 0 or 1, score a number", path, row + 1, said,
                      number);
            code = EXIT_SOME_FAILED;
        }
        out->labels[out->n++] = said[0] == '1';
    }
    csv_table_free(&table);
    return code;
}

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

int verb_metrics(int argc, char **argv)
{
    labelled     data = { NULL, NULL, 0 };
    rwda_metrics m, low = { 0 }, high = { 0 };
    rwda_error   err;
    int          first, rounds = 0, seed = 1, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (first + 1 != argc || !cli_int(&rounds, "bootstrap", rounds_text, 100, 1000000) ||
        !cli_int(&seed, "seed", seed_text, 0, 2147483647)) {
        if (first + 1 != argc)
            cli_error("metrics needs one CSV file; 'rwda metrics --help' shows examples");
        return EXIT_USAGE;
    }
    code = read_scores(&data, argv[first]);
    if (code == 0 && (rwda_metrics_compute(&m, data.scores, data.labels, data.n, &err) != RWDA_OK ||
                      (rounds > 0 && rwda_metrics_bootstrap(&low, &high, data.scores, data.labels, data.n, rounds,
                                                            (uint64_t)seed, &err) != RWDA_OK))) {
        cli_error("%s: %s", argv[first], err.message);
        code = EXIT_SOME_FAILED;
    }
    free(data.scores);
    free(data.labels);
    if (code != 0)
        return code;
    if (json) {
        json_t *root = as_json(&m);

        json_object_set_new(root, "schema", json_string("rwda.metrics/1"));
        json_object_set_new(root, "n_normal", json_integer((json_int_t)m.normal));
        json_object_set_new(root, "n_anomalous", json_integer((json_int_t)m.anomalous));
        json_object_set_new(root, "f1_threshold", json_real(m.threshold));
        if (rounds > 0) {
            json_object_set_new(root, "low", as_json(&low));
            json_object_set_new(root, "high", as_json(&high));
        }
        json_dumpf(root, stdout, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
        putchar('\n');
        json_decref(root);
        return EXIT_DONE;
    }
    printf("%zu normal, %zu anomalous\n", m.normal, m.anomalous);
    print_row("AUROC", m.auroc, low.auroc, high.auroc, rounds > 0);
    print_row("AP", m.ap, low.ap, high.ap, rounds > 0);
    print_row("AUPR", m.aupr, low.aupr, high.aupr, rounds > 0);
    print_row("F1-max", m.f1_max, low.f1_max, high.f1_max, rounds > 0);
    print_row("F1-normal", m.f1_normal, low.f1_normal, high.f1_normal, rounds > 0);
    printf("F1-max is reached when scores >= %.9g are called anomalous\n", m.threshold);
    return EXIT_DONE;
}
