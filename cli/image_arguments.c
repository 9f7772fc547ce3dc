/* image_arguments.c - Images named on the command line, as a stream. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* How many a second walk finds, for a bar that tells how far the first one is; 0: no bar is shown, or standard input cannot be read twice. */
static size_t count(char **arguments, size_t n)
{
    rw_image_source *source;
    rw_image_entry   entry;
    size_t           found = 0;

    for (size_t i = 0; i < n; i++)
        if (strcmp(arguments[i], "-") == 0)
            return 0;
    if (!cli_shows_progress() || (source = rw_image_source_arguments(arguments, n, false, NULL)) == NULL)
        return 0;
    while (rw_image_source_next(source, &entry, NULL) == RWDA_OK && entry.name != NULL) {
        free(entry.name);
        found++;
    }
    rw_image_source_free(source);
    return found;
}

int cli_image_options_read(rwda_image_options *out, const cli_image_options *given)
{
    int orientation = (int)out->orientation, millions = 0;

    if (!cli_enum(&orientation, "orientation", given->orientation, RWDA_ENUM_ORIENTATION) ||
        !cli_int(&millions, "max-pixels", given->max_pixels, 1, 1000000))
        return EXIT_USAGE;
    if (given->depth != NULL && strcmp(given->depth, "auto") == 0)
        out->depth = RWDA_DEPTH_AUTO;
    else if (!cli_int(&out->depth, "depth", given->depth, 8, 16))
        return EXIT_USAGE;
    out->orientation = (rwda_orientation)orientation;
    if (given->max_pixels != NULL)
        out->max_pixels = (int64_t)millions * 1000000;
    return 0;
}

int cli_images(rw_image_source **out, char **arguments, int n, bool nul_separated)
{
    rwda_error  err = { RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the list of inputs" };
    rwda_status status;
    bool        empty = false;

    *out   = rw_image_source_arguments(arguments, (size_t)n, nul_separated, cli_events());
    status = *out != NULL ? rw_image_source_peek(out, &empty, &err) : RWDA_ENOMEM;
    if (status == RWDA_OK && !empty) {
        if ((*out)->total == 0)
            (*out)->total = count(arguments, (size_t)n);
        return 0;
    }
    if (status == RWDA_OK)
        cli_error("no images: name files, directories, or '-' for a list on standard input");
    else
        cli_error("%s", err.message);
    rw_image_source_free(*out);
    *out = NULL;
    return status == RWDA_OK || status == RWDA_EINVAL ? EXIT_USAGE : EXIT_SOME_FAILED;
}
