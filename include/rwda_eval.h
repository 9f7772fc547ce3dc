/* rwda_eval.h - librwda-eval: labelled data sets, the methods evaluated on them, pixel metrics over sets of maps.
 *
 * EXPERIMENTAL until version 1.0: any minor version may change what stands here, structs included.  Build with the header of the
 * library that the program runs with.
 *
 *     data set --embeddings (once for each crop plan)--> runs: a method's scores, seed by seed --> metrics of each category
 *
 * Parts, in the order a reader needs them:
 *   1  data sets and their layouts    4  embeddings and runs: the steps of an evaluation, for studies
 *   2  methods and maps               5  published metrics
 *   3  evaluations, in one call       6  pixel metrics of maps beside masks
 *
 * The rules of rwda.h hold here too: errors, ownership, threads, numbers, options.  Beyond them:
 *   Structs    Everything but options and runs is made by the library and read-only for the caller; its strings and arrays belong to
 *              it.  What a struct borrows is said there and must outlive it.
 *   Threads    A data set, and an evaluation that is finished, may be read by many threads.  A call that makes or fills something is
 *              one thread's, with a session of its own.
 *   Events     `const rwda_events *events` may be NULL.  Warnings name what was left out (an image that cannot be decoded, a mask that
 *              does not fit) or not cached; they spoil nothing else.  A progress function that returns non-zero stops the call with
 *              RWDA_ECANCELLED. */
#ifndef RWDA_EVAL_H
#define RWDA_EVAL_H

#include <rwda_memory.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Data sets ------------------------------------------------------------------------------------------------ */

/* A way in which labelled images lie on disk.  In help and messages: in the order of their numbers. */
typedef struct {
    const char *name;     /* "mvtec" */
    const char *expects;  /* which files, for people */
    const char *alias_of; /* the layout that this is another name of; NULL: itself */
} rwda_dataset_layout;

RWDA_API size_t                     rwda_dataset_layout_count(void);
RWDA_API const rwda_dataset_layout *rwda_dataset_layout_at(size_t i); /* NULL: i is too large */

/* One test image.  Category and defect type are UTF-8 in NFC without control characters: other bytes became \xHH (docs/formats.md). */
typedef struct {
    char *path;
    char *category;
    char *defect_type; /* "good", or what is wrong; several are joined by '+' */
    char *mask;        /* path, not opened yet; any value but 0 is anomalous; a folder: of several masks, which are joined; NULL:
                          there is none */
    int   anomalous;   /* 0 or 1 */
} rwda_dataset_item;

typedef struct {
    const char        *layout;   /* that fitted; static */
    char              *path;     /* that was opened */
    rwda_dataset_item *items;    /* [count], each path once, by category, normal before anomalous, defect type, path */
    size_t             count;    /* >= 1 */
    char             **problems; /* [n_problems]: what is broken about the data, a sentence each; nothing else was spoiled */
    size_t             n_problems;
    rwda_dataset_item *normals; /* [n_normals]: normal training images (mvtec, btad, visa, realiad), by category, path; none is
                                   a test image.  One that is listed but not there is no problem: copies often lack them */
    size_t             n_normals;
    size_t             skipped; /* files and folders that a system made (._*, .DS_Store, Thumbs.db, __MACOSX, ...), and folders that a link
                                   leads to a second time: left out */
} rwda_dataset;

/* rwda_dataset_open() - the test images of a folder (or of a list), with labels and masks.
 * No image is opened.  An image that is named but not there is a problem; one named twice counts once, or not at all when its labels
 * differ.  Folders in folders are read, links are followed.  That no image is normal, or none anomalous, is a problem too.
 *   path    a folder, or for the layout "list" a file
 *   layout  a name of the table above; NULL or "auto": the first that fits
 *   events  a note where labels are scikit-learn's (1, -1); where no image is left: a warning for each of the first 8 problems
 *   out     the caller's; free with rwda_dataset_free()
 * Errors: RWDA_EMISMATCH (no layout, or not the given one, fits: what was expected and found, and what below the path would fit),
 * RWDA_ENOTFOUND (no such layout, no image left), RWDA_EFORMAT, RWDA_EIO, RWDA_ELIMIT (its lists), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_dataset_open(rwda_dataset **out, const char *path, const char *layout, const rwda_events *events,
                                       rwda_error *err);
RWDA_API void        rwda_dataset_free(rwda_dataset *data);

/* Drops all but `limit` >= 1 normal and `limit` anomalous images of each category, evenly spaced in their order: defect types keep
 * their shares, and the same data give the same choice.  Before anything is made from `data`. */
RWDA_API void rwda_dataset_limit(rwda_dataset *data, size_t limit);

/* Drops the test images of all categories but those for which wanted() is not 0: a share of an evaluation, which need not know of the others.
 * None may be left (data->count 0).  Before anything is made from `data`. */
RWDA_API void rwda_dataset_keep(rwda_dataset *data, int (*wanted)(void *user, const char *category), void *user);

/* One note: layout, images, categories (and one of what was skipped); a warning for each of the first 20 problems. */
RWDA_API void rwda_dataset_describe(const rwda_dataset *data, const rwda_events *events);

/* ---- 2. Methods and maps ------------------------------------------------------------------------------------------ */

/* What scores come from. */
typedef enum {
    RWDA_EVAL_WORDS = 0,
    RWDA_EVAL_MEMORY, /* a few normal images (rwda_memory.h) */
    RWDA_EVAL_MUTUAL, /* the category's other test images (rwda_memory.h): all of up to 1,000, else 64, evenly spaced */
    RWDA_EVAL_WINDOWS /* words, and windows of a few normal images (rwda_winclip_plus.h) */
} rwda_eval_evidence;

/* An image-level method as it is evaluated: rwda_method with its prompts and its view of an image. */
typedef struct {
    const char  *name, *title; /* "clip-ac", "CLIP, two prompts" */
    rwda_method  method;
    rwda_prompts prompts;
    rwda_resize  resize; /* of its images unless one is asked for; CONFIG: as all others */
    int          random; /* 1: scores are random numbers, a check of the evaluation itself */
    rwda_eval_evidence evidence;
    int                fused;        /* 1: by words too, as rwda_scorer_options.fuse has it; 0: with MEMORY or MUTUAL without them */
    float              class_weight; /* of its memories */
} rwda_eval_method;

RWDA_API size_t                  rwda_eval_method_count(void);
RWDA_API const rwda_eval_method *rwda_eval_method_at(size_t i);                                   /* NULL: i is too large */
RWDA_API const rwda_eval_method *rwda_eval_method_named(const char *name);                        /* NULL: none */
RWDA_API int                     rwda_eval_method_needs_detector(const rwda_eval_method *method); /* 1 or 0 */
RWDA_API int                     rwda_eval_method_takes_object(const rwda_eval_method *method);   /* 1: in its prompts */
RWDA_API int                     rwda_eval_method_is_seeded(const rwda_eval_method *method);      /* 1: seeds differ */
RWDA_API int                     rwda_eval_method_takes_shots(const rwda_eval_method *method);    /* 1: of normal images */

/* A map whose pixels are evaluated: what is embedded, and what scores it. */
typedef struct {
    const char        *name, *title; /* "patches-fnn", "patches, network" */
    rwda_map_mode      mode;
    rwda_method        method;
    rwda_eval_evidence evidence;
} rwda_eval_map;

RWDA_API size_t               rwda_eval_map_count(void);
RWDA_API const rwda_eval_map *rwda_eval_map_at(size_t i);                             /* NULL: i is too large */
RWDA_API const rwda_eval_map *rwda_eval_map_named(const char *name);                  /* NULL: none */
RWDA_API int                  rwda_eval_map_needs_detector(const rwda_eval_map *map); /* 1 or 0; the first seed's is taken */

/* ---- 3. Evaluations ------------------------------------------------------------------------------------------------ */

#define RWDA_EVAL_SEEDS_MAX 64
#define RWDA_EVAL_SHOTS_MAX 16 /* different numbers of shots */

/* Whether the category's name stands in CLIP's prompts. */
typedef enum { RWDA_EVAL_OBJECT_UNKNOWN = 0, RWDA_EVAL_OBJECT_KNOWN } rwda_eval_object;
RWDA_API const char *rwda_eval_object_name(rwda_eval_object object); /* "unknown", "known" */

/* Mean and (sample) standard deviation over seeds or draws; std 0 with one. */
typedef struct {
    double mean, std;
} rwda_eval_stat;

/* One category under one run, or the macro mean of all. */
typedef struct {
    size_t         normal, anomalous; /* images with a score */
    rwda_eval_stat auroc, ap, aupr, f1_max, f1_normal;
    double         low, high; /* 95 % bootstrap interval of AUROC, of scores averaged over seeds; both 0: there is none */
    const char    *missing;   /* why there are no metrics; NULL: there are */
} rwda_eval_cell;

/* One defect type against its category's normal images. */
typedef struct {
    const char    *category; /* of the data set */
    char          *name;
    size_t         anomalous; /* images; 0: there are no metrics */
    rwda_eval_stat auroc;
} rwda_eval_defect_type;

typedef struct {
    const char *name;
    size_t      first, last; /* its items: first .. last - 1 of the data set's */
    size_t      first_normal, last_normal; /* and its normal training images, in the same way; none: both are equal */
} rwda_eval_category;

/* Where a run by other evidence than words has it from in one category.  A draw puts the category's normals into an order of its own (of its
 * number alone): its training images, or where there are none its normal test images.  Shots are the first of that order, so a draw of 4
 * begins that of 16.  Those of the largest number that the evaluation has are then no test images of this draw, whatever the run's: curves
 * over shots are of the same test. */
typedef struct {
    size_t      normals;   /* to draw from; mutual: images that each is compared with */
    int         from_test; /* 1: they are test images */
    size_t      left_out;  /* test images that each draw leaves out of its test */
    const char *missing;   /* why there are no scores; NULL: there are; static */
} rwda_eval_source;

/* One method with one crop plan, all seeds.  A zeroed struct with method, plan, pool, seeds and shots set is how a run starts. */
typedef struct {
    const rwda_eval_method *method;
    rwda_crops              plan;
    rwda_pool               pool;
    int                     seeds;  /* 1..RWDA_EVAL_SEEDS_MAX; 1 for a method without chance; with shots the number of draws */
    int                     shots;  /* normal images; 0: the method takes none */
    double                 *scores; /* [seeds, images]: what is ranked, a logit where there is one; NaN: the image failed, or is
                                       left out of this draw's test */
    double                 *shown;  /* the same as 0..1; NULL: not stored */
    double                 *fnn, *clip;   /* the same of both parts of "both"; NULL: not asked for */
    rwda_eval_cell         *cells;        /* [categories] */
    rwda_eval_cell          mean;         /* macro mean over the categories that have metrics; its std is over seeds */
    rwda_eval_defect_type  *defect_types; /* of all categories, in the same order in every run on the same data */
    size_t                  n_defect_types;
    rwda_eval_source       *sources; /* [categories]; NULL: words alone */
} rwda_eval_run;

/* One category's maps, or the macro mean of all (which has regions, auroc, ap, f1_max, aupro, aupro200 alone). */
typedef struct {
    size_t             images, left_out; /* left out: anomalous without a mask that can be used, or not decoded */
    rwda_pixel_results metrics;
    const char        *missing; /* why there are no metrics; NULL: there are */
} rwda_eval_pixel_cell;

/* A zeroed struct with map and shots set is how it starts. */
typedef struct {
    const rwda_eval_map  *map;
    rwda_eval_pixel_cell *cells; /* [categories] */
    rwda_eval_pixel_cell  mean;
    int                   shots; /* normal images, of the first draw; 0: the map takes none */
} rwda_eval_pixel_run;

typedef struct {
    const rwda_dataset    *data;  /* borrowed */
    const rwda_model_info *model; /* borrowed from the model */
    rwda_eval_object       object;
    rwda_names             names;     /* how a known name stands in prompts */
    char                  *detectors; /* what they are: the recipe's preset, or a file */
    char                  *recipe;    /* JSON, of the first detector; NULL: no run needed one */
    int                    seeds;
    rwda_resize            resize; /* in effect, never CONFIG; a method's own differs (rwda_eval_method.resize) */
    rwda_pool              pool;
    rwda_eval_category    *categories; /* [n_categories], by name */
    size_t                 n_categories;
    rwda_eval_run         *runs;
    size_t                 n_runs;
    rwda_eval_pixel_run   *pixel_runs;
    size_t                 n_pixel_runs;
    size_t                 failed; /* images that could not be decoded or embedded */
    int                    shots[RWDA_EVAL_SHOTS_MAX]; /* [n_shots], ascending */
    size_t                 n_shots;
    int                    draws;  /* of the normals */
    double                 fuse;   /* weight of the words */
    rwda_memory_options    memory; /* of memories; a zeroed one stands for the defaults */
    rwda_image_options     images; /* how images and masks are read; a zeroed one stands for the defaults */
} rwda_evaluation;

/* cache_dir: an existing folder for embeddings and pixel metrics, from which an interrupted evaluation goes on. */
typedef struct {
    size_t                         size;
    const rwda_eval_method *const *methods; /* [n_methods], each once; NULL: all that score by words, but "random" */
    size_t                         n_methods;
    const rwda_crops              *plans; /* [n_plans], each once; NULL: RWDA_CROPS_ONE alone.  Runs are plan by plan */
    size_t                         n_plans;
    const rwda_eval_map *const    *maps; /* [n_maps], each once, for data with masks; NULL: none */
    size_t                         n_maps;
    rwda_eval_object               object;    /* UNKNOWN */
    rwda_names                     names;     /* CLEAN */
    rwda_resize                    resize;    /* CONFIG: the model's, and a method's own where it has one; else for all */
    rwda_pool                      pool;      /* MEAN */
    int                            seeds;     /* detectors from seeds 1..seeds, 1..RWDA_EVAL_SEEDS_MAX; 5 */
    const rwda_train_options      *train;     /* their recipe, its seed aside; NULL: preset "paper" */
    const rwda_detector           *detector;  /* instead of training, with seeds 1; NULL: train what is needed */
    const char                    *detectors; /* what reports call them; NULL: the recipe's preset, "given" for `detector` */
    const char                    *cache_dir; /* NULL: none */
    const int                     *shots;     /* [n_shots] of normal images, 1..1,000, in any order; NULL: 1, 4 and 16 */
    size_t                         n_shots;
    int                            draws;     /* of the normals, 1..RWDA_EVAL_SEEDS_MAX; 5 */
    double                         fuse;      /* weight of the words where a method is fused, 0..1; 0.15 */
    const rwda_memory_options     *memory;    /* of memories: class_weight, words, resize, crops, mutual are set as methods
                                                 need them; NULL: the defaults */
    const rwda_image_options      *images;    /* how images and masks are read; NULL: the defaults */
} rwda_eval_options;

RWDA_API void rwda_eval_options_default(rwda_eval_options *out, size_t size);

/* rwda_evaluation_run() - trains, embeds, scores and measures: all of `rwda eval` but its output.
 * Images are encoded once for each crop plan (once more for methods with a view of their own) and scored by every method and seed; by
 * memories once more for each side that they see.  A method with shots has a run for each number of them, one with a memory alone is run
 * with the first plan alone.
 *   data     borrowed: must outlive *out
 *   model    borrowed: must outlive *out; session is one of this model
 *   options  NULL for the defaults
 *   out      the caller's; free with rwda_evaluation_free()
 * Errors: RWDA_EINVAL (an option, n_methods or n_plans 0 beside an array), RWDA_EUNSUPPORTED (a field that this library does not know
 * is not 0), RWDA_ENOMEM, RWDA_ECANCELLED, what rwda_detector_train() and rwda_scorer_new() say.  What cannot be cached is a warning. */
RWDA_API rwda_status rwda_evaluation_run(rwda_evaluation **out, const rwda_dataset *data, const rwda_model *model,
                                         rwda_session *session, const rwda_eval_options *options, const rwda_events *events,
                                         rwda_error *err);

/* An evaluation with categories alone, for callers who take the steps of part 4 themselves and fill in the rest (strings that are
 * freed with free()).  RWDA_ENOMEM. */
RWDA_API rwda_status rwda_evaluation_new(rwda_evaluation **out, const rwda_dataset *data, rwda_error *err);
RWDA_API void        rwda_evaluation_free(rwda_evaluation *evaluation); /* its runs too */

/* ---- 4. Embeddings and runs ---------------------------------------------------------------------------------------- */

/* What is done to an image before it is encoded.  apply(image, how, number) makes a new one in one block of malloc() (the library
 * frees it with free()), NULL: no memory; `number` is the item's in the data set.  `name` tells these embeddings from others in the
 * cache: letters, digits, '-' and '_'. */
typedef struct {
    const char *name;
    rwda_image *(*apply)(const rwda_image *image, const void *how, size_t number);
    const void *how;
} rwda_eval_corruption;

/* How images are seen. */
typedef struct {
    rwda_resize                 resize;
    rwda_crops                  plan;
    const rwda_eval_corruption *corruption; /* borrowed; NULL: images as they are */
} rwda_eval_view;

/* Embeddings of all images of a data set under one view. */
typedef struct {
    rwda_eval_view view;
    float         *x;      /* [first[images], D], unit rows */
    size_t        *first;  /* [images + 1]: image i has rows first[i] .. first[i + 1] - 1; none: it failed */
    size_t         failed; /* images without rows */
} rwda_eval_embeddings;

/* Encodes all images; e->data, categories, model and resize are read.  cache_dir (an existing folder; NULL: none) keeps what is done,
 * category by category, and gives it back when model, kernel set, precision, view and files are the same.  An image that fails is a
 * warning; where memory or reading failed, its category is not kept.  Into *out, which rwda_eval_embeddings_free() empties (also a
 * zeroed one).  RWDA_ENOMEM, RWDA_ECANCELLED. */
RWDA_API rwda_status rwda_eval_embeddings_make(rwda_eval_embeddings *out, const rwda_evaluation *e, rwda_session *session,
                                               const rwda_eval_view *view, const char *cache_dir, const rwda_events *events,
                                               rwda_error *err);
RWDA_API void        rwda_eval_embeddings_free(rwda_eval_embeddings *x);

/* Fills run->scores and run->shown with the scores of run->method (with parts: run->fnn and run->clip too); e->data, categories, model,
 * object and names are read.  detectors [run->seeds] where the method needs one, else NULL.  RWDA_ENOMEM, what rwda_scorer_new()
 * says. */
RWDA_API rwda_status rwda_eval_run_score(rwda_eval_run *run, const rwda_evaluation *e, rwda_session *session,
                                         const rwda_eval_embeddings *x, const rwda_detector *const *detectors, int parts,
                                         rwda_error *err);

/* The same for runs [n] of one plan that score by other evidence than words, all at once: an image is encoded once for every number of shots,
 * every draw and every method that sees it alike.  Fills run->sources too; e->data, categories, model, object, names, resize, shots, draws,
 * fuse and memory are read.  detector: NULL where no run is fused with a method that needs one.  cache_dir keeps the scores of each
 * category.  *failed (optional) is the number of test images that could not be scored.  RWDA_ENOMEM, RWDA_ECANCELLED, what rwda_scorer_new()
 * and rwda_memory_builder_new() say. */
RWDA_API rwda_status rwda_eval_runs_score(rwda_eval_run *const *runs, size_t n, size_t *failed, const rwda_evaluation *e,
                                          rwda_session *session, const rwda_detector *detector, const char *cache_dir,
                                          const rwda_events *events, rwda_error *err);

/* Fills cells, mean and defect types from run->scores; e->data and categories are read.  RWDA_ENOMEM. */
RWDA_API rwda_status rwda_eval_run_measure(rwda_eval_run *run, const rwda_evaluation *e, rwda_error *err);
RWDA_API void        rwda_eval_run_free(rwda_eval_run *run); /* empties it; the struct stays the caller's */

/* Fills cells and mean of a run whose `map` is set: maps at the images' own size beside their masks, nothing is resized.  e->data,
 * categories, model, object, names, shots, draws and memory are read.  detector: NULL where the map needs none.  cache_dir keeps the metrics of each
 * category.  RWDA_ENOMEM, RWDA_ECANCELLED, what rwda_scorer_new() says. */
RWDA_API rwda_status rwda_eval_pixel_run_measure(rwda_eval_pixel_run *run, const rwda_evaluation *e, rwda_session *session,
                                                 const rwda_detector *detector, const char *cache_dir,
                                                 const rwda_events *events, rwda_error *err);

/* ---- 5. Published metrics ------------------------------------------------------------------------------------------- */

/* What others have published, in percent with one decimal as it stands there. */
typedef struct {
    const char      *title, *source; /* source: a number in docs/evaluation.md, "[2]" */
    const char      *model;          /* CLIP checkpoint, or "not known" */
    rwda_eval_object object;
    double           auroc, ap, f1_max; /* means over categories; 0: not published */
    const double    *categories;        /* AUROC in the order of the set's names; NULL: not published */
    int              shots;             /* normal images that it takes; 0: none */
    int              batch;             /* 1: scores the whole test set at once */
} rwda_published_row;

typedef struct {
    const char               *name;       /* "MVTec AD" */
    const char *const        *categories; /* [n_categories] */
    size_t                    n_categories;
    const rwda_published_row *rows; /* [n_rows] */
    size_t                    n_rows;
} rwda_published_set;

/* The set whose category names are those of e; NULL: none.  Static. */
RWDA_API const rwda_published_set *rwda_published_find(const rwda_evaluation *e);
/* AUROC of a category in percent; 0: not published. */
RWDA_API double rwda_published_auroc(const rwda_published_set *set, const rwda_published_row *row, const char *category);
/* Whether this model has the shape of the row's checkpoint: "yes", "no" or "?". */
RWDA_API const char *rwda_published_same_model(const rwda_published_row *row, const rwda_model_info *model);

/* ---- 6. Maps beside masks ------------------------------------------------------------------------------------------- */

typedef struct {
    char *map, *mask; /* paths; mask NULL: nothing is anomalous */
} rwda_map_pair;

typedef struct {
    rwda_map_pair *items; /* [count], by name, or in the order of the list */
    size_t         count;
} rwda_map_pairs;

/* Maps (.npy, .png; of one name the .npy) in `maps` and the folders in it, and masks (images, .npy) at the same place under `masks`
 * whose name without ending is that of the map, or that with "_mask".  A map without a mask is an error, or with
 * `normal_without_mask` of a normal image; a mask without a map is always an error.  The first 10 of such are warnings before it.
 * RWDA_EMISMATCH, RWDA_ENOTFOUND (no map, no mask), RWDA_EIO, RWDA_ENOMEM. */
RWDA_API rwda_status rwda_map_pairs_from_folders(rwda_map_pairs **out, const char *maps, const char *masks,
                                                 int normal_without_mask, const rwda_events *events, rwda_error *err);

/* A CSV with the columns map and mask (empty: nothing is anomalous); paths are relative to the list's folder.  RWDA_EIO, RWDA_EFORMAT,
 * RWDA_ELIMIT, RWDA_ENOMEM. */
RWDA_API rwda_status rwda_map_pairs_from_list(rwda_map_pairs **out, const char *path, rwda_error *err);
RWDA_API void        rwda_map_pairs_free(rwda_map_pairs *pairs);

/* Pixel metrics of all pairs; options as for rwda_pixel_metrics_new(), images: how masks are read; both may be NULL.  Every pair that fails is a warning, and one is enough for
 * RWDA_EINVAL: there are no metrics of a part.  RWDA_EINVAL too: no anomalous or no normal pixel; RWDA_ECANCELLED, RWDA_ENOMEM. */
RWDA_API rwda_status rwda_map_pairs_measure(rwda_pixel_results *out, const rwda_map_pairs *pairs,
                                            const rwda_pixel_metrics_options *options, const rwda_image_options *images,
                                            const rwda_events *events, rwda_error *err);

#ifdef __cplusplus
}
#endif
#endif
