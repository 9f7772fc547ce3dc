/* image_source_arguments.c - a source of images: files, directories and standard input, as a command line names them. */
#include "common/image_source.h"

#include "base/memory.h"
#include "common/events.h"
#include "common/paths.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Names on standard input --------------------------------------------------------------------------------------------- */

#define NAME_LIMIT ((size_t)64 << 10)
#define WAIT_MS    100 /* between looks at the stop flag */

/* Lines by read() and poll(): a thread that waits for a line can be asked to stop, which getline() cannot. */
typedef struct {
    char   buffer[1 << 14];
    size_t at, len;
    char  *name; /* [len of the longest so far] */
    size_t room;
    bool   ended;
} name_reader;

static rwda_status refill(name_reader *r, const atomic_bool *stop, rwda_error *err)
{
    struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
    int           ready = 0;
    ssize_t       got;

    while (ready == 0 && !*stop) {
        ready = poll(&input, 1, WAIT_MS);
        if (ready < 0 && errno == EINTR)
            ready = 0; /* a read() now could wait for ever */
    }
    if (*stop)
        return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "standard input: stopped");
    do
        got = read(STDIN_FILENO, r->buffer, sizeof r->buffer);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "standard input: cannot be read: %s", strerror(errno));
    r->at    = 0;
    r->len   = (size_t)got;
    r->ended = got == 0;
    return RWDA_OK;
}

/* The next name that is not empty; out->name stays NULL at the end. */
static rwda_status read_name(name_reader *r, rw_image_entry *out, char separator, const atomic_bool *stop, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    size_t      len    = 0;

    while (!r->ended || len > 0) {
        if (r->at == r->len && !r->ended)
            RW_TRY(refill(r, stop, err));
        if (r->ended || r->buffer[r->at] == separator) {
            r->at += !r->ended;
            if (len > 0) {
                r->name[len] = '\0';
                return rw_image_entry_name(out, r->name, err);
            }
            continue;
        }
        if (r->buffer[r->at] == '\0')
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                           "standard input holds NUL bytes: a list needs --null then, and an image itself must be named by "
                           "its path");
        if (len == NAME_LIMIT) { /* longer than any path: cut, it fails later, by name */
            r->at++;
            continue;
        }
        if (!rw_array_reserve((void **)&r->name, &r->room, len, 2, 1))
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "standard input: no memory for a name of %zu bytes", len);
        r->name[len++] = r->buffer[r->at++];
    }
done:
    return status;
}

/* ---- Arguments: files, directories, standard input ------------------------------------------------------------------------ */

#define DEPTH_MAX 32 /* folders in folders */

/* A directory that is being walked. */
typedef struct {
    char           *path;
    struct dirent **entries;
    int             n, at;
} folder;

typedef struct {
    rw_image_source    base;
    char *const       *arguments;
    size_t             n, at;
    bool               nul_separated, reading; /* reading: standard input */
    const rwda_events *events;
    folder             folders[DEPTH_MAX]; /* the outermost first */
    size_t             depth, found;       /* found: images below the directory that was named */
    name_reader        names;
} argument_source;

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* false: it cannot be read, or lies too deep. */
static bool enter(argument_source *s, const char *path)
{
    folder f = { NULL, NULL, 0, 0 };

    if (s->depth == DEPTH_MAX)
        return false;
    f.n    = scandir(path, &f.entries, not_dots, alphasort);
    f.path = f.n >= 0 ? rw_string_copy(path) : NULL;
    if (f.path == NULL) {
        for (int i = 0; i < f.n; i++)
            free(f.entries[i]);
        free(f.entries);
        return false;
    }
    s->folders[s->depth++] = f;
    return true;
}

static void leave(argument_source *s)
{
    folder *f = &s->folders[--s->depth];

    while (f->at < f->n)
        free(f->entries[f->at++]);
    free(f->entries);
    free(f->path);
}

/* One step of the walk: what the innermost folder holds next. */
static rwda_status step(argument_source *s, rw_image_entry *out, rwda_error *err)
{
    folder     *f = &s->folders[s->depth - 1];
    char        child[RW_PATH_MAX];
    struct stat info;
    bool        fits;

    if (f->at == f->n) {
        if (s->depth == 1 && s->found == 0)
            rw_warn(s->events, "%s: no image in this directory", f->path);
        leave(s);
        return RWDA_OK;
    }
    fits = rw_path_format(child, "%s/%s", f->path, f->entries[f->at]->d_name);
    if (!fits)
        rw_warn(s->events, "%s/%s: left out: the path is too long", f->path, f->entries[f->at]->d_name);
    free(f->entries[f->at++]);
    if (!fits)
        return RWDA_OK;
    if (lstat(child, &info) == 0 && S_ISDIR(info.st_mode)) {
        if (enter(s, child))
            return RWDA_OK;
    } else if (!rwda_image_named(child)) {
        s->base.skipped++;
        return RWDA_OK;
    }
    s->found++;
    return rw_image_entry_name(out, child, err);
}

/* A directory without slashes at its end, as its entries are named. */
static rwda_status enter_argument(argument_source *s, const char *argument, rw_image_entry *out, rwda_error *err)
{
    char   path[RW_PATH_MAX];
    size_t len = strlen(argument);

    while (len > 1 && argument[len - 1] == '/')
        len--;
    s->found = 0;
    if (rw_path_format(path, "%.*s", (int)len, argument) && enter(s, path))
        return RWDA_OK;
    return rw_image_entry_name(out, path, err);
}

static rwda_status argument_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    argument_source *s      = (argument_source *)source;
    rwda_status      status = RWDA_OK;

    while (status == RWDA_OK && out->name == NULL) {
        if (s->base.stop) /* a walk may go far without an image */
            return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "the list of inputs: stopped");
        if (s->reading) {
            status     = read_name(&s->names, out, s->nul_separated ? '\0' : '\n', &s->base.stop, err);
            s->reading = out->name != NULL;
        } else if (s->depth > 0) {
            status = step(s, out, err);
        } else if (s->at == s->n) {
            break;
        } else {
            const char *argument = s->arguments[s->at++];

            if (strcmp(argument, "-") == 0)
                s->reading = true;
            else if (rw_path_is_directory(argument, ""))
                status = enter_argument(s, argument, out, err);
            else
                status = rw_image_entry_name(out, argument, err);
        }
    }
    return status;
}

static void argument_free(rw_image_source *source)
{
    argument_source *s = (argument_source *)source;

    while (s->depth > 0)
        leave(s);
    free(s->names.name);
    free(s);
}

rw_image_source *rw_image_source_arguments(char *const *arguments, size_t n, bool nul_separated, const rwda_events *events)
{
    argument_source *s     = calloc(1, sizeof *s);
    bool             plain = true;

    if (s == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        plain &= strcmp(arguments[i], "-") != 0 && !rw_path_is_directory(arguments[i], "");
    s->base.next     = argument_next;
    s->base.free     = argument_free;
    s->base.total    = plain ? n : 0;
    s->arguments     = arguments;
    s->n             = n;
    s->nul_separated = nul_separated;
    s->events        = events;
    return &s->base;
}
