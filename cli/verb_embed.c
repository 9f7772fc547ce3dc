/* verb_embed.c - which unit vectors are these texts or pictures? */
#include "cli.h"

#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static cli_engine  engine;
static const char *out_path, *text_path, *resize_name, *crops_name;
static bool        force, nul;

static const cli_option options[] = {
    { "output", "FILE", "float32 .npy [n, D] (required; - is standard output)", &out_path, NULL, 'o' },
    { "force", NULL, "overwrite FILE", NULL, &force, 'f' },
    { "text", "FILE", "embed the lines of FILE (- is standard input) instead of pictures", &text_path, NULL, 0 },
    { "resize", "MODE", "config, shortest, squash or tiles (config)", &resize_name, NULL, 0 },
    { "crops", "PLAN", "one, 5, 2x2 or 3x3: a row for each crop (one)", &crops_name, NULL, 0 },
    { "null", NULL, "a list on standard input is separated by NUL bytes", NULL, &nul, '0' },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "embed",
    "Writes CLIP's unit embeddings of texts (a line each) or of pictures.",
    "-o FILE [OPTIONS] --text FILE | PICTURE...",
    "  rwda embed --text sentences.txt -o texts.npy\n"
    "  rwda embed pictures/ -o pictures.npy\n",
    options,
    sizeof options / sizeof options[0],
};

/* All lines of a file; 0, or an exit code. */
static int read_lines(cli_inputs *lines, const char *path)
{
    FILE   *in   = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char   *line = NULL;
    size_t  room = 0;
    ssize_t len;
    bool    fine = true;

    *lines = (cli_inputs){ NULL, 0, 0, 0 };
    if (in == NULL) {
        cli_error("%s: cannot be opened: %s", path, strerror(errno));
        return EXIT_SOME_FAILED;
    }
    while (fine && (len = getline(&line, &room, in)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            line[len - 1] = '\0';
        fine = cli_inputs_add(lines, line);
    }
    if (!fine || ferror(in))
        cli_error("%s: %s", path, fine ? strerror(errno) : "no memory for its lines");
    fine = fine && !ferror(in);
    free(line);
    if (in != stdin)
        fclose(in);
    return fine ? 0 : EXIT_SOME_FAILED;
}

static int embed_texts(rwda_session *session, size_t dim)
{
    cli_inputs lines;
    rwda_error err;
    float     *x    = NULL;
    int        code = read_lines(&lines, text_path);

    if (code == 0) {
        x = calloc(lines.count * dim + 1, sizeof *x);
        if (x == NULL || rwda_session_embed_texts(x, session, (const char *const *)lines.paths, NULL, lines.count, &err) != RWDA_OK) {
            cli_error("%s", x == NULL ? "no memory" : err.message);
            code = EXIT_SOME_FAILED;
        } else {
            code = cli_write_npy(out_path, force, x, (size_t[]){ lines.count, dim }, 2);
        }
    }
    free(x);
    cli_inputs_free(&lines);
    return code;
}

/* Rows grow with the pictures; a picture that fails fails the whole output, since its rows would be missing. */
static int embed_pictures(rwda_session *session, size_t dim, const cli_inputs *inputs, rwda_resize resize, rwda_crops crops)
{
    pipeline *p    = pipeline_new(inputs, rwda_session_threads(session), 32);
    float    *x    = NULL;
    size_t    rows = 0, failed = 0;
    decoded   next;

    if (p == NULL) {
        cli_error("no memory for decoding");
        return EXIT_SOME_FAILED;
    }
    while (pipeline_next(p, &next)) {
        if (next.image != NULL) {
            size_t count = rwda_crops_count(next.image->width, next.image->height, resize, crops);
            float *grown = realloc(x, (rows + count) * dim * sizeof *x);

            if (grown != NULL) {
                x = grown;
                if (rwda_session_embed_images(x + rows * dim, session, (const rwda_image *const *)&next.image, 1, resize, crops,
                                      &next.err) != RWDA_OK) {
                    cli_error("%s", next.err.message);
                    failed++;
                }
                rows += count;
            } else {
                failed++;
            }
        } else {
            cli_error("%s", next.err.message);
            failed++;
        }
        rwda_image_free(next.image);
    }
    pipeline_free(p);
    if (failed == 0) {
        int code = cli_write_npy(out_path, force, x, (size_t[]){ rows, dim }, 2);

        free(x);
        return code;
    }
    cli_error("%zu of %zu pictures failed; nothing was written", failed, inputs->count);
    free(x);
    return EXIT_SOME_FAILED;
}

int verb_embed(int argc, char **argv)
{
    rwda_model   *model   = NULL;
    rwda_session *session = NULL;
    cli_inputs    inputs  = { NULL, 0, 0, 0 };
    rwda_resize   resize  = RWDA_RESIZE_CONFIG;
    rwda_crops    crops   = RWDA_CROPS_ONE;
    int           first, code = cli_parse(&verb, argc, argv, &first);
    size_t        dim;

    if (code >= 0)
        return code;
    if (out_path == NULL || (text_path == NULL) == (first == argc)) {
        cli_error("embed needs -o FILE, and either --text FILE or pictures");
        return EXIT_USAGE;
    }
    if (!cli_view(&resize, &crops, resize_name, crops_name))
        return EXIT_USAGE;
    engine.towers = text_path != NULL ? RWDA_TOWERS_TEXT : RWDA_TOWERS_IMAGE;
    code          = cli_output_check(out_path, force);
    if (code == 0)
        code = cli_engine_open(&model, &session, &engine);
    if (code != 0)
        return code;
    dim = (size_t)rwda_model_get_info(model)->embed_dim;
    if (text_path != NULL) {
        code = embed_texts(session, dim);
    } else {
        code = cli_inputs_read(&inputs, argv + first, argc - first, nul);
        if (code == 0)
            code = embed_pictures(session, dim, &inputs, resize, crops);
    }
    cli_inputs_free(&inputs);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
