/* image_source.h - a stream of images by name, by their bytes, or as what went wrong.               layer: common
 *
 * A source hands out one entry at a time and holds no more than it must, so a list may be longer than memory.  A further source
 * (a shard of another source, a tar archive, a watched folder) is a further struct that begins with rw_image_source: whoever reads
 * entries does not know which it is.  Raw pixels are bytes too: "P6 WIDTH HEIGHT 255\n", or P5 for grey, before them makes them a PNM file. */
#ifndef RW_IMAGE_SOURCE_H
#define RW_IMAGE_SOURCE_H

#include "base/status.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>

/* One image that was named. */
typedef struct {
    char    *name;  /* a path, or what messages and records call it; the receiver's to free() */
    uint8_t *bytes; /* of the encoded image, the receiver's to free(); NULL: `name` is a path to read them from */
    size_t   len;
    size_t below; /* bytes of `name` that call the folder which was named, with its slash: what follows is the path in it */
    uint64_t   order;   /* its place in the list that a filter was given; 0 without one */
    json_t    *given;   /* what the input says beside it, as an object: the receiver's; NULL: nothing */
    rwda_error refused; /* code not RWDA_OK: why there is no image; the message begins with the name */
} rw_image_entry;

void rw_image_entry_clear(rw_image_entry *entry); /* what it holds; zeroed afterwards */

typedef struct rw_image_source rw_image_source;
struct rw_image_source {
    /* The next entry.  RWDA_OK with name NULL: there are no more.  A failure ends the source. */
    rwda_status (*next)(rw_image_source *source, rw_image_entry *out, rwda_error *err);
    void (*free)(rw_image_source *source);
    size_t           total;      /* entries in all; 0: not known before the end */
    size_t           skipped;    /* files in directories that are left out */
    atomic_bool      stop;       /* `next` returns soon, with RWDA_ECANCELLED if it would wait or look further */
    rw_image_source *inner;      /* that this one draws from; NULL: none */
    void (*on_wait)(void *user); /* whoever reads entries wants to know that `next` waits for input; NULL: nobody */
    void *on_wait_user;
};

rwda_status rw_image_source_next(rw_image_source *source, rw_image_entry *out, rwda_error *err);
void        rw_image_source_stop(rw_image_source *source); /* from another thread than the one that waits in _next() */
void        rw_image_source_free(rw_image_source *source); /* NULL is fine */

/* Asks a source, and all that it draws from, to call it; before the first rw_image_source_next(). */
void rw_image_source_on_wait(rw_image_source *source, void (*call)(void *user), void *user);

/* For sources: to be called in `next` where the input pauses, so that what was given until then is answered meanwhile. */
void rw_image_source_waits(const rw_image_source *source);
/* For sources: a copy of `name` into *out; of a path that a list has, as rw_path_find() spells it.  RWDA_ENOMEM. */
rwda_status rw_image_entry_name(rw_image_entry *out, const char *name, rwda_error *err);
rwda_status rw_image_entry_path(rw_image_entry *out, const char *path, rwda_error *err);

/* image_source_list.c: the paths [n], which must outlive the source. */
rw_image_source *rw_image_source_list(char *const *paths, size_t n);

/* image_source_arguments.c: arguments [n] of a command line: files as they are; directories with all images below them
 * (common/image_walk.h), sorted by name; "-" stands for the lines (or, with nul_separated, the NUL-separated names) of standard input.  A
 * byte order mark and CR LF are no part of lines, and a name that is not there may be spelt as rw_path_find() says.  A directory that cannot be
 * read is an entry that fails later, by name; one without an image is warned about, and what was left out of it is said, by the thread that is
 * in _next().  The arguments and events must outlive the source.  A NUL byte in a list of lines is RWDA_EINVAL, a name over 64 KiB is cut.
 * NULL: no memory. */
rw_image_source *rw_image_source_arguments(char *const *arguments, size_t n, bool nul_separated, const rwda_events *events);

/* image_source_lines.c: an entry for each line of standard input, also where it is wrong: `refused` then says why.  A line is a path; or, json,
 * an object with `path` or `image` (an image's file in base64), whose other members are `given`.  What has no path is called "line N".
 * NULL: no memory. */
rw_image_source *rw_image_source_lines(bool json, bool nul_separated);

/* image_source_frames.c: raw frames on standard input, "FORMAT:WIDTHxHEIGHT" with rgb24 or gray as ffmpeg's rawvideo writes them, called
 * "frame-000000" and so on.  A last frame that is cut is refused.  RWDA_EINVAL: no such text; RWDA_ELIMIT: over a GiB a frame; RWDA_ENOMEM. */
rwda_status rw_image_source_frames(rw_image_source **out, const char *format, rwda_error *err);

/* image_source_arrow.c: the rows of an Arrow stream that `file`, an open descriptor, gives (common/arrow_reader.h, which has `column`): an image
 * by its path, or as bytes under its name or as "row N".  Columns of text, numbers and truth values are `given`; which others there are is
 * said.  A row without an image is refused, and so is what is damaged or unsupported, which then ends the stream.  name (of the input, for
 * messages), column and events must outlive the source.  RWDA_ENOMEM; RWDA_EUNSUPPORTED: a build without Arrow. */
rwda_status rw_image_source_arrow(rw_image_source **out, int file, const char *name, const char *column,
                                  const rwda_events *events, rwda_error *err);

/* image_source_filter.c: the entries of `inner` that are wanted, each numbered by its place among all.  It takes over `inner`.  NULL: no memory,
 * and `inner` is still the caller's. */
typedef bool (*rw_image_wanted)(void *user, const rw_image_entry *entry);
rw_image_source *rw_image_source_filter(rw_image_source *inner, rw_image_wanted wanted, void *user);

/* Takes the first entry out of *source, and puts a source in its place that gives it, and then all others.  *empty: there is none.  After a
 * failure *source is still the caller's to free. */
rwda_status rw_image_source_peek(rw_image_source **source, bool *empty, rwda_error *err);

/* Reads a source to its end: *paths [*n], the caller's to free with rw_image_names_free().  For what must know all names before the
 * first. */
rwda_status rw_image_source_names(char ***paths, size_t *n, rw_image_source *source, rwda_error *err);
void        rw_image_names_free(char **paths, size_t n);

#endif
