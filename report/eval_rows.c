/* eval_rows.c - rows that the tables of an evaluation share. */
#include "report/eval_report.h"

const char *eval_run_title(char out[64], const rwda_eval_run *run)
{
    bool crops = run->plan != RWDA_CROPS_ONE;

    (void)snprintf(out, 64, "%s%s%s%s%s", run->method->title, crops ? ", " : "",
                   crops ? rwda_enum_name(RWDA_ENUM_CROPS, run->plan) : "", crops && run->pool != RWDA_POOL_MEAN ? " " : "",
                   crops && run->pool != RWDA_POOL_MEAN ? rwda_enum_name(RWDA_ENUM_POOL, run->pool) : "");
    return out;
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
