/* request.h - one request on its way through the service.                                               layer: serve
 *
 * It belongs to one thread at a time: libmicrohttpd's, which receives it and sends its reply; a worker, which reads the body; the
 * workers that decode its images and the engine thread, an item each.  The last item done hands it back.  One that asks for a memory goes
 * from the worker to the thread that makes memories, whole. */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include "common/kind_words.h"
#include "serve/body.h"
#include "serve/making.h"
#include "serve/route.h"
#include "serve/settings.h"
#include "serve/trace.h"

typedef struct service_context service_context;

/* One image, or one list of texts. */
typedef struct item {
    request     *request;
    const char  *name;  /* file name or NULL; of the request */
    const char  *bytes; /* [len] encoded image; of the request */
    size_t       len;
    rwda_image  *image;
    rwda_error   err; /* code RWDA_OK: all is well */
    rwda_score   score;
    bool         decided;   /* the service's own threshold holds for this score ... */
    bool         by_memory; /* ... or that of its memory: */
    double       threshold, p_value;
    float       *x; /* [crops, D], or [texts, D]; owned */
    size_t       crops;
    int          width, height;
    double       decode_ms, encode_ms;
    float       *map;     /* [height, width], while the engine looks at it; owned */
    kind_opinion opinion; /* where the request has kinds; its first word is not kept */
    struct item *next;    /* in the queue */
} item;

/* Of images, of images, of texts; of images or a file. */
typedef enum { WORK_SCORES, WORK_EMBEDDINGS, WORK_TEXTS, WORK_MEMORY } work_mode;

/* What the engine is asked for, and what came of it. */
typedef struct {
    work_mode    mode;
    item        *items; /* [n_items] */
    size_t       n_items;
    int          pending; /* items on their way; the queue's */
    const char **texts;   /* [n_texts] of WORK_TEXTS, in the request's JSON */
    size_t       n_texts;
    bool        *cut; /* [n_texts], longer than the model's context */
    size_t       n_cut;
    void        *overlay; /* [overlay_len] PNG of ?map=png */
    size_t       overlay_len;
    float        map_scale; /* value of the map that the overlay shows brightest */
    json_t      *regions;   /* of ?map=regions */
    json_t      *scoring;   /* how its images are scored, as records say it; the engine thread's until they are */
    making_order order;     /* of WORK_MEMORY */
} request_work;

/* The HTTP side; libmicrohttpd's thread. */
typedef struct {
    struct MHD_Connection *http;
    struct connection     *connection;
    bool                   queued;
} request_exchange;

struct request {
    service_context *service;
    request_exchange exchange;
    request_trace    trace;
    double           start_ms;
    route_target     target;
    request_body     body;
    json_t          *options; /* object: query, form fields, JSON members */
    settings         settings;
    request_work     work;
    reply            reply;
    request         *next; /* in the queue */
};

/* Copies the texts; type NULL: none was given.  NULL: no memory. */
request *request_new(service_context *service, const char *method, const char *path, const char *type);
void     request_free(request *r);

bool request_new_items(request *r, size_t n); /* 1 to the limit; false: refused */
bool request_read_settings(request *r);       /* from its options; false: refused */

/* Receiving and working may take some seconds each; what waited longer is not worth its work. */
bool                    request_expired(const request *r);
extern const rwda_error request_late; /* what is said then */

#endif
