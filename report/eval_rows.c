/* eval_rows.c - rows that the tables of an evaluation share. */
#include "report/eval_report.h"
#include "common/text.h"

/* ", 4 shots", or nothing. */
static const char *shots_text(char out[24], int shots)
{
    out[0] = '\0';
    if (shots > 0)
        (void)snprintf(out, 24, ", %d shot%s", shots, rw_s((size_t)shots));
    return out;
}

const char *eval_run_title(char out[64], const rwda_eval_run *run)
{
    bool crops = run->plan != RWDA_CROPS_ONE;
    char shots[24];

    (void)snprintf(out, 64, "%s%s%s%s%s%s", run->method->title, crops ? ", " : "",
                   crops ? rwda_enum_name(RWDA_ENUM_CROPS, run->plan) : "", crops && run->pool != RWDA_POOL_MEAN ? " " : "",
                   crops && run->pool != RWDA_POOL_MEAN ? rwda_enum_name(RWDA_ENUM_POOL, run->pool) : "",
                   shots_text(shots, run->shots));
    return out;
}

const char *eval_run_key(char out[64], const rwda_eval_run *run, char between)
{
    const char *plan = rwda_enum_name(RWDA_ENUM_CROPS, run->plan);

    if (run->shots > 0)
        (void)snprintf(out, 64, "%s%c%s%c%d-shot", run->method->name, between, plan, between, run->shots);
    else
        (void)snprintf(out, 64, "%s%c%s", run->method->name, between, plan);
    return out;
}

const char *eval_map_title(char out[64], const rwda_eval_pixel_run *run)
{
    char shots[24];

    (void)snprintf(out, 64, "%s%s", run->map->title, shots_text(shots, run->shots));
    return out;
}

bool eval_has_shots(const rwda_evaluation *e)
{
    bool has = false;

    for (size_t r = 0; r < e->n_runs; r++)
        has |= e->runs[r].shots > 0;
    for (size_t m = 0; m < e->n_pixel_runs; m++)
        has |= e->pixel_runs[m].shots > 0;
    return has;
}

const char *eval_over(const rwda_evaluation *e)
{
    bool draws = false;

    for (size_t r = 0; r < e->n_runs; r++)
        draws |= e->runs[r].shots > 0 && e->runs[r].seeds > 1;
    return draws ? e->seeds > 1 ? "seeds or draws" : "draws" : e->seeds > 1 ? "seeds" : NULL;
}

/* Where a category's normal images are from, by a run that left some out if there is one; NULL: no run has shots. */
static const rwda_eval_source *source_of(const rwda_evaluation *e, size_t c)
{
    const rwda_eval_source *found = NULL;

    for (size_t r = 0; r < e->n_runs; r++)
        if (e->runs[r].shots > 0 && e->runs[r].sources != NULL && (found == NULL || found->left_out == 0))
            found = &e->runs[r].sources[c];
    return found;
}

bool eval_shots_text(char out[512], const rwda_evaluation *e)
{
    int at = snprintf(out, 512, "normal images: %d draw%s of ", e->draws, rw_s((size_t)e->draws));

    for (size_t i = 0; i < e->n_shots; i++)
        at += snprintf(out + at, 512 - (size_t)at, "%s%d", i == 0 ? "" : ", ", e->shots[i]);
    at += snprintf(out + at, 512 - (size_t)at, "; training images where a category has them; memories see ");
    if (e->memory.image_size > 0)
        (void)snprintf(out + at, 512 - (size_t)at, "%d px", e->memory.image_size);
    else
        (void)snprintf(out + at, 512 - (size_t)at, "1.5 times the model's side");
    return eval_has_shots(e);
}

bool eval_source_text(char out[512], const rwda_evaluation *e, size_t c)
{
    const rwda_eval_source *source = source_of(e, c);

    if (source == NULL || !source->from_test)
        return false;
    (void)snprintf(out, 512, "%s: drawn from its %zu normal test images; each draw leaves %zu out of its test",
                   e->categories[c].name, source->normals, source->left_out);
    return true;
}

const char *eval_row_name(const rwda_evaluation *e, size_t c)
{
    return c < e->n_categories ? e->categories[c].name : "mean";
}

const rwda_eval_cell *eval_row_cell(const rwda_evaluation *e, const rwda_eval_run *run, size_t c)
{
    return c < e->n_categories ? &run->cells[c] : &run->mean;
}

const rwda_eval_pixel_cell *eval_row_pixel_cell(const rwda_evaluation *e, const rwda_eval_pixel_run *run, size_t c)
{
    return c < e->n_categories ? &run->cells[c] : &run->mean;
}
