/* service.h - the HTTP service, as a program starts it.                                                 layer: serve */
#ifndef SERVE_SERVICE_H
#define SERVE_SERVICE_H

#include "common/decision.h"
#include "serve/limits.h"

typedef struct {
    const char    *listen;       /* ADDRESS:PORT; port 0: any, the log says which */
    const char    *token;        /* that clients must send; NULL or "": none */
    const char    *token_file;   /* whose first line is the token; NULL: the above is */
    bool           allow_anyone; /* on another address than this machine's own without a token */
    const char    *detectors;    /* files, comma-separated, the first is the default; NULL: the model's own, if any */
    const char    *memories;     /* files, comma-separated; NULL: none */
    const char    *cache;        /* where a detector may have been kept (common/ready_detector.h); NULL: nowhere */
    bool           quiet;        /* requests are logged where the service failed alone */
    bool           no_drift;     /* images are not compared with the threshold file's normal ones */
    service_limits limits;
} service_options;

#define SERVICE_LIMITS_DEFAULT                                                                                              \
    {                                                                                                                       \
        .batch = 16, .window_ms = 4, .queue = 64, .connections = 512, .images = 64, .body = 32 << 20,                       \
        .held = 8 * (32 << 20), .pixels = 64000000, .request_s = 30, .idle_s = 15, .drain_s = 30, .training = true,         \
        .train_pairs = 10000, .memories = 8, .memory_bytes = (int64_t)1 << 30                                               \
    }

typedef struct service service;

/* Reads the token and opens the socket; from then on connections wait.  To be called before the process has other threads: SIGTERM and
 * SIGINT are blocked, SIGPIPE is ignored, and glibc is told to give large buffers back.  The options' strings must outlive the service.
 * RWDA_EINVAL, RWDA_EIO, RWDA_ENOMEM; messages name the program's options. */
rwda_status service_open(service **out, const service_options *options, rwda_error *err);

/* What it answers with: the session becomes the service's, the model and the decision (common/decision.h) are used, all three until
 * service_free().  Loads the detectors and memories.  RWDA_ENOMEM, and what rwda_detector_load() and rwda_memory_load() say; RWDA_EMISMATCH: of another model. */
rwda_status service_load(service *s, const rwda_model *model, rwda_session *session, const decision *decision,
                         rwda_error *err);

/* Answers until SIGTERM or SIGINT, then what was accepted.  Logs to standard error.  RWDA_ENOMEM: threads cannot be started. */
rwda_status service_run(service *s, rwda_error *err);
void        service_free(service *s); /* cancels a training */

#endif
