/* dataset.h - readers of data-set layouts, and what they share.                                        layer: eval */
#ifndef EVAL_DATASET_H
#define EVAL_DATASET_H

#include "base/file.h"

#include <rwda_eval.h>

#include <stdbool.h>

typedef struct dataset_folder dataset_folder;

/* A data set while it is read. */
typedef struct {
    rwda_dataset      *data;
    const rwda_events *events;
    dataset_folder    *folders; /* [n_folders], read at the end */
    size_t             n_folders;
    size_t             capacity, normals_capacity, problems_capacity, folders_capacity;
    bool               no_memory;
} dataset_builder;

typedef struct {
    rwda_dataset_layout row;
    bool                by_shape; /* told by folders alone: asked after those with a file or folder of their own name */
    bool (*recognise)(const char *path);
    rwda_status (*read)(dataset_builder *out, const char *path, rwda_error *err);
} dataset_layout;

extern const dataset_layout rw_layout_mvtec, rw_layout_btad, rw_layout_visa, rw_layout_sewerml, rw_layout_realiad,
    rw_layout_magnetic_tile, rw_layout_folder, rw_layout_list;

/* Copies all strings.  Paths are spelt as rw_path_find() says.  An image that does not exist is a problem and is left out; a mask that does
 * not exist is a problem. */
void rw_dataset_add(dataset_builder *b, const char *path, const char *category, const char *defect_type, bool anomalous,
                    const char *mask);
void rw_dataset_problem(dataset_builder *b, const char *format, ...) RW_PRINTF(2, 3);
/* A normal training image, which is left out in silence where it does not exist. */
void rw_dataset_add_normal(dataset_builder *b, const char *path, const char *category);

void rw_dataset_category_of(char out[256], const char *dir); /* a folder's own name, for a data set of one category */
/* rw_names_list(), which counts what it leaves out. */
char **rw_dataset_names(dataset_builder *b, const char *dir);
/* Folders are named first and read together, those that are links, or lie below one, last: a folder that was read is not read again, so that
 * no link takes the images of a class or category. */
void rw_dataset_read_folders(dataset_builder *b);
void rw_dataset_free_folders(dataset_builder *b);
/* Adds every image below a directory as anomalous, with its mask from the same place below mask_dir, or where there is no such folder from
 * mask_dir itself: STEM.*, STEM_mask.*, the folder STEM, else the only one whose name contains the stem, whatever the ending.  Beside
 * a folder named rgb the masks are those of gt.  When that folder exists, an image without a mask is a problem. */
void rw_dataset_add_defects(dataset_builder *b, const char *dir, const char *mask_dir, const char *category,
                            const char *defect_type);
/* Adds every image below a directory, without masks. */
void rw_dataset_add_directory(dataset_builder *b, const char *dir, const char *category, const char *defect_type,
                              bool anomalous);
/* The same, of .jpg images that lie beside their masks, STEM.png. */
void rw_dataset_add_pairs(dataset_builder *b, const char *dir, const char *category, const char *defect_type,
                          bool anomalous);
/* All images below a directory as normal training images. */
void rw_dataset_add_normals(dataset_builder *b, const char *dir, const char *category);

void rw_dataset_free_item(rwda_dataset_item *item); /* its strings */

#endif
