/* limits.h - the most that the service takes on.                                                        layer: serve */
#ifndef SERVE_LIMITS_H
#define SERVE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int     batch;        /* images encoded together, 1..64 */
    int     window_ms;    /* how long the first of them waits for others */
    int     queue;        /* requests accepted and not yet answered; more are told to come back (429) */
    int     connections;  /* open at a time; more wait in the kernel */
    int     images;       /* in one request, 1..64 */
    int64_t body, held;   /* bytes of one request's body, and of all bodies held at a time */
    int64_t pixels;       /* of one image */
    int     orientation;  /* how images are read: as rwda_image_options has it ... */
    int     depth;        /* ... 0: all bits */
    int     request_s;    /* seconds to receive a request, to work on it, and to send the answer; each */
    int     idle_s;       /* seconds a connection may stay open between requests */
    int     drain_s;      /* seconds after SIGTERM for what was accepted */
    bool    training;     /* whether POST /v1/trainings is there */
    int     train_pairs;  /* prompt pairs of one training */
    int     memories;     /* made here that are kept; 0: none are made */
    int64_t memory_bytes; /* of all of those; one that is being made may take as much again */
} service_limits;

#define MEMORIES_WAITING 4 /* asked for and not there yet; more are told to come back (429) */
#define MEMORY_SIDE_MAX                                                                                                     \
    3 /* their input side, in times of the model's own: who scores with one keeps the engine from others ... */
#define MEMORY_TILES_MAX 4 /* ... and their tiles across */

#endif
