/* verb_remember.c - rwda remember: normal images into a memory. */
#include "cli/memory_options.h"
#include "common/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static cli_engine  engine;
static const char *out_path, *base_path, *dropped, *layers, *share, *robust, *class_weight, *keep, *storage, *tiles,
    *neighbourhood, *crops, *resize, *limit, *scores;
static cli_image_options seen;
static bool              force, nul, rotations, no_words, json, list;

static const cli_option options[] = {
    { "output", "FILE", "the memory (required); appears whole", &out_path, NULL, 'o' },
    { "add", "FILE", "begin with the images of this memory, as it was made", &base_path, NULL, 0 },
    { "drop", "NAME|SHA256", "forget this image of it; may be given again", &dropped, NULL, 0, '\n' },
    { "keep", "SHARE", "of the tokens that a greedy coreset keeps, such as 25% (all)", &keep, NULL, 0 },
    { "storage", "TYPE", "of tokens: f32, f16 or int8 (f32)", &storage, NULL, 0, .words = "f32 f16 int8" },
    { "layers", "LIST", "blocks of the image tower, such as 6,8 (3/4 of them, and the last)", &layers, NULL, 0 },
    { "share", "SHARE", "of an image's patches, the highest of which are its score (5%)", &share, NULL, 0 },
    { "tiles", "N", "cut an image into N x N tiles, each seen by itself (1)", &tiles, NULL, 0 },
    { "neighbourhood", "R", "average tokens over R x R patches; odd (1)", &neighbourhood, NULL, 0 },
    { "rotations", NULL, "remember the images turned by 90, 180 and 270 degrees too", NULL, &rotations, 0 },
    { "robust", "SHARE", "of images, the nearest of which are averaged: some may be anomalous, such as 30% (0: the nearest)",
      &robust, NULL, 0 },
    { "class-weight", "W", "of the image embedding's distance in the score, 0..1 (0)", &class_weight, NULL, 0 },
    { "crops", "PLAN", "for --fuse: how the words will see images: one, 5, 2x2 or 3x3 (one)", &crops, NULL, 0,
      .words = CLI_CROPS_WORDS },
    { "resize", "MODE", "for --fuse: config, shortest or squash (config)", &resize, NULL, 0, .words = CLI_RESIZE_WORDS },
    { "no-words", NULL, "keep no image embeddings: smaller, but not for --fuse", NULL, &no_words, 0 },
    { "scores", "N", "of at most so many images leave-one-out scores are computed (1000)", &scores, NULL, 0 },
    { "max-bytes", "N", "refuse a memory that takes more (4294967296)", &limit, NULL, 0 },
    { "list", NULL, "only show what is in the memory of --add FILE: hashes, leave-one-out scores, names", NULL, &list, 0 },
    { "json", NULL, "say what was made, or with --list is there, as one JSON object on standard output", NULL, &json, 0 },
    { "force", NULL, "overwrite FILE", NULL, &force, 'f' },
    { "null", NULL, "a list on standard input is separated by NUL bytes", NULL, &nul, '0' },
    CLI_IMAGE_OPTIONS(seen),
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "remember",
    "Remembers a few normal images: the patch tokens of the image tower.  'rwda score --memory FILE' then scores by "
    "distance\n"
    "to them, 'rwda calibrate --memory FILE' finds a threshold from the same images.  Four help, sixteen help more; all "
    "should be\n"
    "normal.  --image-size is the side in pixels at which they are seen (1.5 times the model's).",
    "[OPTIONS] -o FILE IMAGE|DIRECTORY|-...",
    "  rwda remember normal/ -o memory.safetensors\n"
    "  rwda score --memory memory.safetensors --map maps/ images/\n"
    "  rwda remember --keep 25% --storage int8 normal/ -o small.safetensors\n"
    "  rwda remember --add memory.safetensors --drop normal/old.png normal/new.png -o memory2.safetensors\n"
    "  rwda remember --list --add memory.safetensors\n",
    options,
    sizeof options / sizeof options[0],
};

/* "0.25" or "25%". */
static bool read_share(float *out, const char *name, const char *text)
{
    size_t len  = text != NULL ? strlen(text) : 0;
    char  *copy = len > 0 && text[len - 1] == '%' ? strndup(text, len - 1) : NULL;
    bool   fine = cli_float(out, name, copy != NULL ? copy : text);

    if (fine && copy != NULL)
        *out /= 100.0f;
    free(copy);
    if (fine && text != NULL && !(*out >= 0.0f && *out <= 1.0f)) {
        cli_error("--%s: %s is not in 0..1 or 0%%..100%%", name, text);
        fine = false;
    }
    return fine;
}

static bool read_layers(rwda_memory_options *o)
{
    const char *at = layers;
    size_t      n  = 0;

    while (at != NULL) {
        char *end;
        long  layer = strtol(at, &end, 10);

        if (end == at || (*end != ',' && *end != '\0') || layer < 1 || layer > 1000 || n == RWDA_MEMORY_LAYERS_MAX) {
            cli_error("--layers: \"%s\" is not a list of at most %d numbers of blocks, such as 6,8", layers,
                      RWDA_MEMORY_LAYERS_MAX);
            return false;
        }
        o->layers[n++] = (int)layer;
        at             = *end == ',' ? end + 1 : NULL;
    }
    return true;
}

static bool read_limit(int64_t *out)
{
    char     *end;
    long long value;

    if (limit == NULL)
        return true;
    value = strtoll(limit, &end, 10);
    if (end == limit || *end != '\0' || value < 1) {
        cli_error("--max-bytes: \"%s\" is not a whole number above 0", limit);
        return false;
    }
    *out = value;
    return true;
}

static rw_image_reading reading = RW_IMAGE_READING_INIT;

/* 0, or EXIT_USAGE after a message.  The library checks the ranges. */
static int read_options(rwda_memory_options *o)
{
    static const char *const    types[]  = { "f32", "f16", "int8" };
    static const rwda_precision stored[] = { RWDA_PRECISION_F32, RWDA_PRECISION_F16, RWDA_PRECISION_INT8 };
    int                         type     = 0;

    if (!read_layers(o) || !read_share(&o->share, "share", share) || !read_share(&o->robust, "robust", robust) ||
        !read_share(&o->keep, "keep", keep) || !cli_float(&o->class_weight, "class-weight", class_weight) ||
        !cli_choice(&type, "storage", storage, types, 3) || !cli_int(&o->tiles, "tiles", tiles, 1, 8) ||
        !cli_int(&o->neighbourhood, "neighbourhood", neighbourhood, 1, 7) ||
        !cli_view(&o->resize, &o->crops, resize, crops) ||
        !cli_int(&o->image_size, "image-size", engine.image_size, 1, 4096) ||
        !cli_int(&o->scores, "scores", scores, 0, RWDA_MEMORY_IMAGES_MAX) || !read_limit(&o->max_bytes))
        return EXIT_USAGE;
    if (cli_image_options_read(&reading.options, &seen) != 0)
        return EXIT_USAGE;
    o->orientation    = reading.options.orientation;
    o->depth          = reading.options.depth;
    o->storage        = stored[type];
    o->rotations      = rotations;
    o->words          = !no_words;
    engine.image_size = NULL; /* the memory's: words see images at the model's own side */
    return 0;
}

/* With --add the memory is as it was made. */
static bool options_given(void)
{
    return layers != NULL || share != NULL || robust != NULL || class_weight != NULL || keep != NULL || storage != NULL ||
           tiles != NULL || neighbourhood != NULL || crops != NULL || resize != NULL || scores != NULL ||
           seen.orientation != NULL || seen.depth != NULL || rotations || no_words || engine.image_size != NULL;
}

static int drop_all(rwda_memory_builder *b)
{
    char      *copy = cli_copy(dropped), *rest = copy;
    rwda_error err;
    int        code = 0;

    for (char *name; code == 0 && (name = strsep(&rest, "\n")) != NULL;)
        if (rwda_memory_builder_drop(b, name, NULL, &err) != RWDA_OK) {
            code = cli_fail(&err, EXIT_USAGE);
            cli_error("'rwda remember --list --add %s' shows what is in it", base_path);
        }
    free(copy);
    return code;
}

static void print_json(const rwda_memory *m)
{
    const rwda_memory_info *info   = rwda_memory_get_info(m);
    json_t                 *images = json_array(), *root;
    char                    sha[80];

    for (size_t i = 0; i < info->images; i++) {
        const rwda_memory_image *image = rwda_memory_image_at(m, i);

        json_array_append_new(images, json_pack("{s:o, s:s, s:o}", "name", json_string(image->name), "sha256", image->sha256,
                                                "score", rw_json_number((double)image->score)));
    }
    (void)snprintf(sha, sizeof sha, "sha256:%s", info->sha256);
    root = json_pack("{s:s, s:o, s:s, s:I, s:I, s:o, s:o}", "schema", "rwda.remembered/1", "path",
                     rw_json_text(list ? base_path : out_path), "memory", sha, "tokens", (json_int_t)info->tokens, "bytes",
                     (json_int_t)info->bytes, "recipe", json_loads(info->recipe, 0, NULL), "images", images);
    (void)cli_put_json(root, JSON_COMPACT | JSON_REAL_PRECISION(9));
}

static void print_list(const rwda_memory *m)
{
    for (size_t i = 0; i < rwda_memory_get_info(m)->images; i++) {
        const rwda_memory_image *image = rwda_memory_image_at(m, i);

        printf("%.16s  %8.4f  %s\n", image->sha256, (double)image->score, image->name);
    }
}

static int make(rwda_memory **out, size_t *failed, rwda_memory_builder *b, rw_image_source *images, int threads)
{
    size_t added = 0;
    int    code  = dropped != NULL ? drop_all(b) : 0;

    if (code == 0 && images != NULL)
        code = memory_options_add(b, images, &reading, threads, &added, failed);
    rw_image_reading_warn(&reading, cli_events());
    return code == 0 ? memory_options_finish(out, b) : code;
}

static int save(const rwda_memory *m)
{
    const rwda_memory_info *info = rwda_memory_get_info(m);
    rwda_error              err;

    if (rwda_memory_save(m, out_path, force, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_OUTPUT);
    if (json)
        print_json(m);
    cli_note("%s: %zu image%s, %zu tokens of each of %d layers, %.1f MB in memory", out_path, info->images,
             rw_s(info->images), info->tokens, info->layers, 1e-6 * (double)info->bytes);
    return 0;
}

int verb_remember(int argc, char **argv)
{
    rwda_memory_options  made    = RWDA_MEMORY_OPTIONS_INIT;
    rw_image_source     *images  = NULL;
    rwda_model          *model   = NULL;
    rwda_session        *session = NULL;
    rwda_memory         *base = NULL, *memory = NULL;
    rwda_memory_builder *builder = NULL;
    rwda_error           err;
    rwda_status          status = RWDA_OK;
    size_t               failed = 0;
    int                  first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    code = 0;
    if (list && (base_path == NULL || out_path != NULL || first != argc || dropped != NULL)) {
        cli_error("--list shows what is in the memory of --add FILE, and makes none");
        code = EXIT_USAGE;
    } else if (!list && (out_path == NULL || (first == argc && dropped == NULL))) {
        cli_error("remember needs -o FILE and normal images; 'rwda remember --help' shows examples");
        code = EXIT_USAGE;
    } else if (base_path != NULL && options_given()) {
        cli_error("--add %s: the memory stays as it was made; leave the other options out, or make a new one", base_path);
        code = EXIT_USAGE;
    } else if (dropped != NULL && base_path == NULL) {
        cli_error("--drop needs --add FILE, the memory that it is dropped from");
        code = EXIT_USAGE;
    }
    if (code == 0)
        code = read_options(&made);
    if (code == 0 && !list)
        code = cli_output_check(out_path, force);
    if (code == 0 && first < argc)
        code = cli_images(&images, argv + first, argc - first, nul);
    engine.towers = RWDA_TOWERS_IMAGE;
    if (code == 0)
        code = cli_engine_open(&model, &session, &engine);
    if (code == 0 && base_path != NULL)
        status = rwda_memory_load(&base, model, base_path, made.max_bytes, &err);
    if (base != NULL && status == RWDA_OK) { /* new images as those that are there */
        rw_warn_preprocessing(cli_events(), base_path, rwda_memory_get_info(base)->preprocessing);
        reading.options.orientation = rwda_memory_get_info(base)->options->orientation;
        reading.options.depth       = rwda_memory_get_info(base)->options->depth;
    }
    if (code == 0 && status == RWDA_OK && !list)
        status = rwda_memory_builder_new(&builder, session, base, base != NULL ? NULL : &made, &err);
    if (code == 0 && status != RWDA_OK)
        code = cli_fail(&err, cli_status_exit(status, EXIT_MODEL));
    if (code == 0 && list)
        (json ? print_json : print_list)(base);
    if (code == 0 && !list)
        code = make(&memory, &failed, builder, images, rwda_session_threads(session));
    if (code == 0 && !list)
        code = save(memory);
    if (code == 0 && failed > 0)
        code = EXIT_SOME_FAILED;
    rwda_memory_builder_free(builder);
    rwda_memory_free(memory);
    rwda_memory_free(base);
    rwda_session_free(session);
    rwda_model_free(model);
    rw_image_source_free(images);
    return code;
}
