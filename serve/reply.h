/* reply.h - the answer to a request: JSON, bytes, or a problem (RFC 9457).                            layer: serve */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>

/* Start with the first two; reply_done() ends it.  A later answer takes the place of an earlier one, with its headers. */
typedef struct {
    const char *request_id; /* named in problems; must outlive the reply */
    bool        inference;  /* problems say it in "error" too, where clients of the Open Inference Protocol look */
    unsigned    status;     /* 0: none yet */
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

#define REPLY_JSON_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(9)) /* nine digits bring a float32 back to the bit */

void reply_json(reply *r, unsigned status, json_t *root);                    /* takes the reference; NULL: no memory, 503 */
void reply_bytes(reply *r, const char *type, void *bytes, size_t len);       /* takes the bytes */
void reply_fixed(reply *r, const char *type, const void *bytes, size_t len); /* bytes that outlive the service */
void reply_header(reply *r, const char *name, const char *format, ...) RW_PRINTF(3, 4); /* at most 4 */

/* application/problem+json; `code` (optional) is a machine-readable name. */
void reply_problem(reply *r, unsigned status, const char *code, const char *format, ...) RW_PRINTF(4, 5);
void reply_error(reply *r, const rwda_error *err); /* the problem that belongs to a library error */
void reply_done(reply *r);

#endif
