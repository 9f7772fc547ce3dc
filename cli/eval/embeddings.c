/* embeddings.c - how is a data set encoded once, and not again after an interruption?
 *
 * A category's embeddings are kept as FOLDER/<category>.<plan>.npy beside FOLDER/<category>.<plan>.txt, which says what they are of:
 * model, kernel table, precision, input, and each picture's size, date and rows.  They are taken when that text is the same to the byte. */
#include "eval/eval.h"

#include "names.h"
#include "pipeline.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define GROUP      16
#define ROWS_MAX   4096 /* crops of one picture: a longer strip than any camera takes */
#define HEAD_LINES 7    /* of a description, before its pictures */

const char *eval_plan_name(rwda_crops plan)
{
    return names_crops[plan];
}

/* How pictures are looked at. */
typedef struct {
    rwda_resize        resize;
    const char        *resize_name; /* never "config" */
    rwda_crops         plan;
    const eval_change *change; /* NULL: none */
} view;

void eval_print_stamp(FILE *out, const char *path)
{
    struct stat s = { 0 };

    (void)stat(path, &s);
    fprintf(out, "%s %lld %lld.%09ld", path, (long long)s.st_size, (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}

/* What a category's embeddings depend on; the caller's to free.  rows [n]: crops of each picture, or 0 for a broken one. */
static char *description(const evaluation *e, const view *v, const eval_category *category, const size_t *rows)
{
    char  *text = NULL;
    size_t len  = 0;
    FILE  *out  = open_memstream(&text, &len);

    if (out == NULL)
        return NULL;
    fprintf(out, "model %s\ncpu %s\nprecision %s\nimage %d\nresize %s\ncrops %s\nchange %s\n", e->model->sha256,
            e->model->cpu, e->model->precision, e->model->image_size, v->resize_name, eval_plan_name(v->plan),
            v->change != NULL ? v->change->name : "none");
    for (size_t i = category->first; i < category->last; i++) {
        eval_print_stamp(out, e->data.items[i].path);
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

bool eval_kept_path(char out[CLI_PATH_MAX], const char *folder, const evaluation *e, const eval_category *category,
                    const char *what, const char *ending)
{
    char   name[64];
    size_t n = 0;

    for (; category->name[n] != '\0' && n < sizeof name - 1; n++)
        name[n] = isalnum((unsigned char)category->name[n]) || category->name[n] == '-' ? category->name[n] : '_';
    name[n] = '\0';
    return cli_path(out, "%s/%zu-%s.%s.%s", folder, (size_t)(category - e->categories), name, what, ending);
}

static bool kept_path(char out[CLI_PATH_MAX], const char *folder, const evaluation *e, const eval_category *category,
                      const view *v, const char *ending)
{
    char what[96];

    (void)snprintf(what, sizeof what, "%s%s%s%s%s", eval_plan_name(v->plan),
                   strcmp(v->resize_name, e->resize) != 0 ? "-" : "",
                   strcmp(v->resize_name, e->resize) != 0 ? v->resize_name : "", v->change != NULL ? "." : "",
                   v->change != NULL ? v->change->name : "");
    return eval_kept_path(out, folder, e, category, what, ending);
}

/* Rows of each picture from a kept description that matches `wanted` (made without rows); false: nothing of use is kept. */
static bool read_rows(size_t *rows, size_t n, const char *path, const char *wanted)
{
    FILE  *in   = fopen(path, "r");
    char  *line = NULL;
    size_t room = 0, picture = 0;
    bool   same = in != NULL;
    int    head = HEAD_LINES;

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
        rows[i] = group[i].image != NULL ? rwda_crops_count(group[i].image->width, group[i].image->height, resize, plan) : 0;
        total += rows[i];
        if (group[i].image != NULL)
            images[good++] = group[i].image;
    }
    if (!make_room(f, total))
        return false;
    if (rwda_session_embed_images(f->x + f->count * f->dim, session, images, good, resize, plan, &err) == RWDA_OK) {
        f->count += total;
    } else {
        for (size_t i = 0; i < n; i++) {
            const rwda_image *image = group[i].image;

            if (image != NULL &&
                rwda_session_embed_images(f->x + f->count * f->dim, session, &image, 1, resize, plan, &group[i].err) != RWDA_OK)
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

/* The picture as it will be encoded: NULL, and err set, when memory is short. */
static void change_picture(decoded *picture, const eval_change *change, size_t number)
{
    rwda_image *changed = change->change(picture->image, change->how, number);

    rwda_image_free(picture->image);
    picture->image = changed;
    if (changed == NULL)
        picture->err = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the changed picture" };
}

static void free_picture(decoded *picture, const eval_change *change)
{
    if (change != NULL)
        free(picture->image);
    else
        rwda_image_free(picture->image);
}

static int embed_category(filling *f, size_t *rows, evaluation *e, rwda_session *session, const eval_category *category,
                          const view *v)
{
    const eval_change *change = v->change;
    size_t             n = category->last - category->first, waiting = 0, done = 0;
    cli_inputs         inputs = { calloc(n, sizeof *inputs.paths), n, n, 0 };
    pipeline          *p      = NULL;
    decoded            group[GROUP];
    char               stage[48];
    bool               fine = inputs.paths != NULL;

    (void)snprintf(stage, sizeof stage, "pictures, %.10s%s%.20s", eval_plan_name(v->plan), change != NULL ? ", " : "",
                   change != NULL ? change->name : "");
    for (size_t i = 0; fine && i < n; i++)
        inputs.paths[i] = e->data.items[category->first + i].path;
    if (fine)
        p = pipeline_new(&inputs, rwda_session_threads(session), (size_t)2 * GROUP);
    fine = p != NULL;
    while (fine && done < n && pipeline_next(p, &group[waiting])) {
        if (change != NULL && group[waiting].image != NULL)
            change_picture(&group[waiting], change, category->first + done + waiting);
        if (++waiting < GROUP && done + waiting < n)
            continue;
        fine = embed_group(f, e, session, group, waiting, rows + done, v->resize, v->plan);
        for (size_t i = 0; i < waiting; i++)
            free_picture(&group[i], change);
        done += waiting;
        waiting = 0;
        (void)cli_progress(NULL, stage, category->first + done, e->data.count);
    }
    pipeline_free(p);
    free(inputs.paths);
    if (!fine)
        cli_error("%s: no memory for embeddings", category->name);
    return fine ? 0 : EXIT_SOME_FAILED;
}

/* Keeping is a help, not a promise: what cannot be kept is encoded again next time. */
static void keep(const evaluation *e, const eval_category *category, const size_t *rows, const filling *f, size_t from,
                 const view *v, const char *folder)
{
    char       path[CLI_PATH_MAX];
    cli_output out;
    char      *text = description(e, v, category, rows);

    if (text != NULL && kept_path(path, folder, e, category, v, "npy") &&
        cli_write_npy(path, true, f->x + from * f->dim, (size_t[]){ f->count - from, f->dim }, 2) == 0 &&
        kept_path(path, folder, e, category, v, "txt") && cli_output_open(&out, path, true) == 0) {
        fputs(text, out.stream);
        (void)cli_output_close(&out, true);
    }
    free(text);
}

/* Takes a category's kept embeddings; false: there are none of use, and nothing changed. */
static bool take_kept(filling *f, size_t *rows, evaluation *e, const eval_category *category, const view *v,
                      const char *folder)
{
    size_t n = category->last - category->first, total = 0;
    char   path[CLI_PATH_MAX], *wanted                 = description(e, v, category, NULL);
    bool   kept = wanted != NULL && kept_path(path, folder, e, category, v, "txt") && read_rows(rows, n, path, wanted);

    free(wanted);
    for (size_t i = 0; kept && i < n; i++) {
        kept = rows[i] <= ROWS_MAX;
        total += rows[i];
    }
    if (!kept || !make_room(f, total) || !kept_path(path, folder, e, category, v, "npy") ||
        !cli_read_npy(f->x + f->count * f->dim, total * f->dim, path))
        return false;
    f->count += total;
    for (size_t i = 0; i < n; i++)
        if (rows[i] == 0) {
            cli_error("%s: could not be decoded when it was tried; left out", e->data.items[category->first + i].path);
            e->failed++;
        }
    return true;
}

int eval_embed(eval_embeddings *out, evaluation *e, rwda_session *session, rwda_resize resize, rwda_crops plan,
               const eval_change *change, const char *folder)
{
    const view *v = &(view){ resize, names_resize[resize != RWDA_RESIZE_CONFIG ? resize : e->model->resize], plan, change };
    filling     f = { NULL, NULL, 0, 0, (size_t)e->model->embed_dim };
    size_t     *rows = calloc(e->data.count, sizeof *rows);
    int         code = 0;

    *out      = (eval_embeddings){ plan, NULL, calloc(e->data.count + 1, sizeof *out->first) };
    e->failed = 0; /* the same pictures fail under every plan */
    if (rows == NULL || out->first == NULL) {
        cli_error("no memory for %zu pictures", e->data.count);
        code = EXIT_SOME_FAILED;
    }
    for (size_t c = 0; code == 0 && c < e->n_categories; c++) {
        const eval_category *category = &e->categories[c];
        size_t               from     = f.count;

        if (folder != NULL && take_kept(&f, rows + category->first, e, category, v, folder))
            continue;
        code = embed_category(&f, rows + category->first, e, session, category, v);
        if (code == 0 && folder != NULL)
            keep(e, category, rows + category->first, &f, from, v, folder);
    }
    for (size_t i = 0; code == 0 && i < e->data.count; i++)
        out->first[i + 1] = out->first[i] + rows[i];
    out->x = f.x;
    free(rows);
    return code;
}

void eval_free_embeddings(eval_embeddings *x)
{
    free(x->x);
    free(x->first);
    *x = (eval_embeddings){ x->plan, NULL, NULL };
}
