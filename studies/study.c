#include "studies/study.h"

#include "base/status.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_MEASURED                                                                                                        \
    {                                                                                                                       \
        NAN, NAN                                                                                                            \
    }

/* ---- Points -------------------------------------------------------------------------------------------------------------- */

rwda_status study_add(study_point **out, study *s, const char *series, const char *label, double x, rwda_error *err)
{
    study_point *grown = realloc(s->points, (s->n_points + 1) * sizeof *grown), *p;

    *out = NULL;
    if (grown == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%s: no memory for another point", s->name);
    s->points = grown;
    p         = &grown[s->n_points++];
    *p        = (study_point){ .x = x, .ap = NOT_MEASURED, .f1_max = NOT_MEASURED };
    (void)snprintf(p->series, sizeof p->series, "%s", series);
    (void)snprintf(p->label, sizeof p->label, "%s", label);
    for (int k = 0; k < STUDY_EXTRAS; k++)
        p->extra[k] = NAN;
    *out = p;
    return RWDA_OK;
}

rwda_status study_add_run(study_point **out, study *s, const char *label, double x, rwda_eval_run *run, rwda_error *err)
{
    rwda_status status = study_add(out, s, run->method->title, label, x, err);

    if (status == RWDA_OK) {
        study_point *p = *out;

        p->seeds  = run->seeds;
        p->auroc  = run->mean.auroc;
        p->ap     = run->mean.ap;
        p->f1_max = run->mean.f1_max;
        if (run->mean.missing != NULL)
            p->auroc = p->ap = p->f1_max = (rwda_eval_stat)NOT_MEASURED;
        p->cells            = run->cells;
        p->defect_types     = run->defect_types;
        p->n_defect_types   = run->n_defect_types;
        run->cells          = NULL;
        run->defect_types   = NULL;
        run->n_defect_types = 0;
    }
    rwda_eval_run_free(run);
    return status;
}

void study_free(study *s)
{
    for (size_t i = 0; i < s->n_points; i++) {
        for (size_t k = 0; k < s->points[i].n_defect_types; k++)
            free(s->points[i].defect_types[k].name);
        free(s->points[i].defect_types);
        free(s->points[i].cells);
    }
    free(s->points);
    free(s->summary);
    *s = (study){ 0 };
}

/* ---- Sentences ----------------------------------------------------------------------------------------------------------- */

void study_say(study *s, const char *format, ...)
{
    char    text[1024];
    va_list args;
    size_t  len;
    char   *grown;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    len   = strlen(text);
    grown = realloc(s->summary, s->summary_len + len + 2);
    if (grown == NULL)
        return;
    if (s->summary_len > 0)
        grown[s->summary_len++] = ' ';
    memcpy(grown + s->summary_len, text, len + 1);
    s->summary = grown;
    s->summary_len += len;
}

void study_say_categories(study *s, const study_point *p, size_t n, const char *what)
{
    if (p->extra[0] < 1)
        study_say(s, "No category has %s: AUROC was not measured.", what);
    else if (p->extra[0] < (double)n)
        study_say(s, "%.0f of %zu categories %s %s; AUROC is %s.", p->extra[0], n, p->extra[0] > 1 ? "have" : "has", what,
                  p->extra[0] > 1 ? "theirs" : "its own");
}

static bool starts_series(const study *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(s->points[j].series, s->points[i].series) == 0)
            return false;
    return true;
}

typedef struct {
    const study_point *best, *worst, *base; /* NULL: the series has none */
} extremes;

static extremes extremes_of(const study *s, const char *series)
{
    extremes e = { NULL, NULL, NULL };

    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p = &s->points[i];

        if (strcmp(p->series, series) != 0 || isnan(p->auroc.mean))
            continue;
        e.best  = e.best == NULL || p->auroc.mean > e.best->auroc.mean ? p : e.best;
        e.worst = e.worst == NULL || p->auroc.mean < e.worst->auroc.mean ? p : e.worst;
        e.base  = p->base ? p : e.base;
    }
    return e;
}

void study_say_extremes(study *s)
{
    for (size_t i = 0; i < s->n_points; i++) {
        extremes e = extremes_of(s, s->points[i].series);
        double   gap, std;

        if (!starts_series(s, i) || e.best == e.worst)
            continue;
        gap = e.best->auroc.mean - e.worst->auroc.mean;
        std = fmax(e.best->auroc.std, e.worst->auroc.std);
        study_say(s, "%s: best with %s (AUROC %.3f), worst with %s (%.3f).", e.best->series, e.best->label,
                  e.best->auroc.mean, e.worst->label, e.worst->auroc.mean);
        if (std > 0)
            study_say(s, "The gap of %.3f is %.1f times the larger of their standard deviations over %d %s.", gap, gap / std,
                      e.best->seeds, s->over != NULL ? s->over : "seeds");
        if (e.base != NULL && e.base != e.best)
            study_say(s, "The recipe's own setting, %s, stands %.3f below the best.", e.base->label,
                      e.best->auroc.mean - e.base->auroc.mean);
        else if (e.base != NULL)
            study_say(s, "The best is the recipe's own setting.");
    }
}

/* ---- Correlation --------------------------------------------------------------------------------------------------------- */

/* Mean rank of value i among n. */
static double rank_of(const double *values, size_t n, size_t i)
{
    double below = 0, same = 0;

    for (size_t j = 0; j < n; j++) {
        below += values[j] < values[i];
        same += values[j] == values[i];
    }
    return below + (same + 1) / 2;
}

double rank_correlation(const double *x, const double *y, size_t n)
{
    double middle = ((double)n + 1) / 2, xy = 0, xx = 0, yy = 0;

    for (size_t i = 0; i < n; i++) {
        double a = rank_of(x, n, i) - middle, b = rank_of(y, n, i) - middle;

        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    return n >= 3 && xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

double study_rank_correlation(const study *s, double (*x_of)(const study_point *p))
{
    double *x = calloc(s->n_points + 1, sizeof *x), *y = calloc(s->n_points + 1, sizeof *y), r = NAN;
    size_t  n = 0;

    for (size_t i = 0; x != NULL && y != NULL && i < s->n_points; i++) {
        x[n] = x_of(&s->points[i]);
        y[n] = s->points[i].auroc.mean;
        n += isnan(x[n]) ? 0 : 1;
    }
    if (n > 0)
        r = rank_correlation(x, y, n);
    free(x);
    free(y);
    return r;
}
