/* eval_records.c - an evaluation as CSV and JSON. */
#include "report/eval_report.h"

#include "common/text.h"

#include <math.h>

/* Shots, draws, where normals are from and how many of them are not tested: columns that are there where a run has shots. */
static void print_source(FILE *out, const rwda_evaluation *e, const rwda_eval_run *run, size_t c)
{
    const rwda_eval_source *source = run->sources != NULL && c < e->n_categories ? &run->sources[c] : NULL;

    if (eval_has_shots(e) && run->shots > 0)
        fprintf(out, ",%d,%d,%s,", run->shots, run->seeds, source == NULL ? "" : source->from_test ? "test" : "train");
    else if (eval_has_shots(e))
        fputs(",,,,", out);
    if (eval_has_shots(e) && run->shots > 0 && source != NULL)
        fprintf(out, "%zu", source->left_out);
    fputc('\n', out);
}

void eval_print_csv(FILE *out, const rwda_evaluation *e)
{
    fprintf(out,
            "category,method,crops,normal,anomalous,auroc,auroc_sd,auroc_low,auroc_high,ap,aupr,f1_max,f1_normal,"
            "pixel_auroc,pixel_ap,pixel_f1_max,aupro%s\n",
            eval_has_shots(e) ? ",shots,draws,normals,left_out" : "");
    for (size_t r = 0; r < e->n_runs; r++)
        for (size_t c = 0; c <= e->n_categories; c++) {
            const rwda_eval_cell *cell = eval_row_cell(e, &e->runs[r], c);

            rw_csv_quoted(out, eval_row_name(e, c));
            fprintf(out, ",%s,%s,%zu,%zu", e->runs[r].method->name, rwda_enum_name(RWDA_ENUM_CROPS, e->runs[r].plan),
                    cell->normal, cell->anomalous);
            if (cell->missing != NULL)
                fprintf(out, ",,,,,,,,,,,,");
            else if (c < e->n_categories)
                fprintf(out, ",%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,,,,", cell->auroc.mean, cell->auroc.std,
                        cell->low, cell->high, cell->ap.mean, cell->aupr.mean, cell->f1_max.mean, cell->f1_normal.mean);
            else
                fprintf(out, ",%.17g,%.17g,,,%.17g,%.17g,%.17g,%.17g,,,,", cell->auroc.mean, cell->auroc.std, cell->ap.mean,
                        cell->aupr.mean, cell->f1_max.mean, cell->f1_normal.mean);
            print_source(out, e, &e->runs[r], c);
        }
    eval_print_pixel_csv(out, e);
}

/* source: NULL for the mean of all categories. */
static void add_source(json_t *row, const rwda_eval_run *run, const rwda_eval_source *source)
{
    if (run->shots > 0)
        json_object_update_new(row, json_pack("{s:i, s:i}", "shots", run->shots, "draws", run->seeds));
    if (run->shots > 0 && source != NULL)
        json_object_update_new(row, json_pack("{s:s, s:I}", "normals", source->from_test ? "test" : "train", "left_out",
                                              (json_int_t)source->left_out));
    if (run->method->evidence == RWDA_EVAL_MUTUAL && source != NULL)
        json_object_set_new(row, "compared_with", json_integer((json_int_t)source->normals));
}

static json_t *cell_json(const rwda_eval_cell *cell, const rwda_eval_run *run, const char *category,
                         const rwda_eval_source *source)
{
    json_t *row = json_pack("{s:s, s:s, s:s, s:I, s:I, s:i}", "category", category, "method", run->method->name, "crops",
                            rwda_enum_name(RWDA_ENUM_CROPS, run->plan), "n_normal", (json_int_t)cell->normal, "n_anomalous",
                            (json_int_t)cell->anomalous, "seeds", run->shots > 0 ? 1 : run->seeds);

    add_source(row, run, source);
    if (cell->missing != NULL) {
        json_object_set_new(row, "error", json_string(cell->missing));
        return row;
    }
    json_object_update_new(row, json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "auroc", cell->auroc.mean, "auroc_sd",
                                          cell->auroc.std, "ap", cell->ap.mean, "aupr", cell->aupr.mean, "f1_max",
                                          cell->f1_max.mean, "f1_normal", cell->f1_normal.mean));
    if (cell->high > 0)
        json_object_set_new(row, "auroc_ci", json_pack("[f,f]", cell->low, cell->high));
    return row;
}

static json_t *shots_json(const rwda_evaluation *e)
{
    json_t *shots = json_array();

    for (size_t i = 0; i < e->n_shots; i++)
        json_array_append_new(shots, json_integer(e->shots[i]));
    return shots;
}

/* Percent; NULL: nothing is published for these data. */
static json_t *published_json(const rwda_evaluation *e)
{
    const rwda_published_set *set  = rwda_published_find(e);
    json_t                   *rows = set != NULL ? json_array() : NULL;

    for (size_t i = 0; set != NULL && i < set->n_rows; i++) {
        const rwda_published_row *row = &set->rows[i];

        json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:o*, s:o*, s:o*, s:o*}", "data", set->name, "method", row->title,
                      "source", row->source, "clip", row->model, "object", rwda_eval_object_name(row->object), "same_clip",
                      rwda_published_same_model(row, e->model), "auroc", row->auroc, "ap",
                      row->ap > 0 ? json_real(row->ap) : NULL, "f1_max", row->f1_max > 0 ? json_real(row->f1_max) : NULL,
                      "shots", row->shots > 0 ? json_integer(row->shots) : NULL, "batch", row->batch ? json_true() : NULL));
    }
    return rows;
}

void eval_print_json(FILE *out, const rwda_evaluation *e)
{
    json_t *rows = json_array(), *mean = json_object(), *types = json_array(), *problems = json_array(), *root;

    for (size_t r = 0; r < e->n_runs; r++) {
        const rwda_eval_run *run = &e->runs[r];
        char                 key[64];

        for (size_t c = 0; c < e->n_categories; c++)
            json_array_append_new(
                rows, cell_json(&run->cells[c], run, e->categories[c].name, run->sources != NULL ? &run->sources[c] : NULL));
        json_object_set_new(mean, eval_run_key(key, run, '/'), cell_json(&run->mean, run, "mean", NULL));
        for (size_t k = 0; k < run->n_defect_types; k++)
            if (run->defect_types[k].anomalous > 0)
                json_array_append_new(
                    types, json_pack("{s:s, s:s, s:s, s:s, s:o*, s:I, s:f, s:f}", "category", run->defect_types[k].category,
                                     "kind", run->defect_types[k].name, "method", run->method->name, "crops",
                                     rwda_enum_name(RWDA_ENUM_CROPS, run->plan), "shots",
                                     run->shots > 0 ? json_integer(run->shots) : NULL, "n_anomalous",
                                     (json_int_t)run->defect_types[k].anomalous, "auroc", run->defect_types[k].auroc.mean,
                                     "auroc_sd", run->defect_types[k].auroc.std));
    }
    for (size_t i = 0; i < e->data->n_problems; i++)
        json_array_append_new(problems, rw_json_text(e->data->problems[i]));
    root =
        json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s?, s:s, s:i, s:i, s:o, s:I, s:o, s:o, s:o, s:o*, s:o*}",
                  "schema", "rwda.eval/1", "data", rw_json_text(e->data->path), "layout", e->data->layout, "object",
                  rwda_eval_object_name(e->object), "names", rwda_enum_name(RWDA_ENUM_NAMES, e->names), "detectors",
                  rw_json_text(e->detectors), "model", e->model->sha256, "cpu", e->model->cpu, "precision",
                  e->model->precision, "pool", rwda_enum_name(RWDA_ENUM_POOL, e->pool), "resize",
                  rwda_enum_name(RWDA_ENUM_RESIZE, e->resize), "image_size", e->model->image_size, "seeds", e->seeds,
                  "problems", problems, "failed", (json_int_t)e->failed, "rows", rows, "mean", mean, "kinds", types,
                  "published", published_json(e), "recipe", e->recipe != NULL ? json_loads(e->recipe, 0, NULL) : NULL);
    if (eval_has_shots(e))
        json_object_update_new(root,
                               json_pack("{s:o, s:i, s:f}", "shots", shots_json(e), "draws", e->draws, "fuse", e->fuse));
    eval_add_pixel_json(root, e);
    json_dumpf(root, out, JSON_COMPACT | JSON_REAL_PRECISION(17));
    fputc('\n', out);
    json_decref(root);
}

void eval_print_scores(FILE *out, const rwda_evaluation *e)
{
    char key[64];

    fprintf(out, "path,category,kind,label");
    for (size_t r = 0; r < e->n_runs; r++)
        for (int seed = 0; seed < e->runs[r].seeds; seed++)
            for (int logit = 0; logit < 2; logit++)
                fprintf(out, ",%s/%d%s", eval_run_key(key, &e->runs[r], '/'), seed + 1, logit ? "/logit" : "");
    fputc('\n', out);
    for (size_t i = 0; i < e->data->count; i++) {
        const rwda_dataset_item *item = &e->data->items[i];

        rw_csv_text(out, item->path);
        fputc(',', out);
        rw_csv_quoted(out, item->category);
        fputc(',', out);
        rw_csv_quoted(out, item->defect_type);
        fprintf(out, ",%d", item->anomalous);
        for (size_t r = 0; r < e->n_runs; r++)
            for (int seed = 0; seed < e->runs[r].seeds; seed++) {
                size_t at = (size_t)seed * e->data->count + i;

                if (isnan(e->runs[r].scores[at]))
                    fputs(",,", out);
                else
                    fprintf(out, ",%.9g,%.9g", e->runs[r].shown[at], e->runs[r].scores[at]);
            }
        fputc('\n', out);
    }
}
