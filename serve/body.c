#include "serve/body.h"

#include <ctype.h>
#include <microhttpd.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VALUES_MAX 65536 /* values of a JSON body */

bool body_is_type(const request_body *b, const char *type)
{
    size_t n = strlen(type);

    return strncasecmp(b->type, type, n) == 0 &&
           (type[n - 1] == '/' || b->type[n] == '\0' || strchr("; \t", b->type[n]) != NULL);
}

/* ---- Receiving ------------------------------------------------------------------------------------------------------------------ */

static void refuse_size(request_body *b)
{
    reply_problem(b->reply, 413, "RWDA_ELIMIT", "the body is over the limit of %zu bytes", b->most);
}

static bool budget_take(body_budget *budget, size_t more)
{
    if (atomic_fetch_add(&budget->held, more) + more <= budget->most)
        return true;
    atomic_fetch_sub(&budget->held, more);
    return false;
}

/* Grows a part by doubling; every byte held is counted against what all requests may hold together. */
static bool reserve(request_body *b, body_part *part, size_t len)
{
    size_t room = part->room > 0 ? part->room : 4096;
    char  *grown;

    if (part->room - part->len > len) /* one byte more, for a NUL */
        return true;
    while (room - part->len <= len)
        room *= 2;
    if (!budget_take(b->budget, room - part->room)) {
        reply_problem(b->reply, 429, NULL, "the service holds as many bytes of requests as it may; try again");
        return false;
    }
    b->held += room - part->room;
    grown = realloc(part->bytes, room);
    if (grown == NULL) {
        reply_problem(b->reply, 503, "RWDA_ENOMEM", "no memory for the body");
        return false;
    }
    part->bytes = grown;
    part->room  = room;
    return true;
}

static bool append(request_body *b, body_part *part, const char *data, size_t len)
{
    if (!reserve(b, part, len))
        return false;
    memcpy(part->bytes + part->len, data, len);
    part->len += len;
    part->bytes[part->len] = '\0';
    return true;
}

static body_part *part_new(request_body *b, const char *name, const char *file)
{
    body_part *grown;

    if (b->n_parts >= b->parts_max) {
        reply_problem(b->reply, 413, "RWDA_ELIMIT", "the form has over %zu fields", b->parts_max);
        return NULL;
    }
    grown = realloc(b->parts, (b->n_parts + 1) * sizeof *grown);
    if (grown == NULL) {
        reply_problem(b->reply, 503, "RWDA_ENOMEM", "no memory for the body");
        return NULL;
    }
    b->parts             = grown;
    b->parts[b->n_parts] = (body_part){ name != NULL ? strdup(name) : NULL, file != NULL ? strdup(file) : NULL, NULL, 0, 0 };
    return &b->parts[b->n_parts++];
}

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *key, const char *file, const char *type,
                                  const char *coding, const char *data, uint64_t offset, size_t size)
{
    request_body *b    = cls;
    body_part    *part = offset == 0 ? part_new(b, key != NULL ? key : "", file) : &b->parts[b->n_parts - 1];

    (void)kind;
    (void)type;
    (void)coding;
    return part != NULL && append(b, part, data, size) ? MHD_YES : MHD_NO;
}

/* Two lengths, or a length beside chunks: different readers would see different requests (request smuggling). */
static bool framing_is_certain(request_body *b, const body_headers *h)
{
    if (h->lengths > 1 || h->transfers > 1 || (h->lengths > 0 && h->transfers > 0))
        reply_problem(b->reply, 400, NULL, "the body's length is given more than once");
    else if (h->transfer != NULL && strcasecmp(h->transfer, "chunked") != 0)
        reply_problem(b->reply, 400, NULL, "Transfer-Encoding %.40s is not read here", h->transfer);
    b->endless = b->reply->status != 0;
    return !b->endless;
}

static bool read_json_length(request_body *b, const char *text)
{
    char *end;

    b->json_len = -1;
    if (text == NULL)
        return true;
    b->json_len = strtoll(text, &end, 10);
    return b->json_len >= 0 && *end == '\0' && isdigit((unsigned char)text[0]);
}

bool body_begin(request_body *b, const body_headers *h, struct MHD_Connection *http)
{
    b->json_len = -1;
    if (!framing_is_certain(b, h))
        return false;
    if (h->encoding != NULL && strcasecmp(h->encoding, "identity") != 0) {
        reply_problem(b->reply, 415, NULL, "Content-Encoding %.40s is not read here", h->encoding);
    } else if (h->length != NULL && strtoull(h->length, NULL, 10) > b->most) {
        refuse_size(b);
    } else if (!read_json_length(b, h->json_length)) {
        reply_problem(b->reply, 400, NULL, "Inference-Header-Content-Length is not a length");
    } else if (body_is_type(b, "multipart/form-data")) {
        b->form = MHD_create_post_processor(http, 65536, take_field, b);
        if (b->form == NULL)
            reply_problem(b->reply, 400, NULL, "multipart/form-data without a boundary of two letters or more");
    }
    return b->reply->status == 0;
}

void body_take(request_body *b, const char *data, size_t len)
{
    b->received += len;
    if (b->reply->status != 0)
        return;
    if (b->received > b->most)
        refuse_size(b);
    else if (b->form != NULL)
        b->bad_form = MHD_post_process(b->form, data, len) != MHD_YES || b->bad_form;
    else if (b->n_parts > 0 || part_new(b, NULL, NULL) != NULL)
        (void)append(b, &b->parts[0], data, len);
}

bool body_form_end(request_body *b)
{
    bool whole = MHD_destroy_post_processor(b->form) == MHD_YES && !b->bad_form;

    b->form = NULL;
    if (!whole)
        reply_problem(b->reply, 400, NULL, "the form is not well-formed multipart/form-data, or it is cut off");
    return whole;
}

void body_free(request_body *b)
{
    if (b->form != NULL)
        (void)MHD_destroy_post_processor(b->form);
    for (size_t i = 0; i < b->n_parts; i++) {
        free(b->parts[i].name);
        free(b->parts[i].file);
        free(b->parts[i].bytes);
    }
    for (size_t i = 0; i < b->n_decoded; i++)
        free(b->decoded[i]);
    if (b->budget != NULL)
        atomic_fetch_sub(&b->budget->held, b->held);
    json_decref(b->json);
    free(b->decoded);
    free(b->parts);
    free(b->type);
    *b = (request_body){ .json_len = -1 };
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

json_t *body_json(request_body *b)
{
    size_t       len = b->n_parts > 0 ? b->parts[0].len : 0;
    json_error_t err;

    if (b->json != NULL)
        return b->json;
    if (b->json_len >= 0) {
        if ((size_t)b->json_len > len) {
            reply_problem(b->reply, 400, NULL, "Inference-Header-Content-Length %lld is over the body's %zu bytes",
                          (long long)b->json_len, len);
            return NULL;
        }
        len = (size_t)b->json_len;
    }
    if (len > 0 && too_many_values(b->parts[0].bytes, len)) {
        reply_problem(b->reply, 413, "RWDA_ELIMIT", "the JSON has over %d values", VALUES_MAX);
        return NULL;
    }
    b->json = json_loadb(len > 0 ? b->parts[0].bytes : "", len, JSON_REJECT_DUPLICATES, &err);
    if (b->json == NULL)
        reply_problem(b->reply, 400, NULL, "the body is not JSON: %s (byte %d)", err.text, err.position);
    else if (!json_is_object(b->json))
        reply_problem(b->reply, 422, NULL, "the body is JSON, but not an object");
    return b->reply->status == 0 ? b->json : NULL;
}

static bool own(request_body *b, void *memory)
{
    char **grown = memory != NULL ? realloc(b->decoded, (b->n_decoded + 1) * sizeof *grown) : NULL;

    if (grown == NULL) {
        free(memory);
        return false;
    }
    b->decoded                 = grown;
    b->decoded[b->n_decoded++] = memory;
    return true;
}

/* Behind "data:image/png;base64,", where there is such a beginning; NULL: it says that something else follows. */
static const char *base64_begin(const char *text, size_t len)
{
    const char *comma = len > 5 && strncasecmp(text, "data:", 5) == 0 ? memchr(text, ',', len) : NULL;

    if (comma == NULL)
        return text;
    return comma - text >= 5 + 7 && strncasecmp(comma - 7, ";base64", 7) == 0 ? comma + 1 : NULL;
}

char *body_base64(request_body *b, const char *text, size_t len, size_t *out_len)
{
    const char              *from = base64_begin(text, len);
    struct base64_decode_ctx decoder;
    uint8_t                 *bytes, none;
    bool                     fine;

    if (from == NULL || len > b->most)
        return NULL;
    len -= (size_t)(from - text);
    bytes = malloc(BASE64_DECODE_LENGTH(len));
    if (!own(b, bytes))
        return NULL;
    if (memchr(from, '-', len) != NULL || memchr(from, '_', len) != NULL)
        base64url_decode_init(&decoder);
    else
        base64_decode_init(&decoder);
    fine = base64_decode_update(&decoder, out_len, bytes, len, from) != 0; /* which passes over white space */
    /* No padding at all is the URL-safe habit; of three '=', which nettle takes, no byte can come. */
    for (int i = 0; fine && i < 2 && memchr(from, '=', len) == NULL && !base64_decode_final(&decoder); i++)
        fine = base64_decode_single(&decoder, &none, '=') == 0;
    return fine && base64_decode_final(&decoder) && decoder.padding <= 2 && *out_len > 0 ? (char *)bytes : NULL;
}
