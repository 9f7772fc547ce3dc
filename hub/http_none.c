/* http_none.c - the build without network code. */
#include "hub/download.h"
#include "hub/http.h"

#include <stdio.h>
#include <string.h>

static rwda_status refuse(rwda_error *err)
{
    return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                   "this rwda was built without network code (RWDA_NETWORK=OFF), so it fetches nothing; what other programs "
                   "put into the hub's cache, and directories, are read");
}

bool rw_hub_http_built(void)
{
    return false;
}

void rw_hub_fetch_command(char out[RW_HUB_COMMAND_MAX], const char *name, const rw_hub_wanted *wanted)
{
    bool newest = strcmp(wanted->revision, "main") == 0;

    (void)name;
    (void)snprintf(out, RW_HUB_COMMAND_MAX, "hf download %s%s%s", wanted->repository, newest ? "" : " --revision ",
                   newest ? "" : wanted->revision);
}

rwda_status rw_hub_download_open(rw_hub_download **out, int *file, const char *address, rwda_error *err)
{
    (void)file;
    (void)address;
    *out = NULL;
    return refuse(err);
}

rwda_status rw_hub_download_close(rw_hub_download *download, rwda_error *err)
{
    return download == NULL ? RWDA_OK : refuse(err);
}

rwda_status rw_hub_http_new(rw_hub_http **out, const rw_hub_settings *settings, rwda_error *err)
{
    (void)settings;
    *out = NULL;
    return refuse(err);
}

void rw_hub_http_free(rw_hub_http *http)
{
    (void)http;
}

rwda_status rw_hub_http_ask(rw_hub_http *http, rw_hub_answer *out, const char *repository, const char *revision,
                            const char *file, rwda_error *err)
{
    (void)http;
    (void)repository;
    (void)revision;
    (void)file;
    *out = (rw_hub_answer){ 0 };
    return refuse(err);
}

rwda_status rw_hub_http_fetch(rw_hub_http *http, const char *repository, const char *revision, const char *file,
                              uint64_t from, const rw_hub_sink *sink, bool *again, rwda_error *err)
{
    (void)http;
    (void)repository;
    (void)revision;
    (void)file;
    (void)from;
    (void)sink;
    *again = false;
    return refuse(err);
}
