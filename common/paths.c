#include "common/paths.h"

#include "base/memory.h"
#include "base/name_text.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <utf8proc.h>

bool rw_path_format(char out[RW_PATH_MAX], const char *format, ...)
{
    va_list args;
    int     len;

    va_start(args, format);
    len = vsnprintf(out, RW_PATH_MAX, format, args);
    va_end(args);
    if (len < 0 || len >= RW_PATH_MAX)
        out[0] = '\0';
    return out[0] != '\0';
}

static bool is_of_type(const char *dir, const char *name, mode_t wanted)
{
    char        path[RW_PATH_MAX];
    struct stat info;

    if (!rw_path_format(path, name[0] != '\0' ? "%s/%s" : "%s%s", dir, name))
        return false;
    return stat(path, &info) == 0 && (info.st_mode & S_IFMT) == wanted;
}

bool rw_path_is_file(const char *dir, const char *name)
{
    return is_of_type(dir, name, S_IFREG);
}

bool rw_path_is_directory(const char *dir, const char *name)
{
    return is_of_type(dir, name, S_IFDIR);
}

void rw_path_fit_name(char path[RW_PATH_MAX], size_t ending)
{
    char  *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path, sum[65];
    size_t len = strlen(name), keep;

    if (len <= RW_NAME_BYTES || ending + 10 > RW_NAME_BYTES)
        return;
    rw_sha256_hex(sum, name, len - ending);
    keep = RW_NAME_BYTES - ending - 9;
    while (keep > 0 && ((unsigned char)name[keep] & 0xC0) == 0x80) /* not within a character */
        keep--;
    name[keep] = '~';
    memmove(name + keep + 9, name + len - ending, ending + 1);
    memcpy(name + keep + 1, sum, 8);
}

int rw_path_folder_length(const char *folder)
{
    size_t len = strlen(folder);

    while (len > 0 && folder[len - 1] == '/')
        len--;
    return (int)len;
}

const char *rw_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

bool rw_path_ends_in(const char *path, const char *ending)
{
    size_t len = strlen(path), tail = strlen(ending);

    return len > tail && strcasecmp(path + len - tail, ending) == 0;
}

bool rw_path_contains(const char *outer, const char *inner)
{
    size_t len = strlen(outer);

    return strncmp(outer, inner, len) == 0 && (len == 1 || inner[len] == '/' || inner[len] == '\0');
}

bool rw_name_is_debris(const char *name)
{
    static const char *const known[] = { "Thumbs.db", "ehthumbs.db",  "desktop.ini", "__MACOSX",
                                         "@eaDir",    "$RECYCLE.BIN", "lost+found",  "System Volume Information" };
    bool                     found   = name[0] == '.';

    for (size_t i = 0; i < RW_COUNTOF(known); i++)
        found |= strcasecmp(name, known[i]) == 0;
    return found;
}

static int visible(const struct dirent *entry)
{
    return !rw_name_is_debris(entry->d_name);
}

char **rw_names_list(const char *dir)
{
    struct dirent **entries = NULL;
    int             n       = scandir(dir, &entries, visible, alphasort);
    char          **names   = n >= 0 ? calloc((size_t)n + 1, sizeof *names) : NULL;

    for (int i = 0; i < n; i++) {
        if (names != NULL &&
            (names[i] = strdup(entries[i]->d_name)) == NULL) { /* short memory must not look like fewer names */
            rw_names_free(names);
            names = NULL;
        }
        free(entries[i]);
    }
    free(entries);
    return names;
}

size_t rw_names_debris(const char *dir)
{
    DIR                 *open  = opendir(dir);
    const struct dirent *entry = NULL;
    size_t               n     = 0;

    while (open != NULL && (entry = readdir(open)) != NULL)
        n += !visible(entry) && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (open != NULL)
        closedir(open);
    return n;
}

void rw_names_free(char **names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        free(names[i]);
    free(names);
}

/* ---- Spellings ------------------------------------------------------------------------------------------------------------ */

static bool is_there(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0;
}

/* NULL: not UTF-8, or no memory. */
static char *composed(const char *name)
{
    return (char *)utf8proc_NFC((const utf8proc_uint8_t *)name);
}

static char *decomposed(const char *name)
{
    return (char *)utf8proc_NFD((const utf8proc_uint8_t *)name);
}

char *rw_name_normalized(const char *name)
{
    char *copy = composed(name);

    return copy != NULL ? copy : rw_string_copy(name);
}

/* Part by part, since each may be spelt in its own way. */
static bool find_spelling(char out[RW_PATH_MAX], const char *path)
{
    char so_far[RW_PATH_MAX] = "";

    for (const char *part = path; *part != '\0';) {
        size_t slashes = strspn(part, "/"), len = strcspn(part + slashes, "/");
        char   name[RW_PATH_MAX];
        char  *forms[2];
        bool   found;

        (void)snprintf(name, sizeof name, "%.*s", (int)len, part + slashes);
        found    = rw_path_format(out, "%s%.*s%s", so_far, (int)slashes, part, name) && is_there(out);
        forms[0] = found ? NULL : composed(name);
        forms[1] = found ? NULL : decomposed(name);
        for (size_t i = 0; i < 2 && !found; i++)
            found =
                forms[i] != NULL && rw_path_format(out, "%s%.*s%s", so_far, (int)slashes, part, forms[i]) && is_there(out);
        free(forms[0]);
        free(forms[1]);
        if (!found)
            return false;
        memcpy(so_far, out, sizeof so_far);
        part += slashes + len;
    }
    return path[0] != '\0';
}

static bool find_either(char out[RW_PATH_MAX], const char *path)
{
    return is_there(path) ? rw_path_format(out, "%s", path) : find_spelling(out, path);
}

bool rw_path_find(char out[RW_PATH_MAX], const char *path)
{
    char other[RW_PATH_MAX];
    bool ascii = true;

    for (const char *c = path; *c != '\0'; c++)
        ascii &= (unsigned char)*c < 128;
    if ((ascii && strchr(path, '\\') == NULL) || !rw_path_format(other, "%s", path)) { /* there is one way to read it */
        (void)rw_path_format(out, "%s", path);
        return is_there(path);
    }
    if (find_either(out, other))
        return true;
    if (rw_name_from_text(other) && find_either(out, other))
        return true;
    (void)rw_path_format(other, "%s", path);
    for (char *c = other; *c != '\0'; c++)
        *c = *c == '\\' ? '/' : *c;
    if (find_either(out, other))
        return true;
    (void)rw_path_format(out, "%s", path);
    return false;
}

rwda_status rw_path_make_folders(char *path, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (char *slash = strchr(path + 1, '/'); slash != NULL && status == RWDA_OK; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: folder cannot be made: %s", path, strerror(errno));
        *slash = '/';
    }
    return status;
}

size_t rw_path_common(char *const *paths, size_t n)
{
    size_t len = n > 0 ? strlen(paths[0]) : 0;

    for (size_t i = 1; i < n; i++) {
        size_t same = 0;

        while (same < len && paths[i][same] == paths[0][same])
            same++;
        len = same;
    }
    while (len > 0 && paths[0][len - 1] != '/')
        len--;
    return len;
}

void rw_path_back(char out[RW_PATH_MAX], const char *file)
{
    char   here[RW_PATH_MAX], there[RW_PATH_MAX], folder[RW_PATH_MAX];
    char  *slash;
    size_t same = 0, last = 0; /* up to the last folder both share, then down */

    out[0] = '\0';
    if (strcmp(file, "-") == 0 || !rw_path_format(folder, "%s", file) || (slash = strrchr(folder, '/')) == NULL)
        return;
    slash[slash == folder] = '\0';
    if (realpath(".", here) == NULL || realpath(folder, there) == NULL)
        return;
    for (; here[same] != '\0' && here[same] == there[same]; same++)
        last = here[same] == '/' ? same : last;
    if ((here[same] == '\0' || here[same] == '/') && (there[same] == '\0' || there[same] == '/'))
        last = same;
    for (const char *c = there + last; *c != '\0'; c++)
        if (*c == '/' && c[1] != '\0' && strlen(out) + 4 < RW_PATH_MAX)
            (void)strcat(out, "../");
    if (here[last] != '\0' && here[last + 1] != '\0' && strlen(out) + strlen(here + last) + 2 < RW_PATH_MAX) {
        (void)strcat(out, here + last + 1);
        (void)strcat(out, "/");
    }
}
