/* eval.h - a labelled data set, several methods, several seeds: what is measured?
 *
 * Pictures are encoded once for each crop plan; every method and seed scores the same embeddings.  A run is one method with one
 * plan; its figures are means and standard deviations over seeds. */
#ifndef EVAL_H
#define EVAL_H

#include "dataset/dataset.h"

#include <jansson.h>

#define EVAL_SEEDS_MAX 64

/* A further image-level method is a further row of the table in runs.c. */
typedef struct {
    const char  *name, *title;
    rwda_method  method;
    rwda_prompts prompts;
    bool         seeded;   /* every seed gives other scores */
    bool         detector; /* needs one; else it is random numbers, a check of the bench itself, or prompts alone */
    bool         named;    /* has prompts in which an object's name can stand */
    rwda_resize  resize;   /* of its pictures unless one was asked for; CONFIG: as all others */
} eval_method;
extern const eval_method eval_methods[];
extern const size_t      eval_n_methods;
const eval_method       *eval_method_named(const char *name); /* NULL: none, after a message */

/* A map whose pixels are evaluated: what is embedded, and what scores it.  A further one is a further row of the table in pixels.c. */
typedef struct {
    const char   *name, *title;
    rwda_map_mode kind;
    rwda_method   method;
    bool          detector; /* needs one: the first seed's */
} eval_map;

typedef struct {
    size_t             pictures, left_out; /* left out: anomalous without a mask that can be used, or not decoded */
    rwda_pixel_results figures;
    const char        *missing; /* why there are no figures; NULL: there are */
} eval_pixel_cell;

typedef struct {
    const eval_map  *map;
    eval_pixel_cell *cells; /* [categories] */
    eval_pixel_cell  mean;  /* macro mean of the figures over the categories that have them */
} eval_pixel_run;

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
    size_t      normal, anomalous;
    eval_figure auroc, ap, aupr, f1_max, f1_normal;
    double      low, high; /* 95 % bootstrap interval of AUROC, of the ranked values averaged over seeds */
    const char *missing;   /* why there are no figures; NULL: there are */
} eval_cell;

typedef struct {
    const char *name;        /* of the category */
    size_t      first, last; /* its items */
} eval_category;

typedef struct {
    const char *category;
    char       *kind;
    size_t      anomalous;
    eval_figure auroc; /* against the category's normal pictures */
} eval_kind;

typedef struct {
    const eval_method *method;
    rwda_crops         plan;
    rwda_pool          pool;
    int                seeds; /* 1 for a method without chance */
    double    *scores;     /* [seeds, count]: what is ranked, a logit where the method has one; NaN where a picture failed */
    double    *shown;      /* the same as 0..1; NULL where they were not kept */
    double    *fnn, *clip; /* the same of both parts, where the method has both; else NULL */
    eval_cell *cells;      /* [categories] */
    eval_cell  mean;       /* macro mean over the categories that have figures; its spread is over seeds */
    eval_kind *kinds;      /* of all categories, in the same order in every run on the same data */
    size_t     n_kinds;
} eval_run;

typedef struct {
    const char            *data_path, *object; /* object: "known" or "unknown" */
    rwda_names             names;              /* how a known name stands in CLIP's prompts */
    const char            *detectors;          /* preset of the recipe, or the file they are from */
    const char            *resize, *pool;      /* pool: how crops become one score, where all runs do it alike; else NULL */
    char                  *recipe;             /* of the first detector; NULL: none */
    int                    seeds;
    dataset                data;
    const rwda_model_info *model;
    eval_category         *categories;
    size_t                 n_categories;
    eval_run              *runs;
    size_t                 n_runs;
    eval_pixel_run        *maps;
    size_t                 n_maps;
    size_t                 failed; /* pictures that could not be decoded */
} evaluation;

/* setup.c: reads the data set (at most `limit` normal and anomalous pictures of a category; 0: all), says on stderr which layout
 * was taken, what it holds and what is broken.  0, or an exit code. */
int  eval_open_data(evaluation *e, const char *path, const char *layout, int limit);
void eval_free_run(eval_run *run);
void eval_free(evaluation *e);

const char *eval_plan_name(rwda_crops plan);
/* A category's name as prompts take it (with RWDA_NAMES_CLEAN), or NULL when it is no word. */
const char *eval_object_name(const char *category);
/* FOLDER/<number>-<category>.<what>.<ending>: the number tells "a b" from "a_b". */
bool eval_kept_path(char out[CLI_PATH_MAX], const char *folder, const evaluation *e, const eval_category *category,
                    const char *what, const char *ending);
/* A picture's or mask's path, size and date, without an end of line: what is kept is kept for these. */
void eval_print_stamp(FILE *out, const char *path);

/* What is done to a picture before it is encoded: change(picture, how, number) -> a new one in one block for free(), NULL: no
 * memory.  `name` tells its embeddings from others. */
typedef struct {
    const char *name;
    rwda_image *(*change)(const rwda_image *picture, const void *how, size_t number);
    const void *how;
} eval_change;

/* embeddings.c: encodes the data set's pictures, changed or as they are (NULL).  folder (NULL: none) keeps what is done, category by
 * category, so that an interrupted evaluation goes on.  Failures are said on stderr and counted.  0, or an exit code. */
int  eval_embed(eval_embeddings *out, evaluation *e, rwda_session *session, rwda_resize resize, rwda_crops plan,
                const eval_change *change, const char *folder);
void eval_free_embeddings(eval_embeddings *x);

/* runs.c: scores embeddings with run's method under all seeds and fills run->scores and run->shown.  detectors [seeds]; `parts` also fills
 * run->fnn and run->clip.  0, or an exit code. */
int eval_score(eval_run *run, const evaluation *e, rwda_session *session, rwda_resize resize, const eval_embeddings *x,
               rwda_detector *const *detectors, bool parts);
/* Fills cells, mean and kinds from scores.  0, or an exit code. */
int eval_figures(eval_run *run, const evaluation *e);

/* published.c: figures that others have published, in percent with one decimal as they stand there. */
typedef struct {
    const char   *title, *source;
    const char   *model;             /* CLIP checkpoint, or "not known" */
    const char   *object;            /* "known", "unknown" or "not known" */
    double        auroc, ap, f1_max; /* means over categories; 0: not published */
    const double *categories;        /* AUROC in the order of the data set's names; NULL: not published */
} published_row;
typedef struct {
    const char          *name; /* "MVTec AD" */
    const char *const   *categories;
    size_t               n_categories, n_rows;
    const published_row *rows;
} published_set;
/* The published set whose category names are those of e, or NULL. */
const published_set *published_for(const evaluation *e);
/* Published AUROC in percent of category c of e, 0: none. */
double published_category(const published_set *set, const published_row *row, const char *category);
/* Does this model have the shape of row's checkpoint?  "yes", "no" or "?". */
const char *published_same(const published_row *row, const rwda_model_info *model);

/* pixels.c: pixel figures of every map of a comma-separated list of names, for e->maps.  detector may be NULL where no map needs one.
 * folder (NULL: none) keeps the figures of each category.  0, or an exit code. */
int eval_choose_maps(evaluation *e, const char *names);
int eval_pixels(evaluation *e, rwda_session *session, const rwda_detector *detector, const char *folder);
/* pixel_tables.c */
void eval_pixel_table(FILE *out, const evaluation *e, bool markdown);
void eval_pixel_html(FILE *out, const evaluation *e);
void eval_pixel_csv(FILE *out, const evaluation *e); /* rows of eval_print_csv() */
void eval_pixel_json(json_t *root, const evaluation *e);

/* tables.c: the results for people. */
void eval_print_table(FILE *out, const evaluation *e);
void eval_print_markdown(FILE *out, const evaluation *e);
/* records.c: the results for spreadsheets and programs. */
void eval_print_csv(FILE *out, const evaluation *e);
void eval_print_json(FILE *out, const evaluation *e);
void eval_print_scores(
    FILE             *out,
    const evaluation *e); /* CSV: path, category, kind, label; for each run and seed a score and the logit that is ranked */
/* "RWDA FNN", "RWDA FNN, 2x2", "RWDA FNN, 2x2 max". */
const char *eval_title(char out[64], const eval_run *run);

/* curves.c: ROC, precision-recall and histogram of a run, as one SVG picture. */
void eval_print_curves(FILE *out, const evaluation *e, const eval_run *run);
/* report.c: everything in one HTML file. */
void eval_print_report(FILE *out, const evaluation *e);

#endif
