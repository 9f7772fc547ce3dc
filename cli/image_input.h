/* image_input.h - options that say what images come as: names, archives, or a stream.                   layer: cli */
#ifndef IMAGE_INPUT_H
#define IMAGE_INPUT_H

#include "cli/cli.h"
#include "common/shard.h"

typedef struct {
    const char *lines, *frames, *arrow;
    bool        tar, nul;
    /* Not options: what image_input_read() finds. */
    int    json;     /* of `lines`: 1 for JSON */
    char **archives; /* [n_archives], braces expanded; NULL: the images are no archives */
    size_t n_archives;
} image_input;
/* clang-format off */
#define IMAGE_INPUT_OPTIONS(i)                                                                                               \
    { "tar", NULL, "the images are in tar archives: files, https:// addresses, or - (x.tar, x.tar.gz, x.tgz and x.tar.zst are known by name)", NULL, &(i).tar, 0 },                \
    { "lines", "HOW", "standard input is lines, each of which gets an answer: paths, or json (objects with path, or image in base64)", &(i).lines, NULL, 0, .words = "paths json" },    \
    { "frames", "FMT:WxH", "standard input is raw frames, rgb24 or gray, as 'ffmpeg -f rawvideo' writes them", &(i).frames, NULL, 0 },                          \
    { "arrow", "COLUMN", "standard input is an Arrow IPC stream whose COLUMN has encoded images (binary) or paths (text); auto: the only one that can be meant", \
      &(i).arrow, NULL, 0 },                                                                                                  \
    { "null", NULL, "a list on standard input is separated by NUL bytes", NULL, &(i).nul, '0' }
/* clang-format on */

/* What is it?  0, or EXIT_USAGE after a message; before all that follows.  Release with image_input_free(). */
int  image_input_read(image_input *input, char **arguments, int n);
void image_input_free(image_input *input);

/* Are they on standard input, one after the other?  Then whoever writes there has shared out. */
bool image_input_is_stream(const image_input *input);
/* What a stream does not go with, and, where the option needs all names first, archives: false after a message. */
bool image_input_excludes(const image_input *input, const char *option, bool given, bool needs_names);

/* Keeps the archives of a shard: number i is of shard i modulo their number. */
void image_input_share(image_input *input, const rw_shard *shard);

/* The images, or those of some archives.  Streams and archives may have none.  0, or an exit code after a message. */
int image_input_open(rw_image_source **out, const image_input *input, char **arguments, int n);
int image_input_open_archives(rw_image_source **out, char *const *archives, size_t n);

/* Can this build read and write Arrow?  EXIT_USAGE after a message about the option that asks for it; else 0. */
int cli_needs_arrow(const char *option);

#endif
