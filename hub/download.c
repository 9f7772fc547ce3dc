#include "hub/download.h"

#include "common/clock.h"
#include "hub/url.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_SECONDS 30L
#define SILENT_MS       60000.0 /* no byte for so long: the server is gone */
#define REDIRECTS_MAX   5L

struct rw_hub_download {
    CURL       *curl;
    int         in, out; /* a pair of sockets: unlike a pipe's, its end can be written to without SIGPIPE */
    pthread_t   thread;
    bool        started;
    atomic_bool closed; /* by whoever reads */
    double      heard;  /* rw_now_ms() of the last byte; the time that a reader takes is not the server's */
    char        reason[CURL_ERROR_SIZE];
    rwda_status status; /* once the thread has ended */
    rwda_error  err;
};

static size_t on_bytes(char *bytes, size_t one, size_t len, void *user)
{
    rw_hub_download *d = user;
    size_t           at;
    ssize_t          sent;

    (void)one;
    for (at = 0; at < len; at += (size_t)sent) {
        sent = send(d->in, bytes + at, len - at, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return 0;
        sent = sent < 0 ? 0 : sent;
    }
    d->heard = rw_now_ms();
    return len;
}

static int on_second(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    rw_hub_download *d = user;

    (void)total, (void)now, (void)up_total, (void)up;
    return d->closed || rw_now_ms() - d->heard > SILENT_MS;
}

static void *download_main(void *argument)
{
    rw_hub_download *d    = argument;
    CURLcode         code = curl_easy_perform(d->curl);

    if (code == CURLE_ABORTED_BY_CALLBACK && !d->closed)
        d->status = rw_fail(&d->err, RWDA_EIO, RWDA_NO_OFFSET, "the server sent nothing for %.0f seconds", SILENT_MS / 1e3);
    else if (code != CURLE_OK && !d->closed)
        d->status = rw_fail(&d->err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s",
                            d->reason[0] != '\0' ? d->reason : curl_easy_strerror(code));
    (void)shutdown(d->in, SHUT_WR);
    return NULL;
}

/* https, or http to this machine, and nobody's name or password. */
static rwda_status check_address(const char *address, rwda_error *err)
{
    CURLU      *url    = curl_url();
    rwda_status status = RWDA_OK;

    if (url == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an address");
    else if (curl_url_set(url, CURLUPART_URL, address, 0) != CURLUE_OK)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "is not an address");
    else if (rw_url_has(url, CURLUPART_USER) || rw_url_has(url, CURLUPART_PASSWORD))
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "an address with a name or password in it is not read");
    else if (!rw_url_is_scheme(url, "https") && !(rw_url_is_scheme(url, "http") && rw_url_is_loopback(url)))
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "only https is read, and http from this machine");
    curl_url_cleanup(url);
    return status;
}

static bool prepare(rw_hub_download *d, const char *address)
{
    const char *certificates = getenv("SSL_CERT_FILE");

    return curl_easy_setopt(d->curl, CURLOPT_URL, address) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_ERRORBUFFER, d->reason) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_USERAGENT, "rwda/" RWDA_VERSION) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_WRITEDATA, d) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_XFERINFOFUNCTION, on_second) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_XFERINFODATA, d) == CURLE_OK &&
           curl_easy_setopt(d->curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           (certificates == NULL || curl_easy_setopt(d->curl, CURLOPT_CAINFO, certificates) == CURLE_OK);
}

rwda_status rw_hub_download_open(rw_hub_download **out, int *file, const char *address, rwda_error *err)
{
    rw_hub_download *d       = NULL;
    int              ends[2] = { -1, -1 };
    rwda_status      status  = RWDA_OK;

    *out = NULL;
    RW_TRY(check_address(address, err));
    d = calloc(1, sizeof *d);
    if (d == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (d->curl = curl_easy_init()) == NULL ||
        !prepare(d, address))
        RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a connection"));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        RW_TRY(rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "no socket: %s", strerror(errno)));
    d->in      = ends[0];
    d->out     = ends[1];
    d->heard   = rw_now_ms();
    d->started = pthread_create(&d->thread, NULL, download_main, d) == 0;
    if (!d->started)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "no thread for a connection");
done:
    if (status == RWDA_OK) {
        *out  = d;
        *file = d->out;
    } else {
        (void)rw_hub_download_close(d, NULL);
    }
    return status;
}

rwda_status rw_hub_download_close(rw_hub_download *d, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    if (d == NULL)
        return RWDA_OK;
    d->closed = true;
    if (d->started) {
        (void)shutdown(d->out, SHUT_RDWR);
        pthread_join(d->thread, NULL);
        status = d->status;
        if (status != RWDA_OK)
            (void)rw_fail(err, status, RWDA_NO_OFFSET, "%s", d->err.message);
    }
    if (d->in != d->out) {
        (void)close(d->in);
        (void)close(d->out);
    }
    curl_easy_cleanup(d->curl);
    free(d);
    return status;
}
