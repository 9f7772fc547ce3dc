/* study.c - how do points become a sentence? */
#include "studies/studies.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

study_point *study_add(study *s, const char *series, const char *label, double x)
{
    study_point *grown = realloc(s->points, (s->n_points + 1) * sizeof *grown), *p;

    if (grown == NULL) {
        cli_error("%s: no memory for another point", s->name);
        return NULL;
    }
    s->points = grown;
    p         = &grown[s->n_points++];
    *p        = (study_point){ .x = x, .ap = { NAN, NAN }, .f1_max = { NAN, NAN } };
    (void)snprintf(p->series, sizeof p->series, "%s", series);
    (void)snprintf(p->label, sizeof p->label, "%.63s", label);
    for (int k = 0; k < STUDY_EXTRAS; k++)
        p->extra[k] = NAN;
    return p;
}

study_point *study_add_run(study *s, const char *series, const char *label, double x, eval_run *run)
{
    study_point *p = study_add(s, series, label, x);

    if (p != NULL) {
        p->seeds   = run->seeds;
        p->auroc   = run->mean.auroc;
        p->ap      = run->mean.ap;
        p->f1_max  = run->mean.f1_max;
        p->cells   = run->cells;
        p->kinds   = run->kinds;
        p->n_kinds = run->n_kinds;
        if (run->mean.missing != NULL)
            p->auroc = p->ap = p->f1_max = (eval_figure){ NAN, NAN };
        run->cells   = NULL;
        run->kinds   = NULL;
        run->n_kinds = 0;
    }
    eval_free_run(run);
    return p;
}

void study_free(study *s)
{
    for (size_t i = 0; i < s->n_points; i++) {
        for (size_t k = 0; k < s->points[i].n_kinds; k++)
            free(s->points[i].kinds[k].kind);
        free(s->points[i].kinds);
        free(s->points[i].cells);
    }
    free(s->points);
    free(s->summary);
    s->points   = NULL;
    s->summary  = NULL;
    s->n_points = 0;
}

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
        return; /* a shorter summary */
    if (s->summary_len > 0)
        grown[s->summary_len++] = ' ';
    memcpy(grown + s->summary_len, text, len + 1);
    s->summary = grown;
    s->summary_len += len;
}

/* First point of each series. */
static bool is_first(const study *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(s->points[j].series, s->points[i].series) == 0)
            return false;
    return true;
}

void study_say_extremes(study *s)
{
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *best = NULL, *worst = NULL, *base = NULL;
        double             gap, scale;

        if (!is_first(s, i))
            continue;
        for (size_t j = i; j < s->n_points; j++) {
            const study_point *p = &s->points[j];

            if (strcmp(p->series, s->points[i].series) != 0 || isnan(p->auroc.mean))
                continue;
            best  = best == NULL || p->auroc.mean > best->auroc.mean ? p : best;
            worst = worst == NULL || p->auroc.mean < worst->auroc.mean ? p : worst;
            base  = p->base ? p : base;
        }
        if (best == NULL || best == worst)
            continue;
        gap   = best->auroc.mean - worst->auroc.mean;
        scale = fmax(best->auroc.spread, worst->auroc.spread);
        study_say(s, "%s: best with %s (AUROC %.3f), worst with %s (%.3f).", s->points[i].series, best->label,
                  best->auroc.mean, worst->label, worst->auroc.mean);
        if (scale > 0)
            study_say(s, "The gap of %.3f is %.1f times the larger of their spreads over %d seeds.", gap, gap / scale,
                      best->seeds);
        if (base != NULL && base != best)
            study_say(s, "The recipe's own setting, %s, stands %.3f below the best.", base->label,
                      best->auroc.mean - base->auroc.mean);
        else if (base != NULL)
            study_say(s, "The best is the recipe's own setting.");
    }
}

/* Mean rank of value i among n. */
static double rank_of(const study *s, size_t i, bool of_x)
{
    double value = of_x ? s->points[i].x : s->points[i].auroc.mean, below = 0, same = 0;

    for (size_t j = 0; j < s->n_points; j++) {
        double other = of_x ? s->points[j].x : s->points[j].auroc.mean;

        below += other < value;
        same += other == value;
    }
    return below + (same + 1) / 2;
}

double study_rank_correlation(const study *s)
{
    double middle = ((double)s->n_points + 1) / 2, xy = 0, xx = 0, yy = 0;

    for (size_t i = 0; i < s->n_points; i++) {
        double a = rank_of(s, i, true) - middle, b = rank_of(s, i, false) - middle;

        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    return s->n_points >= 3 && xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}
