/* scoring_run.h - a run of a scorer over the images of a source.                                       layer: common */
#ifndef RW_SCORING_RUN_H
#define RW_SCORING_RUN_H

#include "common/image_stream.h"

#include <rwda_memory.h>

/* What scores: opened by whoever knows what is asked for. */
typedef struct {
    rwda_model             *model;
    rwda_session           *session;
    rwda_detector          *detector; /* NULL: none was given */
    rwda_memory            *memory;   /* NULL: by the words alone */
    rwda_scorer            *scorer;
    rw_image_reading        reading;
    rwda_resize             resize; /* of the scorer, as its crops */
    rwda_crops              crops;
    const rwda_map_options *maps; /* beside a memory: each score comes with its map, from one pass; NULL: without */
} scoring;

void scoring_close(scoring *s); /* and all that it holds */

/* What is known of an image that was scored. */
typedef struct {
    rwda_score   score;
    const float *x;   /* [score.crops, D], its embeddings; NULL: by a memory */
    float       *map; /* [height, width], from the same pass; NULL: without */
    double       encode_ms;
} scoring_result;

/* What becomes of each image, in input order.  scored() and answered() return 0, or a number that ends the run. */
typedef struct {
    int (*scored)(void *user, const rw_decoded *image, const scoring_result *scored);
    void (*failed)(void *user, const rw_decoded *image); /* image->err says why */
    void *user;
    int (*answered)(void *user); /* after each group: what it said must not wait for the next; NULL: it never does */
} scoring_sink;

/* Scores all images of a source, in groups, which end where the source waits for input: whoever waits for an answer before it goes on gets
 * it.  What their files said is counted in s->reading.  *ended: what the sink ended the run with, which is no failure, or 0.  RWDA_ENOMEM;
 * what the source says, after the images before it. */
rwda_status scoring_run(int *ended, scoring *s, rw_image_source *images, const scoring_sink *sink, const rwda_events *events,
                        rwda_error *err);

#endif
