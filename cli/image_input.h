/* image_input.h - options that say what images come as: names, or a stream.                             layer: cli */
#ifndef IMAGE_INPUT_H
#define IMAGE_INPUT_H

#include "cli/cli.h"

typedef struct {
    const char *lines, *frames;
    bool        nul;
    int         json; /* no option: of `lines` */
} image_input;
/* clang-format off */
#define IMAGE_INPUT_OPTIONS(i)                                                                                               \
    { "lines", "HOW", "standard input is lines, each of which gets an answer: paths, or json (objects with path, or image in base64)", &(i).lines, NULL, 0, .words = "paths json" },    \
    { "frames", "FMT:WxH", "standard input is raw frames, rgb24 or gray, as 'ffmpeg -f rawvideo' writes them", &(i).frames, NULL, 0 },                          \
    { "null", NULL, "a list on standard input is separated by NUL bytes", NULL, &(i).nul, '0' }
/* clang-format on */

/* 0, or EXIT_USAGE after a message; before all that follows. */
int image_input_read(image_input *input);

/* Are the images a stream, which has no list of names that could be read before? */
bool image_input_is_stream(const image_input *input);

/* What a stream does not go with, because all of its images are answered as they come: false after a message. */
bool image_input_excludes(const image_input *input, const char *option, bool given);

/* Images of the arguments or of a stream; a stream may have none.  0, or an exit code after a message. */
int image_input_open(rw_image_source **out, const image_input *input, char **arguments, int n);

#endif
