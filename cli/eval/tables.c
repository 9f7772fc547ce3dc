/* tables.c - how are results written for people, spreadsheets and programs? */
#include "eval/eval.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* "RWDA FNN" or "RWDA FNN, 2x2". */
static const char *title_of(char out[64], const eval_run *run)
{
    (void)snprintf(out, 64, "%s%s%s", run->method->title, run->plan != RWDA_CROPS_ONE ? ", " : "",
                   run->plan != RWDA_CROPS_ONE ? eval_plan_name(run->plan) : "");
    return out;
}

/* "0.718" or "0.718 ±0.004" (with a spread when there were several seeds). */
static const char *figure(char out[32], const eval_figure *f, const eval_run *run)
{
    if (run->seeds > 1)
        (void)snprintf(out, 32, "%.3f ±%.3f", f->mean, f->spread);
    else
        (void)snprintf(out, 32, "%.3f", f->mean);
    return out;
}

static void head(FILE *out, const evaluation *e, const char *lead)
{
    fprintf(out, "%s%s: layout %s, %zu pictures in %zu categories; object %s; resize %s, %d px\n", lead, e->data_path, e->data.layout,
            e->data.count, e->n_categories, e->object, e->resize, e->image_size);
    fprintf(out, "%smodel sha256:%.12s, %s %s, preset %s, %d seed%s\n", lead, e->model_sha256, e->cpu, e->precision, e->preset,
            e->seeds, e->seeds == 1 ? "" : "s");
    if (e->data.n_problems > 0 || e->failed > 0)
        fprintf(out, "%s%zu problems of the data set, %zu pictures that could not be decoded: left out\n", lead, e->data.n_problems,
                e->failed);
}

/* Width on the screen: a continuation byte of UTF-8 takes none. */
static int padding(const char *text, int width)
{
    int used = 0;

    for (; *text != '\0'; text++)
        used += ((unsigned char)*text & 0xc0) != 0x80;
    return used < width ? width - used : 0;
}

void eval_print_table(FILE *out, const evaluation *e)
{
    char   title[64], number[32];
    int    wide   = 12;
    size_t longest = strlen("category");

    head(out, e, "");
    fprintf(out, "\nimage AUROC, mean%s\n\n", e->seeds > 1 ? " ± standard deviation over seeds" : "");
    for (size_t c = 0; c < e->n_categories; c++)
        longest = strlen(e->categories[c].name) > longest ? strlen(e->categories[c].name) : longest;
    for (size_t r = 0; r < e->n_runs; r++)
        wide = (int)strlen(title_of(title, &e->runs[r])) > wide ? (int)strlen(title) : wide;
    fprintf(out, "%-*s", (int)longest, "category");
    for (size_t r = 0; r < e->n_runs; r++)
        fprintf(out, "  %*s", wide, title_of(title, &e->runs[r]));
    fputc('\n', out);
    for (size_t c = 0; c <= e->n_categories; c++) {
        fprintf(out, "%-*s", (int)longest, c < e->n_categories ? e->categories[c].name : "mean");
        for (size_t r = 0; r < e->n_runs; r++) {
            const eval_cell *cell = c < e->n_categories ? &e->runs[r].cells[c] : &e->runs[r].mean;
            const char      *text = cell->missing != NULL ? "-" : figure(number, &cell->auroc, &e->runs[r]);

            fprintf(out, "  %*s%s", padding(text, wide), "", text);
        }
        fputc('\n', out);
    }
    fprintf(out, "\n%-*s  %12s %12s %12s %12s %12s\n", wide, "mean over categories", "AUROC", "AP", "AUPR", "F1-max", "F1-normal");
    for (size_t r = 0; r < e->n_runs; r++) {
        const eval_cell   *m         = &e->runs[r].mean;
        const eval_figure *columns[] = { &m->auroc, &m->ap, &m->aupr, &m->f1_max, &m->f1_normal };

        fprintf(out, "%-*s ", wide > 20 ? wide : 20, title_of(title, &e->runs[r]));
        for (int k = 0; k < 5; k++) {
            const char *text = m->missing != NULL ? "-" : figure(number, columns[k], &e->runs[r]);

            fprintf(out, " %*s%s", padding(text, 12), "", text);
        }
        fputc('\n', out);
    }
    for (size_t c = 0; c < e->n_categories; c++)
        if (e->n_runs > 0 && e->runs[0].cells[c].missing != NULL)
            fprintf(out, "%s: %s (%zu normal, %zu anomalous)\n", e->categories[c].name, e->runs[0].cells[c].missing,
                    e->runs[0].cells[c].normal, e->runs[0].cells[c].anomalous);
}

void eval_print_markdown(FILE *out, const evaluation *e)
{
    char title[64], number[32];

    head(out, e, "- ");
    fprintf(out, "\n## Image AUROC\n\n| category | normal | anomalous |");
    for (size_t r = 0; r < e->n_runs; r++)
        fprintf(out, " %s |", title_of(title, &e->runs[r]));
    fprintf(out, "\n|---|---|---|");
    for (size_t r = 0; r < e->n_runs; r++)
        fputs("---|", out);
    fputc('\n', out);
    for (size_t c = 0; c <= e->n_categories; c++) {
        const eval_cell *sizes = c < e->n_categories ? &e->runs[0].cells[c] : &e->runs[0].mean;

        fprintf(out, "| %s | %zu | %zu |", c < e->n_categories ? e->categories[c].name : "**mean**", sizes->normal, sizes->anomalous);
        for (size_t r = 0; r < e->n_runs; r++) {
            const eval_cell *cell = c < e->n_categories ? &e->runs[r].cells[c] : &e->runs[r].mean;

            if (cell->missing != NULL)
                fprintf(out, " %s |", cell->missing);
            else
                fprintf(out, " %s |", figure(number, &cell->auroc, &e->runs[r]));
        }
        fputc('\n', out);
    }
    fprintf(out, "\n## Means over categories\n\n| method | AUROC | AP | AUPR | F1-max | F1-normal |\n|---|---|---|---|---|---|\n");
    for (size_t r = 0; r < e->n_runs; r++) {
        const eval_cell   *m         = &e->runs[r].mean;
        const eval_figure *columns[] = { &m->auroc, &m->ap, &m->aupr, &m->f1_max, &m->f1_normal };

        fprintf(out, "| %s |", title_of(title, &e->runs[r]));
        for (int k = 0; k < 5; k++)
            fprintf(out, " %s |", figure(number, columns[k], &e->runs[r]));
        fputc('\n', out);
    }
}

void eval_print_csv(FILE *out, const evaluation *e)
{
    fprintf(out, "category,method,crops,normal,anomalous,auroc,auroc_sd,auroc_low,auroc_high,ap,aupr,f1_max,f1_normal\n");
    for (size_t r = 0; r < e->n_runs; r++)
        for (size_t c = 0; c <= e->n_categories; c++) {
            const eval_cell *cell = c < e->n_categories ? &e->runs[r].cells[c] : &e->runs[r].mean;

            fprintf(out, "\"%s\",%s,%s,%zu,%zu", c < e->n_categories ? e->categories[c].name : "mean", e->runs[r].method->name,
                    eval_plan_name(e->runs[r].plan), cell->normal, cell->anomalous);
            if (cell->missing != NULL)
                fprintf(out, ",,,,,,,,\n");
            else if (c < e->n_categories)
                fprintf(out, ",%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g\n", cell->auroc.mean, cell->auroc.spread, cell->low,
                        cell->high, cell->ap.mean, cell->aupr.mean, cell->f1_max.mean, cell->f1_normal.mean);
            else
                fprintf(out, ",%.9g,%.9g,,,%.9g,%.9g,%.9g,%.9g\n", cell->auroc.mean, cell->auroc.spread, cell->ap.mean,
                        cell->aupr.mean, cell->f1_max.mean, cell->f1_normal.mean);
        }
}

static json_t *cell_json(const eval_cell *cell, const eval_run *run, const char *category)
{
    json_t *row = json_pack("{s:s, s:s, s:s, s:I, s:I, s:i}", "category", category, "method", run->method->name, "crops",
                            eval_plan_name(run->plan), "n_normal", (json_int_t)cell->normal, "n_anomalous",
                            (json_int_t)cell->anomalous, "seeds", run->seeds);

    if (cell->missing != NULL) {
        json_object_set_new(row, "error", json_string(cell->missing));
        return row;
    }
    json_object_update_new(row, json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "auroc", cell->auroc.mean, "auroc_sd", cell->auroc.spread,
                                          "ap", cell->ap.mean, "aupr", cell->aupr.mean, "f1_max", cell->f1_max.mean, "f1_normal",
                                          cell->f1_normal.mean));
    if (cell->high > 0)
        json_object_set_new(row, "auroc_ci", json_pack("[f,f]", cell->low, cell->high));
    return row;
}

void eval_print_json(FILE *out, const evaluation *e)
{
    json_t *rows = json_array(), *mean = json_object(), *kinds = json_array(), *problems = json_array(), *root;

    for (size_t r = 0; r < e->n_runs; r++) {
        const eval_run *run = &e->runs[r];
        char            key[64];

        for (size_t c = 0; c < e->n_categories; c++)
            json_array_append_new(rows, cell_json(&run->cells[c], run, e->categories[c].name));
        (void)snprintf(key, sizeof key, "%s/%s", run->method->name, eval_plan_name(run->plan));
        json_object_set_new(mean, key, cell_json(&run->mean, run, "mean"));
        for (size_t k = 0; k < run->n_kinds; k++)
            if (run->kinds[k].anomalous > 0)
                json_array_append_new(kinds, json_pack("{s:s, s:s, s:s, s:s, s:I, s:f, s:f}", "category", run->kinds[k].category, "kind",
                                                       run->kinds[k].kind, "method", run->method->name, "crops",
                                                       eval_plan_name(run->plan), "n_anomalous", (json_int_t)run->kinds[k].anomalous,
                                                       "auroc", run->kinds[k].auroc.mean, "auroc_sd", run->kinds[k].auroc.spread));
    }
    for (size_t i = 0; i < e->data.n_problems; i++)
        json_array_append_new(problems, json_string(e->data.problems[i]));
    root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:I, s:f, s:o, s:o, s:o, s:o*}", "schema", "rwda.eval/1",
                     "data", e->data_path, "layout", e->data.layout, "object", e->object, "model", e->model_sha256, "cpu", e->cpu, "precision",
                     e->precision, "resize",
                     e->resize, "image_size", e->image_size, "seeds", e->seeds, "problems", problems, "failed", (json_int_t)e->failed,
                     "seconds", e->seconds, "rows", rows, "mean", mean, "kinds", kinds, "recipe",
                     e->recipe != NULL ? json_loads(e->recipe, 0, NULL) : NULL);
    json_dumpf(root, out, JSON_COMPACT | JSON_REAL_PRECISION(17));
    fputc('\n', out);
    json_decref(root);
}

void eval_print_scores(FILE *out, const evaluation *e)
{
    fprintf(out, "path,category,kind,label");
    for (size_t r = 0; r < e->n_runs; r++)
        for (int seed = 0; seed < e->runs[r].seeds; seed++)
            fprintf(out, ",%s/%s/%d", e->runs[r].method->name, eval_plan_name(e->runs[r].plan), seed + 1);
    fputc('\n', out);
    for (size_t i = 0; i < e->data.count; i++) {
        const dataset_item *item = &e->data.items[i];

        cli_csv_text(out, item->path);
        fputc(',', out);
        cli_csv_text(out, item->category);
        fputc(',', out);
        cli_csv_text(out, item->kind);
        fprintf(out, ",%d", item->anomalous);
        for (size_t r = 0; r < e->n_runs; r++)
            for (int seed = 0; seed < e->runs[r].seeds; seed++) {
                double score = e->runs[r].scores[(size_t)seed * e->data.count + i];

                if (isnan(score))
                    fputc(',', out);
                else
                    fprintf(out, ",%.9g", score);
            }
        fputc('\n', out);
    }
}
