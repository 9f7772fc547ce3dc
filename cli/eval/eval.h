/* eval.h - a labelled data set, several methods, several seeds: what is measured?
 *
 * Pictures are encoded once for each crop plan; every method and seed scores the same embeddings.  A run is one method with one
 * plan; its figures are means and standard deviations over seeds. */
#ifndef EVAL_H
#define EVAL_H

#include "dataset/dataset.h"

#define EVAL_SEEDS_MAX 64

typedef struct {
    const char  *name, *title;
    rwda_method  method;
    rwda_prompts prompts;
    bool         seeded, random; /* seeded: needs a detector; random: random numbers, a check of the bench itself */
} eval_method;
extern const eval_method eval_methods[];
extern const size_t      eval_n_methods;

/* Embeddings of all pictures under one plan. */
typedef struct {
    rwda_crops plan;
    float     *x;     /* [first[count], D] */
    size_t    *first; /* [count + 1]: picture i has rows first[i] .. first[i + 1]; none when it could not be decoded */
} eval_embeddings;

/* Mean and standard deviation over seeds. */
typedef struct {
    double mean, spread;
} eval_figure;

typedef struct {
    size_t       normal, anomalous;
    eval_figure  auroc, ap, aupr, f1_max, f1_normal;
    double       low, high; /* 95 % bootstrap interval of AUROC, of the scores averaged over seeds */
    const char  *missing;   /* why there are no figures; NULL: there are */
} eval_cell;

typedef struct {
    const char *name;        /* of the category */
    size_t      first, last; /* its items */
} eval_category;

typedef struct {
    const char *category, *kind;
    size_t      anomalous;
    eval_figure auroc; /* against the category's normal pictures */
} eval_kind;

typedef struct {
    const eval_method *method;
    rwda_crops         plan;
    int                seeds;  /* 1 for a method without chance */
    double            *scores; /* [seeds, count]; NaN where a picture failed */
    eval_cell         *cells;  /* [categories] */
    eval_cell          mean;   /* macro mean over the categories that have figures; its spread is over seeds */
    eval_kind         *kinds;
    size_t             n_kinds;
} eval_run;

typedef struct {
    const char *data_path, *object; /* object: "known" or "unknown" */
    const char *model_sha256, *cpu, *precision, *preset;
    const char *resize;
    char       *recipe; /* of the first detector; NULL: none */
    int         image_size, seeds;
    dataset     data;
    eval_category *categories;
    size_t         n_categories;
    eval_run      *runs;
    size_t         n_runs;
    size_t         failed;  /* pictures that could not be decoded */
    double         seconds; /* of everything */
} evaluation;

const char *eval_plan_name(rwda_crops plan);

/* embeddings.c: encodes the data set's pictures.  folder (NULL: none) keeps what is done, category by category, so that an
 * interrupted evaluation goes on.  Failures are said on stderr and counted.  0, or an exit code. */
int eval_embed(eval_embeddings *out, evaluation *e, rwda_session *session, const rwda_model *model, rwda_resize resize,
               rwda_crops plan, const char *folder);

/* runs.c: scores embeddings with a method under all seeds and fills run->scores.  detectors [seeds].  0, or an exit code. */
int eval_score(eval_run *run, const evaluation *e, rwda_session *session, rwda_resize resize, const eval_embeddings *x,
               rwda_detector *const *detectors, size_t dim);
/* Fills cells, mean and kinds from scores.  0, or an exit code. */
int eval_figures(eval_run *run, const evaluation *e);

/* tables.c: the results as text. */
void eval_print_table(FILE *out, const evaluation *e);
void eval_print_markdown(FILE *out, const evaluation *e);
void eval_print_csv(FILE *out, const evaluation *e);
void eval_print_json(FILE *out, const evaluation *e);
void eval_print_scores(FILE *out, const evaluation *e); /* CSV: path, category, kind, label, a column a run */

/* curves.c: ROC, precision-recall and histogram of a run, as one SVG picture. */
void eval_print_curves(FILE *out, const evaluation *e, const eval_run *run);
/* report.c: everything in one HTML file. */
void eval_print_report(FILE *out, const evaluation *e);

#endif
