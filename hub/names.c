#include "hub/names.h"

#include <stdio.h>
#include <string.h>

/* Letters, digits and these; no part is empty, begins with a dot or has two dots together: no way up, nothing hidden. */
static bool is_plain(const char *text, const char *others)
{
    size_t len = strlen(text);

    if (len == 0 || len >= RW_HUB_NAME_MAX - 32 || text[0] == '.' || text[0] == '/' || text[0] == '-' ||
        text[len - 1] == '/')
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr(others, c) != NULL))
            return false;
        if ((c == '.' && text[i + 1] == '.') || (c == '/' && (text[i + 1] == '.' || text[i + 1] == '/')))
            return false;
    }
    return true;
}

static bool is_hex(const char *text, size_t digits)
{
    return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

bool rw_hub_is_repository(const char *text)
{
    const char *slash = strchr(text, '/');

    return slash != NULL && strchr(slash + 1, '/') == NULL && is_plain(text, "._-/") && strstr(text, "--") == NULL;
}

bool rw_hub_is_revision(const char *text)
{
    return is_plain(text, "._-/");
}

bool rw_hub_is_commit(const char *text)
{
    return is_hex(text, 40);
}

bool rw_hub_is_file(const char *text)
{
    return is_plain(text, "._-");
}

bool rw_hub_is_digest(const char *text)
{
    return is_hex(text, 64) || is_hex(text, 40);
}

bool rw_hub_names_read(rw_hub_wanted *out, const char *given)
{
    static const char scheme[] = "hf-hub:";
    const char       *at, *revision;
    size_t            len;

    *out = (rw_hub_wanted){ .model = NULL };
    if (strncmp(given, scheme, sizeof scheme - 1) == 0)
        given += sizeof scheme - 1;
    at  = strchr(given, '@');
    len = at != NULL ? (size_t)(at - given) : strlen(given);
    if (len >= RW_HUB_NAME_MAX)
        return false;
    memcpy(out->repository, given, len); /* the rest is zeros */
    out->model  = rw_hub_catalog_find(out->repository);
    out->pinned = out->model != NULL && at == NULL && strchr(given, '/') == NULL;
    if (out->model != NULL)
        (void)snprintf(out->repository, sizeof out->repository, "%s", out->model->repository);
    revision = at != NULL ? at + 1 : out->model != NULL ? out->model->revision : "main";
    if (!rw_hub_is_repository(out->repository) || !rw_hub_is_revision(revision))
        return false;
    (void)snprintf(out->revision, sizeof out->revision, "%s", revision);
    return true;
}
