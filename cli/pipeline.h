/* pipeline.h - how are pictures decoded while others are encoded? */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "cli.h"

/* A decoded picture, or why there is none. */
typedef struct {
    rwda_image *image; /* NULL: see err */
    rwda_error  err;
    double      decode_ms;
} decoded;

typedef struct pipeline pipeline;

/* Decodes inputs->paths ahead, in `threads` threads, at most `ahead` pictures before the one last taken.  NULL: no memory. */
pipeline *pipeline_new(const cli_inputs *inputs, int threads, size_t ahead);
/* Waits for the next picture in input order; its image is the caller's to free.  false: there are no more. */
bool pipeline_next(pipeline *p, decoded *out);
void pipeline_free(pipeline *p); /* also before the end; NULL is fine */

double pipeline_now_ms(void);

#endif
