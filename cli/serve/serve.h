/* serve.h - what do the parts of the service share?
 *
 * Threads: one of libmicrohttpd answers what is quick and collects bodies; workers parse and decode (queue.c); one engine thread
 * owns the session and encodes pictures of many requests together (batcher.c); a training has its own (training.c); the main thread
 * waits for signals and ends what is too slow (server.c).  A request belongs to one of them at a time. */
#ifndef SERVE_H
#define SERVE_H

#include "../decision.h"

#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdint.h>

typedef struct server     server;
typedef struct request    request;
typedef struct connection connection;

/* What the service takes on, at most. */
typedef struct {
    int     batch;       /* pictures encoded together, 1..64 */
    int     window_ms;   /* how long the first of them waits for others */
    int     queue;       /* requests accepted and not yet answered; more are told to come back (429) */
    int     connections; /* open at a time; more wait in the kernel */
    int     pictures;    /* in one request, 1..64 */
    int     workers;     /* threads that parse and decode */
    int64_t body, held;  /* bytes of one request's body, and of all bodies held at a time */
    int64_t pixels;      /* of one picture */
    int     request_s;   /* seconds to receive a request, to work on it, and to send the answer; each */
    int     idle_s;      /* seconds a connection may stay open between requests */
    int     drain_s;     /* seconds after SIGTERM for what was accepted */
    bool    training;    /* whether POST /v1/trainings is there */
    int     train_pairs; /* prompt pairs of one training, at most */
} limits;

/* ---- Replies (reply.c) --------------------------------------------------------------------------------------------------- */

typedef struct {
    unsigned    status; /* 0: none yet */
    const char *type;
    void       *body; /* owned unless `fixed` */
    size_t      len;
    bool        fixed;
    struct {
        const char *name;
        char        value[200];
    } headers[4];
    size_t n_headers;
} reply;

void reply_json(request *q, unsigned status, json_t *root);              /* takes the reference; NULL: no memory */
void reply_bytes(request *q, const char *type, void *bytes, size_t len); /* takes the bytes */
void reply_fixed(request *q, const char *type, const void *bytes, size_t len);
void reply_header(request *q, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* application/problem+json (RFC 9457); `code` (optional) is a machine-readable name. */
void reply_problem(request *q, unsigned status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void reply_error(request *q, const rwda_error *err); /* the problem that belongs to a library error */
void reply_done(reply *r);

/* ---- Requests ------------------------------------------------------------------------------------------------------------ */

/* One part of a body: the whole of it, or one field of a form. */
typedef struct {
    char  *name, *file; /* of a form's field; NULL elsewhere */
    char  *bytes;
    size_t len, room;
} part;

typedef struct detector_entry detector_entry;

enum { MAP_NONE, MAP_PNG, MAP_REGIONS }; /* ?map= */

/* How a request's pictures are scored; read from query, form fields or JSON by settings_read(). */
typedef struct {
    rwda_scorer_options options;
    char                object[201];
    detector_entry     *detector; /* held; NULL: none is needed */
    float               threshold;
    int                 map;           /* ?map= ... */
    float               map_threshold; /* NaN: no regions */
    rwda_map_mode       map_kind;      /* ... of this kind */
} settings;

/* One picture on its way, or one list of texts. */
typedef struct item {
    request     *request;
    const char  *name;  /* file name or NULL; of the request */
    const char  *bytes; /* encoded picture; of the request */
    size_t       len;
    rwda_image  *image;
    rwda_error   err; /* code RWDA_OK: all is well */
    rwda_score   score;
    bool         decided; /* the service's own threshold holds for this score */
    float       *x;       /* [crops, D], or [texts, D] */
    size_t       crops;
    int          width, height;
    double       decode_ms, encode_ms;
    struct item *next;
} item;

typedef struct {
    const char *method, *path;   /* path segments in braces are variables */
    bool        open;            /* answered without a token */
    size_t      body;            /* bytes; 0: the service's limit */
    void (*answer)(request *q);  /* quick routes: fills q->reply */
    bool (*prepare)(request *q); /* others, in a worker: body -> items; false: q->reply was filled */
    void (*finish)(request *q);  /* items -> q->reply */
} route;

struct request {
    server                   *server;
    connection               *connection;
    struct MHD_Connection    *http;
    struct MHD_PostProcessor *form;
    const route              *route;
    char                     *method, *path, *type;
    char                      id[65], traceparent[56], names[2][129]; /* names: what stood for the path's variables */
    int64_t                   infer_header;                           /* Inference-Header-Content-Length, or -1 */
    double                    start_ms;
    size_t                    received, held;
    bool                      bad_form, queued, at_once; /* at_once: refused before the body, which has no certain end */
    part                     *parts;
    size_t                    n_parts;
    json_t                   *json;    /* parsed body */
    json_t                   *options; /* object: query, form fields, JSON members */
    settings                  settings;
    item                     *items;
    size_t                    n_items;
    int                       pending; /* items on their way; the queue's */
    const char              **texts;   /* of /v1/embed, [n_texts] */
    size_t                    n_texts;
    char                    **owned; /* memory that items point into */
    size_t                    n_owned;
    void                     *overlay; /* PNG of ?map=png */
    size_t                    overlay_len;
    json_t                   *regions; /* of ?map=regions */
    json_t  *scoring; /* how its pictures are scored, as records say it; the engine thread's until they are */
    reply    reply;
    request *next;
};

/* ---- Parts of the server ---------------------------------------------------------------------------------------------------- */

typedef struct queue     queue;
typedef struct scorers   scorers;
typedef struct detectors detectors;
typedef struct training  training;
typedef struct metrics   metrics;

struct server {
    limits             limits;
    rwda_model        *model;
    rwda_session      *session;  /* the engine thread's */
    decision           decision; /* for requests without a threshold that score as its card does */
    queue             *queue;
    scorers           *scorers; /* the engine thread's */
    detectors         *detectors;
    training          *training;
    metrics           *metrics;
    struct MHD_Daemon *daemon;
    char              *token; /* NULL: none is asked for */
    bool               quiet, loopback;
    char               instance[17]; /* start of request ids */
    pthread_mutex_t    mutex;        /* guards what follows */
    connection        *connections;
    int                n_connections;
    size_t             held, numbered; /* bytes of bodies; requests so far */
    bool               draining;
};

/* server.c: listens on fd until SIGTERM or SIGINT (blocked by the caller), then drains.  0, or an exit code. */
int  server_run(server *s, int fd);
bool server_draining(server *s);
void server_answered(request *q); /* a queued request has its reply: hand it back to libmicrohttpd */
void request_free(request *q);

/* routes.c */
extern const route  routes[];
extern const size_t n_routes;
const route        *route_find(request *q); /* NULL: q->reply says 404 or 405 */

/* access.c: may this request be answered?  false: q->reply says why not */
bool access_allowed(request *q);

/* body.c */
bool    body_begin(request *q); /* headers are there; false: q->reply was filled */
void    body_take(request *q, const char *data, size_t len);
json_t *body_json(request *q);     /* the body as one object, of the request; NULL: q->reply was filled */
bool    body_pictures(request *q); /* body -> items; false: q->reply was filled */
char   *body_base64(request *q, const char *text, size_t len,
                    size_t *out_len);     /* bytes of the request; NULL: no base64, no memory */
bool    body_items(request *q, size_t n); /* room for n items; false: q->reply was filled */

/* queue.c: bounded, first come first served */
queue *queue_new(server *s);
bool   queue_start(queue *w);
bool   queue_submit(queue *w, request *q);              /* false: full */
size_t queue_take(queue *w, item **items, size_t most); /* for the engine thread: decoded items; 0: the end */
void   queue_item_done(queue *w, item *i);
void   queue_stop(queue *w); /* what still waits is answered 503 */
void   queue_free(queue *w);
int    queue_length(queue *w);
bool   request_expired(const request *q);
extern const rwda_error request_late; /* what is said then */

void *batcher_main(void *server_pointer); /* batcher.c: the engine thread */

/* scorers.c */
bool        settings_read(request *q); /* q->options -> q->settings; false: q->reply was filled */
scorers    *scorers_new(detectors *registry);
rwda_status scorers_get(const rwda_scorer **out, server *s, const settings *wanted, rwda_error *err);
void        scorers_free(scorers *cache);
json_t     *score_record(const item *i); /* rwda.score/1 */
const char *item_label(const item *i);   /* NULL: there is no threshold */
json_t     *json_number(double value);   /* null where it is not finite */

/* detectors.c: detectors by id, name or SHA-256 */
struct detector_entry {
    char            id[17], name[65];
    rwda_detector  *detector;
    void           *bytes; /* its file */
    size_t          len;
    bool            trained;
    int             users; /* guarded by the registry */
    detector_entry *next;
};
detectors      *detectors_new(void);
void            detectors_free(detectors *d);
rwda_status     detectors_add_file(detectors *d, const char *path, const rwda_model *model, rwda_error *err);
rwda_status     detectors_add_trained(detectors *d, rwda_detector *take, const char *name, char id[17], rwda_error *err);
detector_entry *detectors_hold(detectors *d, const char *name); /* NULL name: the first; NULL: there is none */
void            detectors_release(detectors *d, detector_entry *entry);
json_t         *detectors_list(detectors *d);
json_t         *detector_describe(const detector_entry *entry);
bool            detectors_remove(detectors *d, const char *id); /* trained ones only */

/* training.c: one at a time */
training *training_new(server *s);
void      training_free(training *t); /* cancels and waits */
bool      training_running(training *t);

/* metrics.c */
metrics *metrics_new(void);
void     metrics_free(metrics *m);
void     metrics_request(metrics *m, const route *r, unsigned status, double seconds);
void     metrics_batch(metrics *m, size_t pictures, double seconds);
void     metrics_pictures(metrics *m, size_t good, size_t bad);

/* log.c: JSON lines on stderr */
void log_event(const server *s, const char *level, const char *message, json_t *fields); /* takes fields */
void log_request(const request *q, double ms);
void request_identify(request *q); /* its id and trace */

/* map.c */
void map_overlay(server *s, const rwda_scorer *scorer, item *i);

/* The routes: route_<group>.c */
void answer_page(request *q);
void answer_live(request *q);
void answer_ready(request *q);
void answer_metrics(request *q);
void answer_openapi(request *q);
void answer_info(request *q);
bool prepare_score(request *q);
void finish_score(request *q);
bool prepare_batch(request *q);
void finish_batch(request *q);
bool prepare_embed(request *q);
void finish_embed(request *q);
void answer_v2(request *q);
void answer_v2_model(request *q);
void answer_v2_model_ready(request *q);
bool prepare_infer(request *q);
void finish_infer(request *q);
void answer_detectors(request *q);
void answer_detector(request *q);
void answer_detector_delete(request *q);
void answer_training_start(request *q);
void answer_training(request *q);
void answer_training_cancel(request *q);

#endif
