/* embeddings.c - how is a data set encoded once, and not again after an interruption?
 *
 * A category's embeddings are kept as FOLDER/<category>.<plan>.npy beside FOLDER/<category>.<plan>.txt, which says what they are of:
 * model, kernel table, precision, input, and each picture's size, date and rows.  They are taken when that text is the same to the byte. */
#include "eval/eval.h"

#include "pipeline.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define GROUP 16

const char *eval_plan_name(rwda_crops plan)
{
    static const char *const names[] = { "one", "5", "2x2", "3x3" };

    return names[plan];
}

/* What a category's embeddings depend on; the caller's to free.  rows [n]: crops of each picture, or 0 for a broken one. */
static char *description(const evaluation *e, const rwda_model_info *info, const char *resize, rwda_crops plan,
                         const eval_category *category, const size_t *rows)
{
    char  *text = NULL;
    size_t len  = 0;
    FILE  *out  = open_memstream(&text, &len);

    if (out == NULL)
        return NULL;
    fprintf(out, "model %s\ncpu %s\nprecision %s\nimage %d\nresize %s\ncrops %s\n", info->sha256, info->cpu,
            info->precision, info->image_size, resize, eval_plan_name(plan));
    for (size_t i = category->first; i < category->last; i++) {
        struct stat s = { 0 };

        (void)stat(e->data.items[i].path, &s);
        fprintf(out, "%s %lld %lld.%09ld", e->data.items[i].path, (long long)s.st_size, (long long)s.st_mtim.tv_sec,
                s.st_mtim.tv_nsec);
        if (rows != NULL)
            fprintf(out, " %zu", rows[i - category->first]);
        fputc('\n', out);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static bool kept_path(char out[CLI_PATH_MAX], const char *folder, const char *category, rwda_crops plan, const char *ending)
{
    char name[256];
    size_t n = 0;

    for (; category[n] != '\0' && n < sizeof name - 1; n++)
        name[n] = isalnum((unsigned char)category[n]) || category[n] == '-' ? category[n] : '_';
    name[n] = '\0';
    return cli_path(out, "%s/%s.%s.%s", folder, name, eval_plan_name(plan), ending);
}

/* Rows of each picture from a kept description that matches `wanted` (made without rows); false: nothing of use is kept. */
static bool read_rows(size_t *rows, size_t n, const char *path, const char *wanted)
{
    FILE  *in   = fopen(path, "r");
    char  *line = NULL;
    size_t room = 0, picture = 0;
    bool   same = in != NULL;
    int    head = 5;

    while (same && getline(&line, &room, in) > 0) {
        const char *end = strchr(wanted, '\n');
        size_t      len = end != NULL ? (size_t)(end - wanted) : 0;

        same = end != NULL && strncmp(line, wanted, len) == 0;
        if (same && head > 0)
            head--;
        else if (same)
            same = picture < n && sscanf(line + len, " %zu", &rows[picture++]) == 1;
        wanted = end != NULL ? end + 1 : wanted;
    }
    free(line);
    if (in != NULL)
        fclose(in);
    return same && picture == n && *wanted == '\0';
}

/* The numbers of an .npy file that rwda wrote: they are its end. */
static bool read_numbers(float *out, size_t count, const char *path)
{
    FILE *in   = fopen(path, "rb");
    bool  fine = in != NULL && fseek(in, -(long)(count * sizeof *out), SEEK_END) == 0 && ftell(in) >= 64 && ftell(in) <= 256 &&
                fread(out, sizeof *out, count, in) == count;

    if (in != NULL)
        fclose(in);
    return fine;
}

typedef struct {
    float  *x;
    size_t *rows;
    size_t  count, capacity, dim; /* rows filled, rows there is room for */
} filling;

static bool make_room(filling *f, size_t more)
{
    size_t wanted = f->count + more;
    float *grown;

    if (wanted <= f->capacity)
        return true;
    wanted = wanted > 2 * f->capacity ? wanted : 2 * f->capacity;
    grown  = realloc(f->x, wanted * f->dim * sizeof *grown);
    if (grown == NULL)
        return false;
    f->x        = grown;
    f->capacity = wanted;
    return true;
}

/* Embeds a group of decoded pictures together; if that fails, one by one, so that one cannot spoil others. */
static bool embed_group(filling *f, evaluation *e, rwda_session *session, decoded *group, size_t n, size_t *rows,
                        rwda_resize resize, rwda_crops plan)
{
    const rwda_image *images[GROUP];
    size_t            good = 0, total = 0;
    rwda_error        err;

    for (size_t i = 0; i < n; i++) {
        rows[i] = group[i].image != NULL ? rwda_crop_count(group[i].image->width, group[i].image->height, resize, plan) : 0;
        total += rows[i];
        if (group[i].image != NULL)
            images[good++] = group[i].image;
    }
    if (!make_room(f, total))
        return false;
    if (rwda_embed_images(f->x + f->count * f->dim, session, images, good, resize, plan, &err) == RWDA_OK) {
        f->count += total;
    } else {
        for (size_t i = 0; i < n; i++) {
            const rwda_image *image = group[i].image;

            if (image != NULL &&
                rwda_embed_images(f->x + f->count * f->dim, session, &image, 1, resize, plan, &group[i].err) != RWDA_OK)
                rows[i] = 0;
            f->count += rows[i];
        }
    }
    for (size_t i = 0; i < n; i++)
        if (rows[i] == 0) {
            cli_error("%s; left out", group[i].err.message);
            e->failed++;
        }
    return true;
}

static int embed_category(filling *f, size_t *rows, evaluation *e, rwda_session *session, const eval_category *category,
                          rwda_resize resize, rwda_crops plan)
{
    size_t     n      = category->last - category->first, waiting = 0, done = 0;
    cli_inputs inputs = { calloc(n, sizeof *inputs.paths), n, n, 0 };
    pipeline  *p      = NULL;
    decoded    group[GROUP];
    bool       fine = inputs.paths != NULL;

    for (size_t i = 0; fine && i < n; i++)
        inputs.paths[i] = e->data.items[category->first + i].path;
    if (fine)
        p = pipeline_new(&inputs, rwda_session_threads(session), (size_t)2 * GROUP);
    fine = p != NULL;
    while (fine && done < n && pipeline_next(p, &group[waiting])) {
        if (++waiting < GROUP && done + waiting < n)
            continue;
        fine = embed_group(f, e, session, group, waiting, rows + done, resize, plan);
        for (size_t i = 0; i < waiting; i++)
            rwda_image_free(group[i].image);
        done += waiting;
        waiting = 0;
        (void)cli_progress(NULL, category->name, done, n);
    }
    pipeline_free(p);
    free(inputs.paths);
    if (!fine)
        cli_error("%s: no memory for embeddings", category->name);
    return fine ? 0 : EXIT_SOME_FAILED;
}

static void keep(const evaluation *e, const rwda_model_info *info, const eval_category *category, const size_t *rows,
                 const filling *f, size_t from, rwda_crops plan, const char *folder)
{
    char       path[CLI_PATH_MAX];
    cli_output out;
    char      *text = description(e, info, e->resize, plan, category, rows);

    if (text != NULL && kept_path(path, folder, category->name, plan, "npy") &&
        cli_write_npy(path, true, f->x + from * f->dim, (size_t[]){ f->count - from, f->dim }, 2) == 0 &&
        kept_path(path, folder, category->name, plan, "txt") && cli_output_open(&out, path, true) == 0) {
        fputs(text, out.stream);
        (void)cli_output_close(&out, true);
    }
    free(text);
}

int eval_embed(eval_embeddings *out, evaluation *e, rwda_session *session, const rwda_model *model, rwda_resize resize,
               rwda_crops plan, const char *folder)
{
    const rwda_model_info *info = rwda_model_get_info(model);
    filling                f    = { NULL, NULL, 0, 0, (size_t)info->embed_dim };
    size_t                *rows = calloc(e->data.count, sizeof *rows);
    int                    code = 0;
    char                   path[CLI_PATH_MAX];

    *out = (eval_embeddings){ plan, NULL, calloc(e->data.count + 1, sizeof *out->first) };
    if (rows == NULL || out->first == NULL) {
        cli_error("no memory for %zu pictures", e->data.count);
        code = EXIT_SOME_FAILED;
    }
    for (size_t c = 0; code == 0 && c < e->n_categories; c++) {
        const eval_category *category = &e->categories[c];
        size_t              *here = rows + category->first, n = category->last - category->first, from = f.count, total = 0;
        char                *wanted = folder != NULL ? description(e, info, e->resize, plan, category, NULL) : NULL;
        bool                 kept   = wanted != NULL && kept_path(path, folder, category->name, plan, "txt") &&
                    read_rows(here, n, path, wanted);

        free(wanted);
        for (size_t i = 0; kept && i < n; i++)
            total += here[i];
        kept = kept && make_room(&f, total) && kept_path(path, folder, category->name, plan, "npy") &&
               read_numbers(f.x + from * f.dim, total * f.dim, path);
        if (kept) {
            f.count += total;
            continue;
        }
        code = embed_category(&f, here, e, session, category, resize, plan);
        if (code == 0 && folder != NULL)
            keep(e, info, category, here, &f, from, plan, folder);
    }
    for (size_t i = 0; code == 0 && i < e->data.count; i++)
        out->first[i + 1] = out->first[i] + rows[i];
    out->x = f.x;
    free(rows);
    return code;
}
