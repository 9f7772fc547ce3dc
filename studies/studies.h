/* experiment.h - one question, many settings: what does each measure?
 *
 * A lab holds data, model and everything that studies share: pictures are encoded once for each crop plan, runs are kept on disk and
 * taken again when nothing they depend on has changed.  A study asks its question by filling points; its table, plot and summary are
 * made from these, whatever the study. */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

#include "eval/eval.h"

/* ---- Studies ------------------------------------------------------------------------------------------------------------- */

#define STUDY_EXTRAS 3

/* One setting.  Series and label name its row; points of a series are drawn together. */
typedef struct {
    char        series[48], label[64];
    double      x;    /* its place on a plot's axis */
    bool        base; /* what the recipe does unless told otherwise */
    int         seeds;
    eval_figure auroc, ap, f1_max;   /* means over categories, spread over seeds; ap.mean NaN: not measured */
    double      extra[STUDY_EXTRAS]; /* of study.extras */
    eval_cell  *cells;               /* [categories], or NULL */
    eval_kind  *kinds;               /* [n_kinds], or NULL */
    size_t      n_kinds;
} study_point;

typedef enum { PLOT_BARS, PLOT_LINES, PLOT_SCATTER } study_plot;

typedef struct {
    const char  *name, *title, *question, *method; /* method: what is varied and what is held, for the reader */
    study_plot   plot;
    bool         log_x;
    const char  *x_title;
    const char  *extras[STUDY_EXTRAS]; /* names of further columns; NULL: none */
    study_point *points;
    size_t       n_points;
    char        *summary; /* made from the numbers */
    size_t       summary_len;
} study;

/* A new point at the end, zeroed; NULL: no memory (said). */
study_point *study_add(study *s, const char *series, const char *label, double x);
/* The same filled from a run, which is freed but for cells and kinds; those go to the point. */
study_point *study_add_run(study *s, const char *series, const char *label, double x, eval_run *run);
void         study_say(study *s, const char *format, ...) __attribute__((format(printf, 2, 3))); /* adds to the summary */
/* Best, worst and usual setting of each series, with the spread for scale. */
void study_say_extremes(study *s);
void study_free(study *s);
/* Rank correlation of x and AUROC over all points; NaN: fewer than 3 points, or all equal. */
double study_rank_correlation(const study *s);

/* write.c: NAME.md, NAME.csv, NAME-categories.csv, NAME-kinds.csv, NAME.svg in folder.  0, or an exit code. */
typedef struct lab lab;
int                study_write(const study *s, const lab *l, const char *folder);
int                study_write_report(const study *studies, size_t n, const lab *l, const char *path);
/* plot.c */
void study_draw(FILE *out, const study *s);

/* ---- The lab ------------------------------------------------------------------------------------------------------------- */

struct lab {
    evaluation         e;
    rwda_model        *model;
    rwda_session      *session;
    rwda_resize        resize;
    rwda_train_options base;   /* the recipe that studies vary; its pairs are --pairs */
    const char        *folder; /* of kept embeddings and runs */
    const char *const *models; /* --model, in order; the lab's own is the first */
    size_t             n_models;
    cli_engine         engine;
    eval_embeddings    plans[4];            /* as needed */
    rwda_detector     *own[EVAL_SEEDS_MAX]; /* of the base recipe, as needed */
    uint64_t           data_print;          /* of paths, sizes, dates and labels */
};

/* Opens `model` (NULL: the default) beside the data set of `l`, which must be open.  0, or an exit code. */
int  lab_open_model(lab *l, const char *model);
void lab_close_model(lab *l);
int  lab_open_data(lab *l, const char *path, const char *layout, int limit);
void lab_free(lab *l);

/* Scores all pictures with run->method, plan and pool under detectors of recipe `train` (NULL: the base's), changed before encoding
 * (NULL: as they are), and fills run's figures.  `name` is the file the scores are kept in.  0, or an exit code. */
int lab_run(lab *l, eval_run *run, const char *name, const rwda_train_options *train, const eval_change *change, bool parts);
/* Kept numbers other than scores: true when `name` holds `count` of them made under `text`. */
bool lab_kept(const lab *l, const char *name, const char *text, float *out, size_t count);
void lab_keep(const lab *l, const char *name, const char *text, const float *numbers, size_t count);

/* How diverse are the prompt embeddings of a recipe?  Of at most 500 pairs of its first seed. */
typedef struct {
    double spread;   /* mean squared distance of normal prompts from their mean */
    double rank;     /* effective rank of their covariance C: trace(C)^2 / trace(C^2), 1..D */
    double distance; /* mean distance between the two prompts of a pair */
} lab_diversity;
int lab_measure(lab *l, lab_diversity *out, const rwda_train_options *train);

/* ---- The studies, a family a file; 0, or an exit code -------------------------------------------------------------------- */

int study_pairs(lab *l, study *s); /* words.c */
int study_states(lab *l, study *s);
int study_words_count(lab *l, study *s);
int study_words_length(lab *l, study *s);
int study_words_kind(lab *l, study *s);
int study_words_position(lab *l, study *s);
int study_crops(lab *l, study *s); /* scoring.c */
int study_fusion(lab *l, study *s);
int study_models(lab *l, study *s);
int study_kinds(lab *l, study *s);      /* kinds.c */
int study_robustness(lab *l, study *s); /* robustness.c */
int study_cost(lab *l, study *s);       /* cost.c */

/* word_lists.c: words in a row with spaces between, for rwda_train_options.word_list. */
extern const char word_list_nouns[], word_list_dictionary[];
/* Words that sound like English and mean nothing: syllables in a row, from a fixed seed; the caller's to free. */
char *word_list_english_like(void);

#endif
