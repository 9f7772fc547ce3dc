#include "hub/http.h"

#include "hub/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HOPS_MAX    6
#define HEADERS_MAX ((size_t)64 << 10) /* bytes of one answer's head */
#define REFUSAL_MAX ((size_t)64 << 10) /* bytes of the page that comes with an error */
#define URL_MAX     8192
#define ASK_TRIES   2
#define STALL_BYTES 1000L /* a second: less than this is no progress */

struct rw_hub_http {
    CURL              *curl;
    struct curl_slist *plain, *with_token; /* lines of a request */
    rw_hub_settings    settings;
};

/* One answer, header by header, and where its bytes go. */
typedef struct {
    int      code;
    size_t   head;
    char     linked[RW_HUB_NAME_MAX], etag[RW_HUB_NAME_MAX], commit[RW_HUB_NAME_MAX], problem[64], location[URL_MAX];
    uint64_t linked_size, length, offset; /* UINT64_MAX: not said */
    const rw_hub_sink *sink;              /* NULL: no body is wanted */
    uint64_t           from;
    bool               begun;
    size_t             refusal;
    const char        *file, *repository; /* for messages */
    rwda_status        status;            /* of the sink, or of what was refused here */
    rwda_error        *err;
} answer;

/* ---- Headers --------------------------------------------------------------------------------------------------------- */

/* Leaves out "" when it does not fit: half a name is another name. */
static void copy_value(char *out, size_t room, const char *value, size_t len)
{
    if (len < room) {
        memcpy(out, value, len);
        out[len] = '\0';
    } else {
        out[0] = '\0';
    }
}

/* W/"..." and "..." without what is around it. */
static void copy_tag(char *out, const char *value, size_t len)
{
    if (len >= 2 && strncmp(value, "W/", 2) == 0) {
        value += 2;
        len -= 2;
    }
    if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
        value++;
        len -= 2;
    }
    copy_value(out, RW_HUB_NAME_MAX, value, len);
}

static uint64_t read_number(const char *value, size_t len)
{
    uint64_t number = 0;

    if (len == 0 || len > 18)
        return UINT64_MAX;
    for (size_t i = 0; i < len; i++) {
        if (value[i] < '0' || value[i] > '9')
            return UINT64_MAX;
        number = 10 * number + (uint64_t)(value[i] - '0');
    }
    return number;
}

static void forget(answer *a)
{
    a->linked[0] = a->etag[0] = a->commit[0] = a->problem[0] = a->location[0] = '\0';
    a->linked_size = a->length = a->offset = UINT64_MAX;
}

static size_t on_header(char *line, size_t one, size_t len, void *user)
{
    answer *a     = user;
    char   *colon = memchr(line, ':', len);
    size_t  name, all = len;

    (void)one;
    if (len >= 5 && strncmp(line, "HTTP/", 5) == 0) {
        const char *code = memchr(line, ' ', len);

        forget(a); /* another answer begins, after a 100 or a redirect */
        a->head = 0;
        a->code = code != NULL ? (int)strtol(code, NULL, 10) : 0; /* the line ends in CR LF */
    }
    a->head += len;
    if (a->head > HEADERS_MAX) {
        a->status = rw_fail(a->err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                            "%.200s of %.100s: the server's answer has over %zu bytes of headers", a->file, a->repository,
                            HEADERS_MAX);
        return 0;
    }
    if (colon == NULL)
        return all;
    name = (size_t)(colon - line);
    len -= name + 1;
    for (colon++; len > 0 && isspace((unsigned char)colon[0]); len--)
        colon++;
    while (len > 0 && isspace((unsigned char)colon[len - 1]))
        len--;
#define IS(text) (name == sizeof(text) - 1 && strncasecmp(line, text, name) == 0)
    if (IS("x-linked-etag"))
        copy_tag(a->linked, colon, len);
    else if (IS("etag"))
        copy_tag(a->etag, colon, len);
    else if (IS("x-repo-commit"))
        copy_value(a->commit, sizeof a->commit, colon, len);
    else if (IS("x-error-code"))
        copy_value(a->problem, sizeof a->problem, colon, len);
    else if (IS("location"))
        copy_value(a->location, sizeof a->location, colon, len);
    else if (IS("x-linked-size"))
        a->linked_size = read_number(colon, len);
    else if (IS("content-length"))
        a->length = read_number(colon, len);
    else if (IS("content-range") && len > 6 && strncasecmp(colon, "bytes ", 6) == 0)
        a->offset = read_number(colon + 6, strspn(colon + 6, "0123456789")); /* the line ends in CR LF */
#undef IS
    return all;
}

static size_t on_body(char *bytes, size_t one, size_t len, void *user)
{
    answer *a = user;

    (void)one;
    if (a->sink == NULL || (a->code != 200 && a->code != 206)) {
        a->refusal += len;
        return a->refusal <= REFUSAL_MAX ? len : 0;
    }
    if (!a->begun) {
        uint64_t offset = a->code == 206 ? a->offset : 0;

        if (offset != 0 && offset != a->from)
            a->status = rw_fail(a->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                                "%.200s of %.100s: the server sends another part than byte %llu and what follows", a->file,
                                a->repository, (unsigned long long)a->from);
        else
            a->status = a->sink->begin(a->sink->user, offset, a->err);
        a->begun = true;
    }
    if (a->status == RWDA_OK)
        a->status = a->sink->take(a->sink->user, bytes, len, a->err);
    return a->status == RWDA_OK ? len : 0;
}

/* ---- Where a request may go -------------------------------------------------------------------------------------------- */

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *of_a, *of_b;
    bool  both = rw_url_part(&of_a, a, part) & rw_url_part(&of_b, b, part);
    bool  same = both && strcasecmp(of_a, of_b) == 0;

    curl_free(of_a);
    curl_free(of_b);
    return same;
}

/* The redirect's target, seen from where it came. */
static rwda_status follow(CURLU *url, const answer *a, CURLU *endpoint)
{
    const char *location = a->location;

    if (curl_url_set(url, CURLUPART_URL, location, 0) != CURLUE_OK || rw_url_has(url, CURLUPART_USER) ||
        rw_url_has(url, CURLUPART_PASSWORD))
        return rw_fail(a->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                       "%.200s of %.100s: the server redirects to something that is not followed: \"%.100s\"", a->file,
                       a->repository, location);
    if (!rw_url_is_scheme(url, "https") && !(rw_url_is_scheme(url, "http") && rw_url_is_scheme(endpoint, "http")))
        return rw_fail(a->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                       "%.200s of %.100s: the server redirects away from %s, to \"%.100s\"; that is not followed", a->file,
                       a->repository, rw_url_is_scheme(endpoint, "http") ? "http and https" : "https", location);
    return RWDA_OK;
}

/* What the answers on the way have said of the file: a redirect to where the bytes are says it, and that place does not. */
static void learn(rw_hub_answer *out, const answer *a)
{
    bool here = a->code >= 200 && a->code < 300;

    out->code = a->code;
    if (a->linked[0] != '\0' || (here && a->etag[0] != '\0' && out->digest[0] == '\0'))
        memcpy(out->digest, a->linked[0] != '\0' ? a->linked : a->etag, sizeof out->digest);
    if (a->commit[0] != '\0')
        memcpy(out->commit, a->commit, sizeof out->commit);
    if (a->linked_size != UINT64_MAX || (here && out->size == UINT64_MAX))
        out->size = a->linked_size != UINT64_MAX ? a->linked_size : a->length;
    memcpy(out->problem, a->problem, sizeof out->problem);
}

/* ---- One request --------------------------------------------------------------------------------------------------------- */

/* HEAD (without a sink) or GET, hop by hop: *a is the last answer.  HEAD stops before another host once the hub has said what it knows. */
static rwda_status request(rw_hub_http *http, rw_hub_answer *known, answer *a, const char *repository, const char *revision,
                           const char *file, bool *again)
{
    CURL       *curl     = http->curl;
    CURLU      *endpoint = curl_url(), *url = curl_url();
    char        first[RW_PATH_MAX], reason[CURL_ERROR_SIZE], range[32];
    char       *target = NULL;
    bool        heads = a->sink == NULL, ours, done = false;
    rwda_status status = RWDA_OK;

    *again = false;
    (void)snprintf(first, sizeof first, "%s/%s/resolve/%s/%s", http->settings.endpoint, repository, revision, file);
    if (endpoint == NULL || url == NULL || curl_url_set(endpoint, CURLUPART_URL, http->settings.endpoint, 0) != CURLUE_OK ||
        curl_url_set(url, CURLUPART_URL, first, 0) != CURLUE_OK || rw_url_has(endpoint, CURLUPART_USER)) {
        status = rw_fail(a->err, RWDA_EINVAL, RWDA_NO_OFFSET, "HF_ENDPOINT: \"%.200s\" is not an address",
                         http->settings.endpoint);
        goto done;
    }
    for (int hop = 0; !done; hop++) {
        CURLcode code;
        long     number = 0;

        if (hop == HOPS_MAX) {
            status = rw_fail(a->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.200s of %.100s: over %d redirects", file,
                             repository, HOPS_MAX - 1);
            goto done;
        }
        ours = same_part(url, endpoint, CURLUPART_SCHEME) && same_part(url, endpoint, CURLUPART_HOST) &&
               same_part(url, endpoint, CURLUPART_PORT);
        if (heads && !ours && known->digest[0] != '\0') {
            known->code = 200;
            break;
        }
        curl_free(target);
        if (!rw_url_part(&target, url, CURLUPART_URL)) {
            status = rw_fail(a->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an address");
            goto done;
        }
        if (ours && http->with_token != NULL && rw_url_is_scheme(url, "http") && !rw_url_is_loopback(url))
            ours = false; /* a token is not sent where everybody on the way can read it */
        curl_easy_reset(curl);
        reason[0] = '\0';
        (void)snprintf(range, sizeof range, "%llu-", (unsigned long long)a->from);
        if (curl_easy_setopt(curl, CURLOPT_URL, target) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_USERAGENT, "rwda/" RWDA_VERSION) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_HTTPHEADER, ours && http->with_token != NULL ? http->with_token : http->plain) !=
                CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_HEADERDATA, a) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_WRITEDATA, a) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_NOBODY, heads ? 1L : 0L) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_TIMEOUT, heads ? (long)http->settings.ask_timeout : 0L) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)http->settings.ask_timeout) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES) != CURLE_OK ||
            curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)http->settings.stall_timeout) != CURLE_OK ||
            (a->from > 0 && curl_easy_setopt(curl, CURLOPT_RANGE, range) != CURLE_OK)) {
            status = rw_fail(a->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "this libcurl lacks something that is needed");
            goto done;
        }
        if (getenv("SSL_CERT_FILE") != NULL)
            (void)curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
        code = curl_easy_perform(curl);
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &number);
        if (a->status != RWDA_OK) {
            status = a->status;
            goto done;
        }
        if (code != CURLE_OK &&
            !(code == CURLE_WRITE_ERROR && number >= 400)) { /* the page of an error need not be read to its end */
            *again = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
                     code == CURLE_OPERATION_TIMEDOUT || code == CURLE_COULDNT_CONNECT || code == CURLE_HTTP2_STREAM ||
                     code == CURLE_SEND_ERROR;
            status = rw_fail(a->err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s of %.100s: %.150s", file, repository,
                             reason[0] != '\0' ? reason : curl_easy_strerror(code));
            goto done;
        }
        learn(known, a);
        done = number < 300 || number >= 400 || a->location[0] == '\0';
        if (!done)
            RW_TRY(follow(url, a, endpoint));
    }
done:
    curl_free(target);
    curl_url_cleanup(url);
    curl_url_cleanup(endpoint);
    return status;
}

/* ---- The interface ------------------------------------------------------------------------------------------------------- */

bool rw_hub_http_built(void)
{
    return true;
}

void rw_hub_fetch_command(char out[RW_HUB_COMMAND_MAX], const char *name, const rw_hub_wanted *wanted)
{
    (void)wanted;
    (void)snprintf(out, RW_HUB_COMMAND_MAX, "rwda model pull %s", name);
}

rwda_status rw_hub_http_new(rw_hub_http **out, const rw_hub_settings *settings, rwda_error *err)
{
    rw_hub_http *http = calloc(1, sizeof *http);
    char         line[600];

    *out = NULL;
    if (http != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        http->settings = *settings;
        http->curl     = curl_easy_init();
        http->plain    = curl_slist_append(NULL, "Accept-Encoding: identity"); /* sizes are those of the file */
        if (settings->token[0] != '\0') {
            (void)snprintf(line, sizeof line, "Authorization: Bearer %s", settings->token);
            http->with_token = curl_slist_append(curl_slist_append(NULL, "Accept-Encoding: identity"), line);
        }
        if (http->curl != NULL && http->plain != NULL && (http->with_token != NULL || settings->token[0] == '\0')) {
            *out = http;
            return RWDA_OK;
        }
    }
    rw_hub_http_free(http);
    return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a connection");
}

void rw_hub_http_free(rw_hub_http *http)
{
    if (http == NULL)
        return;
    curl_slist_free_all(http->plain);
    curl_slist_free_all(http->with_token);
    curl_easy_cleanup(http->curl);
    free(http);
}

rwda_status rw_hub_http_ask(rw_hub_http *http, rw_hub_answer *out, const char *repository, const char *revision,
                            const char *file, rwda_error *err)
{
    answer *a = calloc(1, sizeof *a);
    bool    again;
    int     tries = 0;

    *out = (rw_hub_answer){ .size = UINT64_MAX };
    if (a == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an answer");
    for (;;) {
        rwda_status status;

        *a     = (answer){ .file = file, .repository = repository, .err = err };
        *out   = (rw_hub_answer){ .size = UINT64_MAX };
        status = request(http, out, a, repository, revision, file, &again);
        if (status == RWDA_OK || !again || ++tries == ASK_TRIES) {
            free(a);
            return status;
        }
    }
}

rwda_status rw_hub_http_fetch(rw_hub_http *http, const char *repository, const char *revision, const char *file,
                              uint64_t from, const rw_hub_sink *sink, bool *again, rwda_error *err)
{
    rw_hub_answer known = { .size = UINT64_MAX };
    answer       *a     = calloc(1, sizeof *a);
    rwda_status   status;

    *again = false;
    if (a == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an answer");
    *a     = (answer){ .sink = sink, .from = from, .file = file, .repository = repository, .err = err };
    status = request(http, &known, a, repository, revision, file, again);
    if (status == RWDA_OK && a->code != 200 && a->code != 206) {
        *again = a->code == 408 || a->code == 429 || a->code >= 500;
        status = rw_fail(err, a->code == 416 ? RWDA_EMISMATCH : RWDA_EIO, RWDA_NO_OFFSET,
                         "%.200s of %.100s: the server answers %d", file, repository, a->code);
    }
    free(a);
    return status;
}
