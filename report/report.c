/* report.c - the HTML report of scores.
 *
 * Numbers and names stand in one JSON block, columns in falling order of score; thumbnails follow in blocks of base64 lines in the
 * same order, so that the page cuts up only the blocks it shows.  Everything else is done by report.js. */
#include "report/report.h"

#include "common/drift_watch.h"
#include "common/events.h"
#include "common/image_stream.h"
#include "common/json_watch.h"
#include "common/paths.h"
#include "common/text.h"
#include "report/page.h"
#include "report/thumbnail.h"

#include <math.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK        128 /* thumbnails */
#define DRIFT_POINTS 400 /* of the curve of evidence */

static int by_falling_score(const void *a, const void *b)
{
    const scored_image *x = a, *y = b;

    if (isnan(x->score) != isnan(y->score))
        return isnan(x->score) - isnan(y->score);
    if (x->score < y->score || x->score > y->score)
        return (x->score < y->score) - (x->score > y->score);
    return strcmp(x->path, y->path);
}

/* ---- Data ---------------------------------------------------------------------------------------------------------------- */

/* Index of a name in `names`, which grows. */
static json_t *index_of(json_t *names, json_t *places, const char *name)
{
    json_t *key = rw_json_text(name), *place = json_object_get(places, json_string_value(key));

    if (place == NULL) {
        place = json_integer((json_int_t)json_array_size(names));
        json_array_append(names, key);
        json_object_set_new(places, json_string_value(key), place);
    }
    json_decref(key);
    return place;
}

/* Scores in their given order against the threshold file's normal ones: the evidence of drift after every `step` of them.  NULL: there is
 * no threshold file, or no memory. */
static json_t *drift_json(const score_table *data, const decision *d)
{
    drift_watch w     = { 0 };
    json_t     *curve = NULL, *result = NULL;
    size_t      step = data->count / DRIFT_POINTS + 1;
    char        text[DRIFT_SENTENCE];

    if (drift_watch_open(&w, d, 0, NULL) == RWDA_OK && w.drift != NULL)
        curve = json_array();
    for (size_t i = 0; curve != NULL && i < data->count; i++) {
        if (!isfinite(data->items[i].score))
            continue;
        (void)drift_watch_add(&w, data->items[i].score, NULL, 0);
        if (w.state.images % step == 0)
            json_array_append_new(curve, json_real(w.state.evidence));
    }
    if (curve != NULL) {
        if (w.state.alarm)
            drift_sentence(text, &w.state);
        else
            (void)snprintf(text, sizeof text, "No drift noticed in the order of these scores.");
        result = json_pack("{s:s, s:f, s:I, s:I, s:I, s:o}", "sentence", text, "limit", w.state.limit, "images",
                           (json_int_t)w.state.images, "alarm", (json_int_t)w.state.alarm_image, "step", (json_int_t)step,
                           "evidence", curve);
    }
    drift_watch_close(&w);
    return result;
}

/* The text tower's, a column beside the others; NULL: there is none, or no memory. */
static json_t *opinions_of(const score_table *data)
{
    json_t *opinions = json_array();
    bool    any      = false;

    for (size_t i = 0; i < data->count; i++)
        if (!isnan(data->items[i].score)) {
            json_array_append_new(opinions, rw_json_text(data->items[i].opinion));
            any = any || data->items[i].opinion != NULL;
        }
    if (any)
        return opinions;
    json_decref(opinions);
    return NULL;
}

static json_t *data_json(const score_table *data, const report_settings *s, json_t *drift)
{
    json_t *paths = json_array(), *values = json_array(), *truth = json_array(), *category = json_array(),
           *type       = json_array();
    json_t *categories = json_array(), *types = json_array(), *failed = json_array(), *p = json_array();
    json_t *places[2] = { json_object(), json_object() };
    char    summary[160];

    for (size_t i = 0; i < data->count; i++) {
        const scored_image *item = &data->items[i];

        if (isnan(item->score)) {
            json_array_append_new(
                failed, json_pack("[o,o]", rw_json_text(item->path), rw_json_text(item->error != NULL ? item->error : "")));
            continue;
        }
        json_array_append_new(paths, rw_json_text(item->path));
        json_array_append_new(values, rw_json_number(item->score)); /* columns stay in step */
        json_array_append_new(truth, json_integer(item->truth));
        json_array_append(category, index_of(categories, places[0], item->category));
        json_array_append(type, index_of(types, places[1], item->defect_type));
        if (s->decision->calibration != NULL)
            json_array_append_new(p, json_real(decision_p_value(s->decision, item->score)));
    }
    json_decref(places[0]);
    json_decref(places[1]);
    if (s->decision->calibration == NULL) {
        json_decref(p);
        p = json_null();
    }
    (void)snprintf(summary, sizeof summary, "%s%s%srwda %s", data->column[0] != '\0' ? "column " : "", data->column,
                   data->column[0] != '\0' ? ", " : "", rwda_version());
    return json_pack(
        "{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o?, s:o*, s:O?}", "maps",
        (int)(s->maps != NULL), "title", rw_json_text(s->title), "summary", rw_json_text(summary), "origin",
        s->origin != NULL ? rw_json_text(s->origin) : json_null(), "threshold", rw_json_number(s->decision->threshold),
        "review", rw_json_number(s->decision->review), "base", rw_json_text(s->base), "thumbnails",
        s->thumbnails == REPORT_EMBED  ? "embed"
        : s->thumbnails == REPORT_LINK ? "link"
                                       : "none",
        "categories", categories, "kinds", types, "failed", failed, "paths", paths, "scores", values, "truth", truth,
        "category", category, "kind", type, "p", p, "drift", drift, "opinions", opinions_of(data), "recipe", s->recipe);
}

/* Inside a script element only '<' is dangerous; in JSON it occurs in strings only. */
static int put_harmless(const char *text, size_t len, void *user)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '<')
            fputs("\\u003c", user);
        else
            fputc(text[i], user);
    return 0;
}

/* ---- Thumbnails ---------------------------------------------------------------------------------------------------------- */

/* Base64; its length, 0 when there is none. */
static size_t put_thumbnail(FILE *out, const rwda_image *image, int side, size_t budget)
{
    size_t         len  = 0, used;
    unsigned char *jpeg = thumbnail_jpeg(&len, image, side);
    char          *text = NULL;

    used = BASE64_ENCODE_RAW_LENGTH(len);
    if (jpeg != NULL && used <= budget)
        text = malloc(used);
    if (jpeg == NULL || (text == NULL && used <= budget))
        rw_json_lose();
    if (text != NULL) {
        base64_encode_raw(text, len, jpeg);
        (void)fwrite(text, 1, used, out);
    } else {
        used = 0;
    }
    free(text);
    free(jpeg);
    return used;
}

/* The overlay of an image's map: under the folder by the end of its path, the longest that is there ('rwda map' leaves out what all
 * its inputs have in common). */
static bool overlay_path(char out[RW_PATH_MAX], const char *maps, const char *path)
{
    for (const char *end = path; end != NULL; end = strchr(end, '/')) {
        end += *end == '/';
        if (*end == '/' || strncmp(end, "../", 3) == 0 || !rw_path_format(out, "%s/%s.overlay.png", maps, end))
            continue;
        rw_path_fit_name(out, strlen(".overlay.png"));
        if (access(out, R_OK) == 0)
            return true;
    }
    return false;
}

/* After a space on the image's line, where there is one and the budget has room. */
static void put_overlay(FILE *out, report_counts *counts, const char *path, const report_settings *s,
                        const rwda_events *events)
{
    char        file[RW_PATH_MAX];
    rwda_image *overlay = NULL;
    rwda_error  err;
    size_t      used;

    if (s->maps == NULL || !overlay_path(file, s->maps, path))
        return;
    if (rwda_image_load(&overlay, file, NULL, &err) != RWDA_OK) {
        rw_warn(events, "no heat map: %s", err.message);
        if (err.code == RWDA_ENOMEM)
            rw_json_lose();
        return;
    }
    fputc(' ', out);
    used = put_thumbnail(out, overlay, s->side, s->budget - counts->bytes);
    counts->bytes += used;
    counts->overlays += used > 0;
    rwda_image_free(overlay);
}

static void put_one(FILE *out, report_counts *counts, const rw_decoded *decoded, const report_settings *s,
                    const rwda_events *events, bool *full)
{
    size_t used;

    if (decoded->image == NULL) {
        counts->unreadable++;
        if (counts->unreadable <= 3)
            rw_warn(events, "no thumbnail: %s", decoded->err.message);
        return;
    }
    used = put_thumbnail(out, decoded->image, s->side, s->budget - counts->bytes);
    counts->bytes += used;
    counts->embedded += used > 0;
    *full = used == 0;
    if (!*full)
        put_overlay(out, counts, decoded->name, s, events);
}

/* Thumbnails in the order of the data until the budget is spent; those after it are not even decoded. */
static rwda_status put_thumbnails(FILE *out, report_counts *counts, const score_table *data, const report_settings *s,
                                  const rwda_events *events, rwda_error *err)
{
    rw_image_reading reading = rw_image_reading_of(&s->images);
    char           **paths   = calloc(data->count + 1, sizeof *paths); /* the paths themselves belong to data */
    rw_image_source *source  = NULL;
    rw_image_stream *stream  = NULL;
    rw_decoded       decoded;
    size_t           n      = 0, i;
    bool             full   = false;
    rwda_status      status = RWDA_OK;

    for (; paths != NULL && n < data->count && !isnan(data->items[n].score); n++)
        paths[n] = data->items[n].path;
    source = paths != NULL ? rw_image_source_list(paths, n) : NULL;
    stream = rw_image_stream_new(source, &reading, s->threads, 32);
    if (stream == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for thumbnails");
        goto done;
    }
    for (i = 0; !full; i++) {
        RW_TRY(rw_image_stream_next(stream, &decoded, err));
        if (decoded.name == NULL)
            break;
        if (i % BLOCK == 0)
            fprintf(out, "%s<script type=\"text/plain\" class=\"thumbs\" data-count=\"%d\">", i > 0 ? "</script>\n" : "",
                    BLOCK);
        else
            fputc('\n', out);
        put_one(out, counts, &decoded, s, events, &full);
        rw_decoded_free(&decoded);
        (void)rw_progress(events, "thumbnails", i + 1, n);
    }
    if (i > 0)
        fputs("</script>\n", out);
    counts->left_out = n - counts->embedded - counts->unreadable;
done:
    rw_image_stream_free(stream);
    rw_image_source_free(source);
    free(paths);
    return status;
}

rwda_status report_write(FILE *out, report_counts *counts, score_table *data, const report_settings *settings,
                         const rwda_events *events, rwda_error *err)
{
    json_t     *drift  = drift_json(data, settings->decision), *root; /* before the order is lost */
    rwda_status status = RWDA_OK;

    memset(counts, 0, sizeof *counts);
    if (data->count > 0)
        qsort(data->items, data->count, sizeof *data->items, by_falling_score);
    root = data_json(data, settings, drift);
    if (root == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a report of %zu images", data->count);
    page_begin(out, settings->title, (const char *)report_js, report_js_size, settings->thumbnails == REPORT_LINK);
    (void)fwrite(report_html, 1, report_html_size, out);
    fputs("<script type=\"application/json\" id=\"data\">", out);
    (void)json_dump_callback(root, put_harmless, out, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    fputs("</script>\n", out);
    json_decref(root);
    if (settings->thumbnails == REPORT_EMBED)
        status = put_thumbnails(out, counts, data, settings, events, err);
    fputs("<script>", out);
    (void)fwrite(report_js, 1, report_js_size, out);
    fputs("</script>\n", out);
    page_end(out);
    return status;
}
