/* plot.c - what does a study look like?  (SVG: bars, lines or a scatter of AUROC, whiskers for the spread over seeds) */
#include "studies/studies.h"

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

static frame measure(const study *s)
{
    frame f = { .low = 1, .high = 0 };

    for (size_t i = 0; i < s->n_points; i++) {
        const eval_figure *a = &s->points[i].auroc;

        (void)series_of(&f, s->points[i].series);
        if (isnan(a->mean))
            continue;
        f.low  = fmin(f.low, a->mean - a->spread);
        f.high = fmax(f.high, a->mean + a->spread);
    }
    if (f.high < f.low)
        f.low = f.high = 0.5;
    f.step = f.high - f.low > 0.35 ? 0.1 : f.high - f.low > 0.15 ? 0.05 : f.high - f.low > 0.06 ? 0.02 : 0.01;
    f.low  = fmax(0, floor(f.low / f.step - 0.2) * f.step);
    f.high = fmin(1, ceil(f.high / f.step + 0.2) * f.step);
    return f;
}

static void begin(FILE *out, const study *s, int height)
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

static bool label_before(const study *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(s->points[j].label, s->points[i].label) == 0)
            return true;
    return false;
}

/* Points of one label stand together. */
static void bars(FILE *out, const study *s, frame *f)
{
    int    height = 72 + ROW * (int)s->n_points, y = 50;
    double scale     = (WIDTH - LEFT - 90) / (f->high - f->low);
    bool   done[512] = { false };

    for (size_t i = 0; i < s->n_points; i++)
        height += 8 * !label_before(s, i);
    begin(out, s, height);
    legend(out, f);
    for (double tick = f->low; tick <= f->high + 1e-9; tick += f->step)
        fprintf(out,
                "<line class=\"g\" x1=\"%.1f\" y1=\"46\" x2=\"%.1f\" y2=\"%d\"/><text x=\"%.1f\" y=\"%d\" "
                "text-anchor=\"middle\">%.2f</text>\n",
                LEFT + (tick - f->low) * scale, LEFT + (tick - f->low) * scale, height - 18, LEFT + (tick - f->low) * scale,
                height - 5, tick);
    for (size_t i = 0; i < s->n_points && i < 512; i++) {
        if (done[i])
            continue;
        fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 8, y + 13);
        page_text(out, s->points[i].label);
        fprintf(out, "%s</text>\n", s->points[i].base ? " *" : "");
        for (size_t j = i; j < s->n_points && j < 512; j++) {
            const study_point *p  = &s->points[j];
            double             at = (fmax(p->auroc.mean, f->low) - f->low) * scale;

            if (done[j] || strcmp(p->label, s->points[i].label) != 0)
                continue;
            done[j] = true;
            if (isnan(p->auroc.mean))
                continue;
            fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" opacity=\".8\"/>", LEFT, y + 2,
                    at, ROW - 4, colours[series_of(f, p->series)]);
            if (p->auroc.spread > 0)
                fprintf(out, "<line class=\"w\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>",
                        LEFT + at - p->auroc.spread * scale, y + ROW / 2, LEFT + at + p->auroc.spread * scale, y + ROW / 2);
            fprintf(out, "<text x=\"%.1f\" y=\"%d\">%.3f</text>\n", LEFT + at + fmax(p->auroc.spread, 0) * scale + 5, y + 13,
                    p->auroc.mean);
            y += ROW;
        }
        y += 8;
    }
    fputs("</svg>\n", out);
}

static double place(const study *s, double x)
{
    return s->log_x ? log10(fmax(x, 1e-9)) : x;
}

#define LABELS_MAX 64
typedef struct {
    double x, y;
} place_taken;

/* A label by its point, unless another one stands there: the table has them all. */
static void scatter_label(FILE *out, const char *label, double x, double y, place_taken *taken, size_t *n)
{
    bool end = x > WIDTH - 2 * MARGIN;

    for (size_t i = 0; i < *n; i++)
        if (fabs(taken[i].y - y) < 11 && fabs(taken[i].x - x) < 70)
            return;
    if (*n == LABELS_MAX)
        return;
    taken[(*n)++] = (place_taken){ x, y };
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", end ? x - 6 : x + 6, y, end ? " text-anchor=\"end\"" : "");
    page_text(out, label);
    fputs("</text>", out);
}

/* Numbers below the x axis: where points stand, or at most eight round ones. */
static void ticks(FILE *out, const study *s, double low, double high, double wide)
{
    double last = -INFINITY;

    if (s->plot == PLOT_LINES) {
        for (size_t i = 0; i < s->n_points; i++) {
            double x = MARGIN + (place(s, s->points[i].x) - low) / (high - low) * wide;

            if (strcmp(s->points[i].series, s->points[0].series) == 0)
                fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x, HEIGHT - MARGIN + 16,
                        s->points[i].label);
        }
        return;
    }
    for (int i = 0; i <= 8; i++) {
        double at = low + (high - low) * i / 8, value = s->log_x ? pow(10, at) : at;
        double unit = pow(10, floor(log10(fmax(fabs(value), 1e-9))) - (s->log_x ? 1 : 0));

        value = s->log_x ? floor(value / unit + 0.5) * unit : floor(value + 0.5);
        if (place(s, value) < low - 1e-9 || place(s, value) > high + 1e-9 || value == last)
            continue;
        last = value;
        fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
                MARGIN + (place(s, value) - low) / (high - low) * wide, HEIGHT - MARGIN + 16, value);
    }
}

static void lines(FILE *out, const study *s, frame *f)
{
    double      low = INFINITY, high = -INFINITY, wide = WIDTH - 2 * MARGIN, tall = HEIGHT - 2 * MARGIN;
    place_taken taken[LABELS_MAX];
    size_t      n_taken = 0;

    for (size_t i = 0; i < s->n_points; i++) {
        low  = fmin(low, place(s, s->points[i].x));
        high = fmax(high, place(s, s->points[i].x));
    }
    if (!(high > low))
        high = (low = isfinite(low) ? low - 0.5 : 0) + 1;
    begin(out, s, HEIGHT);
    legend(out, f);
#define X(p) (MARGIN + (place(s, (p)->x) - low) / (high - low) * wide)
#define Y(v) (HEIGHT - MARGIN - ((v)-f->low) / (f->high - f->low) * tall)
    for (double tick = f->low; tick <= f->high + 1e-9; tick += f->step)
        fprintf(out,
                "<line class=\"g\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
                "text-anchor=\"end\">%.2f</text>\n",
                MARGIN, Y(tick), WIDTH - MARGIN, Y(tick), MARGIN - 6, Y(tick) + 4, tick);
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", WIDTH / 2, HEIGHT - 14);
    page_text(out, s->x_title);
    fprintf(out, "</text><text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">AUROC</text>\n",
            HEIGHT / 2);
    ticks(out, s, low, high, wide);
    for (size_t k = 0; k < f->n; k++) {
        bool open = false;

        for (size_t i = 0; i < s->n_points && s->plot == PLOT_LINES; i++)
            if (strcmp(s->points[i].series, f->names[k]) == 0 && !isnan(s->points[i].auroc.mean)) {
                if (!open)
                    fprintf(out, "<polyline class=\"l\" stroke=\"%s\" points=\"", colours[k]);
                open = true;
                fprintf(out, "%.1f,%.1f ", X(&s->points[i]), Y(s->points[i].auroc.mean));
            }
        fputs(open ? "\"/>\n" : "", out);
    }
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p = &s->points[i];
        size_t             k = series_of(f, p->series);

        if (isnan(p->auroc.mean))
            continue;
        if (p->auroc.spread > 0)
            fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>", X(p),
                    Y(p->auroc.mean - p->auroc.spread), X(p), Y(p->auroc.mean + p->auroc.spread), colours[k]);
        fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"><title>", X(p), Y(p->auroc.mean), colours[k]);
        page_text(out, p->series);
        fputs(", ", out);
        page_text(out, p->label);
        fprintf(out, ": %.3f</title></circle>", p->auroc.mean);
        if (s->plot == PLOT_SCATTER)
            scatter_label(out, p->label, X(p), Y(p->auroc.mean) - 5, taken, &n_taken);
        fputc('\n', out);
    }
    fputs("</svg>\n", out);
}

void study_draw(FILE *out, const study *s)
{
    frame f = measure(s);

    if (s->plot == PLOT_BARS)
        bars(out, s, &f);
    else
        lines(out, s, &f);
}
