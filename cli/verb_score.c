/* verb_score.c - rwda score: anomaly scores of images. */
#include "base/name_text.h"
#include "cli/archive_outputs.h"
#include "cli/kinds_option.h"
#include "cli/map_options.h"
#include "cli/scoring.h"
#include "cli/shard_options.h"
#include "common/clock.h"
#include "common/drift_watch.h"
#include "common/image_source_tar.h"
#include "common/json_watch.h"
#include "common/part_file.h"
#include "common/part_merge.h"
#include "common/paths.h"
#include "common/score_arrow.h"
#include "common/score_record.h"
#include "common/text.h"
#include "report/contact_sheet.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static cli_engine      engine;
static scoring_options how;
static map_options     map_texts;
static kinds_option    named;
static shard_options   share;
static image_input     input;
static const char     *out_path, *format_name, *threshold_text, *review_text, *sheet_path, *map_folder;
static bool            force, fail_on_anomaly, no_drift, json, resume;

static const cli_option options[] = {
    SCORING_OPTIONS(how),
    MUTUAL_OPTIONS(how.memory),
    { "threshold", "X|FILE",
      "label scores >= X anomalous, or as a threshold file of 'rwda calibrate' says; without it label is null",
      &threshold_text, NULL, 0 },
    { "review", "X", "label scores >= X and below the threshold review", &review_text, NULL, 0 },
    { "fail-on-anomaly", NULL, "exit with 3 when a score reached the threshold", NULL, &fail_on_anomaly, 0 },
    { "no-drift", NULL, "do not compare the images with the threshold file's normal ones to warn when they changed", NULL,
      &no_drift, 0 },
    { "format", "F", "jsonl, csv, table or arrow, an Arrow IPC stream (jsonl)", &format_name, NULL, 0,
      .words = "jsonl csv table arrow" },
    { "json", NULL, "the same as --format jsonl", NULL, &json, 0 },
    { "output", "FILE", "instead of standard output; appears whole; a folder: of archives, an output each", &out_path, NULL,
      'o' },
    { "contact-sheet", "PNG", "also draw the images with their scores (the first 240)", &sheet_path, NULL, 0 },
    { "overview", "PNG", NULL, &sheet_path, NULL, 0 },
    { "map", "DIR", "also write a map of each image there, as 'rwda map' does", &map_folder, NULL, 0 },
    MAP_OPTIONS("map-", map_texts),
    KINDS_OPTION(named),
    SHARD_OPTIONS(share, "with -o DIR: into part-I-of-N.jsonl there, for 'rwda merge'"),
    { "resume", NULL, "write -o FILE line by line, and go on where an earlier call was ended (FILE.partial)", NULL, &resume,
      0 },
    { "force", NULL, "overwrite output files", NULL, &force, 'f' },
    IMAGE_INPUT_OPTIONS(input),
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "score",
    "Scores images: 0..1, higher is more anomalous.  0.5 is not a threshold.",
    "[OPTIONS] IMAGE|DIRECTORY|ARCHIVE|-...",
    "  rwda score --detector detector.safetensors images/\n"
    "  rwda score --method clip --object \"metal nut\" nut.png\n"
    "  rwda score -d detector.safetensors --threshold thresholds.json images/    # see 'rwda calibrate --help'\n"
    "  rwda remember normal/ -o memory.safetensors && rwda score --memory memory.safetensors images/\n"
    "  rwda score --mutual images/    # no normal images at hand, but most of these are\n"
    "  find . -name '*.png' | rwda score -d detector.safetensors --crops 2x2 --format csv -o scores.csv -\n"
    "  rwda score -d detector.safetensors -o scores/ 'Sewer-ML/shard-{000000..000099}.tar'\n"
    "  printf '{\"path\":\"nut.png\",\"id\":7}\\n' | rwda score --lines json\n",
    options,
    sizeof options / sizeof options[0],
};

enum { JSONL, CSV, TABLE, ARROW };
static const char *const endings[] = { ".jsonl", ".csv", ".txt", ".arrows" }; /* of outputs that are named after archives */

/* One run's settings and counts. */
typedef struct {
    scoring          engine;
    decision         decision;
    drift_watch      drift;
    json_t          *described; /* what every record says about how it was scored */
    int              format;
    rw_stream        out;
    rw_arrow_writer *arrow; /* into it; NULL: another format */
    contact_sheet   *sheet;
    map_files        maps; /* folder NULL: none are wanted */
    rw_shard         shard;
    rw_part         *part; /* where records go instead of `out`; NULL: there is none */
    size_t           scored, failed, anomalous, skipped;
    bool             lost;           /* a record could not be written */
    bool             archives_apart; /* each has its own output */
    const char      *archive;        /* the one under way, then; NULL: none */
    bool             broken;         /* it could not be read to its end */
} run;

/* Of a part: its messages say what --force does, and where it would not help. */
static int fail_part(const rwda_error *err)
{
    cli_error("%s", err->message);
    return EXIT_OUTPUT;
}

/* To the part, the Arrow stream or as a line.  0, or the exit code that ends the run: a record that is missing is no record of failure
 * either. */
static int put_record(run *r, uint64_t order, json_t *record)
{
    rwda_error err;

    if (r->part != NULL) { /* the same bytes whoever made them, and when */
        (void)json_object_del(record, "ms");
        if (rw_part_add(r->part, order, record, &err) == RWDA_OK)
            return 0;
    } else if (r->arrow != NULL) {
        if (score_arrow_add(r->arrow, record, &err) == RWDA_OK)
            return 0;
    } else if (rw_json_line(r->out.file, out_path != NULL ? out_path : "standard output", record,
                            JSON_COMPACT | JSON_REAL_PRECISION(9), &err) == RWDA_OK)
        return 0;
    r->lost = true;
    return r->part != NULL ? fail_part(&err) : cli_fail(&err, EXIT_OUTPUT);
}

/* In a table, which people read: a file's name must not steer the terminal, nor look like two rows. */
static void print_name(FILE *out, const char *name)
{
    char *text = rw_name_to_text(name, true);

    fputs(text != NULL ? text : "?", out);
    free(text);
}

static void print_failure(void *user, const rw_decoded *image)
{
    const char *path = image->name;
    run        *r    = user;

    r->failed++;
    r->broken |= r->archive != NULL && strcmp(path, r->archive) == 0;
    cli_error("%s", image->err.message);
    if (r->format == JSONL || r->format == ARROW)
        (void)put_record(r, image->order, score_record_failure(path, &image->err, image->given));
    else if (r->format == CSV) {
        rw_csv_text(r->out.file, path);
        fprintf(r->out.file, ",,,");
        rw_csv_text(r->out.file, image->err.message);
        fputs(named.kinds != NULL ? ",,\n" : ",\n", r->out.file);
    } else {
        fprintf(r->out.file, "%8s  ", "failed");
        print_name(r->out.file, path);
        fputc('\n', r->out.file);
    }
}

static int print_record(run *r, const rw_decoded *image, const rwda_score *score, double encode_ms, const char *label,
                        json_t *map, const kind_opinion *opinion)
{
    const rwda_detector *d     = r->engine.detector;
    double               value = (double)score->score, p = decision_p_value(&r->decision, value);
    FILE                *out    = r->out.file;
    score_record         record = { image->name,
                                    image->image->width,
                                    image->image->height,
                                    score,
                                    label,
                                    r->decision.threshold,
                                    p,
                                    map,
                            d != NULL ? rwda_detector_sha256(d) : NULL,
                                    rwda_model_get_info(r->engine.model)->sha256,
                                    r->described,
                                    image->decode_ms,
                                    encode_ms };

    if (r->format == JSONL || r->format == ARROW) {
        record.kinds        = json_incref(opinion->ranked);
        record.kinds_region = json_incref(opinion->region);
        record.given        = image->given;
        return put_record(r, image->order, score_record_json(&record));
    }
    json_decref(map);
    label = label != NULL ? label : "";
    if (r->format == CSV) {
        rw_csv_text(out, image->name);
        fprintf(out, ",%.9g,%s,,", value, label);
        if (!isnan(p))
            fprintf(out, "%.9g", p);
        if (named.kinds != NULL)
            fputc(',', out);
        if (opinion->first != NULL)
            rw_csv_text(out, opinion->first);
        fputc('\n', out);
    } else {
        fprintf(out, "%8.4f  ", value);
        print_name(out, image->name);
        fprintf(out, "%s%s%s%s\n", label[0] != '\0' ? "  " : "", label, opinion->first != NULL ? "  " : "",
                opinion->first != NULL ? opinion->first : "");
    }
    return 0;
}

/* Warns once. */
static void watch_drift(run *r, const rwda_score *score, const float *x)
{
    char sentence[DRIFT_SENTENCE];

    if (!drift_watch_add(&r->drift, (double)score->score, x, score->crops))
        return;
    drift_sentence(sentence, &r->drift.state);
    cli_error("warning: %s (--no-drift: no such test)", sentence);
}

static int print_score(void *user, const rw_decoded *image, const scoring_result *scored)
{
    const rwda_score *score = &scored->score;
    run              *r     = user;
    const char       *label = decision_label(&r->decision, (double)score->score);
    bool         asked  = named.kinds != NULL && (label == NULL || strcmp(label, "normal") != 0); /* is there one to name? */
    json_t      *map    = NULL;
    float       *values = NULL;
    kind_opinion opinion = { NULL, NULL, NULL };
    rw_decoded   failed  = *image; /* if it does */
    bool         output_failed;
    int          code;

    if (r->maps.folder != NULL &&
        map_files_add(&r->maps, &map, asked ? &values : NULL, r->engine.session, r->engine.scorer, image->image, scored->map,
                      image->name, &output_failed, &failed.err) != RWDA_OK) {
        if (output_failed)
            return cli_fail(&failed.err, EXIT_OUTPUT);
        print_failure(r, &failed);
        return 0;
    }
    if (asked && kind_opinion_of(&opinion, r->engine.session, r->engine.scorer, named.kinds, image->image, values,
                                 &failed.err) != RWDA_OK) {
        (void)rw_fail_prefix(&failed.err, failed.err.code, image->name);
        print_failure(r, &failed);
        json_decref(map);
        free(values);
        return 0;
    }
    r->scored++;
    r->anomalous += label != NULL && strcmp(label, "anomalous") == 0;
    code = print_record(r, image, score, scored->encode_ms, label, map, &opinion);
    kind_opinion_free(&opinion);
    free(values);
    watch_drift(r, score, scored->x);
    if (r->sheet != NULL)
        contact_sheet_add(r->sheet, image->image, image->name, score->score);
    return code;
}

/* After each group.  JSON lines were flushed one by one. */
static int flush(void *user)
{
    run       *r = user;
    rwda_error err;

    if (r->arrow != NULL && rw_arrow_writer_flush(r->arrow, &err) != RWDA_OK) {
        r->lost = true;
        return cli_fail(&err, EXIT_OUTPUT);
    }
    if (r->out.file != NULL && fflush(r->out.file) != 0) {
        cli_error("%s: cannot be written: %s", out_path != NULL ? out_path : "standard output", strerror(errno));
        r->lost = true;
    }
    return r->lost ? EXIT_OUTPUT : 0;
}

static int write_sheet(contact_sheet *sheet)
{
    uint8_t   *png;
    size_t     len;
    rwda_error err;
    int        code;

    if (contact_sheet_png(&png, &len, sheet, &err) != RWDA_OK) {
        cli_error("%s: %s", sheet_path, err.message);
        return EXIT_SOME_FAILED;
    }
    code = cli_write_bytes(sheet_path, force, png, len);
    free(png);
    return code;
}

static int read_options(rwda_scorer_options *o, run *r)
{
    static const char *const formats[] = { "jsonl", "csv", "table", "arrow" };
    int                      code;

    if (!cli_choice(&r->format, "format", format_name, formats, 4))
        return EXIT_USAGE;
    if (r->format == ARROW && cli_needs_arrow("--format arrow") != 0)
        return EXIT_USAGE;
    if (json && r->format != JSONL) {
        cli_error("--json and --format %s exclude each other", format_name);
        return EXIT_USAGE;
    }
    if (fail_on_anomaly && threshold_text == NULL) {
        cli_error("--fail-on-anomaly needs --threshold: 0.5 is not a threshold");
        return EXIT_USAGE;
    }
    if (map_folder == NULL && map_options_given(&map_texts)) {
        cli_error("options of maps need --map DIR");
        return EXIT_USAGE;
    }
    if (!image_input_excludes(&input, "mutual", how.memory.mutual, true) ||
        !image_input_excludes(&input, "map", map_folder != NULL, true) ||
        !image_input_excludes(&input, "resume", resume, false) ||
        !image_input_excludes(&input, "shard", shard_options_given(&share), false))
        return EXIT_USAGE;
    if (out_path != NULL && strcmp(out_path, "-") == 0)
        out_path = NULL;
    how.named = named.text != NULL;
    how.ready = true;
    code      = scoring_read(o, &how);
    return code == 0 ? kinds_option_read(&named, o) : code;
}

static int open_drift(run *r)
{
    rwda_error err;

    return drift_watch_open(&r->drift, &r->decision, (size_t)rwda_model_get_info(r->engine.model)->embed_dim, &err) ==
                   RWDA_OK
               ? 0
               : cli_fail(&err, EXIT_SOME_FAILED);
}

/* What the lines of a part depend on: a process that goes on with them must have the same. */
static json_t *settings_of(const run *r)
{
    const rwda_detector *d        = r->engine.detector;
    json_t              *settings = json_pack("{s:s, s:s, s:O, s:o, s:o}", "rwda", rwda_version(), "model",
                                              rwda_model_get_info(r->engine.model)->sha256, "scoring", r->described, "threshold",
                                              rw_json_number(r->decision.threshold), "review", rw_json_number(r->decision.review));

    if (settings != NULL && d != NULL)
        (void)json_object_set_new(settings, "detector", json_string(rwda_detector_sha256(d)));
    if (settings != NULL && named.text != NULL)
        (void)json_object_set_new(settings, "kinds", rw_json_text(named.text));
    return settings;
}

static bool is_shard(const run *r) /* --shard 0/1 is one too */
{
    return r->shard.count > 1 || share.shard != NULL;
}

static bool makes_part(const run *r)
{
    return input.archives == NULL && (resume || (out_path != NULL && is_shard(r)));
}

/* Parts are JSON lines, and nothing that is drawn or named over all images. */
static int check_part(const run *r)
{
    const char *wrong = r->format != JSONL           ? "another --format than jsonl"
                        : sheet_path != NULL         ? "--contact-sheet: it would be the last one's"
                        : map_folder != NULL         ? "--map: 'rwda map --shard' draws them"
                        : how.memory.mutual          ? "--mutual: each image is compared with all others"
                        : out_path == NULL && resume ? "standard output: --resume needs -o FILE"
                                                     : NULL;
    rwda_error  err;

    if (wrong != NULL) {
        cli_error("--shard and --resume exclude %s", wrong);
        return EXIT_USAGE;
    }
    return !makes_part(r) || !is_shard(r) || rw_part_folder_check(out_path, r->shard.count, &err) == RWDA_OK
               ? 0
               : cli_fail(&err, EXIT_OUTPUT);
}

/* A shard of archives is some of them, whole. */
static int check_archives(run *r)
{
    r->archives_apart = archive_outputs_wanted(out_path);
    if (resume && !r->archives_apart) {
        cli_error("--resume with archives needs -o DIR, an output for each");
        return EXIT_USAGE;
    }
    if (r->shard.count > 1)
        image_input_share(&input, &r->shard);
    return r->archives_apart ? archive_outputs_check(&input, out_path, endings[r->format]) : 0;
}

static int open_part(run *r)
{
    bool        sharded  = is_shard(r);
    json_t     *settings = settings_of(r);
    char        path[RW_PATH_MAX];
    rwda_error  err;
    rwda_status status = RWDA_OK;

    if (!(sharded ? rw_part_path(path, out_path, &r->shard) : rw_path_format(path, "%s", out_path)))
        status = rw_fail(&err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: too long for a path", out_path);
    if (status == RWDA_OK)
        status = rw_part_open(&r->part, path, settings, sharded ? &r->shard : NULL, force, &err);
    json_decref(settings);
    if (status == RWDA_OK && rw_part_get_counts(r->part).before > 0)
        cli_note("%zu record%s there; it goes on behind them", rw_part_get_counts(r->part).before,
                 rw_part_get_counts(r->part).before == 1 ? " of an earlier call is" : "s of an earlier call are");
    return status == RWDA_OK ? 0 : fail_part(&err);
}

static int finish_part(run *r)
{
    rw_part_counts counts = rw_part_get_counts(r->part);
    rwda_error     err;

    if (r->lost || rw_part_finish(r->part, &err) != RWDA_OK)
        return r->lost ? EXIT_OUTPUT : fail_part(&err);
    if (counts.before > 0)
        cli_note("%zu record%s in all, %zu of failures%s", counts.lines, rw_s(counts.lines), counts.failed,
                 counts.before == counts.lines ? ": nothing was left to do" : "");
    r->failed    = counts.failed;
    r->anomalous = counts.anomalous;
    return 0;
}

/* Where no part is written. */
static int open_output(run *r, const char *path)
{
    rwda_error err;
    int        code = cli_output_open(&r->out, path, force);

    if (code != 0 || r->format != ARROW || score_arrow_new(&r->arrow, &r->out, &err) == RWDA_OK)
        return code;
    (void)cli_output_close(&r->out, false);
    return cli_fail(&err, EXIT_OUTPUT);
}

static int close_output(run *r)
{
    rwda_error err;

    if (r->arrow != NULL && !r->lost && rw_arrow_writer_end(r->arrow, &err) != RWDA_OK) {
        r->lost = true;
        (void)cli_fail(&err, EXIT_OUTPUT);
    }
    rw_arrow_writer_free(r->arrow);
    r->arrow = NULL;
    return cli_output_close(&r->out, !r->lost && !r->broken) != 0 || r->lost ? EXIT_OUTPUT : 0;
}

/* 0, or an exit code that says more than what the counts do. */
static int score_source(run *r, rw_image_source *images)
{
    scoring_sink sink = { print_score, print_failure, r, flush };
    int          code;

    if (r->maps.folder != NULL)
        r->engine.maps = &r->maps.options;
    if (r->format == CSV)
        fprintf(r->out.file, "path,score,label,error,p_value%s\n", named.kinds != NULL ? ",opinion" : "");
    code = scoring_all(&r->engine, images, &sink);
    r->skipped += images->skipped;
    if (r->part == NULL && close_output(r) != 0)
        code = EXIT_OUTPUT;
    return code;
}

/* An output for each archive, whole or none: one that ends too early is to be scored again.  *some: one could not be read. */
static int score_archives(run *r, bool *some)
{
    char path[RW_PATH_MAX], shown[RW_PATH_MAX];
    int  code = 0;

    for (size_t i = 0; i < input.n_archives && (code == 0 || code == EXIT_SOME_FAILED); i++) {
        rw_image_source *images = NULL;

        (void)archive_output_path(path, out_path, input.archives[i], endings[r->format]); /* it was looked at before */
        if (resume && rw_path_is_file(path, "")) {
            cli_note("%s: is there", path);
            continue;
        }
        rw_tar_shown(shown, input.archives[i]);
        r->archive = shown;
        r->broken  = false;
        code       = image_input_open_archives(&images, &input.archives[i], 1);
        if (code == 0)
            code = open_output(r, path);
        if (code == 0)
            code = score_source(r, images);
        if (r->broken)
            cli_note("%s: not written", path);
        *some |= code != 0;
        rw_image_source_free(images);
    }
    return code == EXIT_SOME_FAILED ? 0 : code;
}

static int score_all(run *r, rw_image_source *images)
{
    double start = rw_now_ms();
    bool   some  = false;
    int    code  = r->archives_apart ? score_archives(r, &some) : score_source(r, images);

    cli_note("%zu scored, %zu failed, %zu other file%s skipped, %.1f images/s", r->scored, r->failed, r->skipped,
             rw_s(r->skipped), 1e3 * (double)r->scored / (rw_now_ms() - start));
    if (code == 0 && r->part != NULL)
        code = finish_part(r);
    if (code == 0 && r->sheet != NULL)
        code = write_sheet(r->sheet);
    if (code == 0)
        code = fail_on_anomaly && r->anomalous > 0 ? EXIT_ANOMALY : r->failed > 0 || some ? EXIT_SOME_FAILED : EXIT_DONE;
    return code;
}

static void describe(run *r)
{
    r->described = score_record_scoring(r->engine.scorer);
    if (how.memory.mutual && r->described != NULL)
        (void)json_object_set_new(r->described, "compared_with",
                                  json_integer((json_int_t)rwda_memory_get_info(r->engine.memory)->images));
}

int verb_score(int argc, char **argv)
{
    rwda_scorer_options scorer = RWDA_SCORER_OPTIONS_INIT;
    rw_image_source    *images = NULL;
    char              **paths  = NULL;
    size_t              n      = 0;
    run                 r      = { .decision = { .threshold = NAN, .review = NAN } };
    int                 first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    code = image_input_read(&input, argv + first, argc - first);
    if (code == 0)
        code = read_options(&scorer, &r);
    if (code == 0 && !image_input_is_stream(&input)) /* whoever feeds it has shared out */
        code = shard_options_read(&r.shard, &share);
    if (code == 0 && input.archives != NULL)
        code = check_archives(&r);
    else if (code == 0 && (makes_part(&r) || r.shard.count > 1))
        code = check_part(&r);
    else if (code == 0 && archive_outputs_wanted(out_path)) {
        cli_error("%s: a folder: shards (--shard I/N, or a scheduler's) and archives write there, others to a file",
                  out_path);
        code = EXIT_USAGE;
    }
    if (code == 0)
        code = scoring_decision(&r.decision, threshold_text, review_text);
    if (code == 0)
        code = r.archives_apart ? 0 : image_input_open(&images, &input, argv + first, argc - first);
    if (code == 0 && map_folder != NULL)
        code = memory_options_maps(&map_texts, &how.memory, scorer.fuse, "map-");
    if (code == 0 && map_folder != NULL)
        code = map_options_read(&r.maps, &map_texts, &how.images, "map-", map_folder, force);
    if (code == 0 && (map_folder != NULL || how.memory.mutual))
        code = map_options_names(&r.maps, &images, &paths, &n);
    if (code == 0)
        code = scoring_open(&r.engine, &scorer, &how, &engine, paths, n);
    if (code == 0)
        code = scoring_decision_check(&r.decision, r.engine.scorer);
    if (code == 0)
        code = kinds_option_open(&named, r.engine.session);
    if (code == 0 && !no_drift)
        code = open_drift(&r);
    if (code == 0 && sheet_path != NULL)
        r.sheet = contact_sheet_new(240);
    if (code == 0)
        describe(&r);
    if (code == 0)
        code = makes_part(&r) ? open_part(&r) : r.archives_apart ? 0 : open_output(&r, out_path);
    if (code == 0 && r.part != NULL)
        code = shard_images(&images, rw_part_wants, r.part);
    else if (code == 0 && r.shard.count > 1 && input.archives == NULL)
        code = shard_images(&images, shard_wants, &r.shard);
    if (code == 0)
        code = score_all(&r, images);
    rw_part_close(r.part);
    image_input_free(&input);
    contact_sheet_free(r.sheet);
    kinds_option_free(&named);
    roi_free(r.maps.region);
    json_decref(r.described);
    drift_watch_close(&r.drift);
    decision_free(&r.decision);
    scoring_close(&r.engine);
    rw_image_source_free(images);
    rw_image_names_free(paths, n);
    return code;
}
