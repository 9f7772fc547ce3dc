/* http.h - requests to the hub.                                                               layer: hub */
#ifndef RW_HUB_HTTP_H
#define RW_HUB_HTTP_H

#include "hub/names.h"
#include "hub/settings.h"

/* Redirects are followed by hand: to https alone (to http where the endpoint is http), and the token goes to the endpoint's scheme, host
 * and port and nowhere else. */
typedef struct rw_hub_http rw_hub_http;

bool rw_hub_http_built(void); /* false: this build has no network code, and everything below is RWDA_EUNSUPPORTED */

/* What a person can type to have a model fetched into the cache: this program's command, or, in a build that cannot, that of huggingface_hub. */
#define RW_HUB_COMMAND_MAX (2 * RW_HUB_NAME_MAX + 40)
void rw_hub_fetch_command(char out[RW_HUB_COMMAND_MAX], const char *name, const rw_hub_wanted *wanted);

rwda_status rw_hub_http_new(rw_hub_http **out, const rw_hub_settings *settings, rwda_error *err);
void        rw_hub_http_free(rw_hub_http *http);

/* What the hub says of a file; texts that are not what they should be are "". */
typedef struct {
    int      code;                    /* 200: the file is there; else what HTTP calls it */
    char     digest[RW_HUB_NAME_MAX]; /* X-Linked-Etag, else ETag */
    char     commit[RW_HUB_NAME_MAX]; /* X-Repo-Commit */
    char     problem[64];             /* X-Error-Code: EntryNotFound, RepoNotFound, RevisionNotFound, GatedRepo */
    uint64_t size;                    /* X-Linked-Size, else Content-Length; UINT64_MAX: not said */
} rw_hub_answer;

/* HEAD endpoint/REPOSITORY/resolve/REVISION/FILE, up to the host that keeps the bytes.  RWDA_EIO: no answer. */
rwda_status rw_hub_http_ask(rw_hub_http *http, rw_hub_answer *out, const char *repository, const char *revision,
                            const char *file, rwda_error *err);

/* Where the bytes go: begin() once, with the offset at which they start (`from`, or 0 where the server does not resume), then take(). */
typedef struct {
    rwda_status (*begin)(void *user, uint64_t offset, rwda_error *err);
    rwda_status (*take)(void *user, const void *bytes, size_t len, rwda_error *err);
    void *user;
} rw_hub_sink;

/* GET the same from byte `from` on.  A failure of the sink ends it.  RWDA_EMISMATCH: the server does not give that part.  *again: what failed
 * may be different the next time (the connection was cut, the server is busy). */
rwda_status rw_hub_http_fetch(rw_hub_http *http, const char *repository, const char *revision, const char *file,
                              uint64_t from, const rw_hub_sink *sink, bool *again, rwda_error *err);

#endif
