/* body.c - what did the client send: a picture, a form, or JSON? */
#include "serve/serve.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VALUES_MAX 65536 /* values of a JSON body */
#define FIELDS_MAX 32    /* fields of a form that are no pictures */

/* The media type without parameters. */
static bool is_type(const request *q, const char *type)
{
    size_t n = strlen(type);

    return strncasecmp(q->type, type, n) == 0 &&
           (type[n - 1] == '/' || q->type[n] == '\0' || strchr("; \t", q->type[n]) != NULL);
}

/* ---- Receiving ------------------------------------------------------------------------------------------------------------------ */

static size_t most_bytes(const request *q)
{
    return q->route->body != 0 ? q->route->body : (size_t)q->server->limits.body;
}

static void refuse_size(request *q)
{
    reply_problem(q, 413, "RWDA_ELIMIT", "the body is over the limit of %zu bytes", most_bytes(q));
}

typedef struct {
    int lengths, codings;
} framing;

static enum MHD_Result count_framing(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    framing *f = cls;

    (void)kind;
    (void)value;
    f->lengths += strcasecmp(name, "Content-Length") == 0;
    f->codings += strcasecmp(name, "Transfer-Encoding") == 0;
    return MHD_YES;
}

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *key, const char *file, const char *type,
                                  const char *coding, const char *data, uint64_t offset, size_t size);

/* Two lengths, or a length beside chunks: different readers would see different requests (request smuggling). */
bool body_begin(request *q)
{
    const char *length   = MHD_lookup_connection_value(q->http, MHD_HEADER_KIND, "Content-Length");
    const char *encoding = MHD_lookup_connection_value(q->http, MHD_HEADER_KIND, "Content-Encoding");
    const char *infer    = MHD_lookup_connection_value(q->http, MHD_HEADER_KIND, "Inference-Header-Content-Length");
    const char *coding   = MHD_lookup_connection_value(q->http, MHD_HEADER_KIND, "Transfer-Encoding");
    framing     f        = { 0, 0 };
    char       *end;

    (void)MHD_get_connection_values(q->http, MHD_HEADER_KIND, count_framing, &f);
    if (f.lengths > 1 || f.codings > 1 || (f.lengths > 0 && f.codings > 0)) {
        reply_problem(q, 400, NULL, "the body's length is given more than once");
        q->at_once = true;
    } else if (coding != NULL && strcasecmp(coding, "chunked") != 0) {
        reply_problem(q, 400, NULL, "Transfer-Encoding %.40s is not read here", coding);
        q->at_once = true;
    } else if (encoding != NULL && strcasecmp(encoding, "identity") != 0)
        reply_problem(q, 415, NULL, "Content-Encoding %.40s is not read here", encoding);
    else if (length != NULL && strtoull(length, NULL, 10) > most_bytes(q))
        refuse_size(q);
    else if (infer != NULL &&
             ((q->infer_header = strtoll(infer, &end, 10)) < 0 || *end != '\0' || !isdigit((unsigned char)infer[0])))
        reply_problem(q, 400, NULL, "Inference-Header-Content-Length is no length");
    else if (is_type(q, "multipart/form-data")) {
        q->form = MHD_create_post_processor(q->http, 65536, take_field, q);
        if (q->form == NULL)
            reply_problem(q, 400, NULL, "multipart/form-data without a boundary");
    }
    return q->reply.status == 0;
}

/* Grows a part by doubling; every byte held is counted against what all requests may hold together. */
static bool part_append(request *q, part *p, const char *data, size_t len)
{
    server *s = q->server;
    size_t  room, more;
    char   *grown;
    bool    fits;

    if (p->room - p->len <= len) { /* one byte more, for a NUL */
        room = p->room > 0 ? p->room : 4096;
        while (room - p->len <= len)
            room *= 2;
        more = room - p->room;
        pthread_mutex_lock(&s->mutex);
        fits = s->held + more <= (size_t)s->limits.held;
        s->held += fits ? more : 0;
        pthread_mutex_unlock(&s->mutex);
        if (!fits) {
            reply_problem(q, 429, NULL, "the service holds as many bytes of requests as it may; try again");
            return false;
        }
        q->held += more;
        grown = realloc(p->bytes, room);
        if (grown == NULL) {
            reply_problem(q, 503, "RWDA_ENOMEM", "no memory for the body");
            return false;
        }
        p->bytes = grown;
        p->room  = room;
    }
    memcpy(p->bytes + p->len, data, len);
    p->len += len;
    p->bytes[p->len] = '\0';
    return true;
}

static part *part_new(request *q, const char *name, const char *file)
{
    part *grown, *p;

    if (q->n_parts >= (size_t)q->server->limits.pictures + FIELDS_MAX) {
        reply_problem(q, 413, "RWDA_ELIMIT", "the form has over %d fields", q->server->limits.pictures + FIELDS_MAX);
        return NULL;
    }
    grown = realloc(q->parts, (q->n_parts + 1) * sizeof *grown);
    if (grown == NULL) {
        reply_problem(q, 503, "RWDA_ENOMEM", "no memory for the body");
        return NULL;
    }
    q->parts = grown;
    p        = &q->parts[q->n_parts++];
    *p       = (part){ name != NULL ? strdup(name) : NULL, file != NULL ? strdup(file) : NULL, NULL, 0, 0 };
    return p;
}

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *key, const char *file, const char *type,
                                  const char *coding, const char *data, uint64_t offset, size_t size)
{
    request *q = cls;
    part    *p = offset == 0 ? part_new(q, key != NULL ? key : "", file) : &q->parts[q->n_parts - 1];

    (void)kind;
    (void)type;
    (void)coding;
    return p != NULL && part_append(q, p, data, size) ? MHD_YES : MHD_NO;
}

/* After a refusal the rest of the body is read and dropped, for at most the seconds a request may take. */
void body_take(request *q, const char *data, size_t len)
{
    q->received += len;
    if (q->reply.status != 0)
        return;
    if (q->received > most_bytes(q))
        refuse_size(q);
    else if (q->form != NULL)
        q->bad_form = MHD_post_process(q->form, data, len) != MHD_YES || q->bad_form;
    else if (q->n_parts > 0 || part_new(q, NULL, NULL) != NULL)
        (void)part_append(q, &q->parts[0], data, len);
}

/* ---- Reading -------------------------------------------------------------------------------------------------------------------- */

/* Each value costs far more memory than its one or two letters: [1,1,1,... */
static bool too_many_values(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return n > VALUES_MAX;
}

json_t *body_json(request *q)
{
    size_t       len = q->n_parts > 0 ? q->parts[0].len : 0;
    json_error_t err;

    if (q->json != NULL)
        return q->json;
    if (q->infer_header >= 0) {
        if ((size_t)q->infer_header > len) {
            reply_problem(q, 400, NULL, "Inference-Header-Content-Length %lld is over the body's %zu bytes",
                          (long long)q->infer_header, len);
            return NULL;
        }
        len = (size_t)q->infer_header;
    }
    if (len > 0 && too_many_values(q->parts[0].bytes, len)) {
        reply_problem(q, 413, "RWDA_ELIMIT", "the JSON has over %d values", VALUES_MAX);
        return NULL;
    }
    q->json = json_loadb(len > 0 ? q->parts[0].bytes : "", len, JSON_REJECT_DUPLICATES, &err);
    if (q->json == NULL)
        reply_problem(q, 400, NULL, "the body is no JSON: %s (byte %d)", err.text, err.position);
    else if (!json_is_object(q->json))
        reply_problem(q, 422, NULL, "the body is JSON, but no object");
    return q->reply.status == 0 ? q->json : NULL;
}

static bool own(request *q, void *memory)
{
    char **grown = memory != NULL ? realloc(q->owned, (q->n_owned + 1) * sizeof *grown) : NULL;

    if (grown == NULL) {
        free(memory);
        return false;
    }
    q->owned               = grown;
    q->owned[q->n_owned++] = memory;
    return true;
}

char *body_base64(request *q, const char *text, size_t len, size_t *out_len)
{
    unsigned char *bytes;
    size_t         padding = 0;
    int            n;

    if (len == 0 || len % 4 != 0 || len > (size_t)q->server->limits.body)
        return NULL;
    while (padding < 2 && text[len - 1 - padding] == '=')
        padding++;
    bytes = malloc(len / 4 * 3);
    if (!own(q, bytes))
        return NULL;
    n = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
    if (n != (int)(len / 4 * 3)) /* white space and other letters make it shorter, or -1 */
        return NULL;
    *out_len = (size_t)n - padding;
    return (char *)bytes;
}

bool body_items(request *q, size_t n)
{
    if (n == 0)
        reply_problem(q, 422, NULL, "there is no picture in this request");
    else if (n > (size_t)q->server->limits.pictures)
        reply_problem(q, 413, "RWDA_ELIMIT", "%zu pictures in one request; the most is %d", n, q->server->limits.pictures);
    else if ((q->items = calloc(n, sizeof *q->items)) == NULL)
        reply_problem(q, 503, "RWDA_ENOMEM", "no memory for %zu pictures", n);
    if (q->reply.status != 0)
        return false;
    q->n_items = n;
    for (size_t i = 0; i < n; i++)
        q->items[i] = (item){ .request = q, .crops = 0 };
    return true;
}

/* {"image": BASE64, "name": NAME} -> an item; `where` names it in messages. */
static bool json_picture(request *q, item *i, const json_t *object, const char *where)
{
    const json_t *image = json_object_get(object, "image"), *name = json_object_get(object, "name");

    if (!json_is_string(image) || (name != NULL && !json_is_string(name))) {
        reply_problem(q, 422, NULL, "%s: \"image\" is the picture in base64, \"name\" (optional) a string", where);
        return false;
    }
    i->name  = json_string_value(name);
    i->bytes = body_base64(q, json_string_value(image), json_string_length(image), &i->len);
    if (i->bytes == NULL)
        reply_problem(q, 422, NULL, "%s: \"image\" is no base64", where);
    return i->bytes != NULL;
}

/* Members of the object that say nothing about pictures are options. */
static bool json_pictures(request *q)
{
    json_t     *root = body_json(q), *list, *value;
    const char *key;
    size_t      n;

    if (root == NULL)
        return false;
    list = json_object_get(root, "images");
    if (list != NULL && !json_is_array(list)) {
        reply_problem(q, 422, NULL, "\"images\" is no list");
        return false;
    }
    n = list != NULL ? json_array_size(list) : 1;
    if (!body_items(q, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        char where[32] = "the body";

        if (list != NULL)
            (void)snprintf(where, sizeof where, "images[%zu]", i);
        if (!json_picture(q, &q->items[i], list != NULL ? json_array_get(list, i) : root, where))
            return false;
    }
    json_object_foreach(root, key, value) if (strcmp(key, "images") != 0 && strcmp(key, "image") != 0 &&
                                              strcmp(key, "name") != 0)(void) json_object_set(q->options, key, value);
    return true;
}

static bool is_picture(const part *p)
{
    return p->file != NULL || strcmp(p->name, "image") == 0 || strcmp(p->name, "images") == 0 ||
           strcmp(p->name, "file") == 0;
}

static bool form_pictures(request *q)
{
    size_t n = 0, k = 0;
    bool   whole;

    whole   = MHD_destroy_post_processor(q->form) == MHD_YES;
    q->form = NULL;
    if (q->bad_form || !whole) {
        reply_problem(q, 400, NULL, "the form is not well-formed multipart/form-data, or it is cut off");
        return false;
    }
    for (size_t i = 0; i < q->n_parts; i++)
        n += is_picture(&q->parts[i]);
    if (!body_items(q, n))
        return false;
    for (size_t i = 0; i < q->n_parts; i++) {
        const part *p = &q->parts[i];

        if (is_picture(p)) {
            q->items[k].name  = p->file;
            q->items[k].bytes = p->bytes;
            q->items[k++].len = p->len;
        } else if (json_object_set_new(q->options, p->name, json_stringn(p->bytes != NULL ? p->bytes : "", p->len)) != 0) {
            reply_problem(q, 400, NULL, "a field of the form is no UTF-8");
            return false;
        }
    }
    return true;
}

/* curl --data-binary calls its bytes application/x-www-form-urlencoded unless told otherwise: taken as a picture too. */
bool body_pictures(request *q)
{
    if (q->form != NULL)
        return form_pictures(q);
    if (is_type(q, "application/json"))
        return json_pictures(q);
    if (q->type[0] != '\0' && !is_type(q, "image/") && !is_type(q, "application/octet-stream") &&
        !is_type(q, "application/x-www-form-urlencoded")) {
        reply_problem(q, 415, NULL, "Content-Type %.60s is no picture, form or JSON", q->type);
        return false;
    }
    if (q->n_parts == 0) {
        reply_problem(q, 422, NULL, "the body is empty: it should be a picture");
        return false;
    }
    if (!body_items(q, 1))
        return false;
    q->items[0].name  = json_string_value(json_object_get(q->options, "name"));
    q->items[0].bytes = q->parts[0].bytes;
    q->items[0].len   = q->parts[0].len;
    return true;
}
