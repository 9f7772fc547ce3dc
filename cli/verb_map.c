/* verb_map.c - rwda map: score maps of images. */
#include "cli/map_options.h"
#include "cli/scoring.h"
#include "cli/shard_options.h"
#include "common/events.h"
#include "common/text.h"

#include <string.h>

static cli_engine      engine;
static shard_options   share;
static scoring_options how;
static map_options     map_texts;
static const char     *folder;
static bool            force, nul;

static const cli_option options[] = {
    { "output", "DIR", "where the files go (required)", &folder, NULL, 'o' },
    MAP_OPTIONS("", map_texts),
    { "detector", "FILE", "made by 'rwda train' (winclip and clip need none)", &how.detector, NULL, 'd' },
    { "method", "NAME", "what scores each part: winclip, clip, fnn, both, lda or paired (winclip)", &how.method, NULL, 0,
      .words = "fnn clip both lda paired winclip" },
    { "object", "NAME", "what the images show, for prompts (unknown: the word \"object\")", &how.object, NULL, 0 },
    { "names", "HOW", "of the object: spaces (metal_nut: metal nut), raw, or clean (pcb1: pcb) (spaces)", &how.names, NULL,
      0, .words = "spaces raw clean" },
    { "prompts", "HOW", "single or ensemble, for clip and both (ensemble)", &how.prompts, NULL, 0,
      .words = "single ensemble" },
    { "temperature", "T", "of the softmax over prompts (the model's; WinCLIP is also run with 0.07)", &how.temperature, NULL,
      0 },
    MEMORY_OPTIONS(how.memory),
    CLI_IMAGE_OPTIONS(how.images),
    { "force", NULL, "overwrite output files", NULL, &force, 'f' },
    SHARD_OPTIONS(share, "all may share DIR"),
    { "null", NULL, "a list on standard input is separated by NUL bytes", NULL, &nul, '0' },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "map",
    "Writes maps of images: a value 0..1 for each pixel, higher is more anomalous, on one scale for all images.",
    "-o DIR [OPTIONS] IMAGE|DIRECTORY|-...",
    "  rwda map --object \"metal nut\" -o maps/ nut.png\n"
    "  rwda map -d detector.safetensors --method fnn --mode patches --smooth 4 -o maps/ images/\n"
    "  rwda map --memory memory.safetensors -o maps/ images/    # see 'rwda remember --help'\n"
    "  rwda map --threshold 0.7 --min-area 50 --roi rect:40,40,200,100 -o maps/ images/\n",
    options,
    sizeof options / sizeof options[0],
};

static int print_record(json_t *record)
{
    return cli_put_json(record, JSON_COMPACT | JSON_REAL_PRECISION(9));
}

static json_t *failure(const char *path, const rwda_error *err)
{
    return json_pack("{s:s, s:o, s:{s:s, s:o}}", "schema", "rwda.map/1", "path", rw_json_text(path), "error", "code",
                     rwda_status_name(err->code), "message", rw_json_text(err->message));
}

/* 0, or the exit code that ends the run; how many images were taken of the source, a shard's alone, and how many of these failed. */
static int map_all(const map_files *maps, scoring *s, rw_image_source *images, size_t *taken, size_t *failed)
{
    rw_image_stream *stream        = rw_image_stream_new(images, &s->reading, rwda_session_threads(s->session), 4);
    rwda_error       err           = { RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for decoding" };
    bool             output_failed = false;
    int              code          = stream != NULL ? 0 : cli_fail(&err, EXIT_SOME_FAILED);
    rw_decoded       next;

    while (code == 0) {
        json_t *map = NULL;

        if (rw_image_stream_next(stream, &next, &err) != RWDA_OK)
            code = cli_fail(&err, EXIT_SOME_FAILED);
        if (next.name == NULL)
            break;
        if (next.image != NULL && map_files_add(maps, &map, NULL, s->session, s->scorer, next.image, NULL, next.name,
                                                &output_failed, &next.err) == RWDA_OK) {
            code =
                print_record(json_pack("{s:s, s:o, s:i, s:i, s:o}", "schema", "rwda.map/1", "path", rw_json_text(next.name),
                                       "width", next.image->width, "height", next.image->height, "map", map));
        } else if (output_failed) {
            code = cli_fail(&next.err, EXIT_OUTPUT);
        } else {
            cli_error("%s", next.err.message);
            code = print_record(failure(next.name, &next.err));
            ++*failed;
        }
        rw_decoded_free(&next);
        (void)rw_progress(cli_events(), "maps", ++*taken, images->total);
    }
    rw_image_stream_free(stream);
    rw_image_reading_warn(&s->reading, cli_events());
    return code;
}

int verb_map(int argc, char **argv)
{
    rwda_scorer_options scorer = RWDA_SCORER_OPTIONS_INIT;
    rw_image_source    *images = NULL;
    char              **paths  = NULL;
    map_files           maps   = { .region = NULL };
    scoring             s      = { 0 };
    rw_shard            shard;
    size_t              n = 0, taken = 0, failed = 0;
    int                 first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (folder == NULL || first == argc) {
        cli_error("map needs -o DIR and images");
        return EXIT_USAGE;
    }
    how.ready     = true;
    scorer.method = RWDA_METHOD_WINCLIP;
    code          = scoring_read(&scorer, &how);
    if (code == 0)
        code = cli_images(&images, argv + first, argc - first, nul);
    if (code == 0)
        code = memory_options_maps(&map_texts, &how.memory, scorer.fuse, "");
    if (code == 0)
        code = map_options_read(&maps, &map_texts, &how.images, "", folder, force);
    if (code == 0)
        code = map_options_names(&maps, &images, &paths, &n);
    if (code == 0)
        code = shard_options_read(&shard, &share);
    if (code == 0 && shard.count > 1)
        code = shard_images(&images, shard_wants, &shard);
    if (code == 0)
        code = scoring_open(&s, &scorer, &how, &engine, NULL, 0);
    if (code == 0) {
        code = map_all(&maps, &s, images, &taken, &failed);
        cli_note("%zu image%s, %zu failed, %zu other file%s skipped", taken, rw_s(taken), failed, images->skipped,
                 rw_s(images->skipped));
        if (code == 0)
            code = failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    }
    roi_free(maps.region);
    scoring_close(&s);
    rw_image_source_free(images);
    rw_image_names_free(paths, n);
    return code;
}
