/* evaluation.c - an evaluation: categories and labels of a data set, and where its results go. */
#include "base/status.h"

#include <rwda_eval.h>

#include <stdlib.h>
#include <string.h>

/* Both are sorted by category; training images of a category without test images are passed over. */
static void find_normals(rwda_evaluation *e)
{
    const rwda_dataset *data = e->data;
    size_t              at   = 0;

    for (size_t c = 0; c < e->n_categories; c++) {
        rwda_eval_category *category = &e->categories[c];

        while (at < data->n_normals && strcmp(data->normals[at].category, category->name) < 0)
            at++;
        category->first_normal = at;
        while (at < data->n_normals && strcmp(data->normals[at].category, category->name) == 0)
            at++;
        category->last_normal = at;
    }
}

rwda_status rwda_evaluation_new(rwda_evaluation **out, const rwda_dataset *data, rwda_error *err)
{
    rwda_evaluation *e = calloc(1, sizeof *e);

    *out = NULL;
    if (e != NULL)
        e->categories = calloc(data->count, sizeof *e->categories);
    if (e == NULL || e->categories == NULL) {
        rwda_evaluation_free(e);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu images", data->count);
    }
    e->data = data;
    for (size_t i = 0; i < data->count; i++) {
        if (i == 0 || strcmp(data->items[i].category, data->items[i - 1].category) != 0)
            e->categories[e->n_categories++] = (rwda_eval_category){ data->items[i].category, i, i, 0, 0 };
        e->categories[e->n_categories - 1].last = i + 1;
    }
    find_normals(e);
    *out = e;
    return RWDA_OK;
}

void rwda_eval_run_free(rwda_eval_run *run)
{
    for (size_t k = 0; k < run->n_defect_types; k++)
        free(run->defect_types[k].name);
    free(run->defect_types);
    free(run->cells);
    free(run->scores);
    free(run->shown);
    free(run->fnn);
    free(run->clip);
    free(run->sources);
    *run = (rwda_eval_run){ 0 };
}

void rwda_evaluation_free(rwda_evaluation *e)
{
    if (e == NULL)
        return;
    for (size_t r = 0; r < e->n_runs; r++)
        rwda_eval_run_free(&e->runs[r]);
    free(e->runs);
    for (size_t m = 0; m < e->n_pixel_runs; m++)
        free(e->pixel_runs[m].cells);
    free(e->pixel_runs);
    free(e->categories);
    free(e->detectors);
    free(e->recipe);
    free(e);
}
