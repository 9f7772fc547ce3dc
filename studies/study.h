/* study.h - a study: one question, many settings, a point of metrics for each.                       layer: studies */
#ifndef STUDY_H
#define STUDY_H

#include <rwda_eval.h>

#include <stdbool.h>

#define STUDY_EXTRAS 5

/* One setting.  Series and label name its row; points of a series are drawn together. */
typedef struct {
    char                   series[48], label[64];
    double                 x;    /* its place on a plot's axis */
    bool                   base; /* what the recipe does unless told otherwise */
    int                    seeds;
    rwda_eval_stat         auroc, ap, f1_max;   /* means over categories, std over seeds; mean NaN: not measured */
    double                 extra[STUDY_EXTRAS]; /* of study.extras; NaN: not measured */
    char                   note[256];           /* of study.notes */
    rwda_eval_cell        *cells;               /* [categories], or NULL */
    rwda_eval_defect_type *defect_types;        /* [n_defect_types], or NULL */
    size_t                 n_defect_types;
} study_point;

typedef enum { STUDY_BARS, STUDY_LINES, STUDY_SCATTER } study_plot_mode;

/* Starts zeroed but for its name; whoever fills it sets the texts, which are static. */
typedef struct {
    const char     *name, *title, *question, *method; /* method: what is varied and what is held, for the reader */
    study_plot_mode plot;
    bool            log_x;
    const char     *x_title;
    bool            columns;              /* of a scatter: points of one label share x, and it stands above them once */
    const char     *extras[STUDY_EXTRAS]; /* names of further columns; NULL: none */
    const char     *notes;                /* the name of a last column of words; NULL: none */
    size_t          n_models;             /* that points are of; 0: one, the basis' */
    const char     *over;                 /* what `seeds` counts: "draws"; NULL: "seeds" */
    study_point    *points;               /* [n_points] */
    size_t          n_points;
    char           *summary; /* sentences made from the numbers; NULL: none yet */
    size_t          summary_len;
} study;

void study_free(study *s); /* empties it */

/* A new point at the end without metrics, which belongs to the study and moves when the next one is added.  RWDA_ENOMEM. */
rwda_status study_add(study_point **out, study *s, const char *series, const char *label, double x, rwda_error *err);

/* The same with the metrics of a run in a series named by its method.  Cells and defect types go to the point, the run is emptied, after a
 * failure too. */
rwda_status study_add_run(study_point **out, study *s, const char *label, double x, rwda_eval_run *run, rwda_error *err);

/* Adds a sentence to the summary; without memory it is shorter. */
void study_say(study *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How many of n categories a point has, whose first extra is their number, where it has not all of them; what: what the others lack. */
void study_say_categories(study *s, const study_point *p, size_t n, const char *what);

/* Best, worst and usual setting of each series, with the std for scale. */
void study_say_extremes(study *s);

/* Spearman's rank correlation [n], equal values sharing their mean rank; NaN: fewer than 3 values, or all of x or y equal. */
double rank_correlation(const double *x, const double *y, size_t n);
/* Of x_of(point) and AUROC over the points where x is not NaN. */
double study_rank_correlation(const study *s, double (*x_of)(const study_point *p));

#endif
