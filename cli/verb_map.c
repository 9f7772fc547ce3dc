/* verb_map.c - where in these pictures is the anomaly? */
#include "cli/cli.h"

#include "common/json_text.h"
#include "report/map_files.h"
#include "common/image_stream.h"
#include "cli/scoring.h"

#include <string.h>

static cli_engine      engine;
static scoring_options how;
static map_options     map_texts;
static const char     *folder;
static bool            force, nul;

static const cli_option options[] = {
    { "output", "DIR", "where the files go (required)", &folder, NULL, 'o' },
    MAP_OPTIONS("", map_texts),
    { "detector", "FILE", "made by 'rwda train' (winclip and clip need none)", &how.detector, NULL, 'd' },
    { "method", "NAME", "what scores each part: winclip, clip, fnn, both, lda or paired (winclip)", &how.method, NULL, 0 },
    { "object", "NAME", "what the pictures show, for prompts (unknown: the word \"object\")", &how.object, NULL, 0 },
    { "names", "HOW", "of the object: spaces (metal_nut: metal nut), raw, or clean (pcb1: pcb) (spaces)", &how.names, NULL,
      0 },
    { "prompts", "KIND", "single or ensemble, for clip and both (ensemble)", &how.prompts, NULL, 0 },
    { "temperature", "T", "of the softmax over prompts (the model's; WinCLIP is also run with 0.07)", &how.temperature, NULL,
      0 },
    { "force", NULL, "overwrite output files", NULL, &force, 'f' },
    { "null", NULL, "a list on standard input is separated by NUL bytes", NULL, &nul, '0' },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "map",
    "Writes maps of pictures: a value 0..1 for each pixel, higher is more anomalous, on one scale for all pictures.",
    "-o DIR [OPTIONS] PICTURE|DIRECTORY|-...",
    "  rwda map --object \"metal nut\" -o maps/ nut.png\n"
    "  rwda map -d detector.safetensors --method fnn --kind patches --smooth 4 -o maps/ pictures/\n"
    "  rwda map --threshold 0.7 --min-area 50 --roi rect:40,40,200,100 -o maps/ pictures/\n",
    options,
    sizeof options / sizeof options[0],
};

static void print_record(json_t *record)
{
    json_dumpf(record, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    fputc('\n', stdout);
    fflush(stdout);
    json_decref(record);
}

/* 0, or the exit code that ends the run. */
static int map_all(map_files *maps, const scoring *s, const cli_inputs *inputs, size_t *failed)
{
    pipeline *p    = pipeline_new(inputs, rwda_session_threads(s->session), 4);
    size_t    done = 0;
    int       code = 0;
    decoded   next;

    if (p == NULL) {
        cli_error("no memory for decoding");
        return EXIT_SOME_FAILED;
    }
    while (code == 0 && pipeline_next(p, &next)) {
        const char *path = inputs->paths[done++];
        json_t     *map  = NULL;

        code = next.image == NULL ? EXIT_SOME_FAILED : map_files_add(maps, &map, s, next.image, path, &next.err);
        if (code == 0) {
            print_record(json_pack("{s:s, s:o, s:i, s:i, s:o}", "schema", "rwda.map/1", "path", json_text(path), "width",
                                   next.image->width, "height", next.image->height, "map", map));
        } else if (code == EXIT_SOME_FAILED) {
            cli_error("%s", next.err.message);
            print_record(json_pack("{s:s, s:o, s:{s:s, s:o}}", "schema", "rwda.map/1", "path", json_text(path), "error",
                                   "code", rwda_status_name(next.err.code), "message", json_text(next.err.message)));
            ++*failed;
            code = 0;
        }
        rwda_image_free(next.image);
        (void)cli_progress(NULL, "maps", done, inputs->count);
    }
    pipeline_free(p);
    return code;
}

int verb_map(int argc, char **argv)
{
    rwda_scorer_options scorer = RWDA_SCORER_OPTIONS_INIT;
    cli_inputs          inputs = { NULL, 0, 0, 0 };
    map_files          *maps   = NULL;
    scoring             s      = { NULL, NULL, NULL, NULL };
    size_t              failed = 0;
    int                 first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (folder == NULL || first == argc) {
        cli_error("map needs -o DIR and pictures");
        return EXIT_USAGE;
    }
    scorer.method = RWDA_METHOD_WINCLIP;
    code          = scoring_read(&scorer, &how);
    if (code == 0)
        code = cli_inputs_read(&inputs, argv + first, argc - first, nul);
    if (code == 0)
        code = map_files_new(&maps, &map_texts, "", folder, force, &inputs);
    if (code == 0)
        code = scoring_open(&s, &scorer, how.detector, &engine);
    if (code == 0) {
        code = map_all(maps, &s, &inputs, &failed);
        cli_note("%zu pictures, %zu failed, %zu other files skipped", inputs.count, failed, inputs.skipped);
        if (code == 0)
            code = failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    }
    map_files_free(maps);
    scoring_close(&s);
    cli_inputs_free(&inputs);
    return code;
}
