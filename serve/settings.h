/* settings.h - how the images of a request are to be scored.                                            layer: serve */
#ifndef SERVE_SETTINGS_H
#define SERVE_SETTINGS_H

#include "serve/detectors.h"
#include "serve/memories.h"
#include "serve/reply.h"

#define OBJECT_MAX      200  /* bytes */
#define KINDS_MAX       1000 /* bytes of ?kinds= ... */
#define KINDS_WORDS_MAX 32   /* ... and words: each has a prompt to be encoded by the engine thread */

typedef enum { MAP_NONE, MAP_PNG, MAP_REGIONS } map_output; /* ?map= */

typedef struct {
    rwda_scorer_options options; /* its object points into the next */
    char                object[OBJECT_MAX + 1];
    detector_entry     *detector;  /* held, to be released by the owner; NULL: none is needed */
    memory_entry       *memory;    /* the same; NULL: words alone score */
    float               threshold; /* NaN: none was given */
    map_output          map;
    float               map_threshold; /* NaN: no regions */
    rwda_map_mode       map_mode;
    char                kinds[KINDS_MAX + 1]; /* words to rank, as they were asked for; "": none */
} settings;

/* options: an object of query, form fields and JSON members; values are strings, numbers also JSON numbers.  What is left out takes the
 * library's default, the method fnn where there is a detector, else clip; a memory without `fuse` takes no option about words.
 * unnamed: id of the memory that scores where neither one nor a detector or method is named; NULL: words do.  limits: how images are read.
 * false: refused.  *out must not be moved afterwards. */
bool settings_read(settings *out, reply *r, const json_t *options, detectors *registry, memories *remembered,
                   const char *unnamed, const service_limits *limits);

#endif
