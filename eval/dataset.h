/* dataset.h - which labelled pictures lie in a folder?
 *
 * Every layout becomes the same list: test pictures, sorted by category, kind and path, each with its label and, where there is one,
 * the mask of what is wrong.  What is broken about the data is noted by name and spoils nothing else. */
#ifndef DATASET_H
#define DATASET_H

#include "cli/cli.h"

typedef struct {
    char *path, *category;
    char *kind; /* "good", or what is wrong; several are joined by '+' */
    char *mask; /* of what is wrong, any value but 0 is; NULL: there is none.  Not opened here: it may still be broken */
    bool  anomalous;
} dataset_item;

typedef struct {
    const char   *layout;
    dataset_item *items;
    size_t        count, capacity;
    char        **problems;
    size_t        n_problems, problems_capacity;
    bool          no_memory;
} dataset;

/* layout: "auto" or a name from dataset_layouts.  A layout that does not fit is an error that says what was expected and what was
 * found.  0, or an exit code. */
int  dataset_read(dataset *out, const char *path, const char *layout);
void dataset_free(dataset *data);

/* Keeps at most `limit` normal and `limit` anomalous pictures of each category. */
void dataset_limit(dataset *data, size_t limit);

/* Layout names for --layout, "auto" first; NULL-terminated. */
extern const char *const dataset_layouts[];

/* ---- For the readers of the layouts -------------------------------------------------------------------------------------- */

typedef struct {
    const char *name, *expects;
    bool (*recognise)(const char *dir);
    int (*read)(dataset *out, const char *dir); /* 0, or an exit code after a message */
} dataset_layout;
extern const dataset_layout layout_mvtec, layout_visa, layout_sewerml, layout_realiad, layout_tiles, layout_folder,
    layout_list;

/* Copies all strings.  A picture that does not exist is a problem and is left out; a mask that does not exist is a problem. */
void dataset_add(dataset *data, const char *path, const char *category, const char *kind, bool anomalous, const char *mask);
void dataset_problem(dataset *data, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Names in a directory, sorted, without hidden ones; NULL-terminated, the caller's to free with dataset_names_free().  NULL: the
 * directory cannot be read. */
char      **dataset_names(const char *dir);
void        dataset_names_free(char **names);
bool        dataset_is_directory(const char *dir, const char *name); /* name may be "" */
bool        dataset_is_file(const char *dir, const char *name);
bool        dataset_is_good(const char *name); /* good, ok, normal, in any case */
const char *dataset_base_name(const char *path);
void        dataset_category_of(char out[256], const char *dir); /* a folder's own name, for a data set of one category */
/* The mask among `masks` (names in dir; NULL: none) that belongs to a picture: STEM.*, STEM_mask.*, else the only one whose name
 * contains the stem.  The ending does not matter. */
bool dataset_find_mask(char out[CLI_PATH_MAX], char **masks, const char *dir, const char *picture);
/* Adds every picture of a directory as anomalous, with its mask from mask_dir; when that folder exists, a picture without a mask is
 * a problem. */
void dataset_add_defects(dataset *data, const char *dir, const char *mask_dir, const char *category, const char *kind);
/* Adds every picture of a directory, without masks. */
void dataset_add_directory(dataset *data, const char *dir, const char *category, const char *kind, bool anomalous);

#endif
