/* body.h - the body of a request: received within limits, read as parts, JSON and base64.              layer: serve */
#ifndef SERVE_BODY_H
#define SERVE_BODY_H

#include "serve/reply.h"

#include <stdint.h>

/* Bytes that the bodies of all requests hold; for libmicrohttpd's thread. */
typedef struct {
    size_t held, most;
} body_budget;

/* The whole of a body, or one field of a form. */
typedef struct {
    char  *name, *file; /* of a form's field; NULL elsewhere */
    char  *bytes;       /* [len] and a NUL; NULL: none came */
    size_t len, room;
} body_part;

/* What the headers of a request say about its body; NULL: not given. */
typedef struct {
    const char *length, *encoding, *transfer, *json_length;
    int         lengths, transfers; /* how often the first and the third are there */
} body_headers;

/* Start with the first five.  Refusals go into the reply; the functions below say whether it is still empty, or return NULL. */
typedef struct {
    reply                    *reply;
    body_budget              *budget;
    char                     *type;      /* media type with parameters; "": not given.  Owned */
    size_t                    most;      /* bytes */
    size_t                    parts_max; /* fields of a form */
    struct MHD_PostProcessor *form;      /* reads a form; NULL: it is not one, or it was read */
    bool                      bad_form;
    bool                      endless; /* refused for a length that is not certain: where the body ends cannot be known */
    size_t                    received, held;
    body_part                *parts;
    size_t                    n_parts;
    int64_t                   json_len; /* bytes of JSON, which binary data follow; -1: all of the body is JSON */
    json_t                   *json;
    char                    **decoded; /* [n_decoded] what base64 stood for */
    size_t                    n_decoded;
} request_body;

struct MHD_Connection;

bool body_begin(request_body *b, const body_headers *headers, struct MHD_Connection *http); /* http: for forms alone */
void body_take(request_body *b, const char *data, size_t len); /* after a refusal the rest is read and dropped */
bool body_form_end(request_body *b);                           /* everything is there: whether the form is whole */
void body_free(request_body *b);

bool    body_is_type(const request_body *b, const char *type); /* "image/": any of them */
json_t *body_json(request_body *b);                            /* as one object, of the body */

/* Bytes of the body; NULL, without a refusal: it is not base64, or memory is short. */
char *body_base64(request_body *b, const char *text, size_t len, size_t *out_len);

#endif
