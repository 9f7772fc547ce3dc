/* collect.h - a table of scores of the images named on the command line.                              layer: cli */
#ifndef COLLECT_H
#define COLLECT_H

#include "cli/scoring.h"
#include "common/embedding_rows.h"
#include "common/score_table.h"

#define EMBEDDINGS_KEPT 20000 /* of so many images at most: the first ones that have a score */

/* Opens model, detector and scorer as the options say, checks a threshold file (d may be NULL), scores the images and adds them to data, with
 * data->scoring and the detector's recipe.  images NULL: describes how images would be scored, and scores none.
 * embeddings: gets a row for each image with a score, the mean of its crops, in their order (EMBEDDINGS_KEPT); the caller's to free(x); NULL:
 * none are kept.  0, or an exit code after a message; an image that fails is an entry with an error. */
int collect_scores(score_table *data, const scoring_options *how, const cli_engine *engine, const decision *d,
                   rw_image_source *images, rw_rows *embeddings);

/* Leave-one-out scores of the memory that the options ask for, as this scorer would score its images.  0, or an exit code after a message. */
int collect_from_memory(score_table *data, const scoring_options *how, const cli_engine *engine);

/* Scores of a file (common/score_table.h).  0, or an exit code after a message. */
int collect_from_file(score_table *data, const char *path, const char *column);

#endif
