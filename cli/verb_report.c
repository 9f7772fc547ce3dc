/* verb_report.c - rwda report: scored images in one HTML file. */
#include "base/cpus.h"
#include "cli/collect.h"
#include "common/json_watch.h"
#include "common/paths.h"
#include "common/text.h"
#include "report/report.h"

#include <math.h>
#include <string.h>

static cli_engine      engine;
static scoring_options how;
static const char     *out_path, *title, *threshold_text, *review_text, *thumbnails_name, *side_text, *budget_text, *column,
    *maps;
static bool force, nul;

static const cli_option options[] = {
    { "output", "FILE", "the page (report.html); - is standard output", &out_path, NULL, 'o' },
    { "title", "TEXT", "of the page (the first argument)", &title, NULL, 0 },
    { "threshold", "X|FILE", "where the slider begins; a threshold file gives p-values too", &threshold_text, NULL, 0 },
    { "review", "X", "scores >= X and below the threshold are labelled review", &review_text, NULL, 0 },
    { "thumbnails", "HOW", "embed; link: the image files themselves; none (embed)", &thumbnails_name, NULL, 0,
      .words = "embed link none" },
    { "thumbnail-size", "PX", "longer side, 16..512 (128)", &side_text, NULL, 0 },
    { "maps", "DIR", "show the overlays that 'rwda map -o DIR' or 'rwda score --map DIR' wrote of these images", &maps, NULL,
      0 },
    { "budget", "MB", "of embedded thumbnails, highest scores first, 0..2000 (48)", &budget_text, NULL, 0 },
    { "column", "NAME", "of a CSV file with several scores (score, else the first)", &column, NULL, 0 },
    { "force", NULL, "overwrite the page", NULL, &force, 'f' },
    { "null", NULL, "a list on standard input is separated by NUL bytes", NULL, &nul, '0' },
    SCORING_OPTIONS(how),
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "report",
    "Writes one HTML file that needs nothing else: images by score, histogram, a threshold to move, and ROC and "
    "precision-recall\n"
    "curves where folders named good, ok or normal (or a label column) say what is normal.",
    "[OPTIONS] SCORES.jsonl|SCORES.csv|EVAL_FOLDER|IMAGE|DIRECTORY|-...",
    "  rwda report scores.jsonl --threshold thresholds.json -o report.html\n"
    "  rwda report results/ --column fnn/one/1        # results/: made by 'rwda eval -o'\n"
    "  rwda report -d detector.safetensors images/\n"
    "  rwda score -d detector.safetensors --map maps/ images/ >scores.jsonl && rwda report scores.jsonl --maps maps/\n",
    options,
    sizeof options / sizeof options[0],
};

/* Thumbnails as the images of a file's scores were read: its overlays lie on those.  Records from before the option are of stored pixels. */
static void read_as_scored(rwda_image_options *out, const score_table *data)
{
    json_t     *made        = data->scoring != NULL ? json_loads(data->scoring, 0, NULL) : NULL;
    const char *orientation = json_string_value(json_object_get(made, "orientation"));
    json_t     *depth       = json_object_get(made, "depth");
    int         value       = RWDA_ORIENTATION_STORED;

    if (made != NULL &&
        (orientation == NULL || rwda_enum_parse(&value, RWDA_ENUM_ORIENTATION, orientation, NULL) == RWDA_OK))
        out->orientation = (rwda_orientation)value;
    if (json_is_string(depth))
        out->depth = RWDA_DEPTH_AUTO;
    else if (json_integer_value(depth) >= 8 && json_integer_value(depth) <= 16)
        out->depth = (int)json_integer_value(depth);
    json_decref(made);
}

/* For people: what made these scores, and the threshold file without its scores. */
static json_t *recipe_of(const score_table *data, const decision *d, const char *source)
{
    json_t *made   = data->scoring != NULL ? json_loads(data->scoring, 0, NULL) : NULL;
    json_t *recipe = data->recipe != NULL ? json_loads(data->recipe, 0, NULL) : NULL;
    json_t *file   = d->calibration != NULL ? json_loads(rwda_thresholds_text(d->calibration), 0, NULL) : NULL;

    (void)json_object_del(file, "normal_scores");
    (void)json_object_del(file, "embedding");
    return json_pack("{s:s, s:o, s:o?, s:o?, s:o?, s:o?}", "rwda", rwda_version(), "source", rw_json_text(source), "column",
                     data->column[0] != '\0' ? rw_json_text(data->column) : NULL, "scoring", made, "recipe", recipe, "card",
                     file);
}

static int read_options(report_settings *s, int *megabytes)
{
    static const char *const ways[] = { "embed", "link", "none" };
    int                      way    = 0;

    if (!cli_choice(&way, "thumbnails", thumbnails_name, ways, 3) ||
        !cli_int(&s->side, "thumbnail-size", side_text, 16, 512) || !cli_int(megabytes, "budget", budget_text, 0, 2000) ||
        !cli_threads(&s->threads, &engine))
        return EXIT_USAGE;
    if (maps != NULL && way != REPORT_EMBED) {
        cli_error("--maps needs --thumbnails embed: overlays are embedded too");
        return EXIT_USAGE;
    }
    if (cli_image_options_read(&s->images, &how.images) != 0)
        return EXIT_USAGE;
    s->maps       = maps;
    s->thumbnails = (report_thumbnails)way;
    s->budget     = (size_t)*megabytes * 1000000;
    return 0;
}

static int write_page(score_table *data, report_settings *s)
{
    report_counts counts;
    rw_stream     out;
    rwda_error    err;
    long          bytes;
    int           code = cli_output_open(&out, out_path, force);

    if (code != 0)
        return code;
    if (report_write(out.file, &counts, data, s, cli_events(), &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_SOME_FAILED);
    bytes = ftell(out.file);
    if (cli_output_close(&out, code == 0) != 0)
        code = EXIT_OUTPUT;
    if (code != 0)
        return code;
    cli_note("%s: %zu image%s, %zu thumbnail%s%s, %zu heat map%s, %.1f MB", out_path, data->count, rw_s(data->count),
             counts.embedded, rw_s(counts.embedded), s->thumbnails == REPORT_EMBED ? "" : " embedded", counts.overlays,
             rw_s(counts.overlays), bytes > 0 ? 1e-6 * (double)bytes : 0.0);
    if (counts.left_out > 0)
        cli_note("%zu thumbnail%s of the lowest scores left out: over --budget", counts.left_out, rw_s(counts.left_out));
    if (s->maps != NULL && counts.overlays == 0)
        cli_error("%s: no overlay of these images: 'rwda map -o %s' writes them", s->maps, s->maps);
    if (counts.unreadable > 0)
        cli_error("%zu image%s could not be read for thumbnails", counts.unreadable, rw_s(counts.unreadable));
    return counts.unreadable > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

int verb_report(int argc, char **argv)
{
    decision         d    = { .threshold = NAN, .review = NAN };
    score_table      data = SCORE_TABLE_INIT;
    report_settings  s    = { .side = 128, .threads = rw_usable_cpus(), .decision = &d, .images = RWDA_IMAGE_OPTIONS_INIT };
    size_t           failed = 0;
    rw_image_source *images = NULL;
    char             base[RW_PATH_MAX], origin[RW_PATH_MAX];
    int              megabytes = 48, first, code = cli_parse(&verb, argc, argv, &first);
    bool             from_file;

    if (code >= 0)
        return code;
    if (first == argc) {
        cli_error("report needs scores or images; 'rwda report --help' shows examples");
        return EXIT_USAGE;
    }
    out_path  = out_path != NULL ? out_path : "report.html";
    from_file = first + 1 == argc && score_table_is_in(argv[first]);
    code      = read_options(&s, &megabytes);
    if (code == 0)
        code = scoring_decision(&d, threshold_text, review_text);
    if (code == 0 && from_file && scoring_given(&how)) {
        cli_error("%s holds scores already: leave the scoring options out", argv[first]);
        code = EXIT_USAGE;
    }
    if (code == 0)
        code = cli_output_check(out_path, force); /* before the work, not after it */
    if (code == 0)
        code =
            from_file ? collect_from_file(&data, argv[first], column) : cli_images(&images, argv + first, argc - first, nul);
    if (code == 0 && !from_file)
        code = collect_scores(&data, &how, &engine, &d, images, NULL);
    if (code == 0) {
        score_table_label_by_folder(&data);
        if (data.no_memory)
            rw_json_lose();
        rw_path_back(base, out_path);
        read_as_scored(&s.images, &data);
        s.base   = base;
        s.title  = title != NULL ? title : argv[first];
        s.recipe = recipe_of(&data, &d, argv[first]);
        if (!isnan(d.threshold) && rw_path_format(origin, "Threshold given: %s.", threshold_text))
            s.origin = origin;
        if (isnan(d.threshold) && !isnan(data.threshold)) {
            d.threshold = data.threshold;
            s.origin    = "Threshold that these scores were labelled with.";
        }
        code = write_page(&data, &s);
        for (size_t i = 0; i < data.count; i++)
            failed += isnan(data.items[i].score) ? 1 : 0;
        if (code == 0 && failed > 0)
            code = EXIT_SOME_FAILED;
        json_decref(s.recipe);
    }
    rw_image_source_free(images);
    decision_free(&d);
    score_table_free(&data);
    return code;
}
