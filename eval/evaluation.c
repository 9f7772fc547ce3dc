/* setup.c - which pictures are evaluated, and what must be freed at the end? */
#include "eval/eval.h"

#include <stdlib.h>
#include <string.h>

#define PROBLEMS_SHOWN 20 /* a data set may lack a hundred thousand pictures */

static int find_categories(evaluation *e)
{
    const dataset *data = &e->data;

    e->categories = calloc(data->count, sizeof *e->categories);
    if (e->categories == NULL) {
        cli_error("no memory for %zu pictures", data->count);
        return EXIT_SOME_FAILED;
    }
    for (size_t i = 0; i < data->count; i++) {
        if (i == 0 || strcmp(data->items[i].category, data->items[i - 1].category) != 0)
            e->categories[e->n_categories++] = (eval_category){ data->items[i].category, i, i };
        e->categories[e->n_categories - 1].last = i + 1;
    }
    return 0;
}

int eval_open_data(evaluation *e, const char *path, const char *layout, int limit)
{
    size_t normal = 0;
    int    code   = dataset_read(&e->data, path, layout);

    if (code != 0)
        return code;
    e->data_path = path;
    if (limit > 0)
        dataset_limit(&e->data, (size_t)limit);
    code = find_categories(e);
    for (size_t i = 0; i < e->data.count; i++)
        normal += !e->data.items[i].anomalous;
    cli_note("%s: layout %s, %zu normal and %zu anomalous pictures in %zu categor%s, %zu problem%s", path, e->data.layout,
             normal, e->data.count - normal, e->n_categories, e->n_categories == 1 ? "y" : "ies", e->data.n_problems,
             e->data.n_problems == 1 ? "" : "s");
    for (size_t i = 0; i < e->data.n_problems && i < PROBLEMS_SHOWN; i++)
        cli_error("%s", e->data.problems[i]);
    if (e->data.n_problems > PROBLEMS_SHOWN)
        cli_error("... and %zu more; 'rwda data ls' lists them all", e->data.n_problems - PROBLEMS_SHOWN);
    return code;
}

void eval_free_run(eval_run *run)
{
    for (size_t k = 0; k < run->n_kinds; k++)
        free(run->kinds[k].kind);
    free(run->kinds);
    free(run->cells);
    free(run->scores);
    free(run->shown);
    free(run->fnn);
    free(run->clip);
    *run = (eval_run){ 0 };
}

void eval_free(evaluation *e)
{
    for (size_t r = 0; r < e->n_runs; r++)
        eval_free_run(&e->runs[r]);
    free(e->runs);
    for (size_t m = 0; m < e->n_maps; m++)
        free(e->maps[m].cells);
    free(e->maps);
    free(e->categories);
    free(e->recipe);
    dataset_free(&e->data);
}
