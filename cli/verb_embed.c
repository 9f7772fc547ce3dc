/* verb_embed.c - rwda embed: unit embeddings of texts or images. */
#include "cli/embed_output.h"
#include "cli/image_input.h"
#include "cli/shard_options.h"

#include "base/memory.h"
#include "common/cut_texts.h"
#include "common/text_file.h"

#include <stdlib.h>

static cli_engine        engine;
static shard_options     share;
static image_input       input;
static const char       *out_path, *text_path, *resize_name, *crops_name, *format_name, *layout_name;
static cli_image_options seen;
static bool              force;

static const cli_option options[] = {
    { "output", "FILE", "float32 .npy [n, D] (required; - is standard output)", &out_path, NULL, 'o' },
    { "format", "F", "npy, or arrow, an Arrow IPC stream with a row for each image, also where it fails (npy)", &format_name,
      NULL, 0, .words = "npy arrow" },
    { "layout", "L", "clip-retrieval: -o FOLDER gets img_emb/img_emb_N.npy and metadata/metadata_N.jsonl, N the shard",
      &layout_name, NULL, 0, .words = "clip-retrieval" },
    { "force", NULL, "overwrite FILE", NULL, &force, 'f' },
    { "text", "FILE", "embed the lines of FILE (- is standard input) instead of images", &text_path, NULL, 0 },
    { "resize", "MODE", "config, shortest, squash or tiles (config)", &resize_name, NULL, 0, .words = CLI_RESIZE_WORDS },
    { "crops", "PLAN", "one, 5, 2x2 or 3x3: a row for each crop (one)", &crops_name, NULL, 0, .words = CLI_CROPS_WORDS },
    CLI_IMAGE_OPTIONS(seen),
    SHARD_OPTIONS(share, "give each its own -o FILE"),
    IMAGE_INPUT_OPTIONS(input),
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "embed",
    "Writes CLIP's unit embeddings of texts (a line each) or of images.",
    "-o FILE [OPTIONS] --text FILE | IMAGE|ARCHIVE...",
    "  rwda embed --text sentences.txt -o texts.npy\n"
    "  rwda embed images/ -o images.npy\n",
    options,
    sizeof options / sizeof options[0],
};

/* What is beyond the model's context is not seen: no error, but said. */
static rwda_status say_cut(const char *const *lines, size_t n, const rwda_model *model, rwda_error *err)
{
    bool       *cut   = rw_new_array(n + 1, sizeof *cut);
    size_t      count = 0, first = 0;
    rwda_status status;

    if (cut == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu texts", n);
    status = rw_cut_texts(cut, &count, lines, n, model, err);
    while (count > 0 && !cut[first])
        first++;
    if (status == RWDA_OK && count > 0)
        cli_error("%s: %zu of %zu texts are longer than the model's %d tokens and were cut, the first in line %zu",
                  text_path, count, n, rwda_model_get_info(model)->context_length, first + 1);
    free(cut);
    return status;
}

static int embed_texts(rwda_session *session, const rwda_model *model)
{
    size_t     dim   = (size_t)rwda_model_get_info(model)->embed_dim;
    char     **lines = NULL;
    size_t     n     = 0;
    float     *x     = NULL;
    rwda_error err;
    int        code;

    if (rw_text_file_lines(&lines, &n, text_path, &err) != RWDA_OK) {
        code = cli_fail(&err, EXIT_SOME_FAILED);
    } else {
        err = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory" };
        x   = calloc(n * dim + 1, sizeof *x);
        if (x == NULL || rwda_session_embed_texts(x, session, (const char *const *)lines, NULL, n, &err) != RWDA_OK ||
            say_cut((const char *const *)lines, n, model, &err) != RWDA_OK)
            code = cli_fail(&err, EXIT_SOME_FAILED);
        else
            code = cli_write_npy(out_path, force, x, (size_t[]){ n, dim }, 2);
    }
    free(x);
    rw_image_names_free(lines, n);
    return code;
}

/* For a .npy file an image that fails fails the whole output, since its rows would be missing. */
static int embed_images(embed_output *out, rwda_session *session, size_t dim, rw_image_source *images, rwda_resize resize,
                        rwda_crops crops, rw_image_reading *reading)
{
    rw_embed_sink sink = { embed_output_add, embed_output_flush, out };
    rwda_error    err;
    int           code = embed_output_open(out, dim);

    if (code != 0)
        return code;
    if (rw_embed_images(&sink, dim, images, session, resize, crops, reading, &err) != RWDA_OK)
        code = cli_fail(&err, err.code == RWDA_EIO ? EXIT_OUTPUT : EXIT_SOME_FAILED);
    rw_image_reading_warn(reading, cli_events());
    return embed_output_close(out, code);
}

int verb_embed(int argc, char **argv)
{
    rwda_model      *model   = NULL;
    rwda_session    *session = NULL;
    rw_image_source *images  = NULL;
    rwda_resize      resize  = RWDA_RESIZE_CONFIG;
    rwda_crops       crops   = RWDA_CROPS_ONE;
    rw_image_reading reading = RW_IMAGE_READING_INIT;
    rw_shard         shard   = { 0, 1, "" };
    embed_output     output  = { .kind = EMBED_NPY };
    int              first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (out_path == NULL || (text_path == NULL) == (first == argc && !image_input_is_stream(&input))) {
        cli_error("embed needs -o FILE, and either --text FILE or images");
        return EXIT_USAGE;
    }
    if (!cli_view(&resize, &crops, resize_name, crops_name) || cli_image_options_read(&reading.options, &seen) != 0)
        return EXIT_USAGE;
    if (text_path != NULL && (format_name != NULL || layout_name != NULL)) {
        cli_error("--format and --layout are for images, and --text for lines");
        return EXIT_USAGE;
    }
    code = image_input_read(&input, argv + first, argc - first);
    if (code == 0 && !image_input_excludes(&input, "shard", shard_options_given(&share), false))
        code = EXIT_USAGE;
    if (code == 0 && text_path == NULL && !image_input_is_stream(&input))
        code = shard_options_read(&shard, &share);
    if (code == 0 && input.archives != NULL)
        image_input_share(&input, &shard);
    engine.towers = text_path != NULL ? RWDA_TOWERS_TEXT : RWDA_TOWERS_IMAGE;
    output.path   = out_path;
    output.force  = force;
    if (code == 0)
        code = embed_output_read(&output, format_name, layout_name, crops, &shard);
    if (code == 0)
        code = cli_engine_open(&model, &session, &engine);
    if (code == 0 && text_path != NULL) {
        code = embed_texts(session, model);
    } else if (code == 0) {
        code = image_input_open(&images, &input, argv + first, argc - first);
        if (code == 0 && shard.count > 1 && input.archives == NULL)
            code = shard_images(&images, shard_wants, &shard);
        if (code == 0)
            code = embed_images(&output, session, (size_t)rwda_model_get_info(model)->embed_dim, images, resize, crops,
                                &reading);
    }
    image_input_free(&input);
    rw_image_source_free(images);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
