/* verb_preprocess.c - rwda preprocess: an image as the encoder sees it. */
#include "cli/cli.h"

#include <stdlib.h>

static cli_engine        engine;
static const char       *out_path, *resize_name, *crops_name;
static cli_image_options seen;
static bool              force;

static const cli_option options[] = {
    { "output", "FILE", "float32 .npy [crops, 3, side, side] (required; - is standard output)", &out_path, NULL, 'o' },
    { "force", NULL, "overwrite FILE", NULL, &force, 'f' },
    { "resize", "MODE", "config, shortest, squash or tiles (config)", &resize_name, NULL, 0, .words = CLI_RESIZE_WORDS },
    { "crops", "PLAN", "one, 5, 2x2 or 3x3 (one)", &crops_name, NULL, 0, .words = CLI_CROPS_WORDS },
    CLI_IMAGE_OPTIONS(seen),
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "preprocess",
    "Writes what CLIP's image encoder is given: resized, cut, normalised.",
    "-o FILE [OPTIONS] IMAGE",
    "  rwda preprocess part.png -o part.npy\n",
    options,
    sizeof options / sizeof options[0],
};

int verb_preprocess(int argc, char **argv)
{
    rwda_model      *model   = NULL;
    rwda_session    *session = NULL;
    rwda_image      *image   = NULL;
    rwda_error       err;
    float           *pixels  = NULL;
    rwda_resize      resize  = RWDA_RESIZE_CONFIG;
    rwda_crops       crops   = RWDA_CROPS_ONE;
    rw_image_reading reading = RW_IMAGE_READING_INIT;
    int              first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (out_path == NULL || first + 1 != argc) {
        cli_error("preprocess needs -o FILE and one image");
        return EXIT_USAGE;
    }
    if (!cli_view(&resize, &crops, resize_name, crops_name) || cli_image_options_read(&reading.options, &seen) != 0)
        return EXIT_USAGE;
    engine.towers = RWDA_TOWERS_IMAGE; /* for its constants */
    code          = cli_output_check(out_path, force);
    if (code == 0)
        code = cli_engine_open(&model, &session, &engine);
    if (code != 0)
        return code;
    code = EXIT_SOME_FAILED;
    if (rwda_image_load(&image, argv[first], &reading.options, &err) == RWDA_OK) {
        size_t side    = (size_t)rwda_model_get_info(model)->image_size;
        size_t shape[] = { rwda_crops_count(image->width, image->height, resize, crops), 3, side, side };

        rw_image_reading_count(&reading, image, argv[first]);
        rw_image_reading_warn(&reading, cli_events());
        pixels = calloc(shape[0] * 3 * side * side, sizeof *pixels);
        if (pixels == NULL)
            cli_error("no memory for %zu crops", shape[0]);
        else if (rwda_model_preprocess(pixels, model, image, resize, crops, &err) != RWDA_OK)
            cli_error("%s: %s", argv[first], err.message);
        else
            code = cli_write_npy(out_path, force, pixels, shape, 4);
    } else {
        cli_error("%s", err.message);
    }
    free(pixels);
    rwda_image_free(image);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
