/* labelled_images.h - images of arguments, with the labels of those that are data sets.                  layer: cli */
#ifndef LABELLED_IMAGES_H
#define LABELLED_IMAGES_H

#include "cli/cli.h"
#include "common/score_table.h"

typedef struct {
    char  **paths;  /* [count] */
    int8_t *truths; /* [count]: 0 normal, 1 anomalous, -1 not known */
    size_t  count, paths_room, truths_room;
} labelled_images;

/* Test images and normal training images of every argument that is a folder in a layout of rwda_eval.h, what layouts call masks not among
 * them; all images of the other arguments.  *found: there was such a folder; else *out stays empty.  0, or an exit code after a message.
 * Release with labelled_images_free() in either case. */
int  labelled_images_read(labelled_images *out, bool *found, char **arguments, int n, bool nul_separated);
void labelled_images_free(labelled_images *images);
/* Into the entries of a table that was made of these images, in their order. */
void labelled_images_label(score_table *table, const labelled_images *images);

#endif
