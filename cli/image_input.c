#include "cli/image_input.h"

#include <string.h>

bool image_input_is_stream(const image_input *in)
{
    return in->lines != NULL || in->frames != NULL;
}

int image_input_read(image_input *in)
{
    static const char *const kinds[] = { "paths", "json" };

    if (!cli_choice(&in->json, "lines", in->lines, kinds, 2))
        return EXIT_USAGE;
    if (in->lines == NULL || in->frames == NULL)
        return 0;
    cli_error("--lines and --frames exclude each other");
    return EXIT_USAGE;
}

static const char *option_of(const image_input *in)
{
    return in->lines != NULL ? "lines" : "frames";
}

bool image_input_excludes(const image_input *in, const char *option, bool given)
{
    if (given && image_input_is_stream(in))
        cli_error("--%s, which answers what comes as it comes, and --%s exclude each other", option_of(in), option);
    return !given || !image_input_is_stream(in);
}

int image_input_open(rw_image_source **out, const image_input *in, char **arguments, int n)
{
    rwda_error err;

    *out = NULL;
    if (!image_input_is_stream(in))
        return cli_images(out, arguments, n, in->nul);
    if (n > 1 || (n == 1 && strcmp(arguments[0], "-") != 0)) {
        cli_error("--%s reads standard input: '-' or nothing is named beside it", option_of(in));
        return EXIT_USAGE;
    }
    if (in->frames != NULL)
        return rw_image_source_frames(out, in->frames, &err) == RWDA_OK
                   ? 0
                   : cli_fail(&err, err.code == RWDA_ENOMEM ? EXIT_SOME_FAILED : EXIT_USAGE);
    *out = rw_image_source_lines(in->json != 0, in->nul);
    if (*out == NULL)
        cli_error("no memory for the list of inputs");
    return *out != NULL ? 0 : EXIT_SOME_FAILED;
}
