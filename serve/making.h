/* making.h - the thread that makes memories of normal images.                                           layer: serve
 *
 * One at a time, image by image, with a session of its own and at a lower priority than scoring, which goes on meanwhile.  It stops between
 * two images, or two scores, when the request waited longer than it may or the service ends. */
#ifndef SERVE_MAKING_H
#define SERVE_MAKING_H

#include <rwda_memory.h>

/* What a request asks for. */
typedef struct {
    rwda_memory_options options; /* of a memory of the request's images ... */
    const void         *file;    /* ... or this file [len] is taken up; NULL: it is not one.  Of the request's body */
    size_t              len;
    char                name[65]; /* "": the service calls it */
    size_t              repeated; /* images that were there before: the same pixels twice are one image */
} making_order;

/* Runs until the queue ends; the argument is a service_context.  A request gets its entry (settings.memory, held) or a refusal. */
void *making_main(void *service);

#endif
