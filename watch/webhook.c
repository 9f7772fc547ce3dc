#include "watch/webhook.h"

#include "base/memory.h"
#include "common/loopback.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define TIMEOUT_S 15L

typedef struct {
    sender        base;
    CURL         *curl;
    char         *url;
    bool          signs;
    signature_key key;
} webhook;

static bool part_of(char **out, CURLU *url, CURLUPart part)
{
    *out = NULL;
    return curl_url_get(url, part, out, 0) == CURLUE_OK;
}

/* https, or http where nobody else reads it; no name and password, which would stand in lists of processes. */
static rwda_status check_url(const webhook_options *o, rwda_error *err)
{
    CURLU      *url    = curl_url();
    char       *scheme = NULL, *host = NULL, *user = NULL;
    rwda_status status = RWDA_OK;

    if (url == NULL || curl_url_set(url, CURLUPART_URL, o->url, 0) != CURLUE_OK ||
        !part_of(&scheme, url, CURLUPART_SCHEME) || !part_of(&host, url, CURLUPART_HOST)) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--webhook: \"%.200s\" is not an address", o->url);
        goto done;
    }
    if (part_of(&user, url, CURLUPART_USER))
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "--webhook: a name in the address is not taken; --webhook-secret signs");
    else if (strcasecmp(scheme, "https") != 0 && strcasecmp(scheme, "http") != 0)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--webhook: \"%.200s\" is neither https nor http", o->url);
    else if (strcasecmp(scheme, "http") == 0 && !o->plain && !rw_is_loopback_host(host))
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "--webhook: http to %.200s could be read on the way; https, or --allow-plain", host);
done:
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(url);
    return status;
}

static size_t ignore(char *bytes, size_t one, size_t n, void *user)
{
    (void)bytes;
    (void)user;
    return one * n;
}

static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const atomic_bool *stop = user;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return *stop;
}

static bool add_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (longer != NULL)
        *list = longer;
    return longer != NULL;
}

static struct curl_slist *headers_of(const webhook *w, const char *id, const char *body)
{
    struct curl_slist *list = NULL;
    char               line[200], made[SIGNATURE_TEXT];
    int64_t            now  = (int64_t)time(NULL);
    bool               fine = add_header(&list, "Content-Type: application/json") && add_header(&list, "Expect:");

    (void)snprintf(line, sizeof line, "webhook-id: %s", id);
    fine = fine && add_header(&list, line);
    (void)snprintf(line, sizeof line, "webhook-timestamp: %" PRId64, now);
    fine = fine && add_header(&list, line);
    if (w->signs) {
        signature_make(made, &w->key, id, now, body);
        (void)snprintf(line, sizeof line, "webhook-signature: %s", made);
        fine = fine && add_header(&list, line);
    }
    if (fine)
        return list;
    curl_slist_free_all(list);
    return NULL;
}

static rwda_status webhook_send(sender *self, const char *id, const char *body, const atomic_bool *stop,
                                sender_failure *failure, rwda_error *err)
{
    webhook           *w    = (webhook *)self;
    struct curl_slist *list = headers_of(w, id, body);
    CURL              *curl = w->curl;
    char               reason[CURL_ERROR_SIZE];
    long               code = 0;
    curl_off_t         wait = 0;
    CURLcode           result;

    *failure = (sender_failure){ true, 0 };
    if (list == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a request");
    curl_easy_reset(curl); /* its connection stays open */
    reason[0] = '\0';
    if (curl_easy_setopt(curl, CURLOPT_URL, w->url) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "rwda/" RWDA_VERSION) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body)) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *)(uintptr_t)stop) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S) != CURLE_OK) {
        curl_slist_free_all(list);
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "this libcurl lacks something that is needed");
    }
    if (getenv("SSL_CERT_FILE") != NULL)
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
    result = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    (void)curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
    curl_slist_free_all(list);
    if (result != CURLE_OK)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%s", reason[0] != '\0' ? reason : curl_easy_strerror(result));
    if (code >= 200 && code < 300)
        return RWDA_OK;
    failure->down   = code == 429 || code >= 500; /* else it is this record that is not taken */
    failure->wait_s = wait > 0 && wait < 86400 ? (int)wait : 0;
    return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "the receiver answers %ld", code);
}

static void webhook_free(sender *self)
{
    webhook *w = (webhook *)self;

    curl_easy_cleanup(w->curl);
    free(w->url);
    free(w);
}

rwda_status webhook_new(sender **out, const webhook_options *o, rwda_error *err)
{
    webhook    *w      = calloc(1, sizeof *w);
    rwda_status status = RWDA_OK;

    *out = NULL;
    if (w == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (w->curl = curl_easy_init()) == NULL ||
        (w->url = rw_string_copy(o->url)) == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a connection");
    RW_TRY(status);
    RW_TRY(check_url(o, err));
    if (o->secret_file != NULL)
        RW_TRY(signature_key_load(&w->key, o->secret_file, err));
    else if (o->secret != NULL)
        RW_TRY(signature_key_read(&w->key, o->secret, "RWDA_WEBHOOK_SECRET", err));
    w->signs = w->key.len > 0;
    w->base  = (sender){ webhook_send, webhook_free };
    *out     = &w->base;
    w        = NULL;
done:
    if (w != NULL)
        webhook_free(&w->base);
    return status;
}

bool webhook_built(void)
{
    return true;
}
