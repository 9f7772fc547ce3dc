#include "eval/evidence_cache.h"

#include "common/text_stream.h"
#include "eval/cache.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* By number, in a file. */
static const char *const reasons[] = { NULL, rw_eval_few_normals, rw_eval_one_normal, rw_eval_few_images,
                                       rw_eval_large_memory };

void rw_evidence_describe_memory(FILE *out, const rwda_evaluation *e, const rw_normals *normals)
{
    const rwda_memory_options *o     = &e->memory;
    const uint8_t             *bytes = (const uint8_t *)o;

    fprintf(out, "memory ");
    for (size_t i = offsetof(rwda_memory_options, max_bytes); i < sizeof *o && o->size > 0; i++) /* it has no padding */
        fprintf(out, "%02x", bytes[i]);
    fprintf(out, "\nnormals %zu%s\n", normals->count, normals->from_test ? " of the test" : "");
    for (size_t i = 0; i < normals->count; i++) {
        rw_eval_cache_stamp(out, normals->items[i].path);
        fputc('\n', out);
    }
}

char *rw_evidence_describe(rwda_eval_run *const *runs, size_t n, const rw_evidence *v, const rw_normals *normals,
                           const rwda_detector *detector)
{
    const rwda_evaluation *e    = v->e;
    char                  *text = NULL;
    size_t                 len  = 0;
    FILE                  *out  = rw_text_stream(&text, &len);
    char                   key[RW_READING_KEY];

    if (out == NULL)
        return NULL;
    fprintf(out,
            "rwda %s\nmodel %s%s\ncpu %s\nprecision %s\nimage %d\nresize %s\ncrops %s %s\nobject %s %s\nfuse "
            "%.17g\ndetector %s\n",
            rwda_version(), e->model->sha256, e->model->tokenizer, e->model->cpu, e->model->precision, e->model->image_size,
            rwda_enum_name(RWDA_ENUM_RESIZE, e->resize), rwda_enum_name(RWDA_ENUM_CROPS, runs[0]->plan),
            rwda_enum_name(RWDA_ENUM_POOL, runs[0]->pool), rwda_eval_object_name(e->object),
            rwda_enum_name(RWDA_ENUM_NAMES, e->names), e->fuse, detector != NULL ? rwda_detector_sha256(detector) : "none");
    rw_image_reading_key(key, &v->reading.options);
    fprintf(out, "%s\n", key);
    for (size_t i = 0; i < e->n_shots; i++)
        fprintf(out, "shots %d\n", e->shots[i]);
    for (size_t r = 0; r < n; r++)
        fprintf(out, "run %s %d %d\n", runs[r]->method->name, runs[r]->shots, runs[r]->seeds);
    rw_evidence_describe_memory(out, e, normals);
    for (size_t i = v->category->first; i < v->category->last; i++) {
        rw_eval_cache_stamp(out, e->data->items[i].path);
        fputc('\n', out);
    }
    if (!rw_text_stream_close(out)) {
        free(text);
        return NULL;
    }
    return text;
}

/* The next number, and what follows it; false: there is none. */
static bool read_number(double *out, char **at)
{
    char *end;

    *out = strtod(*at, &end);
    if (end == *at)
        return false;
    *at = end;
    return true;
}

/* A whole number of at most `most`. */
static bool read_count(size_t *out, char **at, size_t most)
{
    double value;

    if (!read_number(&value, at) || !(value >= 0 && value <= (double)most && floor(value) == value))
        return false;
    *out = (size_t)value;
    return true;
}

static bool read_source(rwda_eval_source *out, char **at)
{
    size_t reason, from_test;

    if (!read_count(&out->normals, at, SIZE_MAX / 4096) || !read_count(&from_test, at, 1) ||
        !read_count(&out->left_out, at, SIZE_MAX / 4096) || !read_count(&reason, at, RW_COUNTOF(reasons) - 1))
        return false;
    out->from_test = (int)from_test;
    out->missing   = reasons[reason];
    return true;
}

static bool read_all(rwda_eval_run *const *runs, size_t n, bool *failed, const rw_evidence *v, char *at)
{
    size_t first = v->category->first, last = v->category->last, images = v->e->data->count, flag;

    for (size_t i = first; i < last; i++) {
        if (!read_count(&flag, &at, 1))
            return false;
        failed[i - first] = flag != 0;
    }
    for (size_t r = 0; r < n; r++) {
        if (!read_source(&runs[r]->sources[v->category - v->e->categories], &at))
            return false;
        for (size_t seed = 0; seed < (size_t)runs[r]->seeds; seed++)
            for (size_t i = first; i < last; i++)
                if (!read_number(&runs[r]->scores[seed * images + i], &at) ||
                    !read_number(&runs[r]->shown[seed * images + i], &at))
                    return false;
    }
    return strcmp(at, "\nend\n") == 0;
}

bool rw_evidence_take(rwda_eval_run *const *runs, size_t n, bool *failed, const rw_evidence *v, const char *path,
                      const char *description)
{
    size_t   head = strlen(description), len = 0;
    uint8_t *text = NULL;
    bool fine = rw_file_read_own(&text, &len, path, (size_t)1 << 30) && len > head && memcmp(text, description, head) == 0 &&
                read_all(runs, n, failed, v, (char *)text + head);

    free(text);
    return fine;
}

rwda_status rw_evidence_cache(rwda_eval_run *const *runs, size_t n, const bool *failed, const rw_evidence *v,
                              const char *path, const char *description, rwda_error *err)
{
    size_t      first = v->category->first, last = v->category->last, images = v->e->data->count, len = 0;
    char       *text = NULL;
    FILE       *out  = rw_text_stream(&text, &len);
    rwda_status status;

    if (out == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its text", path);
    fputs(description, out);
    for (size_t i = first; i < last; i++)
        fprintf(out, "%d ", failed[i - first]);
    for (size_t r = 0; r < n; r++) {
        const rwda_eval_source *s      = &runs[r]->sources[v->category - v->e->categories];
        size_t                  reason = 0;

        while (reasons[reason] != s->missing)
            reason++;
        fprintf(out, "\n%zu %d %zu %zu", s->normals, s->from_test, s->left_out, reason);
        for (size_t seed = 0; seed < (size_t)runs[r]->seeds; seed++)
            for (size_t i = first; i < last; i++)
                fprintf(out, "\n%.17g %.17g", runs[r]->scores[seed * images + i], runs[r]->shown[seed * images + i]);
    }
    fputs("\nend\n", out);
    status = rw_text_stream_close(out) ? rw_eval_cache_write(path, text, err)
                                       : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its text", path);
    free(text);
    return status;
}
