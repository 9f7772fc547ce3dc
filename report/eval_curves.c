/* eval_curves.c - ROC, precision-recall and score histogram as SVG panels. */
#include "common/json_watch.h"
#include "report/eval_report.h"

#include <math.h>
#include <stdlib.h>

#define SIDE 220 /* of a panel */
#define GAP  60
#define TOP  36
#define BARS 24

typedef struct {
    double  *scores, *shown, *fpr, *tpr, *precision;
    uint8_t *labels;
    size_t   n, points;
} series;

static bool collect(series *s, const rwda_evaluation *e, const rwda_eval_run *run)
{
    rwda_error  err;
    rwda_status status;

    s->scores    = calloc(e->data->count + 1, sizeof(double));
    s->shown     = calloc(e->data->count + 1, sizeof(double));
    s->fpr       = calloc(e->data->count + 1, sizeof(double));
    s->tpr       = calloc(e->data->count + 1, sizeof(double));
    s->precision = calloc(e->data->count + 1, sizeof(double));
    s->labels    = calloc(e->data->count + 1, 1);
    if (s->scores == NULL || s->shown == NULL || s->fpr == NULL || s->tpr == NULL || s->precision == NULL ||
        s->labels == NULL) {
        rw_json_lose();
        return false;
    }
    for (size_t i = 0; i < e->data->count; i++)
        if (!isnan(run->scores[i])) {
            s->scores[s->n]   = run->scores[i];
            s->shown[s->n]    = run->shown[i];
            s->labels[s->n++] = (uint8_t)e->data->items[i].anomalous;
        }
    status = rwda_metrics_curves(s->fpr, s->tpr, s->precision, &s->points, s->scores, s->labels, s->n, &err);
    if (status == RWDA_ENOMEM)
        rw_json_lose();
    return status == RWDA_OK;
}

static void frame(FILE *out, int left, const char *title, const char *x, const char *y)
{
    fprintf(out, "<g transform=\"translate(%d %d)\"><rect class=\"frame\" width=\"%d\" height=\"%d\"/>", left, TOP, SIDE,
            SIDE);
    fprintf(out,
            "<text class=\"title\" x=\"%d\" y=\"-12\">%s</text><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
            SIDE / 2, title, SIDE / 2, SIDE + 30, x);
    fprintf(out, "<text transform=\"translate(-30 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>", SIDE / 2, y);
}

static void tick(FILE *out, int x, int y, const char *anchor, double value)
{
    fprintf(out, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%.4g</text>", x, y, anchor, value);
}

/* Both axes from 0 to 1. */
static void unit_ticks(FILE *out)
{
    for (int i = 0; i <= 4; i++) {
        tick(out, i * SIDE / 4, SIDE + 14, "middle", i / 4.0);
        tick(out, -4, SIDE - i * SIDE / 4 + 3, "end", i / 4.0);
    }
}

static void polyline(FILE *out, const double *x, const double *y, size_t n)
{
    size_t step = n > 2000 ? n / 2000 : 1; /* more points than a screen has pixels cannot be seen */

    fprintf(out, "<polyline points=\"");
    for (size_t i = 0; i < n; i += step)
        fprintf(out, "%.1f,%.1f ", x[i] * SIDE, (1 - y[i]) * SIDE);
    fprintf(out, "%.1f,%.1f\"/>", x[n - 1] * SIDE, (1 - y[n - 1]) * SIDE);
}

static void histogram(FILE *out, const series *s)
{
    double low = INFINITY, high = -INFINITY;
    size_t bars[2][BARS] = { { 0 } }, most = 1;

    for (size_t i = 0; i < s->n; i++) {
        low  = fmin(low, s->shown[i]);
        high = fmax(high, s->shown[i]);
    }
    for (size_t i = 0; i < s->n; i++) {
        int bar = high > low ? (int)((s->shown[i] - low) / (high - low) * (BARS - 1e-9)) : 0;

        if (++bars[s->labels[i]][bar] > most)
            most = bars[s->labels[i]][bar];
    }
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < BARS; i++) {
            double tall = (double)bars[side][i] / (double)most * SIDE;

            fprintf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                    side ? "anomalous" : "normal", i * (double)SIDE / BARS, SIDE - tall, (double)SIDE / BARS - 1, tall);
        }
    tick(out, 0, SIDE + 14, "start", low);
    tick(out, SIDE, SIDE + 14, "end", high);
    tick(out, -4, SIDE, "end", 0);
    tick(out, -4, 8, "end", (double)most);
}

void eval_print_curves(FILE *out, const rwda_evaluation *e, const rwda_eval_run *run)
{
    series s     = { 0 };
    int    width = 3 * SIDE + 3 * GAP + 50, height = TOP + SIDE + 44;

    if (collect(&s, e, run)) {
        fprintf(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "
            "aria-label=\"ROC curve, precision-recall curve and score histogram of %s\">"
            "<style>text{font:11px "
            "sans-serif;fill:#444}.title{font-weight:bold;font-size:13px;text-anchor:middle}.tick{font-size:9px;"
            "fill:#777}.frame{fill:#fff;stroke:#bbb}polyline{fill:none;stroke:#1f5fa8;stroke-width:2}.diagonal{stroke:#ccc;"
            "stroke-dasharray:4}.normal{fill:#2b8a5a;opacity:.6}.anomalous{fill:#c0392b;opacity:.6}</style>",
            width, height, width, height, run->method->title);
        frame(out, GAP - 10, "ROC, all categories together", "false positive rate", "true positive rate");
        fprintf(out, "<line class=\"diagonal\" x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"0\"/>", SIDE, SIDE);
        unit_ticks(out);
        polyline(out, s.fpr, s.tpr, s.points);
        fprintf(out, "</g>");
        frame(out, 2 * GAP + SIDE - 10, "Precision and recall", "recall", "precision");
        unit_ticks(out);
        polyline(out, s.tpr, s.precision, s.points);
        fprintf(out, "</g>");
        frame(out, 3 * GAP + 2 * SIDE - 10, "Scores: normal green, anomalous red", "score", "images");
        histogram(out, &s);
        fprintf(out, "</g></svg>\n");
    }
    free(s.scores);
    free(s.shown);
    free(s.fpr);
    free(s.tpr);
    free(s.precision);
    free(s.labels);
}
