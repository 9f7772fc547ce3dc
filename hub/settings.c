#include "hub/settings.h"

#include "common/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN_FILE_MAX 4096

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool is_true(const char *value)
{
    return value != NULL && (strcmp(value, "1") == 0 || strcasecmp(value, "on") == 0 || strcasecmp(value, "yes") == 0 ||
                             strcasecmp(value, "true") == 0);
}

/* A path of the environment, with "~" for the home, and what follows it. */
static bool expand(char out[RW_PATH_MAX], const char *path, const char *tail)
{
    const char *home = variable("HOME");

    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
        return home != NULL && rw_path_format(out, "%s%s%s", home, path + 1, tail);
    return rw_path_format(out, "%s%s", path, tail);
}

/* Something in the folder that holds all of the hub's things on this machine. */
static bool in_home(char out[RW_PATH_MAX], const char *tail)
{
    const char *hub = variable("HF_HOME"), *cache = variable("XDG_CACHE_HOME");
    char        below[64];

    if (hub != NULL)
        return expand(out, hub, tail);
    (void)snprintf(below, sizeof below, "/huggingface%s", tail);
    if (cache != NULL)
        return expand(out, cache, below);
    (void)snprintf(below, sizeof below, "/.cache/huggingface%s", tail);
    return expand(out, "~", below);
}

static rwda_status read_endpoint(char out[512], rwda_error *err)
{
    const char *given = variable("HF_ENDPOINT");
    size_t      len;

    if (given == NULL)
        given = "https://huggingface.co";
    len = strlen(given);
    while (len > 0 && given[len - 1] == '/')
        len--;
    if ((strncmp(given, "https://", 8) != 0 && strncmp(given, "http://", 7) != 0) || len >= 512)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "HF_ENDPOINT: \"%.200s\" is neither https://... nor http://...",
                       given);
    memcpy(out, given, len);
    out[len] = '\0';
    return RWDA_OK;
}

/* It becomes a line of a request: no character may end that line. */
static rwda_status take_token(char out[512], const char *text, const char *from, rwda_error *err)
{
    size_t first = strspn(text, " \t\r\n"), len = strcspn(text + first, " \t\r\n");
    bool   plain = true;

    for (size_t i = first; i < first + len; i++)
        plain = plain && text[i] >= '!' && text[i] <= '~';
    if (!plain || len >= 512 || text[first + len + strspn(text + first + len, " \t\r\n")] != '\0')
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.200s: what it holds is not a token", from);
    memcpy(out, text + first, len);
    out[len] = '\0';
    return RWDA_OK;
}

static rwda_status read_token(char out[512], rwda_error *err)
{
    const char *given = variable("HF_TOKEN"), *file = variable("HF_TOKEN_PATH");
    char        path[RW_PATH_MAX];
    uint8_t    *text = NULL;
    size_t      len;
    rwda_status status;

    out[0] = '\0';
    if (is_true(variable("HF_HUB_DISABLE_IMPLICIT_TOKEN")))
        return RWDA_OK;
    if (given == NULL)
        given = variable("HUGGING_FACE_HUB_TOKEN");
    if (given != NULL)
        return take_token(out, given, "HF_TOKEN", err);
    if (!(file != NULL ? expand(path, file, "") : in_home(path, "/token")) ||
        rw_file_read(&text, &len, path, TOKEN_FILE_MAX, NULL) != RWDA_OK)
        return RWDA_OK; /* most people have none */
    status = take_token(out, (const char *)text, path, err);
    free(text);
    return status;
}

static rwda_status read_seconds(int *out, const char *name, rwda_error *err)
{
    const char *text = variable(name);
    char       *end;
    long        value;

    *out = 10;
    if (text == NULL)
        return RWDA_OK;
    value = strtol(text, &end, 10);
    if (*end != '\0' || value < 1 || value > 86400)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: \"%.100s\" is not a number of seconds in 1..86400", name,
                       text);
    *out = (int)value;
    return RWDA_OK;
}

rwda_status rw_hub_settings_read(rw_hub_settings *out, rwda_error *err)
{
    const char *cache  = variable("HF_HUB_CACHE"), *offline;
    rwda_status status = RWDA_OK;

    *out = (rw_hub_settings){ .cache = "" };
    if (cache == NULL)
        cache = variable("HUGGINGFACE_HUB_CACHE");
    if (!(cache != NULL ? expand(out->cache, cache, "") : in_home(out->cache, "/hub")))
        out->cache[0] = '\0';
    for (size_t len = strlen(out->cache); len > 1 && out->cache[len - 1] == '/'; len--)
        out->cache[len - 1] = '\0';
    offline      = variable("HF_HUB_OFFLINE");
    out->offline = is_true(offline != NULL ? offline : variable("TRANSFORMERS_OFFLINE"));
    RW_TRY(read_endpoint(out->endpoint, err));
    RW_TRY(read_seconds(&out->ask_timeout, "HF_HUB_ETAG_TIMEOUT", err));
    RW_TRY(read_seconds(&out->stall_timeout, "HF_HUB_DOWNLOAD_TIMEOUT", err));
    RW_TRY(read_token(out->token, err));
done:
    return status;
}
