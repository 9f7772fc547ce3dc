#include "cli/image_input.h"

#include "common/arrow_writer.h"
#include "common/brace_names.h"
#include "common/image_source_tar.h"
#include "common/paths.h"
#include "hub/download.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cli_needs_arrow(const char *option)
{
    if (rw_arrow_built() != NULL)
        return 0;
    cli_error("%s: this rwda was built without Arrow (RWDA_ARROW=OFF); JSON lines and CSV are there", option);
    return EXIT_USAGE;
}

/* ---- What is it? ------------------------------------------------------------------------------------------------------------- */

static bool is_archive(const image_input *in, const char *argument)
{
    return in->tar || (rw_tar_named(argument) && !rw_path_is_directory(argument, ""));
}

static int read_archives(image_input *in, char **arguments, int n)
{
    rwda_error err;
    size_t     room = 0;
    int        some = 0;

    for (int i = 0; i < n; i++)
        some += is_archive(in, arguments[i]);
    if (some == 0)
        return 0;
    if (some < n) {
        cli_error("archives and other images are scored in calls of their own (--tar: all that is named is archives)");
        return EXIT_USAGE;
    }
    for (int i = 0; i < n; i++) {
        bool        is_file = rw_path_is_file(arguments[i], ""); /* braces are a part of its name, then */
        rwda_status status  = rw_brace_names(&in->archives, &in->n_archives, &room, arguments[i], !is_file, &err);

        if (status != RWDA_OK)
            return cli_fail(&err, status == RWDA_ELIMIT ? EXIT_USAGE : EXIT_SOME_FAILED);
    }
    return 0;
}

int image_input_read(image_input *in, char **arguments, int n)
{
    static const char *const kinds[] = { "paths", "json" };

    if (!cli_choice(&in->json, "lines", in->lines, kinds, 2))
        return EXIT_USAGE;
    if ((in->lines != NULL) + (in->frames != NULL) + (in->arrow != NULL) + in->tar > 1) {
        cli_error("--lines, --frames, --arrow and --tar exclude each other");
        return EXIT_USAGE;
    }
    if (in->lines == NULL && in->frames == NULL && in->arrow == NULL)
        return read_archives(in, arguments, n);
    if (n > 1 || (n == 1 && strcmp(arguments[0], "-") != 0)) {
        cli_error("--%s reads standard input: '-' or nothing is named beside it", in->lines != NULL    ? "lines"
                                                                                  : in->frames != NULL ? "frames"
                                                                                                       : "arrow");
        return EXIT_USAGE;
    }
    return in->arrow != NULL ? cli_needs_arrow("--arrow") : 0;
}

void image_input_free(image_input *in)
{
    rw_image_names_free(in->archives, in->n_archives);
    in->archives   = NULL;
    in->n_archives = 0;
}

bool image_input_is_stream(const image_input *in)
{
    return in->lines != NULL || in->frames != NULL || in->arrow != NULL ||
           (in->n_archives == 1 && strcmp(in->archives[0], "-") == 0);
}

bool image_input_excludes(const image_input *in, const char *option, bool given, bool needs_names)
{
    bool wrong = given && (image_input_is_stream(in) || (needs_names && in->archives != NULL));

    if (wrong)
        cli_error("--%s is for images that are files: %s", option,
                  in->archives != NULL ? "an archive is read once, from its beginning to its end"
                                       : "what comes on standard input is answered as it comes");
    return !wrong;
}

void image_input_share(image_input *in, const rw_shard *shard)
{
    size_t kept = 0;

    for (size_t i = 0; i < in->n_archives; i++)
        if (i % (size_t)shard->count == (size_t)shard->index)
            in->archives[kept++] = in->archives[i];
        else
            free(in->archives[i]);
    in->n_archives = kept;
}

/* ---- The images -------------------------------------------------------------------------------------------------------------- */

static rw_hub_download *download; /* one at a time */

static rwda_status open_address(void *user, int *file, const char *name, rwda_error *err)
{
    (void)user;
    return rw_hub_download_open(&download, file, name, err);
}

static rwda_status close_address(void *user, int file, rwda_error *err)
{
    rw_hub_download *ended = download;

    (void)user;
    (void)file;
    download = NULL;
    return rw_hub_download_close(ended, err);
}

static int opened(const rw_image_source *source)
{
    if (source == NULL)
        cli_error("no memory for the list of inputs");
    return source != NULL ? 0 : EXIT_SOME_FAILED;
}

int image_input_open_archives(rw_image_source **out, char *const *archives, size_t n)
{
    static const rw_tar_addresses addresses = { open_address, close_address, NULL };

    *out = rw_image_source_tar(archives, n, &addresses, cli_events());
    return opened(*out);
}

int image_input_open(rw_image_source **out, const image_input *in, char **arguments, int n)
{
    rwda_error err;

    *out = NULL;
    if (in->archives != NULL)
        return image_input_open_archives(out, in->archives, in->n_archives);
    if (in->arrow != NULL)
        return rw_image_source_arrow(out, STDIN_FILENO, "standard input", strcmp(in->arrow, "auto") == 0 ? NULL : in->arrow,
                                     cli_events(), &err) == RWDA_OK
                   ? 0
                   : cli_fail(&err, EXIT_SOME_FAILED);
    if (in->frames != NULL)
        return rw_image_source_frames(out, in->frames, &err) == RWDA_OK
                   ? 0
                   : cli_fail(&err, err.code == RWDA_ENOMEM ? EXIT_SOME_FAILED : EXIT_USAGE);
    if (in->lines == NULL)
        return cli_images(out, arguments, n, in->nul);
    *out = rw_image_source_lines(in->json != 0, in->nul);
    return opened(*out);
}
