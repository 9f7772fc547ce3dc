#include "eval/pixel_cache.h"

#include "common/text_stream.h"
#include "eval/cache.h"
#include "eval/evidence_cache.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char rw_eval_no_mask[] = "no mask", rw_eval_no_pixel_metrics[] = "no pixel metrics";

/* By number, in a file. */
static const char *const reasons[] = {
    NULL, rw_eval_no_mask, rw_eval_no_pixel_metrics, rw_eval_few_normals, rw_eval_few_images, rw_eval_large_memory
};

/* Numbers of shots say which normal images are not for testing. */
static void describe_evidence(FILE *out, const rwda_evaluation *e, const rwda_eval_pixel_run *run,
                              const rwda_eval_category *category)
{
    rw_normals normals = rw_normals_of(e, category);

    fprintf(out, "shots %d of", run->shots);
    for (size_t i = 0; i < e->n_shots; i++)
        fprintf(out, " %d", e->shots[i]);
    fprintf(out, "\nresize %s\n", rwda_enum_name(RWDA_ENUM_RESIZE, e->resize));
    rw_evidence_describe_memory(out, e, &normals);
}

char *rw_eval_pixel_describe(const rwda_evaluation *e, const rwda_eval_pixel_run *run, const rwda_detector *detector,
                             const rwda_eval_category *category)
{
    const rwda_eval_map *map = run->map;

    bool             trained = rwda_eval_map_needs_detector(map);
    rw_image_reading reading = rw_image_reading_of(&e->images);
    char             key[RW_READING_KEY];
    char            *text = NULL;
    size_t           len  = 0;
    FILE            *out  = rw_text_stream(&text, &len);

    if (out == NULL)
        return NULL;
    fprintf(out, "rwda %s\nmap %s\nmodel %s%s\ncpu %s\nprecision %s\nimage %d\nobject %s %s\ndetector %s\n", rwda_version(),
            map->name, e->model->sha256, e->model->tokenizer, e->model->cpu, e->model->precision, e->model->image_size,
            trained ? "-" : rwda_eval_object_name(e->object), rwda_enum_name(RWDA_ENUM_NAMES, e->names),
            trained ? rwda_detector_sha256(detector) : "none");
    rw_image_reading_key(key, &reading.options);
    fprintf(out, "%s\n", key);
    if (map->evidence != RWDA_EVAL_WORDS)
        describe_evidence(out, e, run, category);
    for (size_t i = category->first; i < category->last; i++) {
        const rwda_dataset_item *item = &e->data->items[i];

        fprintf(out, "%d ", item->anomalous);
        rw_eval_cache_stamp(out, item->path);
        fputc(' ', out);
        if (item->mask != NULL)
            rw_eval_cache_stamp(out, item->mask);
        fputc('\n', out);
    }
    if (!rw_text_stream_close(out)) {
        free(text);
        return NULL;
    }
    return text;
}

#define NUMBERS "%zu %zu %d %zu %" SCNu64 " %" SCNu64 " %" SCNu64 " %lf %lf %lf %lf %lf %lf %lf %lf %lf %lf"

bool rw_eval_pixel_take(rwda_eval_pixel_cell *cell, const char *path, const char *description)
{
    rwda_pixel_results *f   = &cell->metrics;
    FILE               *in  = rw_file_stream_own(path);
    size_t              len = strlen(description), got = 0;
    char               *text   = calloc(len + 1024, 1);
    int                 reason = 0;
    bool                fine   = false;

    if (in != NULL && text != NULL)
        got = fread(text, 1, len + 1023, in);
    if (got > len && memcmp(text, description, len) == 0)
        fine = sscanf(text + len, NUMBERS, &cell->images, &cell->left_out, &reason, &f->regions, &f->normal, &f->anomalous,
                      &f->outside, &f->auroc, &f->ap, &f->f1_max, &f->threshold, &f->aupro, &f->aupro200, &f->auroc_error,
                      &f->ap_error, &f->f1_max_error, &f->aupro_error) == 17 &&
               reason >= 0 && (size_t)reason < RW_COUNTOF(reasons);
    if (!fine)
        *cell = (rwda_eval_pixel_cell){ 0 };
    f->images     = cell->images;
    cell->missing = reasons[fine ? reason : 0];
    if (in != NULL)
        fclose(in);
    free(text);
    return fine;
}

rwda_status rw_eval_pixel_cache(const char *path, const char *description, const rwda_eval_pixel_cell *cell, rwda_error *err)
{
    const rwda_pixel_results *f      = &cell->metrics;
    size_t                    reason = 0, len = 0;
    char                     *text = NULL;
    FILE                     *out  = rw_text_stream(&text, &len);
    rwda_status               status;

    while (reasons[reason] != cell->missing)
        reason++;
    if (out == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its text", path);
    fprintf(out, "%s%zu %zu %zu %zu %" PRIu64 " %" PRIu64 " %" PRIu64, description, cell->images, cell->left_out, reason,
            f->regions, f->normal, f->anomalous, f->outside);
    fprintf(out, " %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", f->auroc, f->ap, f->f1_max, f->threshold,
            f->aupro, f->aupro200, f->auroc_error, f->ap_error, f->f1_max_error, f->aupro_error);
    status = rw_text_stream_close(out) ? rw_eval_cache_write(path, text, err)
                                       : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its text", path);
    free(text);
    return status;
}
