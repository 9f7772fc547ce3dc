#include "studies/plot.h"

#include "report/page.h"

#include <math.h>
#include <string.h>

#define WIDTH  720
#define LEFT   200 /* of bars: room for labels */
#define ROW    18
#define HEIGHT 320
#define MARGIN 60
#define SERIES 12

static const char *const colours[SERIES] = { "#1f5fa8", "#c0392b", "#2b8a5a", "#8e44ad", "#d68910", "#148f9f",
                                             "#7f8c8d", "#6e4b1f", "#e056a0", "#34495e", "#9acd32", "#000000" };

/* ---- Axes and legend ----------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *names[SERIES];
    size_t      n;
    double      low, high, step; /* of AUROC, whiskers included, rounded outwards to whole steps between lines */
} frame;

static size_t series_of(frame *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->names[i], name) == 0)
            return i;
    if (f->n < SERIES)
        f->names[f->n++] = name;
    return f->n - 1;
}

static frame frame_of(const study *s)
{
    frame f = { .low = 1, .high = 0 };

    for (size_t i = 0; i < s->n_points; i++) {
        const rwda_eval_stat *a = &s->points[i].auroc;

        if (isnan(a->mean))
            continue;
        (void)series_of(&f, s->points[i].series);
        f.low  = fmin(f.low, a->mean - a->std);
        f.high = fmax(f.high, a->mean + a->std);
    }
    if (f.high < f.low)
        f.low = f.high = 0.5;
    f.step = f.high - f.low > 0.35 ? 0.1 : f.high - f.low > 0.15 ? 0.05 : f.high - f.low > 0.06 ? 0.02 : 0.01;
    f.low  = fmax(0, floor(f.low / f.step - 0.2) * f.step);
    f.high = fmin(1, ceil(f.high / f.step + 0.2) * f.step);
    return f;
}

static void legend(FILE *out, const frame *f)
{
    double x = 10;

    for (size_t i = 0; i < f->n && f->n > 1; i++) {
        fprintf(out, "<rect x=\"%.0f\" y=\"28\" width=\"10\" height=\"10\" fill=\"%s\"/><text x=\"%.0f\" y=\"37\">", x,
                colours[i], x + 14);
        page_text(out, f->names[i]);
        fputs("</text>\n", out);
        x += 30 + 6.2 * (double)strlen(f->names[i]);
    }
}

static void begin(FILE *out, const study *s, const frame *f, int height)
{
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "
            "aria-label=\"",
            WIDTH, height, WIDTH, height);
    page_text(out, s->title);
    fputs("\"><style>text{font:11px sans-serif;fill:#333}.t{font-weight:bold;font-size:13px}.g{stroke:#ddd}.w{stroke:#333}"
          ".l{fill:none;stroke-width:2}</style><text class=\"t\" x=\"10\" y=\"18\">",
          out);
    page_text(out, s->title);
    fputs("</text>\n", out);
    legend(out, f);
}

/* ---- Bars ---------------------------------------------------------------------------------------------------------------- */

static bool label_before(const study *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(s->points[j].label, s->points[i].label) == 0)
            return true;
    return false;
}

static void bars_grid(FILE *out, const frame *f, double scale, int height)
{
    for (double tick = f->low; tick <= f->high + 1e-9; tick += f->step) {
        double x = LEFT + (tick - f->low) * scale;

        fprintf(out,
                "<line class=\"g\" x1=\"%.1f\" y1=\"46\" x2=\"%.1f\" y2=\"%d\"/><text x=\"%.1f\" y=\"%d\" "
                "text-anchor=\"middle\">%.2f</text>\n",
                x, x, height - 18, x, height - 5, tick);
    }
}

static void bar(FILE *out, const study_point *p, frame *f, double scale, int y)
{
    double at = (fmax(p->auroc.mean, f->low) - f->low) * scale, std = p->auroc.std * scale;

    fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" opacity=\".8\"/>", LEFT, y + 2, at,
            ROW - 4, colours[series_of(f, p->series)]);
    if (std > 0)
        fprintf(out, "<line class=\"w\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", LEFT + at - std, y + ROW / 2,
                LEFT + at + std, y + ROW / 2);
    fprintf(out, "<text x=\"%.1f\" y=\"%d\">%.3f</text>\n", LEFT + at + fmax(std, 0) + 5, y + 13, p->auroc.mean);
}

/* Points of one label stand together. */
static void bars(FILE *out, const study *s, frame *f)
{
    size_t n      = s->n_points < STUDY_BARS_MAX ? s->n_points : STUDY_BARS_MAX;
    int    height = 72 + ROW * (int)s->n_points, y = 50;
    double scale = (WIDTH - LEFT - 90) / (f->high - f->low);

    for (size_t i = 0; i < s->n_points; i++)
        height += 8 * !label_before(s, i);
    begin(out, s, f, height);
    bars_grid(out, f, scale, height);
    for (size_t i = 0; i < n; i++) {
        if (label_before(s, i))
            continue;
        fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 8, y + 13);
        page_text(out, s->points[i].label);
        fprintf(out, "%s</text>\n", s->points[i].base ? " *" : "");
        for (size_t j = i; j < n; j++) {
            const study_point *p = &s->points[j];

            if (strcmp(p->label, s->points[i].label) != 0 || isnan(p->auroc.mean))
                continue;
            bar(out, p, f, scale, y);
            y += ROW;
        }
        y += 8;
    }
    fputs("</svg>\n", out);
}

/* ---- Lines and scatter --------------------------------------------------------------------------------------------------- */

/* Where a point stands: x between low and high, AUROC in the frame. */
typedef struct {
    const study *s;
    const frame *f;
    double       low, high;
} plane;

static double axis_of(const study *s, double x)
{
    return s->log_x ? log10(fmax(x, 1e-9)) : x;
}

static plane plane_of(const study *s, const frame *f)
{
    plane p = { s, f, INFINITY, -INFINITY };

    for (size_t i = 0; i < s->n_points; i++) {
        if (isnan(s->points[i].x))
            continue;
        p.low  = fmin(p.low, axis_of(s, s->points[i].x));
        p.high = fmax(p.high, axis_of(s, s->points[i].x));
    }
    if (!(p.high > p.low)) {
        p.low  = isfinite(p.low) ? p.low - 0.5 : 0;
        p.high = p.low + 1;
    }
    return p;
}

static double x_of(const plane *p, double x)
{
    return MARGIN + (axis_of(p->s, x) - p->low) / (p->high - p->low) * (WIDTH - 2 * MARGIN);
}

static double y_of(const plane *p, double auroc)
{
    return HEIGHT - MARGIN - (auroc - p->f->low) / (p->f->high - p->f->low) * (HEIGHT - 2 * MARGIN);
}

static void plane_grid(FILE *out, const plane *p)
{
    for (double tick = p->f->low; tick <= p->f->high + 1e-9; tick += p->f->step) {
        double y = y_of(p, tick);

        fprintf(out,
                "<line class=\"g\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
                "text-anchor=\"end\">%.2f</text>\n",
                MARGIN, y, WIDTH - MARGIN, y, MARGIN - 6, y + 4, tick);
    }
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", WIDTH / 2, HEIGHT - 14);
    page_text(out, p->s->x_title);
    fprintf(out, "</text><text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">AUROC</text>\n",
            HEIGHT / 2);
}

static void x_tick(FILE *out, const plane *p, double value, const char *text)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", x_of(p, value), HEIGHT - MARGIN + 16);
    page_text(out, text);
    fputs("</text>\n", out);
}

/* At most nine round numbers below the x axis. */
static void round_ticks(FILE *out, const plane *p)
{
    double last = -INFINITY;

    for (int i = 0; i <= 8; i++) {
        double at = p->low + (p->high - p->low) * i / 8, value = p->s->log_x ? pow(10, at) : at;
        double unit = pow(10, floor(log10(fmax(fabs(value), 1e-9))) - (p->s->log_x ? 1 : 0));
        char   text[32];

        value = p->s->log_x ? floor(value / unit + 0.5) * unit : floor(value + 0.5);
        if (axis_of(p->s, value) < p->low - 1e-9 || axis_of(p->s, value) > p->high + 1e-9 || value == last)
            continue;
        last = value;
        (void)snprintf(text, sizeof text, "%g", value);
        x_tick(out, p, value, text);
    }
}

/* The labels of the first series: the others have the same settings. */
static void label_ticks(FILE *out, const plane *p)
{
    for (size_t i = 0; i < p->s->n_points; i++)
        if (strcmp(p->s->points[i].series, p->s->points[0].series) == 0)
            x_tick(out, p, p->s->points[i].x, p->s->points[i].label);
}

static void polyline(FILE *out, const plane *p, const char *series, const char *colour)
{
    bool open = false;

    for (size_t i = 0; i < p->s->n_points; i++) {
        const study_point *point = &p->s->points[i];

        if (strcmp(point->series, series) != 0 || isnan(point->auroc.mean))
            continue;
        if (!open)
            fprintf(out, "<polyline class=\"l\" stroke=\"%s\" points=\"", colour);
        open = true;
        fprintf(out, "%.1f,%.1f ", x_of(p, point->x), y_of(p, point->auroc.mean));
    }
    fputs(open ? "\"/>\n" : "", out);
}

static void mark(FILE *out, const plane *p, const study_point *point, const char *colour)
{
    double x = x_of(p, point->x), y = y_of(p, point->auroc.mean);

    if (point->auroc.std > 0)
        fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>", x,
                y_of(p, point->auroc.mean - point->auroc.std), x, y_of(p, point->auroc.mean + point->auroc.std), colour);
    fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"><title>", x, y, colour);
    page_text(out, point->series);
    fputs(", ", out);
    page_text(out, point->label);
    fprintf(out, ": %.3f</title></circle>", point->auroc.mean);
}

#define LABELS_MAX 64
typedef struct {
    struct {
        double x, y;
    } at[LABELS_MAX];
    size_t n;
} labels;

/* A label by its point, unless another one stands there: the table has them all. */
static void mark_label(FILE *out, const char *label, double x, double y, labels *taken)
{
    bool end = x > WIDTH - 2 * MARGIN;

    for (size_t i = 0; i < taken->n; i++)
        if (fabs(taken->at[i].y - y) < 11 && fabs(taken->at[i].x - x) < 70)
            return;
    if (taken->n == LABELS_MAX)
        return;
    taken->at[taken->n].x   = x;
    taken->at[taken->n++].y = y;
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", end ? x - 6 : x + 6, y, end ? " text-anchor=\"end\"" : "");
    page_text(out, label);
    fputs("</text>", out);
}

/* Is no other point of this label that is drawn above point i? */
static bool is_highest(const study *s, size_t i)
{
    for (size_t j = 0; j < s->n_points; j++)
        if (strcmp(s->points[j].label, s->points[i].label) == 0 && !isnan(s->points[j].x) &&
            (s->points[j].auroc.mean > s->points[i].auroc.mean ||
             (j < i && s->points[j].auroc.mean == s->points[i].auroc.mean)))
            return false;
    return true;
}

static void points(FILE *out, const study *s, frame *f)
{
    plane  p     = plane_of(s, f);
    labels taken = { .n = 0 };

    begin(out, s, f, HEIGHT);
    plane_grid(out, &p);
    if (s->plot == STUDY_LINES)
        label_ticks(out, &p);
    else
        round_ticks(out, &p);
    for (size_t k = 0; s->plot == STUDY_LINES && k < f->n; k++)
        polyline(out, &p, f->names[k], colours[k]);
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *point = &s->points[i];

        if (isnan(point->auroc.mean) || isnan(point->x))
            continue;
        mark(out, &p, point, colours[series_of(f, point->series)]);
        if (s->plot == STUDY_SCATTER && (!s->columns || is_highest(s, i)))
            mark_label(out, point->label, x_of(&p, point->x), y_of(&p, point->auroc.mean) - 5, &taken);
        fputc('\n', out);
    }
    fputs("</svg>\n", out);
}

void study_plot(FILE *out, const study *s)
{
    frame f = frame_of(s);

    if (s->plot == STUDY_BARS)
        bars(out, s, &f);
    else
        points(out, s, &f);
}
