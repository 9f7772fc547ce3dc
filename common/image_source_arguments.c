/* image_source_arguments.c - a source of images: files, directories and standard input, as a command line names them. */
#include "common/image_source.h"

#include "common/events.h"
#include "common/image_walk.h"
#include "common/input.h"
#include "common/text_lines.h"

#include <stdlib.h>
#include <string.h>

/* ---- Names on standard input --------------------------------------------------------------------------------------------- */

#define NAME_LIMIT ((size_t)64 << 10)

/* The next name that is not empty; out->name stays NULL at the end. */
static rwda_status read_name(rw_line_input *names, rw_image_entry *out, const rw_image_source *source, rwda_error *err)
{
    rw_line     line;
    rwda_status status = RWDA_OK;

    do {
        RW_TRY(rw_line_next(&line, names, source, err));
        if (line.nul)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s",
                           rw_text_is_utf16(line.text, line.len)
                               ? "standard input is UTF-16, as PowerShell writes it: a list must be UTF-8"
                           : line.len >= 4 && memcmp(line.text, "\xff\xff\xff\xff", 4) == 0
                               ? "standard input is an Arrow stream: --arrow COLUMN reads it, where a verb has it"
                               : "standard input holds NUL bytes: a list needs --null then, and an image itself must be "
                                 "named by its path");
    } while (line.text != NULL && line.len == 0);
    if (line.text != NULL) /* one that was cut is longer than any path: it fails later, by name */
        status = rw_image_entry_path(out, line.text, err);
done:
    return status;
}

/* ---- Arguments: files, directories, standard input ------------------------------------------------------------------------ */

typedef struct {
    rw_image_source    base;
    char *const       *arguments;
    size_t             n, at;
    bool               reading; /* standard input */
    const rwda_events *events;
    rw_image_walk     *walk;    /* of the folder named[] */
    size_t             found;   /* images in it */
    size_t             skipped; /* by the walks before it */
    char               named[RW_PATH_MAX];
    rw_line_input      names;
} argument_source;

static void end_walk(argument_source *s)
{
    const rw_walk_skips *skips = rw_image_walk_skips(s->walk);
    char                 text[160];

    s->skipped = s->base.skipped;
    if (s->found == 0)
        rw_warn(s->events, "%s: no image in this directory", s->named);
    if (rw_walk_skips_text(text, skips) && skips->masks == 0)
        rw_note(s->events, "%s: left out: %s", s->named, text);
    else if (skips->masks > 0)
        rw_warn(s->events, "%s: left out: %s (a folder of masks that is named itself is read)", s->named, text);
    rw_image_walk_free(s->walk);
    s->walk = NULL;
}

/* One step of the walk. */
static rwda_status step(argument_source *s, rw_image_entry *out, rwda_error *err)
{
    char                 path[RW_PATH_MAX];
    rw_walk_found        found = rw_image_walk_next(path, s->walk);
    const rw_walk_skips *skips = rw_image_walk_skips(s->walk);

    s->base.skipped = s->skipped + skips->others + skips->debris + skips->masks;
    if (found == RW_WALK_END)
        end_walk(s);
    else if (found == RW_WALK_TOO_LONG)
        rw_warn(s->events, "%s: left out: the path is too long", path);
    if (found != RW_WALK_IMAGE && found != RW_WALK_UNREADABLE)
        return RWDA_OK;
    s->found++;
    out->below = strlen(s->named) + (s->named[strlen(s->named) - 1] != '/');
    if (out->below > strlen(path)) /* the folder itself, which cannot be read */
        out->below = strlen(path);
    return rw_image_entry_name(out, path, err);
}

/* A directory without slashes at its end, as its entries are named. */
static rwda_status enter_argument(argument_source *s, const char *argument, rwda_error *err)
{
    size_t len = strlen(argument);

    while (len > 1 && argument[len - 1] == '/')
        len--;
    s->found = 0;
    (void)rw_path_format(s->named, "%.*s", (int)len, argument);
    s->walk = rw_image_walk_new(s->named, false);
    return s->walk != NULL && rw_image_walk_add(s->walk, s->named, 0)
               ? RWDA_OK
               : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory to read it", argument);
}

static rwda_status argument_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    argument_source *s      = (argument_source *)source;
    rwda_status      status = RWDA_OK;

    while (status == RWDA_OK && out->name == NULL) {
        if (s->base.stop) /* a walk may go far without an image */
            return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "the list of inputs: stopped");
        if (s->reading) {
            status     = read_name(&s->names, out, &s->base, err);
            s->reading = out->name != NULL;
        } else if (s->walk != NULL) {
            status = step(s, out, err);
        } else if (s->at == s->n) {
            break;
        } else {
            const char *argument = s->arguments[s->at++];

            if (strcmp(argument, "-") == 0)
                s->reading = true;
            else if (rw_path_is_directory(argument, ""))
                status = enter_argument(s, argument, err);
            else
                status = rw_image_entry_path(out, argument, err);
        }
    }
    return status;
}

static void argument_free(rw_image_source *source)
{
    argument_source *s = (argument_source *)source;

    rw_image_walk_free(s->walk);
    free(s->names.line);
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
    s->base.next         = argument_next;
    s->base.free         = argument_free;
    s->base.total        = plain ? n : 0;
    s->arguments         = arguments;
    s->n                 = n;
    s->names.separator   = nul_separated ? '\0' : '\n';
    s->names.limit       = NAME_LIMIT;
    s->names.ends_at_nul = !nul_separated;
    s->events            = events;
    return &s->base;
}
