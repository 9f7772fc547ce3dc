/* evaluation.c - an evaluation: categories and labels of a data set, and where its results go. */
#include "base/status.h"

#include <rwda_eval.h>

#include <stdlib.h>
#include <string.h>

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
            e->categories[e->n_categories++] = (rwda_eval_category){ data->items[i].category, i, i };
        e->categories[e->n_categories - 1].last = i + 1;
    }
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
